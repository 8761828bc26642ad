"""`voiced converse`: recordings flow in as if heard live, events and the assistant's speech flow out."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

import numpy as np

from voiced.activity import Activity
from voiced.audio.files import read_pcm, write_sound
from voiced.audio.room import OUT_RATE, Room
from voiced.cli.outputs import check_writable
from voiced.compose import assembled, settle
from voiced.conversation.assistant import Assistant
from voiced.conversation.floor import Event
from voiced.errors import StateError
from voiced.report import as_json
from voiced.stages import FRAME, RATE, Pcm
from voiced.turn import State

LEAD_IN_S = 1.6
"""Silence before the first recording: the wake word detector is deaf for its first 1.28 s."""

BREATH_S = 0.6
"""Silence before each further recording, as a person leaves after an answer."""

PATIENCE_S = 60.0
"""How long a recording's answer may take, in the recording's time, before the next begins or the end comes."""


def run(options: argparse.Namespace) -> int:
    """Holds the conversation in the recordings of the command line."""
    recordings = [read_pcm(path) for path in options.recordings]
    setting = settle(options.config, options.profile, os.environ)
    for path in filter(None, (options.events, options.reply)):
        check_writable(path)
    with ExitStack() as stack:
        activity = Activity()
        person = Person(recordings, uninvited=options.no_wake)
        room = Room(person, activity, options.pace)
        chain = stack.enter_context(
            assembled(setting, room.clock, activity, open_microphone=lambda: room, speaker=room.speaker)
        )
        # Only now that everything works: it takes the place of what was there.
        out = stack.enter_context(_opened(options.events)) if options.events else sys.stdout
        assistant = Assistant(chain, lambda event, at: _write(out, event, at))
        person.meet(lambda: assistant.state, assistant.listen)
        assistant.run()
    if options.reply:
        write_sound(options.reply, room.recording.assistant_samples(), OUT_RATE)
    return 0


def _opened(path: Path) -> TextIO:
    try:
        return path.open("w", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise StateError(f"{path} cannot be written ({error.strerror}); name a file in a folder of yours.") from error


def _write(out: TextIO, event: Event, at: float) -> None:
    told = as_json(event, at)
    if told is not None:
        print(json.dumps(told, ensure_ascii=False), file=out, flush=True)


class Person:
    """A polite one: the script of a room, which plays each recording when the answer to the last one is over."""

    def __init__(self, recordings: list[Pcm], *, uninvited: bool) -> None:
        """`uninvited` asks to listen before each recording, which then needs no wake word."""
        self._uninvited = uninvited
        self._state: Callable[[], State] = lambda: "asleep"
        self._listen: Callable[[], None] = lambda: None
        self._lines = self._speak(recordings)

    def meet(self, state: Callable[[], State], listen: Callable[[], None]) -> None:
        """Whom to talk to."""
        self._state, self._listen = state, listen

    def __call__(self) -> Pcm | None:
        return next(self._lines, None)

    def _speak(self, recordings: list[Pcm]) -> Iterator[Pcm]:
        yield _silence(LEAD_IN_S)
        for recording in recordings:
            if self._uninvited:
                self._listen()
                yield _silence(BREATH_S)
            yield recording
            yield _silence(BREATH_S)
            yield from self._wait(("asleep", "follow_up", "muted"))
        yield from self._wait(("asleep", "muted"))

    def _wait(self, until: tuple[State, ...]) -> Iterator[Pcm]:
        for _ in range(int(PATIENCE_S * RATE / FRAME)):
            if self._state() in until:
                return
            yield _silence(0)


def _silence(seconds: float) -> Pcm:
    return np.zeros(int(seconds * RATE), np.int16)
