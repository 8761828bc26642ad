"""Backups: everything comes back, also under a running daemon; what is no backup is refused, and changes nothing."""

import errno
import io
import json
import os
import shutil
import sqlite3
import tarfile
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.home import home, live_in
from tests.house import house
from tests.test_timers import HandClock
from voiced.activity import Activity
from voiced.backup import MANIFEST, TIMERS, backup, restore
from voiced.cli import main
from voiced.errors import InstallError
from voiced.events import Configured, StateChanged, VolumeChanged
from voiced.intents.timers import Timers
from voiced.paths import Paths, find_paths
from voiced.remembered import Remembered

PIRATE = 'like = "default"\npersona = "You are a pirate."\n'


def furnished(home: Path) -> Paths:
    """The folders of somebody with a configuration, a voice of their own and a timer."""
    paths = find_paths({"HOME": str(home)})
    paths.voices.mkdir(parents=True)
    paths.state.mkdir(parents=True)
    paths.config_file.write_text('voice = "pirate"\n')
    (paths.voices / "pirate.toml").write_text(PIRATE)
    (paths.voices / "words").mkdir()
    (paths.voices / "words/arr.onnx").write_bytes(b"\0" * 1000)
    with closing(Timers(paths.state / "timers.sqlite", HandClock())) as timers:
        timers.start(3600, "pizza")
    return paths


def content(paths: Paths) -> dict[str, object]:
    found: dict[str, object] = {
        str(path.relative_to(paths.config)): path.read_bytes() for path in paths.config.rglob("*") if path.is_file()
    }
    if (paths.state / "timers.sqlite").exists():
        with closing(Timers(paths.state / "timers.sqlite", HandClock())) as timers:
            found["timers"] = timers.all()
    return found


@pytest.fixture
def mine(tmp_path: Path) -> Paths:
    return furnished(tmp_path / "mine")


@pytest.fixture
def archive(mine: Paths, tmp_path: Path) -> Path:
    file = tmp_path / "backup.tar.gz"
    backup(mine, file)
    return file


def test_everything_comes_back_on_another_machine(mine: Paths, archive: Path, tmp_path: Path) -> None:
    other = find_paths({"HOME": str(tmp_path / "other")})
    assert restore(other, archive) == 4
    assert content(other) == content(mine)
    assert not list(other.config.glob(".*"))


def test_what_was_changed_since_is_as_it_was(mine: Paths, archive: Path) -> None:
    before = content(mine)
    mine.config_file.write_text("wake_words = []")
    (mine.voices / "new.toml").write_text("nonsense")
    (mine.voices / "pirate.toml").unlink()
    with closing(Timers(mine.state / "timers.sqlite", HandClock())) as timers:
        timers.cancel_all()
        timers.start(60)
    restore(mine, archive)
    assert content(mine) == before


def test_a_daemon_that_runs_sees_the_timers_that_came_back(mine: Paths, archive: Path) -> None:
    with closing(Timers(mine.state / "timers.sqlite", HandClock())) as running:
        running.cancel_all()
        restore(mine, archive)
        assert [timer.name for timer in running.all()] == ["pizza"]
        running.start(5, "tea")
    with closing(Timers(mine.state / "timers.sqlite", HandClock())) as later:
        assert [timer.name for timer in later.all()] == ["tea", "pizza"]


