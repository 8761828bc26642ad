"""A daemon without hardware, for tests that end it: `python -m tests.held STATE FOLDER` brings it into a state.

It says each state that it is in on its standard output, and lives until it is told to leave.
"""

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from tests.talk import pause, setting
from voiced.activity import Activity
from voiced.audio.room import Room
from voiced.compose import assembled
from voiced.conversation.assistant import Assistant
from voiced.conversation.floor import Event
from voiced.events import StateChanged
from voiced.intents.timers import Timers
from voiced.service.supervised import Supervised
from voiced.setting import Setting
from voiced.stages import Cancelled, Message, never

LONG = "This goes on, and on, and on, and there is no end of it to be seen. " * 20


class Stuck:
    """A language model that never answers, and does not notice that nobody waits any more: the worst that can be."""

    name = "stuck"

    def stream(self, messages: Sequence[Message], cancelled: Cancelled = never) -> Iterator[str]:
        del messages, cancelled
        threading.Event().wait()
        yield "never"

    def finished(self, messages: Sequence[Message], cancelled: Cancelled = never) -> float | None:
        del messages, cancelled
        return None

    def warm(self, messages: Sequence[Message], cancelled: Cancelled = never) -> None:
        """Has nothing to read ahead."""

    def follow(self, messages: Sequence[Message], cancelled: Cancelled = never) -> None:
        """Nor while somebody speaks."""


def say(state: str) -> None:
    sys.stdout.write(f"{state}\n")
    sys.stdout.flush()


def main(state: str, folder: Path) -> None:
    place = setting(folder)
    supervised = Supervised(os.environ, Clock())
    with supervised.obeying():
        if state == "loading":
            say("loading")
            threading.Event().wait()
        hold(state, place, supervised)


class Clock:
    """No time goes by."""

    def monotonic(self) -> float:
        return 0.0

    def time(self) -> float:
        return 0.0


class Kept:
    """A daemon that says that it was asked to read its configuration, and leaves."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self.run, self.close = assistant.run, assistant.close

    def reload(self) -> None:
        say("reload")
        self._assistant.close()


def hold(state: str, place: Setting, supervised: Supervised) -> None:
    activity = Activity()
    room = Room(lambda: pause(1.0), activity, "realtime")
    with assembled(place, room.clock, activity, open_microphone=lambda: room, speaker=room.speaker) as chain:

        def tell(event: Event, _at: float) -> None:
            if isinstance(event, StateChanged):
                say(event.state)

        chain.mind.model = Stuck()
        alive = threading.Event()

        def sign() -> None:
            supervised.watch.alive()
            if not alive.is_set():
                alive.set()
                say("asleep")
                bring_into(state, assistant, place)

        assistant = Assistant(replace(chain, alive=sign), tell)
        supervised.hold(Kept(assistant))


def bring_into(state: str, assistant: Assistant, place: Setting) -> None:
    if state == "listening":
        assistant.listen()
    elif state == "thinking":
        assistant.ask("Why is the sky blue?")
    elif state == "speaking":
        assistant.say(LONG)
    elif state == "muted":
        assistant.mute(True)
    elif state == "follow_up":
        from voiced.clock import SystemClock

        with closing(Timers(place.paths.state / "timers.sqlite", SystemClock())) as timers:
            timers.start(1, "ringing")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
