"""Steps flow in; either all of them are done afterwards, or none is.

A plan is data: it can be printed before anything happens, and what is done already is seen before it is done again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from voiced.errors import InstallError, VoicedError


def _nothing() -> None:
    """What many steps do in the end."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to be done."""

    title: str
    """What it does, beginning with a verb: "write /etc/voiced.conf"."""
    done: Callable[[], bool]
    """Whether there is nothing to do; changes nothing."""
    do: Callable[[], None]
    """Does it. Raises OSError or InstallError."""
    undo: Callable[[], None] = _nothing
    """Brings back what was there before `do`. Called only after a `do`, finished or not."""
    finish: Callable[[], None] = _nothing
    """Called when every step has worked: lets go of what `undo` would have needed."""
    follows: bool = False
    """It only tells others of the steps before it, and is not worth doing without any."""


def pending(plan: Sequence[Step]) -> list[Step]:
    """The steps that are not done yet; none when there are only such as follow."""
    steps = [step for step in plan if not step.done()]
    return steps if not all(step.follows for step in steps) else []


def carry_out(plan: Sequence[Step], say: Callable[[str], None]) -> None:
    """Does each step in turn, saying which. Raises InstallError when one fails, after the others have been undone."""
    begun: list[Step] = []
    try:
        for step in pending(plan):
            say(step.title)
            begun.append(step)
            step.do()
    except BaseException as error:
        left = _undo(begun)
        if not isinstance(error, OSError | VoicedError):
            raise
        reason = error.strerror or str(error) if isinstance(error, OSError) else str(error).rstrip(".")
        rest = f", but for: {', '.join(left)}" if left else ""
        raise InstallError(
            f"Could not {begun[-1].title} ({reason}); all is as it was before{rest}. Put that right and try again."
        ) from error
    for step in begun:
        step.finish()


def _undo(begun: Sequence[Step]) -> list[str]:
    """Undoes the steps, the last first; the titles of those that could not be."""
    left = []
    for step in reversed(begun):
        try:
            step.undo()
        except (OSError, VoicedError):
            left.append(step.title)
    return left