def test_a_daemon_that_runs_takes_up_what_it_remembered_then_with_a_reload(tmp_path: Path) -> None:
    """Volume, voice and mute; also where one of them has been changed between the two."""
    file = tmp_path / "backup.tar.gz"
    kept = Remembered(home(tmp_path).paths.state / "remembered.json", Activity())
    kept.remember("volume", 0.25, 0.8)
    kept.remember("voice", "terse", "default")
    kept.remember("muted", True, False)
    kept.close()
    with house(tmp_path) as there:
        assert there.daemon is not None
        backup(there.setting.paths, file)
        there.daemon.set_voice("default")
        there.wait_for(lambda event: isinstance(event, Configured) and event.voice == "default")
        there.daemon.mute(False)
        there.wait_for(lambda event: isinstance(event, StateChanged) and event.state == "asleep")
        there.wait_until_kept()
        restore(there.setting.paths, file)
        there.daemon.set_volume(0.5)
        there.wait_for(lambda event: event == VolumeChanged(0.5))
        there.events.clear()
        there.daemon.reload()
        there.wait_for(lambda event: isinstance(event, StateChanged) and event.state == "muted")
        assert there.daemon.setting.voice.name == "terse"
        assert not [event for event in there.events if isinstance(event, VolumeChanged)], "0.5 is the newer wish"
        there.wait_until_kept()
        restore(there.setting.paths, file)
        there.daemon.reload()
        there.wait_for(lambda event: event == VolumeChanged(0.25))
    assert there.failure is None


def test_a_backup_while_timers_are_set_is_whole(mine: Paths, tmp_path: Path) -> None:
    stop = threading.Event()

    def busy() -> None:
        with closing(Timers(mine.state / "timers.sqlite", HandClock())) as timers:
            while not stop.wait(0.005):  # the disk is slow enough for many of them to hit a backup
                timers.start(60, "tea")

    thread = threading.Thread(target=busy)
    thread.start()
    try:
        for number in range(5):
            backup(mine, tmp_path / f"{number}.tar.gz")
    finally:
        stop.set()
        thread.join()
    for number in range(5):
        other = find_paths({"HOME": str(tmp_path / f"other{number}")})
        restore(other, tmp_path / f"{number}.tar.gz")
        with closing(Timers(other.state / "timers.sqlite", HandClock())) as timers:
            assert timers.trouble == ""
            assert "pizza" in {timer.name for timer in timers.all()}


def test_nobody_else_can_read_a_backup(archive: Path) -> None:
    assert archive.stat().st_mode & 0o077 == 0


