"""Conversations for the tests: lines go in as synthesised speech, the whole chain runs at fast pace, and what happened
comes out, to be judged by its outcome.
"""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np

from tests import speech
from voiced.activity import Activity
from voiced.audio.room import Pace, Room
from voiced.compose import assembled, settle
from voiced.conversation.assistant import Assistant
from voiced.conversation.chain import Chain
from voiced.conversation.floor import Event
from voiced.events import Reply, Transcript, TurnEnded, WakeDetected
from voiced.intents.timers import Timer, Timers
from voiced.setting import Setting
from voiced.stages import FRAME, RATE, Pcm
from voiced.turn import State

Kind = TypeVar("Kind")

LONGEST_S = 120.0
"""Seconds, in the conversation's time, after which waiting for a state is given up: the test then fails by itself."""


def setting(folder: Path, config: str = "") -> Setting:
    """The product's own defaults, with all its files below `folder` and `config` as config.toml, and no starter models:
    what is tested with them names them."""
    file = folder / "config.toml"
    file.write_text(config, encoding="utf-8")
    settled = settle(file, None, {"HOME": str(folder), "XDG_CACHE_HOME": _cache()})
    return replace(settled, starter=folder / "starter")


@cache
def _cache() -> str:
    """One cache for the whole run: what is made from the commands is the same for all."""
    folder = tempfile.mkdtemp(prefix="voiced-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@dataclass
class Talk:
    """One conversation. `lines` is what the person does; it is handed this object to look at the assistant."""

    setting: Setting
    lines: Callable[["Talk"], Iterator[Pcm]]
    echo: float = 0.0
    pace: Pace = "fast"
    change: Callable[[Chain], Chain] = lambda chain: chain
    """Puts other parts into the chain, such as a model that fails."""
    events: list[tuple[Event, float]] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list)
    """The timers at the end, ringing ones too."""

    def run(self) -> "Talk":
        """Holds the conversation to its end."""
        activity, script = Activity(), self.lines(self)
        self.room = Room(lambda: next(script, None), activity, self.pace, echo=self.echo)
        with assembled(
            self.setting, self.room.clock, activity, open_microphone=lambda: self.room, speaker=self.room.speaker
        ) as chain:
            self.chain = self.change(chain)
            self.assistant = Assistant(self.chain, lambda event, at: self.events.append((event, at)))
            self.assistant.run()
        with closing(Timers(self.setting.paths.state / "timers.sqlite", self.room.clock)) as timers:
            self.timers = timers.all()
        return self

    def until(self, *states: State) -> Iterator[Pcm]:
        """Silence until the assistant is in one of `states`."""
        for _ in range(int(LONGEST_S * RATE / FRAME)):
            if self.assistant.state in states:
                return
            yield np.zeros(0, np.int16)
        raise AssertionError(f"never {' or '.join(states)}, but {self.assistant.state}")

    def exchange(self, words: str, then: State = "asleep") -> Iterator[Pcm]:
        """`words`, and silence until they have been answered and the assistant is in the state that comes `then`."""
        yield speech.say(words)
        yield from self.until("speaking")
        yield from self.until(then)

    def all(self, kind: type[Kind]) -> list[Kind]:
        """The events of one kind, in order."""
        return [event for event, _ in self.events if isinstance(event, kind)]

    @property
    def heard(self) -> list[str]:
        """What was understood, utterance by utterance."""
        return [event.text for event in self.all(Transcript)]

    @property
    def replies(self) -> list[str]:
        """What was answered, turn by turn."""
        turns: dict[int, list[str]] = {}
        for event in self.all(Reply):
            turns.setdefault(event.turn, []).append(event.text)
        return [" ".join(clauses) for clauses in turns.values()]

    @property
    def by(self) -> list[str]:
        """Whose each answer was, turn by turn: the intent's name, "llm" or "voiced"."""
        return list({event.turn: event.by for event in self.all(Reply)}.values())

    @property
    def outcomes(self) -> list[str]:
        """How the turns ended."""
        return [event.outcome for event in self.all(TurnEnded)]

    @property
    def wakes(self) -> int:
        """How often the wake word was heard."""
        return len(self.all(WakeDetected))


def pause(seconds: float) -> Pcm:
    """Silence."""
    return speech.silence(seconds)


def one_exchange(*parts: Pcm) -> Callable[[Talk], Iterator[Pcm]]:
    """The script of one exchange: `parts` in a row, and silence until the assistant sleeps again."""

    def lines(talk: Talk) -> Iterator[Pcm]:
        yield pause(1.6)
        yield from parts
        yield pause(1.0)
        yield from talk.until("asleep", "follow_up")
        yield from talk.until("asleep")

    return lines
