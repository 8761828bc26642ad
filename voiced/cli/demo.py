"""`voiced demo`: nothing flows in, a conversation flows out: live on the screen, as sound and as a picture."""

import argparse
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console

from voiced.activity import Activity
from voiced.audio.files import write_sound
from voiced.audio.resample import resample
from voiced.audio.room import OUT_RATE, Pace, Room
from voiced.compose import assembled, settle
from voiced.conversation.assistant import Assistant
from voiced.conversation.floor import Event
from voiced.demo.person import Person
from voiced.demo.screenplay import Stage, perform
from voiced.demo.show import Show
from voiced.errors import StateError
from voiced.setting import Setting
from voiced.stages import RATE
from voiced.timeline import draw


def run(options: argparse.Namespace) -> int:
    """Performs the screenplay and writes conversation.wav and conversation.svg."""
    console = Console(highlight=False, markup=False)
    _make(options.output)
    setting = settle(options.config, options.profile, os.environ)
    with tempfile.TemporaryDirectory(prefix="voiced-demo-") as folder:
        # The demonstration's timers are not the user's.
        setting = replace(setting, paths=replace(setting.paths, state=Path(folder)))
        room, events = _perform(setting, options.pace, console)
    for path in _write(options.output, room, events):
        console.print(f"Written: {path}")
    return 0


def _make(folder: Path) -> None:
    """Makes the folder for the files, before the show rather than after it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StateError(f"{folder} cannot be made ({error.strerror}); name a folder of yours with -o.") from error


def _perform(setting: Setting, pace: Pace, console: Console) -> tuple[Room, list[tuple[Event, float]]]:
    person, activity = Person(), Activity()
    events: list[tuple[Event, float]] = []
    stage = Stage(person, lambda text: show.person(text))  # noqa: PLW0108 - `show` comes after the room
    scenes = perform(stage)
    room = Room(lambda: next(scenes, None), activity, pace)
    show = Show(console, room.clock.monotonic)

    def listener(event: Event, at: float) -> None:
        events.append((event, at))
        show(event, at)

    with assembled(setting, room.clock, activity, open_microphone=lambda: room, speaker=room.speaker) as chain:
        assistant = Assistant(chain, listener)
        stage.meet(lambda: assistant.state)
        show.cast(person.voice, chain)
        assistant.run()
    return room, events


def _write(folder: Path, room: Room, events: list[tuple[Event, float]]) -> list[Path]:
    """The sound (person left, assistant right) and the picture."""
    person, assistant = room.recording.person_samples(), room.recording.assistant_samples()
    left = resample((person / 32768).astype(np.float32), RATE, OUT_RATE)
    length = min(len(left), len(assistant))
    sound, picture = folder / "conversation.wav", folder / "conversation.svg"
    write_sound(sound, np.column_stack((left[:length], assistant[:length])), OUT_RATE)
    draw(picture, person, assistant, OUT_RATE, events)
    return [sound, picture]
