"""A command flows in, calls flow to the daemon and its answers to the screen; an exit status flows out.

Each function here is a command. What it tells goes to standard output, in words or as JSON; what went wrong is raised,
or, when the daemon could not do what it understood, told on standard error with status 1.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from voiced.errors import BusError
from voiced.voicectl import telling
from voiced.voicectl.remote import NoDaemonError, RefusedError, Remote, find, no_daemon
from voiced.voicectl.telling import Told

MICROPHONE_S: Final = 10.0
"""Seconds in which a microphone is open or closed: a sound server that hangs is given up after five."""

VOICE_S: Final = 120.0
"""Seconds in which a voice is loaded and the present turn over, as a rule."""

OUTCOMES: Final[Mapping[str, str]] = {
    "interrupted": "Another turn took its place before this one was over.",
    "stopped": "It was stopped.",
    "nothing_heard": "No words were heard.",
    "failed": "It failed; `voicectl status` or voiced's log says why.",
    "muted": "The microphone was closed meanwhile.",
}
"""What to tell of turns that did not end as they should."""


def carry_out(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """The command that the command line names. Raises BusError."""
    if options.command == "monitor":
        from voiced.voicectl.monitor import monitor

        return monitor(find(options.bus, environment, waits=True), as_json=options.json)
    command: Callable[[Remote, argparse.Namespace], int] = COMMANDS[options.command]
    return command(find(options.bus, environment), options)


def status(remote: Remote, options: argparse.Namespace) -> int:
    """What it does, how it is set, and what is wrong with it."""
    found = remote.properties()
    timers: list[tuple[int, str, str, int]] = []
    with suppress(RefusedError):  # it is still starting
        timers = remote.call("ListTimers")
    if options.json:
        _print_json({"bus": remote.which, **telling.settings(found), "timers": list(map(telling.timer, timers))})
        return 0
    print(f"voiced {found['Version']} is {_words(found['State'])}, on the {remote.which} bus.")
    rows = {
        "microphone": "closed" if found["Muted"] else "open",
        "wake words": ", ".join(map(_words, found["WakeWords"])),
        "voice": found["Voice"],
        "volume": _percent(found["Volume"]),
        "profile": found["Profile"],
        "timers": "; ".join(_timer(each) for each in timers) or "none",
        "last turn": ", ".join(f"{stage} {ms:.0f} ms" for stage, ms in found["LastTurn"].items()),
        **{part: health for part, health in found["Health"].items() if health != "ok"},
    }
    _print_rows({name: value for name, value in rows.items() if value})
    return 0


def listen(remote: Remote, options: argparse.Namespace) -> int:
    """As if the wake word had been said."""
    return _simply(remote, options, "Listen")


def stop(remote: Remote, options: argparse.Namespace) -> int:
    """Silence."""
    return _simply(remote, options, "Stop")


def reload(remote: Remote, options: argparse.Namespace) -> int:
    """The configuration once more."""
    return _simply(remote, options, "Reload")


def _simply(remote: Remote, options: argparse.Namespace, method: str) -> int:
    remote.call(method)
    if options.json:
        _print_json({"done": options.command})
    return 0


# --- texts -----------------------------------------------------------------------------------------------------------


def say(remote: Remote, options: argparse.Namespace) -> int:
    """Says a text; it is over when it has been said."""
    return _turn(remote, options, "Say")


def ask(remote: Remote, options: argparse.Namespace) -> int:
    """Prints an answer clause by clause, as it is spoken."""
    return _turn(remote, options, "Ask")


def _turn(remote: Remote, options: argparse.Namespace, method: str) -> int:
    text = " ".join(options.text)
    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace")  # the bus takes nothing but text
    text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    turn, outcome, clauses = -1, "", 0

    def hear(told: Told) -> None:
        nonlocal outcome, clauses
        if told.name == "Left":
            raise NoDaemonError(f"voiced has left in the middle. {no_daemon([remote.which])}")
        if told.arguments[:1] != (turn,) or told.name not in telling.EVENTS:
            return
        if options.json:
            _print_json(telling.event(told))
        elif told.name == "Reply" and method == "Ask":
            print(end=(" " if clauses else "") + telling.harmless(told).arguments[1].strip(), flush=True)
            clauses += 1
        if told.name == "TurnEnded":
            outcome = told.arguments[1]
            remote.leave()

    if not options.no_wait:
        remote.follow(hear)  # before the call: the answer may be there before its number is
    turn = remote.call(method, "(s)", text)
    if options.no_wait:
        if options.json:
            _print_json({"turn": turn})
        return 0
    try:
        remote.run()
    except KeyboardInterrupt:
        with suppress(BusError):
            remote.call("Stop")  # who does not want to wait does not want to hear it
        raise
    finally:
        if clauses:
            print(flush=True)
    return 0 if outcome == "answered" else _fail(OUTCOMES.get(outcome, f"It ended as {_words(outcome)}."))


# --- what can be set -------------------------------------------------------------------------------------------------


def mute(remote: Remote, options: argparse.Namespace) -> int:
    """Closes the microphone, and says so when it is closed."""
    return _set_muted(remote, options, True)


def unmute(remote: Remote, options: argparse.Namespace) -> int:
    """Opens the microphone, and says so when it is open."""
    return _set_muted(remote, options, False)


def _set_muted(remote: Remote, options: argparse.Namespace, muted: bool) -> int:
    now = _set(remote, "Muted", "b", muted, "microphone", MICROPHONE_S)
    if options.json:
        _print_json({"muted": now["Muted"]})
    if now["Muted"] is not muted:
        health = now["Health"].get("microphone", "ok")
        return _fail(health if health != "ok" else "The microphone does not answer; `voicectl status` may say why.")
    return 0


def voice(remote: Remote, options: argparse.Namespace) -> int:
    """Shows the voices, or waits until the next turn is spoken by another one."""
    now = remote.properties()
    voices: list[str] = [] if options.name else remote.call("ListVoices")
    if options.name:
        now = _set(remote, "Voice", "s", options.name, "configuration", VOICE_S)
    if options.json:
        _print_json({"voice": now["Voice"], **({} if options.name else {"voices": voices})})
    elif options.names:
        print("\n".join(voices))
    elif not options.name:
        print("\n".join(f"{'*' if each == now['Voice'] else ' '} {each}" for each in voices))
    if options.name and now["Voice"] != options.name:
        health = now["Health"].get("configuration", "ok")
        return _fail(health if health != "ok" else "The voice is still being loaded; `voicectl status` shows it later.")
    return 0


def volume(remote: Remote, options: argparse.Namespace) -> int:
    """Shows the volume, or sets it."""
    now = remote.properties()
    if options.percent:
        sign, percent = options.percent
        before = round(now["Volume"] * 100)
        wanted = {"": percent, "+": before + percent, "-": before - percent}[sign]
        now = _set(remote, "Volume", "d", min(100, max(0, wanted)) / 100, "", MICROPHONE_S)
    if options.json:
        _print_json({"volume": now["Volume"]})
    else:
        print(_percent(now["Volume"]))
    return 0


def _set(remote: Remote, name: str, signature: str, value: Any, part: str, seconds: float) -> dict[str, Any]:
    """All properties, once `name` has this value, or `part` is said not to work, or `seconds` have gone by."""

    def hear(told: Told) -> None:
        if told.name == "Left":
            raise NoDaemonError(f"voiced has left in the middle. {no_daemon([remote.which])}")
        if told.name == "PropertiesChanged":
            changed = told.arguments[1]
            if changed.get(name) == value or changed.get("Health", {}).get(part, "ok") != "ok":
                remote.leave()

    remote.follow(hear)
    remote.set(name, signature, value)
    now = remote.properties()
    if now[name] != value:
        remote.run(seconds)
        now = remote.properties()
    return now


# --- timers ----------------------------------------------------------------------------------------------------------


def timers(remote: Remote, options: argparse.Namespace) -> int:
    """Shows the timers, the next to come due first."""
    found = remote.call("ListTimers")
    if options.json:
        for each in found:
            _print_json(telling.timer(each))
        return 0
    if options.numbers:
        for number, *_ in found:
            print(number)
        return 0
    if not found:
        print("There are no timers.")
    names = max((len(name) for _, name, *_ in found), default=0)
    lefts = max((len(left) for _, _, left, _ in found), default=0)
    for number, name, left, due in found:
        print(f"{number:>4}  {name:<{names}}{'  ' if names else ''}{left:<{lefts}}  {_clock(due)}".rstrip())
    return 0


def cancel(remote: Remote, options: argparse.Namespace) -> int:
    """Forgets timers."""
    for number in options.ids:
        if number not in [each[0] for each in remote.call("ListTimers")]:
            raise RefusedError(f"There is no timer with the number {number}; `voicectl timers` shows those there are.")
        remote.call("CancelTimer", "(u)", number)
        if options.json:
            _print_json({"cancelled": number})
    return 0


COMMANDS: Final[dict[str, Callable[[Remote, argparse.Namespace], int]]] = {
    each.__name__: each
    for each in (status, listen, stop, say, ask, mute, unmute, voice, volume, timers, cancel, reload)
}

# --- words -----------------------------------------------------------------------------------------------------------


def _words(name: str) -> str:
    """An identifier as people write it."""
    return name.replace("_", " ")


def _percent(volume: float) -> str:
    return f"{volume * 100:.0f} %"


def _timer(found: tuple[int, str, str, int]) -> str:
    _, name, left, due = found
    return f"{name + ': ' if name else ''}{left}{'' if due else ', paused'}"


def _clock(due: int) -> str:
    """When a timer is due, on this machine's clock."""
    return time.strftime("%H:%M:%S", time.localtime(due)) if due else "paused"


def _print_rows(rows: Mapping[str, str]) -> None:
    width = max(map(len, rows))
    for name, value in rows.items():
        print(f"  {name:<{width}}  {value}")


def _print_json(thing: Mapping[str, Any] | None) -> None:
    print(json.dumps(thing, ensure_ascii=False), flush=True)


def _fail(sentence: str) -> int:
    sys.stdout.flush()
    print(f"voicectl: {sentence}", file=sys.stderr)
    return 1
