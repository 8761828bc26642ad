"""Pieces of an answer flow in as they are written, clauses to be spoken flow out as soon as they are known to be over.

Laws, which the tests hold for every text and every way to cut it into pieces:

1. The clauses do not depend on where the pieces were cut: decisions are taken character by character.
2. The clauses, joined, are the text, up to white space, less what follows the last letter or figure of a text that
   goes on with nothing to pronounce.
3. Every clause has a letter or a figure; a text without any yields nothing.
4. A sentence is released by the first character that proves it over, no later: the first non-blank one behind the
   white space behind its end mark, or at once by a line's end. A line that is a block of its own (heading, list item,
   row of a table) is released by its end; a paragraph without an end mark by the blank line or block that follows.

The first clause is short, because the person waits for it: it may end at a comma, semicolon, colon or dash, and, once
it is long enough to breathe behind, before a word such as "and" or "because". Later ones are whole sentences, because a
synthesiser gives them a better melody and there is sound to cover the wait.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple, TypeAlias

from voiced.text.tables import table

FIRST_WORDS: Final = 3
FIRST_CHARACTERS: Final = 12
"""A first clause may end inside of a sentence from this length on: about a second of speech, which covers the
synthesis of the next clause. "Well," alone would be followed by a gap."""

JOINT_WORDS: Final = 4
JOINT_CHARACTERS: Final = 18
"""It may end before a joint, such as "and", from this length on: behind a shorter one nobody takes a breath."""

LONGEST: Final = 200
"""Characters after which a clause without an end is cut: some 13 seconds of speech. Piper's encoder works on a clause
as a whole, so a longer one delays its own first sound and holds four times that in memory; people breathe earlier."""

COMMA_FROM: Final = 80
"""An over-long clause is cut at its last comma from this length on, else at its last space."""

UNBROKEN: Final = 400
"""Characters without any space after which even a word is cut, unless it is a web address: no word of any language
that puts spaces between its words is that long."""

CLOSERS: Final = "\"'”’»)]}*_`~"
OPENERS: Final = "\"'“‘«([{*_`~>"
ENDS: Final = ".!?…"
FULL_WIDTH: Final = "。！？"
DASHES: Final = ("-", "–", "—", "--")

BLOCK: Final = re.compile(r"\s*(?:>\s?){0,9}(?:#{1,6}|[-*+•◦▪‣]|[*_]{0,3}\d{1,3}[.)][*_]{0,3})")
ROW: Final = re.compile(r"\s*(?:>\s?){0,9}\|")
RULE: Final = re.compile(r"\s*([-=*_])(?:\s*\1){2,}\s*")
TITLE: Final = re.compile(r"\s*(\*\*|__).+\1:?\s*")
FENCE: Final = re.compile(r"\s*(?:>\s?){0,9}(?:(?:[-*+]|\d{1,3}[.)])\s)?(```|~~~)")
FENCED: Final = re.compile(r"```[^`\n]*$|^[^\w\n]*~~~[^\n]*$", re.MULTILINE)
ADDRESS: Final = re.compile(r"[<(\[\"']*(?:https?://|www\.|[^\s()]{1,80}\]\()", re.IGNORECASE)
ROMAN: Final = re.compile(r"[IVX]{2,}")
LIST_NUMBER: Final = re.compile(r"\d{1,2}[.)]")
LINE_KEPT: Final = 64
"""Characters of a line that are kept to tell what kind of line it is."""

Ending: TypeAlias = Literal["sentence", "perhaps", "closed", "number", "weak"]
"""What a word's end may be: the end of a sentence; only when no lower-case letter follows; a quotation's end inside of
a sentence, the same; only when no figure follows; the end of a first clause, unless a figure follows."""


class Cut(NamedTuple):
    """A clause, and how it ends."""

    text: str
    joined: bool = False
    """Whether the sentence goes on behind it without a mark: "Yeast eats the sugar"."""


def fenced(clause: str) -> bool:
    """Whether `clause`, as `cut_clauses` yields them, is a block of code between fences."""
    return FENCED.search(clause) is not None


def cut_clauses(pieces: Iterable[str], language: str = "en", *, joints: bool = True) -> Iterator[Cut]:
    """The clauses of the text that `pieces` add up to, without white space around them. A block of code between fences
    is one clause. Without `joints` the first ends at marks alone."""
    cutter = _Cutter(language, joints)
    for piece in pieces:
        for character in piece:
            yield from cutter.take(character)
    yield from cutter.end()


class _Cutter:
    """Takes characters, gives back clauses. Positions count characters from the start of the clause being written."""

    def __init__(self, language: str, joints: bool) -> None:
        self._sentences = table(language).sentences
        self._joints = joints
        self._first = True
        self._text: list[str] = []
        self._speaks = 0
        """Position behind the first letter or figure; 0 as long as there is none."""
        self._word = ""
        self._before = ""
        """The word before the present one."""
        self._ordinals = 0
        """2 where the last word was an ordinal number in figures, 1 where the one before that was, else 0."""
        self._line = ""
        self._line_at = 0
        self._block = False
        self._paused: tuple[Ending, int] | None = None
        """A possible end and its position, until the next character decides."""
        self._comma_at = 0
        self._space_at = 0
        self._code = False
        """Inside of a code span."""
        self._label = False
        """Inside of square brackets: what looks like the end of a sentence may be a link's text."""
        self._ticks = 0
        self._fence = ""
        self._opening = False
        """On the line that opens the fence."""

    def take(self, character: str) -> Iterator[Cut]:
        if self._fence:
            yield from self._take_fenced(character)
        elif character.isspace():
            yield from self._take_space(character)
        else:
            if self._paused is not None:
                (ending, at), self._paused = self._paused, None
                if self._over(ending, character):
                    yield from self._cut(at)
            yield from self._take_visible(character)
        if len(self._text) > LONGEST and self._paused is None and not self._fence:
            yield from self._cut_long()

    def end(self) -> Iterator[Cut]:
        yield from self._cut(len(self._text))

    def _take_visible(self, character: str) -> Iterator[Cut]:
        self._text.append(character)
        self._word += character
        if len(self._word) > 2 * UNBROKEN:
            self._word = self._word[:UNBROKEN] + self._word[-1:]
        if len(self._line) < LINE_KEPT:
            self._line += character
        if not self._speaks and character.isalnum():
            self._speaks = len(self._text)
        self._ticks = self._ticks + 1 if character == "`" else 0
        if character == "`":
            self._code = not self._code
        elif character in "[]":
            self._label = character == "["
        if character in "`~" and (fence := FENCE.fullmatch(self._line)):
            yield from self._begin_fence(fence.group(1))
        elif character == "|" and not self._block and ROW.fullmatch(self._line):
            yield from self._begin_block()
        elif character in FULL_WIDTH:
            self._paused = ("sentence", len(self._text))
        elif character == "—" and self._first and self._long_enough():
            self._paused = ("weak", len(self._text))

    def _take_space(self, character: str) -> Iterator[Cut]:
        if self._word:
            if BLOCK.fullmatch(self._line) and not self._block:
                yield from self._begin_block()
            elif not self._code and not self._label:
                if self._first and self._joints and self._joins():
                    yield from self._cut(len(self._text) - len(self._word), joined=True)
                self._end_word()
            self._before, self._word = self._word, ""
            self._ordinals = max(0, self._ordinals - 1)
        if character == "\n":
            yield from self._end_line()
        elif self._text and not self._text[-1].isspace():
            self._text.append(character)
            self._line += character if len(self._line) < LINE_KEPT else ""
            self._space_at = len(self._text)

    def _end_word(self) -> None:
        ending = self._ending()
        if ending is None or (self._paused is not None and self._paused[0] == "sentence"):
            return
        if ending != "weak":
            self._paused = (ending, len(self._text))
            return
        self._comma_at = len(self._text)
        if self._first and self._long_enough():
            self._paused = (ending, len(self._text))

    def _ending(self) -> Ending | None:
        """What the end of the present word may be the end of."""
        bare = self._word.rstrip(CLOSERS)
        if bare.endswith((",", ";", ":", "—")) or self._word in DASHES:
            return "weak"
        if not bare.endswith(tuple(ENDS)):
            return None
        quoted = any(closer in self._word[len(bare) :] for closer in "\"'”’»")
        if bare.endswith(("!", "?")):
            return "closed" if quoted else "sentence"
        stem = bare.rstrip(".…").lstrip(OPENERS)
        if bare.endswith(("..", "…")) or not stem:
            return "perhaps"
        if stem.isdecimal() and self._is_ordinal(self._before.lower().lstrip(OPENERS)):
            self._ordinals = 3  # the end of this word takes one off
            return None
        ending = None if self._numbers_a_list(bare) else self._full_stop(stem)
        return "perhaps" if ending == "sentence" and quoted else ending

    def _is_ordinal(self, before: str) -> bool:
        """Whether figures with a full stop are an ordinal number behind the word `before`."""
        known = self._sentences
        return before in known.before_ordinals or (self._ordinals == 1 and before in known.between_ordinals)

    def _full_stop(self, stem: str) -> Ending | None:
        """What the full stop behind `stem` may be the end of."""
        known = self._sentences
        key = stem.lower()
        if key in known.before_numbers:
            return "number"
        initials = all(len(part) == 1 for part in stem.split("."))
        if key in known.going_on or (initials and stem.isupper()):
            return None  # "J.", "J.K.", "U.S.": more likely to go on than to end a sentence
        numbered = ROMAN.fullmatch(stem) is not None  # "Ludwig II. von Bayern"
        return "perhaps" if numbered or key in known.sometimes_last or ("." in stem and initials) else "sentence"

    def _numbers_a_list(self, word: str) -> bool:
        """Whether "3." is the number of a list's item: at the start of a line, a clause, or behind punctuation."""
        if not LIST_NUMBER.fullmatch(word.lstrip(OPENERS)):
            return False
        return self._line.strip() == self._word or not self._before[-1:].isalnum()

    @staticmethod
    def _over(ending: Ending, following: str) -> bool:
        if ending in ("number", "weak"):
            return not following.isdigit() and (ending == "weak" or not following.islower())
        return ending == "sentence" or not following.islower()

    def _long_enough(self) -> bool:
        text = "".join(self._text).strip()
        return len(text) >= FIRST_CHARACTERS and len(text.split()) >= FIRST_WORDS

    def _joins(self) -> bool:
        """Whether the present word joins what comes to a clause that is long enough to be said by itself."""
        known = self._sentences
        if self._word.lower() not in known.joints or self._block:
            return False
        before = "".join(self._text[: -len(self._word)]).strip()
        words = before.lower().split()
        if len(before) < JOINT_CHARACTERS or len(words) < JOINT_WORDS or not known.pairs.isdisjoint(words):
            return False
        # Behind a figure the joint may belong to a number or a measure; within quotation or emphasis it closes nothing.
        return before[-1].isalpha() and not any(mark in before for mark in '"“«([{*_`~')

    def _end_line(self) -> Iterator[Cut]:
        """A line's end: releases a block or a finished sentence; a second one in a row ends a paragraph."""
        if self._code and self._before.lstrip(OPENERS.replace("`", "")).startswith("```"):
            self._begin_code()  # a fence behind other text, as in "Like so: ```python"
            return
        blank = not self._line.strip()
        sentence = self._paused is not None and self._paused[0] != "weak"
        introduces = self._text and "".join(self._text[-8:]).rstrip().rstrip(CLOSERS).endswith(":")
        title = TITLE.fullmatch(self._line) is not None and len(self._line) < LINE_KEPT
        rule = RULE.fullmatch(self._line) is not None and len(self._line) < LINE_KEPT
        if rule or title:
            yield from self._cut(self._line_at)
        if blank or title or self._block or sentence or introduces:
            self._paused = None
            self._code = self._label = False
            yield from self._cut(len(self._text))
        if self._text and self._text[-1] != "\n":
            self._text.append("\n")
            self._space_at = len(self._text)
        self._line, self._line_at, self._block = "", len(self._text), False

    def _begin_block(self) -> Iterator[Cut]:
        """The present line turned out to be a block of its own: what stands before it is over."""
        yield from self._cut(self._line_at)
        self._block = True

    def _begin_fence(self, fence: str) -> Iterator[Cut]:
        yield from self._cut(self._line_at)
        self._fence, self._opening = fence, True
        self._code, self._label, self._paused, self._word = False, False, None, ""

    def _begin_code(self) -> None:
        """A fence was opened in the middle of the line that ends here."""
        self._fence, self._opening, self._line = "```", False, ""
        self._code, self._label, self._paused = False, False, None
        self._text.append("\n")

    def _take_fenced(self, character: str) -> Iterator[Cut]:
        self._text.append(character)
        if not self._speaks and character.isalnum():
            self._speaks = len(self._text)
        if character != "\n":
            self._line += character if len(self._line) < LINE_KEPT else ""
            if self._opening and character == "`" and self._line.rstrip("`") != self._line[: self._line.find("`")]:
                self._fence, self._code = "", True  # "```code```" in one line is a code span
            return
        bare = self._line.strip().lstrip("> ")
        if not self._opening and set(bare) == {self._fence[0]} and len(bare) >= len(self._fence):
            self._fence = ""
        self._line, self._line_at, self._opening = "", len(self._text), False
        if not self._fence:
            yield from self._cut(len(self._text))

    def _cut_long(self) -> Iterator[Cut]:
        """Cuts a clause that became too long, where it hurts least."""
        if self._comma_at >= COMMA_FROM:
            yield from self._cut(self._comma_at)
        elif self._space_at > self._speaks:
            yield from self._cut(self._space_at)
        elif len(self._text) > UNBROKEN and not ADDRESS.match(self._word):
            yield from self._cut(len(self._text))
            self._word = ""

    def _cut(self, at: int, *, joined: bool = False) -> Iterator[Cut]:
        """Releases the text before `at`, when there is something to pronounce in it; else it waits for more."""
        if not self._speaks or self._speaks > at:
            return
        yield Cut("".join(self._text[:at]).strip(), joined)
        rest = self._text[at:]
        self._text = rest
        self._first = False
        self._speaks = next((place for place, character in enumerate(rest, 1) if character.isalnum()), 0)
        self._line_at = max(0, self._line_at - at)
        self._comma_at = max(0, self._comma_at - at)
        self._space_at = max(0, self._space_at - at)
