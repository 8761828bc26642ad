"""Due timers flow in, what is to be rung and said flows out. Decides; makes no sound.

A timer rings until it is stopped, or for as long as the configuration says: first with its announcement, then the ring
alone, with a pause after each in which "stop" can be heard. A database that cannot be read or written keeps no timer
from ringing, and none from being stopped: what it could not be told is kept in mind until it can.
"""

import math
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from voiced.config.voice import Phrases
from voiced.errors import StateError
from voiced.intents.timers import Timer, Timers

PAUSE_S = 2.5
"""Seconds of quiet between two rings: room to say "stop" in."""

LOOK_S = 0.25
"""Seconds between two looks at the database: a timer may ring so much late, and an idle daemon does next to nothing."""

RETRY_S = 5.0
"""The same while the database fails: where another process keeps it locked, each attempt takes two seconds, in which
nobody is listened to."""


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
    """Follows the timers of one conversation. Owned by its thread."""

    def __init__(self, timers: Timers, phrases: Phrases, words: Words) -> None:
        self._timers = timers
        self._phrases = phrases
        self.words = words
        self.trouble = ""
        """One sentence about why the database could not be read or written when that was last tried; empty when it
        could."""
        self._announcements: list[str] = []
        self._looked = -math.inf  # when the database was looked at last
        self._rang = -math.inf  # when the last ring was over
        self._rings: dict[int, Timer] = {}  # those that ring, whether the database knows or not
        self._stopped: set[int] = set()  # those that do not any more, which it may not know

    @property
    def ringing(self) -> bool:
        """Whether a timer rings now."""
        return bool(self._rings)

    def came_due(self, now: float) -> list[Timer]:
        """The timers that came due since the last call; `now` in Unix seconds."""
        if not _passed(now, self._looked, RETRY_S if self.trouble else LOOK_S):
            return []
        self._looked, self.trouble, came = now, "", list[Timer]()
        known = self._stopped | self._rings.keys()
        try:
            self._forget_stopped(now)
            came += self._timers.come_due(now)
            self._timers.expire(now)
            self._rings = {timer.id: timer for timer in self._timers.ringing()}
        except StateError as error:
            self.trouble = str(error)
            with suppress(StateError):  # it can often be read when it cannot be written
                came += [timer.rung(now) for timer in self._timers.due(now)]
            self._rings = {timer.id: timer for timer in came if timer.id not in known} | self._rings
            self._stop({id_ for id_, timer in self._rings.items() if self._timers.over(timer, now)})
        came = [timer for timer in came if timer.id not in known]
        self._announcements += [self._announcement(timer, now) for timer in came]
        return came

    def next_ring(self, now: float) -> Ring | None:
        """What to say or ring at `now`, when nobody else is speaking; None when there is nothing to."""
        if self._announcements:
            text, self._announcements = " ".join(self._announcements), []
            return Ring(text, self.ringing)
        if self.ringing and _passed(now, self._rang, PAUSE_S):
            return Ring("", True)
        return None

    def rang(self, now: float) -> None:
        """The ring has left the speaker: a pause begins."""
        self._rang = now

    def cancel(self, id_: int) -> bool:
        """Forgets a timer; whether that ended the ringing. Raises StateError when a timer that does not ring cannot be
        forgotten."""
        rang = id_ in self._rings
        try:
            self._timers.cancel(id_)
        except StateError as error:
            if not rang:
                raise
            self.trouble = str(error)
        self._stop({id_} if rang else set())
        return rang and not self.ringing

    def acknowledge(self) -> bool:
        """Ends all ringing; whether there was any."""
        rang = self.ringing
        self._announcements.clear()
        self._stop(set(self._rings))
        try:
            return any(timer.id not in self._stopped for timer in self._timers.acknowledge()) or rang
        except StateError as error:
            self.trouble = str(error)
            return rang

    def _stop(self, ids: set[int]) -> None:
        self._stopped |= ids
        self._rings = {id_: timer for id_, timer in self._rings.items() if id_ not in ids}

    def _forget_stopped(self, now: float) -> None:
        """Tells the database which timers were stopped, unless somebody has made them run again."""
        if not self._stopped:
            return
        there = {timer.id for timer in (*self._timers.ringing(), *self._timers.due(now))}
        if self._stopped & there:
            self._timers.cancel(*(self._stopped & there))
        self._stopped.clear()

    def _announcement(self, timer: Timer, now: float) -> str:
        phrases, name = self._phrases, self.words.written(timer.name)
        if timer.missed:
            at = self.words.due(timer, now)
            return (phrases.missed_named_timer if name else phrases.missed_timer).format(name=name, time=at)
        return (phrases.named_timer_ended if name else phrases.timer_ended).format(name=name)


def _passed(now: float, since: float, seconds: float) -> bool:
    """Whether `seconds` have passed, or may have: nobody knows how many when the wall clock was set back."""
    return not 0 <= now - since < seconds
