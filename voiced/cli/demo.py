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
from voiced.audio.room import OUT_RATE, Room
from voiced.compose import assemble, settle
from voiced.conversation.assistant import Assistant
from voiced.conversation.floor import Event
from voiced.demo.person import Person
from voiced.demo.screenplay import Stage, perform
from voiced.demo.show import Show
from voiced.paths import Paths, make_private
from voiced.stages import RATE
from voiced.timeline import draw


def run(options: argparse.Namespace) -> int:
    """Performs the screenplay and writes conversation.wav and conversation.svg."""
    console = Console(highlight=False)
    setting = settle(options.config, options.profile, os.environ)
    events: list[tuple[Event, float]] = []
    with tempfile.TemporaryDirectory(prefix="voiced-demo-") as folder:
        # The demonstration's timers are not the user's.
        paths = replace(setting.paths, state=Path(folder))
        setting = replace(setting, paths=paths)
        activity = Activity()
        person = Person()
        stage = Stage(person, lambda text: show.person(text))
        scenes = perform(stage)
        room = Room(lambda: next(scenes, None), activity, options.pace)
        chain = assemble(setting, room.clock, activity, open_microphone=lambda: room.microphone, speaker=room.speaker)
        show = Show(console, room.clock.monotonic, chain.mouth.synthesiser.name)

        def listener(event: Event, at: float) -> None:
            events.append((event, at))
            show(event, at)

        assistant = Assistant(chain, listener)
        stage.meet(lambda: assistant.state)
        assistant.run()
    return 0
