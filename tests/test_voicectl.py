"""voicectl as a person or a script calls it: a process of its own, against the daemon on a real bus."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.bus import BusDaemon, Client, bus_daemon
from tests.house import House
from voiced import __version__
from voiced.audio.room import RoomClock
from voiced.dbus.bus import Bus

LONG = "This is a long story about a king who had three daughters and a dog. " * 50
CONFIG = "[conversation]\nfollow_up_s = 0\n"
PROGRAM = [sys.executable, "-c", "import sys; from voiced.voicectl import main; sys.exit(main())"]


def environment(session: str, system: str = "unix:path=/nowhere") -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm",
        "DBUS_SESSION_BUS_ADDRESS": session,
        "DBUS_SYSTEM_BUS_ADDRESS": system,
    }


def voicectl(
    buses: dict[str, str], *arguments: str, stdin: str = "", status: int = 0
) -> "subprocess.CompletedProcess[str]":
    """Its outcome; it must end with `status`, and complain in one line if that is not 0."""
    done = subprocess.run(
        [*PROGRAM, *arguments], env=buses, input=stdin, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == status, done
    assert (done.stderr == "") is (status == 0), done
    if status in (1, 3):
        assert re.fullmatch(r"voicectl: [^\n]*\.\n", done.stderr), done
    return done


def objects(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def test_status_shows_how_things_are(bus: BusDaemon, program: Client) -> None:
    shown = voicectl(environment(bus.address), "status").stdout

    assert shown.startswith(f"voiced {__version__} is asleep, on the session bus.\n")
    assert re.search(r"^  microphone +open$", shown, re.MULTILINE)
    assert re.search(r"^  volume +80 %$", shown, re.MULTILINE)
    assert re.search(r"^  llm +There is no language model", shown, re.MULTILINE)
    [found] = objects(voicectl(environment(bus.address), "status", "--json").stdout)
    assert (found["bus"], found["state"], found["muted"], found["timers"]) == ("session", "asleep", False, [])
    assert found["health"] == program.get("Health")


def test_the_only_daemon_is_found_on_the_system_bus(bus: BusDaemon, program: Client) -> None:
    del program
    for option in ([], ["--bus", "system"]):
        shown = voicectl(environment("unix:path=/nowhere", bus.address), "status", *option).stdout
        assert "on the system bus." in shown
    no_daemon = voicectl(environment(bus.address), "--bus", "system", "status", status=1)
    assert no_daemon.stderr.startswith("voicectl: The system bus cannot be reached (")
    for nowhere in ("unix:path=/nowhere", ""):
        no_bus = voicectl(environment(nowhere), "--bus", "session", "status", status=1)
        assert '; then start voiced with "voiced run --bus session"' in no_bus.stderr


def test_without_a_daemon_there_is_one_sentence_that_says_how_to_start_it(tmp_path: Path) -> None:
    with bus_daemon() as empty:
        for arguments in (["status"], ["ask", "what time is it"], ["timers", "--json"]):
            done = voicectl(environment(empty.address), *arguments, status=3)
            assert done.stderr == 'voicectl: voiced is not running here; start it with "voiced run".\n'
            assert done.stdout == ""
    no_bus = environment(f"unix:path={tmp_path}/nothing")
    assert '"voiced run"' in voicectl(no_bus, "stop", status=3).stderr


def test_ask_prints_the_answer_and_ends_with_the_turn(bus: BusDaemon, program: Client) -> None:
    shown = voicectl(environment(bus.address), "ask", "Set", "a", "pizza timer for ten minutes").stdout
    assert shown == "Timer set for 10 minutes named pizza.\n"
    assert any(told.name == "TurnEnded" for told in program.catch_up())

    [timer] = objects(voicectl(environment(bus.address), "timers", "--json").stdout)
    assert (timer["name"], timer["left"]) == ("pizza", "10 minutes")
    assert re.fullmatch(
        r" +\d+  pizza  10 minutes  \d\d:\d\d:\d\d\n", voicectl(environment(bus.address), "timers").stdout
    )
    assert voicectl(environment(bus.address), "timers", "--numbers").stdout == f"{timer['id']}\n"
    cancelled = voicectl(environment(bus.address), "timers", "cancel", str(timer["id"]), "--json").stdout
    assert objects(cancelled) == [{"cancelled": timer["id"]}]
    assert voicectl(environment(bus.address), "timers").stdout == "There are no timers.\n"
    voicectl(environment(bus.address), "timers", "cancel", str(timer["id"]), status=1)


def test_ask_tells_every_event_of_its_turn_as_json(bus: BusDaemon, program: Client) -> None:
    del program
    told = objects(voicectl(environment(bus.address), "ask", "--json", "-", stdin="what day is it").stdout)

    assert [each["event"] for each in told[:2]] == ["transcript", "reply"]
    assert (told[-1]["event"], told[-1]["outcome"]) == ("turn_ended", "answered")
    assert len({each["turn"] for each in told}) == 1


def test_bytes_that_are_no_text_are_read_for_what_they_are(bus: BusDaemon, program: Client) -> None:
    del program
    done = subprocess.run(
        [*PROGRAM, "ask", "--json", "-"], env=environment(bus.address), input=b"what is a caf\xe9",
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert objects(done.stdout.decode())[0]["text"] == "what is a caf�"


FULL = "voicectl: The output cannot be written (No space left on device); write elsewhere.\n"


@pytest.mark.parametrize(
    ("command", "status", "complaint"),
    [
        ("status >&-", 0, ""),
        ("say Hello. <&- >&-", 0, ""),
        ("nonsense 2>&-", 2, ""),
        ("say - <&-", 1, "voicectl: There is nothing to say in this text; give some words.\n"),
        ("--help >/dev/full", 1, FULL),
        ("--help | true", 1, ""),
    ],
)
def test_streams_that_are_closed_or_full_are_no_traceback(
    bus: BusDaemon, program: Client, command: str, status: int, complaint: str
) -> None:
    del program
    line = f'set -o pipefail; "$@" {command}'
    done = subprocess.run(
        ["bash", "-c", line, "-", *PROGRAM], env=environment(bus.address), capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (status, complaint)


def test_say_returns_when_it_has_been_said_or_at_once(bus: BusDaemon, program: Client) -> None:
    assert voicectl(environment(bus.address), "say", "Dinner is ready.").stdout == ""
    assert program.catch_up()[-1].name in ("TurnEnded", "PropertiesChanged")
    [begun] = objects(voicectl(environment(bus.address), "say", "--no-wait", "--json", "Dinner.").stdout)
    program.wait_for(lambda told: told.name == "TurnEnded" and told.arguments[0] == begun["turn"])


def test_an_answer_that_is_stopped_is_a_failure(bus: BusDaemon, program: Client) -> None:
    talking = subprocess.Popen([*PROGRAM, "say", LONG], env=environment(bus.address), stderr=subprocess.PIPE, text=True)
    program.wait_for(lambda told: told.arguments[1:2] == ({"State": "speaking"},))
    voicectl(environment(bus.address), "stop")

    assert talking.communicate(timeout=60)[1] == "voicectl: It was stopped.\n"
    assert talking.returncode == 1


def test_ctrl_c_silences_what_it_waits_for(bus: BusDaemon, program: Client) -> None:
    talking = subprocess.Popen([*PROGRAM, "say", LONG], env=environment(bus.address), stderr=subprocess.PIPE, text=True)
    program.wait_for(lambda told: told.arguments[1:2] == ({"State": "speaking"},))
    talking.send_signal(signal.SIGINT)

    assert talking.communicate(timeout=60)[1].strip() == ""
    assert talking.returncode == 130
    assert program.wait_for(lambda told: told.name == "TurnEnded").arguments[1] == "stopped"


def test_mute_returns_when_the_microphone_is_closed(bus: BusDaemon, program: Client, home: House) -> None:
    assert objects(voicectl(environment(bus.address), "mute", "--json").stdout) == [{"muted": True}]
    assert home.microphones == 0
    assert "unmute it first" in voicectl(environment(bus.address), "listen", status=1).stderr
    home.broken_microphone = True
    assert "There is no microphone" in voicectl(environment(bus.address), "unmute", status=1).stderr
    home.broken_microphone = False
    assert voicectl(environment(bus.address), "unmute").stdout == ""
    assert home.microphones == 1
    voicectl(environment(bus.address), "listen")
    program.wait_for(lambda told: told.name == "TurnEnded")


def test_the_volume_is_shown_and_set(bus: BusDaemon, program: Client) -> None:
    buses = environment(bus.address)
    assert voicectl(buses, "volume", "30").stdout == "30 %\n"
    assert program.get("Volume") == 0.3
    assert voicectl(buses, "volume", "-10%").stdout == "20 %\n"
    assert voicectl(buses, "volume", "-50").stdout == "0 %\n"
    assert objects(voicectl(buses, "volume", "+80", "--json").stdout) == [{"volume": 0.8}]
    assert voicectl(buses, "volume").stdout == "80 %\n"
    for wrong in ("101", "-101%", ""):
        assert f"'{wrong}' is no volume" in voicectl(buses, "volume", wrong, status=2).stderr


def test_a_voice_is_chosen(bus: BusDaemon, program: Client) -> None:
    buses = environment(bus.address)
    voices = ["british", "default", "french", "german", "spanish", "terse", "warm"]
    lines = [f"{'*' if name == 'default' else ' '} {name}\n" for name in voices]
    assert "no voice has an empty name" in voicectl(buses, "voice", "", status=2).stderr
    assert voicectl(buses, "voice").stdout == "".join(lines)
    assert voicectl(buses, "voice", "terse").stdout == ""
    assert program.get("Voice") == "terse"
    assert objects(voicectl(buses, "voice", "--json").stdout) == [{"voice": "terse", "voices": voices}]
    assert "There is no such voice" in voicectl(buses, "voice", "nobody", status=1).stderr
    assert voicectl(buses, "voice", "--names").stdout.split() == voices
    voicectl(buses, "voice", "default")


def test_reload_tells_what_is_wrong(bus: BusDaemon, program: Client, home: House) -> None:
    before = home.config_file.read_text(encoding="utf-8")
    assert objects(voicectl(environment(bus.address), "--json", "reload").stdout) == [{"done": "reload"}]
    home.config_file.write_text("[speaker]\nvolume = 11\n", encoding="utf-8")
    assert "speaker.volume: 11" in voicectl(environment(bus.address), "reload", status=1).stderr
    home.config_file.write_text(before, encoding="utf-8")
    voicectl(environment(bus.address), "reload")
    program.wait_for_property("Health", program.get("Health") | {"configuration": "ok"})


def test_a_starting_daemon_is_shown_but_refuses() -> None:
    with bus_daemon() as empty:
        alone = Bus("session", empty.address, RoomClock(0))
        alone.start()
        try:
            assert " is starting, " in voicectl(environment(empty.address), "status").stdout
            assert "still starting" in voicectl(environment(empty.address), "say", "hi", status=1).stderr
        finally:
            alone.close()


def test_no_engine_is_imported(bus: BusDaemon, program: Client) -> None:
    """What takes time is imported only where it is needed: nothing of the daemon, and rich for nothing but monitor."""
    del program
    source = (
        "import sys; from voiced.voicectl import main; main(['status'])\n"
        "heavy = {'numpy', 'onnxruntime', 'llama_cpp', 'ctranslate2', 'faster_whisper', 'hassil', 'pydbus', 'rich'}\n"
        "ours = {name for name in sys.modules if name.startswith('voiced.')}\n"
        "print(sorted(heavy & set(sys.modules)), sorted(ours))"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], env=environment(bus.address), capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == str([]) + " " + str(
        [
            "voiced.dbus", "voiced.dbus.address", "voiced.errors", "voiced.program", "voiced.voicectl",
            "voiced.voicectl.commands", "voiced.voicectl.parser", "voiced.voicectl.remote", "voiced.voicectl.telling",
        ]
    )  # fmt: skip


def test_monitor_tells_every_event_as_json_and_waits_for_the_daemon() -> None:
    with bus_daemon() as empty:
        watching = subprocess.Popen(
            [*PROGRAM, "monitor", "--json"], env=environment(empty.address), stdout=subprocess.PIPE, text=True
        )
        try:
            assert watching.stdout is not None
            lines = iter(watching.stdout.readline, "")
            assert json.loads(next(lines)) == {"event": "left"}
            for _ in range(2):
                alone = Bus("session", empty.address, RoomClock(0))
                alone.start()
                assert json.loads(next(lines)) == {"event": "came"}
                # The first health of the bus may be told before the answer comes.
                status = next(found for found in map(json.loads, lines) if found["event"] == "status")
                assert (status["bus"], status["state"]) == ("session", "starting")
                alone.close()
                assert json.loads(next(lines)) == {"event": "left"}
        finally:
            watching.send_signal(signal.SIGINT)
            watching.communicate(timeout=30)
            assert watching.returncode == 130


class Terminal:
    """A terminal with a program in it, whose output is read as it comes."""

    def __init__(self, buses: dict[str, str], *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        self.shown = ""
        size = {"COLUMNS": "100", "LINES": "30"}
        self.process = subprocess.Popen(
            [*PROGRAM, *arguments], env=buses | size, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)

    def read_until(self, text: str) -> None:
        """Until it has shown `text`, from now on."""
        shown = ""
        deadline = time.monotonic() + 60
        while text not in shown:
            assert time.monotonic() < deadline, shown
            try:
                shown += os.read(self._ours, 65536).decode("utf-8", "replace")
            except OSError:  # it has left
                raise AssertionError(f"{text!r} was not shown: {shown!r}") from None
        self.shown += shown

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def close(self) -> None:
        self.process.kill()
        self.process.wait(30)
        os.close(self._ours)


@pytest.fixture
def terminal(bus: BusDaemon, program: Client) -> Iterator[Terminal]:
    del program
    terminal = Terminal(environment(bus.address), "monitor")
    yield terminal
    terminal.close()


def test_monitor_shows_a_turn_and_leaves_the_terminal_as_it_was(terminal: Terminal, program: Client) -> None:
    terminal.read_until("asleep")
    program.call("Ask", "(s)", "what day is it")
    terminal.read_until("what day is it")
    terminal.read_until("It is ")
    terminal.press("m")
    program.wait_for_property("Muted", True)
    terminal.read_until("muted")
    terminal.press("\x1b[Am")  # an arrow is no key of ours
    program.wait_for_property("Muted", False)
    terminal.press("q")
    terminal.read_until("\x1b[?1049l")
    assert terminal.process.wait(30) == 0


def test_monitor_asks_for_the_level_and_shows_it(terminal: Terminal, program: Client, home: House) -> None:
    terminal.read_until("asleep")
    program.wait_until(lambda: heard(program, home), "nobody asked for the level")
    terminal.read_until("▅▅▅▅")


def heard(program: Client, home: House) -> bool:
    """Plays half a second of something about as loud as speech from afar; whether that is told."""
    home.play(np.full(8_000, 1217, np.int16))
    home.wait_until_heard()
    program.get("State")
    return any(told.name == "Level" for told in program.catch_up())


def test_monitor_leaves_the_terminal_as_it_was_when_it_is_ended(terminal: Terminal) -> None:
    terminal.read_until("asleep")
    terminal.process.terminate()
    terminal.read_until("\x1b[?1049l")
    assert terminal.process.wait(30) == 0


def test_monitor_without_a_terminal_says_what_to_do(bus: BusDaemon, program: Client) -> None:
    del program
    assert "--json" in voicectl(environment(bus.address), "monitor", status=1).stderr


def test_monitor_on_a_terminal_that_cannot_draw_says_what_to_do(bus: BusDaemon, program: Client) -> None:
    del program
    terminal = Terminal(environment(bus.address) | {"TERM": "dumb"}, "monitor")
    try:
        terminal.read_until("use monitor --json")
        assert terminal.process.wait(30) == 1
    finally:
        terminal.close()


def test_monitor_says_that_the_daemon_has_left_and_that_it_is_back() -> None:
    with bus_daemon() as empty:
        first = Bus("session", empty.address, RoomClock(0))
        first.start()
        terminal = Terminal(environment(empty.address), "monitor")
        try:
            terminal.read_until("starting")
            first.close()
            terminal.read_until("voiced has left")
            terminal.read_until("this waits for it")
            second = Bus("session", empty.address, RoomClock(0))
            second.start()
            terminal.read_until("starting")
            second.close()
            empty.stop()
            terminal.read_until("The session bus has gone")
            assert terminal.process.wait(30) == 3
        finally:
            terminal.close()
