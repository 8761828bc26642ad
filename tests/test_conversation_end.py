"""How a conversation ends: everything is closed, also when somebody fails, and what comes too late is let go."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.talk import pause, setting
from voiced.activity import Activity
from voiced.audio.room import Room
from voiced.compose import assembled
from voiced.conversation.assistant import Assistant
from voiced.conversation.floor import Event
from voiced.conversation.inbox import Inbox
from voiced.errors import StateError
from voiced.events import StateChanged, TurnEnded
from voiced.stages import FRAME, Pcm


def threads() -> set[threading.Thread]:
    """Those of voiced."""
    return {thread for thread in threading.enumerate() if thread.name.startswith("voiced-")}


def endless() -> Pcm:
    return pause(0.5)


def test_a_listener_that_fails_leaves_no_thread_and_no_microphone(tmp_path: Path) -> None:
    """As `--events` does when the disk is full: it fails at an event, and at the end of the turn once more."""
    before, activity = threads(), Activity()
    room = Room(endless, activity, "fast")
    closed: list[bool] = []

    class Microphone:
        def read(self, samples: int = FRAME) -> Pcm | None:
            return room.read(samples)

        def close(self) -> None:
            closed.append(True)
            room.close()

    def full(event: Event, _at: float) -> None:
        if isinstance(event, StateChanged | TurnEnded):
            raise StateError("The disk is full.")

    with assembled(setting(tmp_path), room.clock, activity, open_microphone=Microphone, speaker=room.speaker) as chain:
        assistant = Assistant(chain, full)
        assistant.ask("what time is it")
        with pytest.raises(StateError, match="disk is full"):
            assistant.run()

    assert closed
    assert threads() == before


def test_a_chain_that_comes_too_late_is_let_go(tmp_path: Path) -> None:
    before, activity = threads(), Activity()
    script: Iterator[Pcm] = iter([np.zeros(0, np.int16)])
    room = Room(lambda: next(script, None), activity, "fast")
    place = setting(tmp_path)
    with (
        assembled(place, room.clock, activity, open_microphone=lambda: room, speaker=room.speaker) as chain,
        assembled(place, room.clock, activity, open_microphone=lambda: room, speaker=room.speaker) as late,
    ):
        assistant = Assistant(chain, lambda _event, _at: None)
        assistant.run()
        taken: list[bool] = []
        assistant.renew(late, lambda: taken.append(True))

    assert not taken
    assert threads() == before


def test_a_closed_inbox_drops_what_waits_and_what_still_comes() -> None:
    activity = Activity()
    inbox, handled, dropped = Inbox(activity), list[str](), list[str]()
    inbox.post(lambda: handled.append("waits"), lambda: dropped.append("waits"))

    inbox.close()
    inbox.post(lambda: handled.append("comes"), lambda: dropped.append("comes"))

    assert (handled, dropped) == ([], ["waits", "comes"])
    assert activity.wait_idle(0)
    assert not inbox.handle_next(0.01)
