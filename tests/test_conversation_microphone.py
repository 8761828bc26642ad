"""A microphone that is lost in the middle of a conversation, and what becomes of that."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from tests.plain import Lengths, fitted, tone, wake_word
from tests.talk import Talk, pause, setting
from voiced.audio.room import Room
from voiced.capture import Capture
from voiced.conversation import assistant
from voiced.conversation.chain import Chain
from voiced.errors import AudioError
from voiced.events import HealthChanged
from voiced.mouth import Mouth
from voiced.stages import FRAME, Microphone, Pcm

COMMAND = "set a timer for five minutes"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost microphone is tried again at once: no time goes by in the room meanwhile."""
    monkeypatch.setattr(assistant, "Capture", partial(Capture, retry_s=0.001))


@dataclass
class Plugged:
    """The room's microphone, with a plug that can be pulled."""

    opened_again: Callable[["Plugged"], None] = lambda _: None
    """Called when it is to be opened again; may raise AudioError."""
    pulled: bool = False
    lost: bool = False
    room: Room | None = None

    def open(self) -> Microphone:
        if self.lost:
            self.opened_again(self)
            self.lost = False
        return self

    def read(self, samples: int = FRAME) -> Pcm | None:
        assert self.room is not None
        if self.pulled:
            self.pulled, self.lost = False, True
            raise AudioError("The microphone was lost.")
        return self.room.read(samples)

    def close(self) -> None:
        """The room stays."""

    def talk(self, folder: Path, recogniser: Lengths, lines: Callable[[Talk], Iterator[Pcm]], config: str = "") -> Talk:
        """A conversation with this microphone."""

        def change(chain: Chain) -> Chain:
            self.room = talk.room
            return replace(fitted(recogniser)(chain), open_microphone=self.open)

        talk = Talk(setting(folder, config), lines, change=change)
        return talk.run()


def health(talk: Talk) -> list[str]:
    return [event.health for event in talk.all(HealthChanged) if event.part == "microphone"]


def test_what_was_said_before_the_microphone_was_lost_is_answered(tmp_path: Path) -> None:
    """It is lost while the recogniser reads."""
    plugged, go_on = Plugged(), threading.Event()

    def lines(talk: Talk) -> Iterator[Pcm]:
        recogniser.wait_for(go_on, talk.chain.activity)
        yield pause(0.5)
        yield wake_word()
        yield pause(0.8)
        yield tone(1.0)
        yield from talk.until("thinking")
        plugged.pulled = True
        yield pause(0.5)
        go_on.set()
        yield from talk.until("speaking")
        yield from talk.until("asleep")

    recogniser = Lengths(lambda _: COMMAND)
    talk = plugged.talk(tmp_path, recogniser, lines)

    assert talk.heard == [COMMAND]
    assert talk.outcomes == ["answered"]
    assert health(talk) == ["The microphone was lost.", "ok"]


@pytest.mark.parametrize("state", ["listening", "speaking", "follow_up"])
def test_a_microphone_that_is_back_is_listened_to(tmp_path: Path, state: str) -> None:
    """In every state in which somebody may speak without a wake word."""

    def opened_again(_plugged: Plugged) -> None:
        if state == "listening":
            talks[0].assistant.listen()  # a button, while it was away

    def lines(talk: Talk) -> Iterator[Pcm]:
        talks.append(talk)
        yield pause(0.5)
        if state != "listening":
            yield wake_word()
            yield pause(0.8)
            yield tone(1.0)
            yield from talk.until("speaking")
        if state == "follow_up":
            yield from talk.until("follow_up")
        plugged.pulled = True
        yield pause(1.0)
        yield tone(0.5)
        yield pause(1.5)
        yield from talk.until("asleep")

    talks: list[Talk] = []
    plugged = Plugged(opened_again)
    recogniser = Lengths(lambda loud_s: "stop" if loud_s < 0.6 else "what can you do")
    talk = plugged.talk(tmp_path, recogniser, lines)

    assert talk.outcomes[-1] == "stopped"
    assert recogniser.asked[-1] < 1.5
    assert health(talk) == ["The microphone was lost.", "ok"]


def test_another_microphone_is_as_good_as_the_one_that_was_lost(tmp_path: Path) -> None:
    """It is written into the configuration, which is read again."""
    renewed: list[bool] = []

    def gone(plugged: Plugged) -> None:
        talk, room = talks[0], plugged.room
        if not renewed and room is not None:
            renewed.append(False)
            chain = talk.chain
            mouth = Mouth(chain.mouth.synthesiser, room.speaker, chain.activity)
            chain = replace(chain, open_microphone=lambda: room, mouth=mouth)
            talk.assistant.renew(chain, lambda: renewed.append(True))
        raise AudioError("There is no microphone.")

    def lines(talk: Talk) -> Iterator[Pcm]:
        talks.append(talk)
        yield pause(0.5)
        plugged.pulled = True
        yield pause(1.0)
        yield wake_word()
        yield pause(0.8)
        yield tone(1.0)
        yield from talk.until("speaking")
        yield from talk.until("asleep")

    talks: list[Talk] = []
    plugged = Plugged(gone)
    talk = plugged.talk(tmp_path, Lengths(lambda _: COMMAND), lines)

    assert renewed == [False, True]
    assert talk.outcomes == ["answered"]
    assert health(talk) == ["The microphone was lost.", "ok"]
