"""Which Debian packages the set-up wants, how it becomes root for them, and what training needs on top."""

from pathlib import Path

import pytest
from bootstrap import debian
from bootstrap.debian import Machine
from bootstrap.errors import cause
from bootstrap.training import Training

from tests.test_setup import BARE, DEBIANS, OWN, sentence

ROOTED = Machine(apt=True, root=True, sudo=False, terminal=False)
PERSON = Machine(apt=True, root=False, sudo=True, terminal=True)


def test_only_fully_installed_packages_count_as_installed() -> None:
    listing = "espeak-ng installed\nflite not-installed\nsox config-files\nlibcairo2-dev half-installed\n\n"
    assert debian.parse_installed(listing) == {"espeak-ng"}


def test_this_machines_packages_are_seen() -> None:
    if not debian.look().apt:
        pytest.skip("no Debian")
    assert debian.installed(["dpkg", "no-such-package-as-this"]) == {"dpkg"}


def test_compilers_are_asked_for_only_when_something_is_to_be_compiled() -> None:
    assert "build-essential" not in debian.wanted("demo", DEBIANS, compiling=False)
    assert "build-essential" in debian.wanted("demo", DEBIANS, compiling=True)


def test_test_tools_are_asked_for_only_by_make_test() -> None:
    demo, test = (debian.wanted(goal, DEBIANS, compiling=False) for goal in ("demo", "test"))
    assert "pulseaudio" in test
    assert "pulseaudio" not in demo
    assert demo.keys() < test.keys()


def test_debian_completes_its_own_python_and_no_other() -> None:
    assert {"python3-venv", "python3-dev"} <= debian.wanted("demo", BARE, compiling=True).keys()
    foreign = OWN._replace(has_headers=False)
    assert not {"python3-venv", "python3-dev"} & debian.wanted("demo", foreign, compiling=True).keys()


def test_each_package_says_what_it_is_for() -> None:
    for name, why in debian.wanted("test", BARE, compiling=True).items():
        assert len(why.split()) >= 3, name


def test_root_needs_no_sudo_and_a_person_uses_it() -> None:
    assert debian.become_root(ROOTED, ["sox"]) == []
    assert debian.become_root(PERSON, ["sox"]) == ["sudo"]


def test_without_a_terminal_sudo_may_not_wait_for_a_password() -> None:
    assert debian.become_root(PERSON._replace(terminal=False), ["sox"]) == ["sudo", "-n"]


def test_no_compiler_and_no_sudo_says_what_root_must_type() -> None:
    said = sentence(lambda: debian.become_root(PERSON._replace(sudo=False), ["build-essential", "pkg-config"]))
    assert "apt-get install build-essential pkg-config" in said


def test_another_distribution_is_told_what_to_install() -> None:
    said = sentence(lambda: debian.become_root(ROOTED._replace(apt=False), ["espeak-ng", "libportaudio2"]))
    assert "Debian" in said
    assert "espeak-ng libportaudio2" in said


def test_the_names_of_packages_reach_apt_as_arguments_and_never_as_shell_text() -> None:
    command = debian.install_command(["sox", "flite"])
    assert command[-2:] == ["sox", "flite"]
    assert "sox" not in command[2]


def test_no_package_that_is_there_is_removed_for_one_that_is_wanted() -> None:
    assert "--no-remove" in debian.install_command(["pulseaudio"])[2].split()
    said = cause("E: Packages need to be removed but remove is disabled.")
    assert said is not None
    assert "left alone" in said


def test_training_needs_what_a_demo_needs_and_the_voices_to_learn_from() -> None:
    demo = debian.wanted("demo", DEBIANS, compiling=False)
    more = debian.wanted("starter", DEBIANS, compiling=False).keys() - demo.keys()

    czechs = {f"festvox-czech-{name}" for name in ("dita", "krb", "machac", "ph")}
    others = {f"festvox-{name}" for name in ("kdlpc16k", "italp16k", "itapc16k", "suopuhe-lj", "suopuhe-mv", "hi-nsk")}
    assert more == {"festival", "festival-hi", "festvox-us-slt-hts"} | czechs | others


def test_training_is_set_up_again_when_other_packages_are_wanted(tmp_path: Path) -> None:
    wanted = tmp_path / "voices" / "starter" / "requirements.txt"
    wanted.parent.mkdir(parents=True)
    wanted.write_text("torch==2.13.0\n")
    training = Training(tmp_path, tmp_path / "cache")
    assert not training.ready()
    (tmp_path / ".venv-starter").mkdir()
    (tmp_path / ".venv-starter" / "ready").write_text(training.digest())
    assert training.ready()

    wanted.write_text("torch==2.14.0\n")

    assert not training.ready()
