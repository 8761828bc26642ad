"""`voiced models`, as people and programs call it: what it prints, what it returns, what it leaves."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests import hub as server
from tests.hub import LocalHub, Order, serving
from tests.shelf import REPOS, entry, in_place, on_a_hub
from tests.wakes import write_wake
from voiced.cli import main
from voiced.cli.shelf import Line, show
from voiced.models.catalogue import Entry
from voiced.models.store import Store
from voiced.paths import find_paths
from voiced.shapes.gguf import write_talker

ROOT = Path(__file__).parent.parent


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    for name in ("VOICED_MODELS_MIRROR", "HF_ENDPOINT", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "160")
    return tmp_path


@pytest.fixture
def store(home: Path) -> Store:
    return Store(
        find_paths({"HOME": str(home), **{f"XDG_{n}_HOME": str(home / n.lower()) for n in ("DATA", "CONFIG")}})
    )


def catalogue() -> dict[str, Entry]:
    return {each.name: each for each in (entry(kind, on_a_hub()) for kind in REPOS)}


@pytest.fixture
def local(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    """A hub that the command finds, with a catalogue of its models."""
    assert store.installed() == []
    monkeypatch.setattr("voiced.cli.models.load_catalogue", catalogue)
    with serving(on_a_hub()) as hub:
        monkeypatch.setenv("VOICED_MODELS_MIRROR", hub.address)
        yield hub


def call(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    status = main(["models", *map(str, arguments)])
    said = capsys.readouterr()
    return status, said.out, said.err


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.usefixtures("home")
def test_the_shelf_shows_what_can_be_had_what_suits_and_what_it_costs(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = call(capsys, "list", "--profile", "raspberry-pi-5")

    assert (status, err) == (0, "")
    [line] = [line for line in out.splitlines() if " base.en " in line]
    assert line.split()[:6] == ["○★", "base.en", "148", "MB", "175", "MB"]
    assert "not free: CC-BY-NC-SA-4.0" in out
    assert "★ suits this machine, by its profile raspberry-pi-5, and its voice." in out
    assert "`voiced models pull recommended` gets base.en, Qwen3-0.6B-Q4_0, en_US-kristin-medium: 640 MB." in out
    assert call(capsys)[1].count("○") == out.count("○"), "without a command, the same"


def test_the_configuration_names_a_mirror_and_the_environment_another(
    local: LocalHub, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = home / "config/voiced/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'[models]\nmirror = "{local.address}"\n')
    monkeypatch.setenv("VOICED_MODELS_MIRROR", "http://127.0.0.1:9")
    assert call(capsys, "pull", "talker")[0] == 1
    monkeypatch.delenv("VOICED_MODELS_MIRROR")
    assert call(capsys, "pull", "talker")[0] == 0
    config.write_text(f'[models]\nmirror = "{local.address}"\nproxy = "http://anna:secret@127.0.0.1:9"\n')
    assert "talker" in call(capsys, "remove", "talker")[1]
    status, _, told = call(capsys, "pull", "small.en", "talker")
    assert status == 1
    assert "the proxy http://127.0.0.1:9 cannot be reached" in told
    assert "secret" not in told
    assert "voiced: small.en: " in told
    assert "voiced: talker" in told
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert call(capsys, "pull", "talker")[0] == 0
    config.write_text('[models]\nmirror = "mirror.example"\n')
    assert 'write it like "https://mirror.example"' in call(capsys, "pull", "talker")[2]


def test_a_mirror_that_lacks_a_model_is_told_from_the_hub(local: LocalHub, capsys: pytest.CaptureFixture[str]) -> None:
    local.begin(server.always("404"))
    assert f"The mirror {local.address} lacks talker-q4.gguf (404)" in call(capsys, "pull", "talker")[2]


@pytest.mark.usefixtures("home")
def test_where_there_is_no_room_for_models_nothing_is_recommended(capsys: pytest.CaptureFixture[str]) -> None:
    profile = ("--profile", "raspberry-pi-zero-2-w")
    assert "★" not in call(capsys, "list", *profile)[1]
    status, _, err = call(capsys, "pull", "recommended", *profile)
    assert status == 1
    assert err.startswith("voiced: The profile raspberry-pi-zero-2-w has no room for models; ")


@pytest.mark.usefixtures("home")
def test_names_in_brackets_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    show([Line("llm", "my[bold]model", "available", suits=True, licence="[/mine]", summary="[red] wine")], "a [pc]")
    out = capsys.readouterr().out
    assert all(text in out for text in ("my[bold]model", "[/mine]", "[red] wine", "its profile a [pc],"))
    assert "gets my[bold]model: " in out


@pytest.mark.usefixtures("home")
def test_programs_get_one_object_for_each_model(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "list", "--json", "--profile", "desktop")

    told = {each["name"]: each for each in objects(out)}
    assert status == 0
    assert told["small.en"]["recommended"] is True
    assert told["small.en"]["state"] == "available"
    assert told["Qwen3-4B-Q4_0"]["digest"] == "at the first pull"
    assert told["en_US-lessac-medium"]["free"] is False
    assert told["hey_jarvis"]["state"] == "comes along"
    assert told["hey_jarvis"]["digest"] == "pinned"
    assert told["hey_jarvis"]["source"] != ""
    assert [each["kind"] for each in objects(out) if each["name"] == "starter"] == ["stt", "llm", "tts"]
    assert {each["size_bytes"] > 0 and each["memory_mb"] > 0 and each["origin"] != "" for each in told.values()} == {
        True
    }


def test_a_wrong_configuration_does_not_hide_the_shelf(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "config/voiced").mkdir(parents=True)
    (home / "config/voiced/config.toml").write_text("nonsense = 1\n")

    assert call(capsys, "list")[0] == 0
    assert call(capsys, "pull", "recommended")[0] == 78


def test_a_pull_tells_the_licence_first_and_the_place_last(
    local: LocalHub, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = call(capsys, "pull", "talker", "small.en", "talker")

    assert status == 0
    assert f"talker: {len(local.files['people/talkers/talker-q4.gguf']) // 1000} kB from people/talkers@main." in err
    assert "Licence: CC0-1.0." in err
    assert f"talker is installed, in {store.folder('llm')}" in out
    assert out.endswith("A running voiced uses it after `voicectl reload`.\n")
    assert [model.title for model in store.installed()] == ["stt/small.en", "llm/talker"]

    status, out, err = call(capsys, "pull", "talker")
    assert (status, out, err) == (0, f"talker is there already, in {store.folder('llm')}\n", "")
    _, out, _ = call(capsys, "list")
    assert "●   talker" in out


def test_a_pull_that_fails_in_part_says_so(local: LocalHub, store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    local.begin(lambda path, _: Order("403" if path.startswith(REPOS["llm"]) else ""))

    status, out, err = call(capsys, "pull", "talker", "small.en")
    assert status == 1
    assert err.count("voiced: ") == 1
    assert "does not give out talker-q4.gguf (403)" in err
    assert "small.en is installed" in out

    status, out, _ = call(capsys, "pull", "talker", "small.en", "--json")
    assert status == 1
    assert [(each["name"], each["outcome"]) for each in objects(out)] == [("talker", "failed"), ("small.en", "there")]
    assert [model.name for model in store.installed()] == ["small.en"]


def test_what_is_not_free_comes_only_when_it_is_named(
    local: LocalHub,
    store: Store,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = {name: replace(each, free=name != "en_US-test-low") for name, each in catalogue().items()}
    monkeypatch.setattr("voiced.cli.models.load_catalogue", lambda: found)
    suits = {"llm": "talker", "tts": "en_US-test-low"}
    monkeypatch.setattr("voiced.cli.models.suiting", lambda *_: suits)

    status, _, err = call(capsys, "pull", "recommended")
    assert status == 0
    assert "en_US-test-low would suit, but is not free for every use (CC0-1.0); name it to have it." in err
    assert [model.name for model in store.installed()] == ["talker"]

    status, _, err = call(capsys, "pull", "recommended", "en_US-test-low")
    assert "This is not free for every use." in err
    assert [model.name for model in store.installed()] == ["talker", "en_US-test-low"]
    assert local.asked


def test_a_model_is_taken_in_checked_carried_and_removed(
    store: Store, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_talker(home / "mine.gguf", "All is well.")
    write_wake(home / "computer.onnx")

    status, out, _ = call(capsys, "import", home / "mine.gguf")
    assert (status, out.startswith("llm/mine works, and is installed (")) == (0, True)
    _, out, _ = call(capsys, "import", home / "computer.onnx", "--name", "hal")
    assert 'write wake_words = ["hal"] into config.toml.' in out
    assert call(capsys, "verify")[:2] == (0, "llm/mine: as it was installed\nwake/hal: as it was installed\n")

    bundle = home / "all.tar.gz"
    status, out, _ = call(capsys, "export", bundle)
    assert (status, out.startswith(f"{bundle}: llm/mine, wake/hal (")) == (0, True)
    before = in_place(store)
    assert call(capsys, "remove", "mine", "wake/hal")[0] == 0
    assert in_place(store) == {}
    assert call(capsys, "import", bundle, "--json")[0] == 0
    assert in_place(store) == before
    assert call(capsys, "import", bundle)[1] == f"All that {bundle} holds is there already.\n"


def test_a_changed_model_is_told_of_and_the_status_says_so(
    store: Store, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call(capsys, "import", write_wake(home / "computer.onnx"))
    (store.folder("wake") / "computer.onnx").write_bytes(b"?")

    status, out, _ = call(capsys, "verify")
    assert status == 1
    assert out == (
        "wake/computer: computer.onnx is not what was installed; remove the model, and pull or import it again\n"
    )
    status, out, _ = call(capsys, "verify", "computer", "--json")
    assert (status, objects(out)[0]["state"]) == (1, "changed")


def test_what_came_in_part_is_shown_and_can_be_deleted(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    (store.partial("llm", "talker") / "talker.gguf.part").write_bytes(bytes(106_000))

    assert "talker has come in part (106 kB): `pull talker` goes on, `remove talker` deletes it." in call(capsys)[1]
    assert call(capsys, "remove", "talker")[1] == ("talker: What had come of it is deleted; 106 kB are free again.\n")
    assert store.begun() == {}
    assert call(capsys, "remove", "talker")[0] == 1


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["pull", "base-en"], "did you mean `base.en`?"),
        (["pull", "zzz"], "`voiced models list` shows those that it has."),
        (["pull", "base.en", "--mirror", "nonsense"], "is no address"),
        (["pull", "hey_jarvis"], '"hey_jarvis" is a wake word that comes with voiced and stays'),
        (["remove", "wake/hey_jarvis"], '"wake/hey_jarvis" is a wake word that comes with voiced and stays'),
        (["pull", "starter"], '"starter" is a starter model: it comes with voiced and stays'),
        (["remove", "voice"], "is a starter model"),
        (["remove", "nothing"], "no model is installed."),
        (["import", "/nowhere"], "There is no file or folder /nowhere"),
        (["import", "/etc/passwd"], "is no model that voiced knows"),
        (["export", "/tmp/never.tar"], "nothing to export"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = call(capsys, *arguments)
    assert (status, out) == (1, "")
    assert words in err
    assert len(err.splitlines()) == 1


def test_ctrl_c_ends_it_at_once_and_the_next_one_goes_on(
    store: Store,
    home: Path,
) -> None:
    """The real program, with a real signal, while the hub says nothing."""
    program = (
        "import sys, voiced.cli.models as models, voiced.cli as cli; from pathlib import Path\n"
        "from voiced.models.catalogue import load_catalogue\n"
        "models.load_catalogue = lambda: load_catalogue(Path(sys.argv[1]))\n"
        "sys.exit(cli.main(['models', 'pull', 'talker', '--mirror', sys.argv[2]]))\n"
    )
    model = entry("llm", on_a_hub())
    [file] = model.files
    (home / "catalogue.toml").write_text(
        f'[[models]]\nname = "talker"\nkind = "llm"\nrepo = "{model.repo}"\nrevision = "main"\nsummary = "a test"\n'
        f'licence = "CC0-1.0"\nlanguages = ["en"]\nspeed = "light"\nmemory_mb = 10\nsource = "this test"\n'
        f'files = [{{ path = "{file.path}", size = {file.size}, sha256 = "{file.sha256}" }}]\n'
    )
    with serving(on_a_hub()) as hub:
        hub.begin(server.always("stall", 0.5))
        command = [sys.executable, "-c", program, str(home / "catalogue.toml"), hub.address]
        running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        part = store.root / ".partial" / "llm-talker" / "talker.gguf.part"
        assert hub.stalled.wait(60)
        while running.poll() is None and not (part.exists() and part.stat().st_size):
            pass
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=20)  # the hub is silent for longer

        assert running.returncode == 130, err
        assert "Traceback" not in err
        assert out == ""
        assert in_place(store) == {}
        hub.begin(lambda _path, _number: Order())
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        assert "talker is installed" in done.stdout
        assert hub.asked[0].range, "it went on from where it was"
    assert list(in_place(store)) == ["llm/talker.gguf"]
