"""Due timers flow in, what is to be rung and said flows out. Decides; makes no sound.

A timer rings until it is stopped, or for as long as the configuration says: first with its announcement, then the ring
alone, with a pause after each in which "stop" can be heard.
"""

from dataclasses import dataclass
from typing import Protocol

from voiced.config.voice import Phrases
from voiced.intents.timers import Timer, Timers

PAUSE_S = 2.5
"""Seconds of quiet between two rings: room to say "stop" in."""

LOOK_S = 0.25
"""Seconds between two looks at the database: a timer may ring so much late, and an idle daemon does next to nothing."""


@dataclass(frozen=True, slots=True)
class Ring:
    """What to do now."""

    text: str
    """What to say; empty when it has been said already."""
    sound: bool
    """Whether to ring; a timer that was missed is only told about."""


class Words(Protocol):
    """How timers are told of in the phrases' language."""

    def written(self, name: str) -> str:
        """A timer's name as it is written."""

    def due(self, timer: Timer, now: float) -> str:
        """When `timer` came due: the time of day, and the date where that was another day than `now`'s."""


class Alarm:
    """Follows the timers of one conversation. Owned by its thread; every method may raise StateError."""

    def __init__(self, timers: Timers, phrases: Phrases, words: Words) -> None:
        self._timers = timers
        self._phrases = phrases
        self.words = words
        self._announcements: list[str] = []
        self._look_at = 0.0
        self._ring_at = 0.0
        self.ringing = False
        """Whether a timer rings now."""

    def came_due(self, now: float) -> list[Timer]:
        """The timers that came due since the last call; `now` in Unix seconds."""
        if now < self._look_at:
            return []
        self._look_at = now + LOOK_S
        timers = self._timers.come_due(now)
        self._timers.expire(now)
        self.ringing = bool(self._timers.ringing())
        self._announcements += [self._announcement(timer, now) for timer in timers]
        return timers

    def next_ring(self, now: float) -> Ring | None:
        """What to say or ring at `now`, when nobody else is speaking; None when there is nothing to."""
        if self._announcements:
            text, self._announcements = " ".join(self._announcements), []
            return Ring(text, self.ringing)
        if self.ringing and now >= self._ring_at:
            return Ring("", True)
        return None

    def rang(self, now: float) -> None:
        """The ring has left the speaker: a pause begins."""
        self._ring_at = now + PAUSE_S

    def cancel(self, id_: int) -> bool:
        """Forgets a timer; whether that ended the ringing."""
        self._timers.cancel(id_)
        rang, self.ringing = self.ringing, bool(self._timers.ringing())
        return rang and not self.ringing

    def acknowledge(self) -> bool:
        """Ends all ringing; whether there was any."""
        self._announcements.clear()
        self.ringing = False
        return bool(self._timers.acknowledge())

    def _announcement(self, timer: Timer, now: float) -> str:
        phrases, name = self._phrases, self.words.written(timer.name)
        if timer.missed:
            at = self.words.due(timer, now)
            return (phrases.missed_named_timer if name else phrases.missed_timer).format(name=name, time=at)
        return (phrases.named_timer_ended if name else phrases.timer_ended).format(name=name)
