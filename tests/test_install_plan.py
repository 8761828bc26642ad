"""Plans: whatever fails, and when, all is as it was; what is done already is not done again."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trees import snapshot
from voiced.errors import InstallError
from voiced.install import commands, files
from voiced.install.plan import Step, carry_out, pending


def failing(title: str = "fail") -> Step:
    def do() -> None:
        raise OSError(28, "No space left on device")

    return Step(title, lambda: False, do)


Make = Callable[[Path], Step]

MAKERS: list[Make] = [
    lambda root: files.write(root / "a/b/new.conf", "new"),
    lambda root: files.write(root / "there.conf", "changed"),
    lambda root: files.link(root / "wants/new", "../there.conf"),
    lambda root: files.link(root / "link", "elsewhere"),
    lambda root: files.remove(root / "folder"),
    lambda root: files.remove(root / "gone.conf"),
    lambda root: files.remove(root / "missing"),
]


@settings(max_examples=40, deadline=None)
@given(st.permutations(MAKERS), st.integers(0, len(MAKERS)))
def test_whatever_fails_and_when_the_tree_is_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, makers: list[Make], at: int
) -> None:
    root = tmp_path_factory.mktemp("plan")
    (root / "folder/deep").mkdir(parents=True)
    for name in ("there.conf", "gone.conf", "folder/deep/file"):
        (root / name).write_text(name)
    (root / "there.conf").chmod(0o600)
    (root / "link").symlink_to("there.conf")
    before = snapshot(root)
    plan = [make(root) for make in makers]
    plan.insert(at, failing())
    with pytest.raises(InstallError, match="No space left on device"):
        carry_out(plan, lambda _: None)
    assert snapshot(root) == before
    assert (root / "there.conf").stat().st_mode & 0o777 == 0o600
    carry_out([step for step in plan if step.title != "fail"], lambda _: None)
    assert pending([make(root) for make in makers]) == []
    shutil.rmtree(root)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_is_undone_belongs_to_whom_it_did(tmp_path: Path) -> None:
    path = tmp_path / "theirs.conf"
    path.write_text("before")
    os.chown(path, 1000, 1001)
    mine = files.Owner(0, 0)
    with pytest.raises(InstallError):
        carry_out([files.write(path, "after", owner=mine), failing()], lambda _: None)
    assert (path.read_text(), path.stat().st_uid, path.stat().st_gid) == ("before", 1000, 1001)
    carry_out([files.write(path, "after", owner=mine)], lambda _: None)
    assert (path.read_text(), path.stat().st_uid, path.stat().st_gid) == ("after", 0, 0)


def test_what_cannot_be_undone_is_named() -> None:
    def stuck() -> None:
        raise OSError(30, "Read-only file system")

    plan = [Step("do this", lambda: False, lambda: None, stuck), failing("do that")]
    with pytest.raises(InstallError, match=r"Could not do that .* but for: do this\."):
        carry_out(plan, lambda _: None)


def test_a_plan_of_nothing_but_news_is_not_worth_carrying_out() -> None:
    news = commands.call(["true"], follows=True)
    assert pending([news]) == []
    assert pending([failing(), news])[1] is news


def test_a_program_that_fails_speaks_for_itself() -> None:
    with pytest.raises(InstallError, match="there is no no-such-program"):
        commands.run(["no-such-program"])
    with pytest.raises(InstallError, match="No such file or directory"):
        commands.run(["cat", "/missing"])
    assert not commands.works(["false"])