def test_of_nothing_nothing_is_saved(mine: Paths, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither is a good archive replaced by an empty one, nor what is there by what an empty one holds."""
    nobody, file = find_paths({"HOME": str(tmp_path / "nobody")}), tmp_path / "backup.tar.gz"
    backup(mine, file)
    before = content(mine)
    with pytest.raises(InstallError, match=r"^There is nothing to save.*--system.*\.$"):
        backup(nobody, file)
    assert restore(mine, file) == 4
    with pytest.raises(InstallError, match="holds nothing"):
        restore(mine, written(tmp_path / "empty.tar.gz"))
    assert content(mine) == before
    with pytest.raises(SystemExit):
        main(["backup", "--config", "config.toml", str(file)])
    assert "--config" in capsys.readouterr().err


def test_what_an_archive_has_none_of_is_deleted_only_when_somebody_agrees(mine: Paths, tmp_path: Path) -> None:
    file, before = written(tmp_path / "some.tar.gz", entry("state/remembered.json", b"{}")), content(mine)
    asked: list[str] = []

    def refuse(lost: list[str]) -> bool:
        asked.extend(lost)
        return False

    assert restore(mine, file, refuse) == 0
    assert [sentence.split()[1] for sentence in asked] == ["configuration", "voices", "timers"]
    assert content(mine) == before
    assert restore(mine, file) == 1
    assert content(mine) == {"timers": []}
    assert restore(mine, file, refuse) == 1, "nothing is left to be asked for"


def test_the_command_asks_before_it_deletes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    live_in(tmp_path / "mine", monkeypatch)
    mine, file = furnished(tmp_path / "mine"), tmp_path / "some.tar.gz"
    written(file, entry("config/config.toml", b'voice = "terse"'), entry("config/voices/x.toml", b'like = "default"'))
    before = content(mine)
    assert main(["restore", str(file)]) == 1
    told = capsys.readouterr()
    assert "the timers in" in told.out
    assert "the voices in" not in told.out
    assert "say --yes" in told.err
    assert content(mine) == before
    assert main(["restore", "--yes", str(file)]) == 0
    assert content(mine)["timers"] == []


def test_a_place_that_cannot_be_written_is_one_sentence(mine: Paths, tmp_path: Path) -> None:
    for place in (tmp_path / "missing/backup.tar.gz", tmp_path):
        with pytest.raises(InstallError, match="cannot be written"):
            backup(mine, place)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_restored_into_is_named(mine: Paths, archive: Path) -> None:
    before = content(mine)
    mine.config.chmod(0o500)
    try:
        with pytest.raises(InstallError, match=rf"^{mine.config} cannot be written into \(Permission denied\)"):
            restore(mine, archive)
    finally:
        mine.config.chmod(0o700)
    assert content(mine) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root need not say sudo")
def test_the_system_is_restored_by_root_alone(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["restore", "--system", "--yes", str(archive)]) == 1
    assert capsys.readouterr().err.endswith("run this with sudo.\n")


def test_a_disk_that_is_full_is_not_taken_for_a_bad_archive(
    mine: Paths, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = content(mine)
    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(InstallError, match=rf"^The disk with {mine.config} is full; make room, and try again\."):
        restore(mine, archive)
    assert content(mine) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("what", ["voices", "voices/words", "voices/words/arr.onnx", "state", "config"])
def test_what_cannot_be_read_is_named_and_no_backup_lacks_it(mine: Paths, tmp_path: Path, what: str) -> None:
    closed = {"state": mine.state, "config": mine.config}.get(what, mine.config / what)
    before = closed.stat().st_mode & 0o777
    closed.chmod(0)
    try:
        with pytest.raises(InstallError, match=rf"^{closed}\S* cannot be read \(Permission denied\)"):
            backup(mine, tmp_path / "backup.tar.gz")
    finally:
        closed.chmod(before)
    assert not list(tmp_path.glob("*.gz*"))


def test_timers_that_cannot_be_read_are_named(mine: Paths, tmp_path: Path) -> None:
    (mine.state / "timers.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(InstallError, match=rf"^{mine.state}/timers.sqlite cannot be read \(file is not a database\)"):
        backup(mine, tmp_path / "backup.tar.gz")
    assert list(tmp_path.glob("*.gz*")) == []


@pytest.mark.parametrize("place", [".", "/", "", ".."])
def test_a_folder_is_no_place_for_a_backup(mine: Paths, place: str) -> None:
    with pytest.raises(InstallError, match=r" cannot be written \(Is a directory\); name a file"):
        backup(mine, Path(place))


# What is refused

Entry = tuple[tarfile.TarInfo, bytes]


def entry(name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, to: str = "") -> Entry:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, len(data), to
    return info, data


def written(file: Path, *entries: Entry) -> Path:
    manifest = json.dumps({"format": 1}).encode()
    with tarfile.open(file, "w:gz") as tar:
        for info, data in (entry(MANIFEST, manifest), *entries):
            tar.addfile(info, io.BytesIO(data))
    return file


def sparse(name: str, version: str = "1.0") -> Entry:
    """A file of 5 MB that takes a kilobyte, as GNU tar writes it; by headers, or by a type of its own."""
    info, data = entry(name, b"1\n5000000\n0\n".ljust(512, b"\0"))
    major, _, minor = version.partition(".")
    info.pax_headers = {
        "GNU.sparse.major": major, "GNU.sparse.minor": minor, "GNU.sparse.name": name,
        "GNU.sparse.realsize": "5000000", "GNU.sparse.map": "5000000,0", "GNU.sparse.size": "5000000",
    }  # fmt: skip
    return info, data


BAD: dict[str, Callable[[Path], Path]] = {
    "parent": lambda f: written(f, entry("config/voices/../../../escaped", b"x")),
    "absolute": lambda f: written(f, entry("/tmp/escaped", b"x")),
    "elsewhere": lambda f: written(f, entry("config/other.toml", b"x")),
    "dot": lambda f: written(f, entry("config/voices/./x.toml", b"x")),
    "symlink": lambda f: written(f, entry("config/voices/x.toml", kind=tarfile.SYMTYPE, to="/etc/passwd")),
    "hard link": lambda f: written(f, entry("config/voices/x.toml", kind=tarfile.LNKTYPE, to="/etc/passwd")),
    "device": lambda f: written(f, entry("config/voices/x", kind=tarfile.CHRTYPE)),
    "pipe": lambda f: written(f, entry("config/voices/x", kind=tarfile.FIFOTYPE)),
    "twice": lambda f: written(f, entry("config/config.toml"), entry("config/config.toml")),
    "file as folder": lambda f: written(f, entry("config/voices/x", b"x"), entry("config/voices/x/y", b"x")),
    "sparse": lambda f: written(f, sparse("config/voices/x.bin")),
    "sparse by its map": lambda f: written(f, sparse("config/voices/x.bin", "0.1")),
    "sparse by its type": lambda f: written(f, entry("config/voices/x.bin", kind=tarfile.GNUTYPE_SPARSE)),
    "contiguous": lambda f: written(f, entry("config/voices/x.bin", b"x", kind=tarfile.CONTTYPE)),
    "wrong configuration": lambda f: written(f, entry("config/config.toml", b"vioce = 3")),
    "wrong voice": lambda f: written(
        f, entry("config/config.toml", b'voice = "x"'), entry("config/voices/x.toml", b"nonsense")
    ),
    "like a wrong voice": lambda f: written(
        f,
        entry("config/config.toml", b'voice = "y"'),
        entry("config/voices/y.toml", b'like = "x"'),
        entry("config/voices/x.toml", b"nonsense"),
    ),
    "damaged timers": lambda f: written(f, entry(TIMERS, b"no database at all" * 100)),
    "newer": lambda f: written(f, entry(MANIFEST, b'{"format": 2}')),
}


@pytest.mark.parametrize("what", BAD)
def test_what_voiced_never_writes_is_refused_in_one_sentence(what: str, mine: Paths, tmp_path: Path) -> None:
    before = content(mine)
    with pytest.raises(InstallError) as caught:
        restore(mine, BAD[what](tmp_path / "bad.tar.gz"))
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)
    assert content(mine) == before
    assert not list(mine.config.glob(".*"))
    assert not (tmp_path / "escaped").exists()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.data())
def test_an_archive_that_was_cut_off_or_damaged_changes_nothing_or_is_whole(
    mine: Paths, archive: Path, tmp_path: Path, data: st.DataObject
) -> None:
    whole, before = archive.read_bytes(), content(mine)
    cut = data.draw(st.integers(0, len(whole) - 1))
    flipped = bytes([whole[cut] ^ data.draw(st.integers(1, 255))])
    bad = tmp_path / "bad.tar.gz"
    bad.write_bytes(data.draw(st.sampled_from([whole[:cut], whole[:cut] + flipped + whole[cut + 1 :]])))
    with suppress(InstallError):
        restore(mine, bad)
    assert content(mine) == before


def test_a_restore_that_fails_half_way_takes_everything_back(mine: Paths, archive: Path) -> None:
    mine.config_file.write_text("")
    before = content(mine)
    locked = sqlite3.connect(mine.state / "timers.sqlite", isolation_level=None)
    locked.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(InstallError, match="all is as it was"):
            restore(mine, archive)
    finally:
        locked.close()
    assert content(mine) == before


def test_the_commands_say_what_they_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "mine"))
    furnished(tmp_path / "mine")
    file = str(tmp_path / "my.tar.gz")
    assert main(["backup", file]) == 0
    assert main(["restore", file]) == 0
    assert main(["restore", str(tmp_path / "missing")]) == 1
    told = capsys.readouterr()
    assert told.out.count("4 files") == 2
    assert told.err.count("\n") == 1
