"""What a trial found flows in, a `Finding` flows out: one line for a person, one object for a program."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from voiced.errors import VoicedError

Outcome: TypeAlias = Literal["ok", "warning", "fault", "skipped"]

Figure: TypeAlias = float | int | str | bool


@dataclass(frozen=True, slots=True)
class Fix:
    """Something that can be done without asking: it destroys nothing, needs no other rights, and can be repeated."""

    title: str
    """What it does, beginning with a verb."""
    do: Callable[[], object]
    """Does it. Raises OSError or VoicedError."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried."""

    what: str
    """What was tried, in a word or two."""
    outcome: Outcome
    """"warning": it works, but not as well as it could, or nobody can tell. "fault": somebody will miss something."""
    result: str
    """One sentence."""
    advice: str = ""
    """What to do about it; empty where nothing has to be done."""
    figures: Mapping[str, Figure] = field(default_factory=dict)
    """What was measured; units stand in the names."""
    fix: Fix | None = None
    public: str | None = None
    """What a report says in place of `result`, where that names what is a person's own. None: the same."""
    ms: float = 0.0
    """Milliseconds that the trial took."""

    def told(self) -> dict[str, Any]:
        """For programs."""
        return {
            "what": self.what,
            "outcome": self.outcome,
            "result": self.result,
            "advice": self.advice,
            "fix": self.fix.title if self.fix else "",
            "figures": dict(self.figures),
            "ms": round(self.ms, 1),
        }


def refused(what: str, error: VoicedError, *, outcome: Outcome = "fault", advice: str = "", **more: Any) -> Finding:
    """A finding from an error's sentence, which says what is wrong, a semicolon, and what to do."""
    result, _, todo = " ".join(str(error).split()).partition("; ")
    result = result if result.endswith((".", "?", "!")) else f"{result}."
    return Finding(what, outcome, result, advice or todo[:1].upper() + todo[1:], **more)
