"""Signals and answers flow in; what the monitor knows flows out. Pure: time is a parameter, in seconds.

Laws: a clause joins the answer of its own turn and no other; what was understood so far disappears when the words are
final or the turn is over; a daemon that has left leaves what was said, and nothing that could be out of date.
"""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from voiced.voicectl.telling import Told, harmless

Who: TypeAlias = Literal["you", "voiced", ""]

FRESH_S: Final = 1.0
"""Seconds after which a level says nothing any more about the sound: they come every 80 ms."""

LEVELS: Final = 80
"""Levels that are kept: six seconds, and more than any strip shows."""

KEPT: Final = 200
"""Lines of the conversation: more than any terminal has rows."""

NOTES: Final = {
    "interrupted": "interrupted",
    "stopped": "stopped",
    "nothing_heard": "heard nothing",
    "failed": "failed",
    "muted": "muted",
}
"""How a turn is said to have ended when that is not by an answer."""


@dataclass(slots=True)
class Line:
    """Something that was said; without a speaker, something that happened."""

    who: Who
    text: str
    turn: int = -1


@dataclass(frozen=True, slots=True)
class Timer:
    """One that runs, or is paused."""

    id: int
    name: str
    left: str
    """In words, as it was when the daemon told."""
    due: int
    """Seconds since 1970; 0 while it is paused."""


@dataclass(slots=True)
class Board:
    """What is shown."""

    bus: str
    state: str = "absent"
    """The daemon's, or "absent"."""
    since: float = 0.0
    """When the state began."""
    muted: bool = False
    properties: dict[str, Any] = field(default_factory=dict)
    partial: str = ""
    lines: deque[Line] = field(default_factory=lambda: deque(maxlen=KEPT))
    timings: dict[str, float] = field(default_factory=dict)
    """Milliseconds of the last turn that had any."""
    timers: list[Timer] = field(default_factory=list)
    ringing: set[int] = field(default_factory=set)
    """Numbers of timers that came due since the last turn."""
    levels: deque[float] = field(default_factory=lambda: deque(maxlen=LEVELS))
    """How loud it was at the microphone, 0 to 1, the last one last."""
    level_at: float = -math.inf
    """When the last of them came."""
    note: str = ""
    """A refusal, until the next key."""

    @property
    def here(self) -> bool:
        """Whether there is a daemon."""
        return self.state != "absent"

    def take(self, told: Told, now: float) -> None:
        """A signal."""
        match told.name, harmless(told).arguments:
            case "PropertiesChanged", (_, dict() as changed, *_):
                self.change(changed, now)
            case "WakeDetected", (word, score):
                self.lines.append(Line("", f"woken by “{str(word).replace('_', ' ')}”, {score:.0%} sure"))
            case "Partial", (_, text):
                self.partial = text
            case "Transcript", (turn, text):
                self.partial = ""
                self.lines.append(Line("you", text, turn))
            case "Reply", (turn, text):
                self._reply(turn, text.strip())
            case "TurnEnded", (_, outcome, timings):
                self._end(outcome, timings)
            case "TimerFired", (number, name):
                self.ringing.add(number)
                self.lines.append(Line("", f"the {name or 'nameless'} timer rings"))
            case "Level", (level,):
                if now - self.level_at > FRESH_S:
                    self.levels.clear()
                self.levels.append(level)
                self.level_at = now
            case "Left", _:
                self._leave(now)
            case _:
                pass  # of a newer daemon

    def change(self, properties: dict[str, Any], now: float) -> None:
        """Properties that are, or have become, as told."""
        self.properties.update(properties)
        state = properties.get("State", self.state)
        if state != self.state:
            self.state, self.since = state, now
        # The state may be told first, and whoever presses "m" then wants the microphone back.
        self.muted = self.properties.get("Muted", False) or self.state == "muted"
        if properties.get("LastTurn"):
            self.timings = dict(properties["LastTurn"])

    def hears(self, now: float) -> bool:
        """Whether it is known how loud it is at the microphone."""
        return now - self.level_at <= FRESH_S

    def list_timers(self, timers: list[tuple[int, str, str, int]]) -> None:
        """All timers, as ListTimers gives them."""
        self.timers = [Timer(*each) for each in timers]
        self.ringing &= {each.id for each in self.timers}

    @property
    def problems(self) -> dict[str, str]:
        """Of each part that does not work as it should, the sentence."""
        return {part: health for part, health in self.properties.get("Health", {}).items() if health != "ok"}

    def _reply(self, turn: int, text: str) -> None:
        if self.lines and (last := self.lines[-1]).who == "voiced" and last.turn == turn:
            last.text += f" {text}"
        else:
            self.lines.append(Line("voiced", text, turn))

    def _end(self, outcome: str, timings: dict[str, float]) -> None:
        self.partial = ""
        self.ringing.clear()
        if timings:
            self.timings = dict(timings)
        if outcome != "answered":
            self.lines.append(Line("", NOTES.get(outcome, outcome)))

    def _leave(self, now: float) -> None:
        if self.here:
            self.lines.append(Line("", "voiced has left"))
        self.state, self.since = "absent", now
        self.properties, self.partial, self.timers, self.muted = {}, "", [], False
        self.ringing.clear()


def left_in_words(timer: Timer, unix: float) -> str:
    """What is left at `unix` seconds since 1970, as a clock shows it; the daemon's words while it is paused."""
    if not timer.due:
        return f"{timer.left}, paused"
    seconds = max(0, round(timer.due - unix))
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"
