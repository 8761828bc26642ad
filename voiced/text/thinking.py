"""Pieces of a model's answer flow in, the same without its thinking flow out, as early as that can be known.

Laws, which the tests hold for every way to cut a text into pieces:

1. What comes out does not depend on where the pieces were cut.
2. Text outside of thinking passes unchanged, and at once: held back is only what may be the beginning of a tag.
3. An opening tag without a closing one hides everything to the end; a closing tag without an opening one is dropped.
"""

import re
from collections.abc import Iterable, Iterator

NAMES = ("think", "thinking", "reasoning")
"""Tags known to hide thinking: the Qwen and DeepSeek families write the first, others the two others."""

OPENING = re.compile(rf"<(?:{'|'.join(NAMES)})>", re.IGNORECASE)
CLOSING = re.compile(rf"</(?:{'|'.join(NAMES)})>", re.IGNORECASE)
ANY = re.compile(rf"</?(?:{'|'.join(NAMES)})>", re.IGNORECASE)

TAGS = tuple(f"{bracket}{name}>" for bracket in ("<", "</") for name in NAMES)
LONGEST = max(map(len, TAGS))


def without_thinking(pieces: Iterable[str], *, inside: bool = False) -> Iterator[str]:
    """`pieces` without tagged thinking; never yields an empty string.

    `inside` says that the answer begins inside of thinking, for chat templates that end the prompt with the opening
    tag. Without it, text before a lone closing tag has been passed on already when the tag shows what it was: to hold
    back every answer until its end for the sake of those templates would break the streaming of all the others.
    """
    held = ""
    for piece in pieces:
        held += piece
        shown: list[str] = []
        at = 0
        # A closing tag outside is a stray one; an opening tag inside is a part of the thought. Nesting is not counted:
        # models that mention a tag in their thoughts are more common than models that nest them.
        while match := (CLOSING if inside else ANY).search(held, at):
            if not inside:
                shown.append(held[at : match.start()])
            inside = not inside and OPENING.fullmatch(match.group()) is not None
            at = match.end()
        end = max(at, len(held) - _unfinished(held))
        if not inside:
            shown.append(held[at:end])
        held = held[end:]
        if text := "".join(shown):
            yield text
    if held and not inside:
        yield held


def _unfinished(text: str) -> int:
    """The length of the tail of `text` that may be the beginning of a tag."""
    at = text.rfind("<", max(0, len(text) - LONGEST))
    tail = text[at:].lower() if at >= 0 else ""
    return len(tail) if tail and any(tag.startswith(tail) for tag in TAGS) else 0
