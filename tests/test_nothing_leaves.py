"""Nothing leaves the house: a whole conversation under strace, with models for every engine, and its system calls."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile  # type: ignore[import-untyped]

from tests import speech
from tests.bus import NAME, bus_daemon, client
from tests.home import cache_folder, home, install_ears, install_model, install_voice
from tests.soundcard import environment, soundcard
from voiced.onnx import VARIABLE
from voiced.resources import systemd_dir
from voiced.stages import RATE

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a model for each engine, and a recording of a question."""
    folder = tmp_path_factory.mktemp("home")
    for install, says in ((install_ears, "hey jarvis why is the sky blue"), (install_model, "It is the air.")):
        install(home(folder), says)
    install_voice(home(folder))
    words = speech.say("Hey Jarvis, why is the sky blue?")
    soundfile.write(folder / "in.wav", words, RATE)
    return folder


def converse(place: Path, *strace: str) -> tuple[list[str], str]:
    """What was answered in a conversation under strace, and what strace wrote."""
    out = place / "strace"
    command = ["strace", "-f", "-qq", "-o", str(out), *strace, sys.executable, "-m", "voiced", "converse"]
    surroundings = environment(place) | {"XDG_CACHE_HOME": str(cache_folder()), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, str(place / "in.wav")], env=surroundings, capture_output=True, text=True, check=True, timeout=110
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return [each["text"] for each in told if each["event"] == "reply"], out.read_text("utf-8", "replace")


def test_a_whole_conversation_opens_no_internet_socket(place: Path) -> None:
    replies, trace = converse(place, "--seccomp-bpf", "-e", "trace=socket,socketpair,connect,sendto,sendmsg")
    assert replies == ["It is the air."]
    assert len(re.findall(r"AF_INET6?\b", trace)) == 0
    asked_for = set(re.findall(r"socket(?:pair)?\((AF_\w+)", trace))
    assert asked_for <= {"AF_UNIX"}, "the units allow no others"
    assert not [path for folder in (place, cache_folder()) for path in folder.rglob("deviceid")]


def families(trace: str) -> Counter[str]:
    """How many sockets of each family were asked for, or connected to an address of it."""
    return Counter(re.findall(r"\bAF_\w+", trace))


def test_a_daemon_that_answers_over_sound_and_bus_opens_no_internet_socket(tmp_path: Path) -> None:
    """`voiced run` itself, with the sound server and the bus that it talks to."""
    out = tmp_path / "strace"
    command = ["strace", "-f", "-qq", "--seccomp-bpf", "-e", "trace=%network", "-o", str(out)]
    command += [sys.executable, "-u", "-m", "voiced", "run", "--bus", "session"]
    with tempfile.TemporaryDirectory(prefix="card") as folder, soundcard(Path(folder)) as card, bus_daemon() as bus:
        card.environment |= {"DBUS_SESSION_BUS_ADDRESS": bus.address, "PYTHONPATH": str(ROOT)}
        child = card.program(*command)
        child.wait_for('Say "hey jarvis".', patience_s=90)
        with client(bus.address) as program:
            program.wait_for_property("State", "asleep")
            turn = program.call("Ask", "(s)", "Set a timer for five minutes.")
            ended = program.wait_for(lambda told: told.name == "TurnEnded" and told.arguments[0] == turn)
            assert ended.arguments[1] == "answered"
            os.kill(program.call_bus("GetConnectionUnixProcessID", "(s)", NAME), signal.SIGTERM)
        assert child.end() == 0, child.lines
        assert np.abs(card.recorded()).max() > 0.05
    counted = families(out.read_text("utf-8", "replace"))
    assert (counted["AF_INET"], counted["AF_INET6"]) == (0, 0)
    assert counted["AF_UNIX"] > 0


LOADING = """
from voiced.vad import SileroVad
from voiced.wake import OpenWakeWord
SileroVad(), OpenWakeWord(["hey_jarvis"])
import onnxruntime
assert onnxruntime.__version__
"""


def test_onnx_runtime_collects_nothing_that_it_could_send_later(tmp_path: Path) -> None:
    """Its reports would leave half a minute after its import, or at its end; what it makes at once is a number for the
    machine and a file to keep them in."""
    surroundings = {key: value for key, value in environment(tmp_path).items() if key != VARIABLE}
    command = ["strace", "-f", "-qq", "--seccomp-bpf", "-e", "trace=socket", "-o", str(tmp_path / "strace")]
    subprocess.run(
        [*command, sys.executable, "-c", LOADING], env=surroundings | {"PYTHONPATH": str(ROOT)}, check=True, timeout=60
    )
    assert "AF_INET" not in (tmp_path / "strace").read_text()
    assert [path.name for path in tmp_path.rglob("*")] == ["strace"]


def test_whatever_imports_onnx_runtime_quietens_it_before() -> None:
    """In every module of ours that loads it, or a library that does."""
    loading = re.compile(r"^\s+(?:import onnxruntime|from (?:openwakeword|faster_whisper|piper)[. ])", re.M)
    for path in (ROOT / "voiced").rglob("*.py"):
        text = path.read_text("utf-8")
        if loading.search(text.replace("if TYPE_CHECKING:\n", "if TYPE_CHECKING: #")):
            assert re.search(r"(quieten|runtime)\(\)", text), f"{path.name} does not"


def test_the_units_allow_every_system_call_of_a_conversation(place: Path) -> None:
    """But for those that only ask for the scheduling of threads, which fail without harm."""
    replies, summary = converse(place, "-c", "-U", "name")
    assert replies == ["It is the air."]
    made = {word for word in summary.split() if re.fullmatch(r"[a-z_][a-z0-9_]*", word)}
    assert {"read", "futex", "mmap"} <= made
    allowed = members("@system-service") - members("@privileged") - members("@resources")
    # sqlite gives its journal to the database's owner, but only when it runs as root.
    refused = {"sched_setaffinity", "mbind", "set_mempolicy", "setpriority", "fchown"}
    assert made - allowed - {"syscall", "total"} <= refused


def members(group: str) -> set[str]:
    """The system calls in one of systemd's groups, those of the groups in it too."""
    command = ["systemd-analyze", "--no-pager", "syscall-filter", group]
    text = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | {"LC_ALL": "C"}).stdout
    names = {line.strip() for line in text.splitlines() if line.startswith("    ") and "#" not in line}
    return {each for name in names for each in (members(name) if name.startswith("@") else {name})}


def test_the_tests_look_at_the_filter_that_the_units_have() -> None:
    for kind in ("system", "user"):
        text = (systemd_dir() / kind / "voiced.service").read_text("utf-8")
        assert re.findall(r"^SystemCallFilter=(.*)", text, re.M) == ["@system-service", "~@privileged @resources"]
