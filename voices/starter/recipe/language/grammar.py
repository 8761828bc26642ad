"""Patterns and words flow in, sentences as people say them and as recognisers write them down flow out.

A pattern is a sentence with choices, "(what is|what's) the capital of {country}", and may be nested. Everything random
comes from the generator that is passed in, so the same seed makes the same sentences.
"""

import random
import re
import tomllib
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

_CHOICE = re.compile(r"\(([^()]*)\)")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"

BEFORE = """hey|hi|okay|ok|so|um|uh|well|and|please|listen|tell me|hello|right|alright|say|now|one question
quick question|i have a question|i was wondering|can i ask you something|excuse me|hey there|i want to know|just tell me
hm|oh|yeah
""".replace("\n", "|").strip("|")
AFTER = "please|for me|thanks|then|by the way|do you know|if you know|again|exactly|um|tell me|now|actually|really"
HELD_BEFORE = "good|erm|could you please tell me|i would really like to hear|let me ask you this"

MISHEARD = {
    "what": "watt one want", "is": "his as", "the": "a da de", "are": "our or", "you": "u your", "your": "you're you",
    "of": "off a", "to": "too two", "four": "for", "two": "to too", "there": "their", "where": "wear were", "how": "ow",
    "a": "the uh", "and": "an end", "does": "dose", "which": "witch", "who": "hoo", "tell": "tale", "me": "my",
    "hear": "here", "whats": "watts", "what's": "watts whats", "for": "four", "can": "can't could", "color": "collar",
    "capital": "capitol cap it all", "timer": "time her", "planet": "plan it planned", "eight": "ate", "one": "won",
    "by": "buy", "do": "due", "i": "eye", "voice": "voices", "model": "models",
}  # fmt: skip
"""What recognisers make of short words."""

SMALL = ["the", "a", "please", "now", "then", "just", "so", "really", "of", "to", "for", "it", "that", "you", "me"]
"""Words that make no difference."""


def expand(pattern: str, rng: random.Random, slots: Mapping[str, Sequence[str]] | None = None) -> str:
    """One sentence of `pattern`; each `{slot}` is filled with one of the words that `slots` has for it."""
    return filled(chosen(pattern, rng), rng, slots or {})


def chosen(pattern: str, rng: random.Random) -> str:
    """`pattern` with one of each of its choices; slots stay."""
    while match := _CHOICE.search(pattern):
        pattern = pattern[: match.start()] + rng.choice(match.group(1).split("|")) + pattern[match.end() :]
    return " ".join(pattern.split())


def filled(wording: str, rng: random.Random, slots: Mapping[str, Sequence[str]]) -> str:
    """`wording` with a word in each of its slots."""
    if slots:
        wording = re.sub(r"\{(\w+)\}", lambda match: rng.choice(slots[match.group(1)]), wording)
    return " ".join(wording.split()).replace(" ,", ",").replace(" ?", "?")


def wordings(patterns: Sequence[str]) -> frozenset[str]:
    """All that `chosen` can make of `patterns`."""
    found, left = set(), list(patterns)
    while left:
        pattern = left.pop()
        if match := _CHOICE.search(pattern):
            left += [pattern[: match.start()] + one + pattern[match.end() :] for one in match.group(1).split("|")]
        else:
            found.add(" ".join(pattern.split()))
    return frozenset(found)


def unlike(patterns: Sequence[str], rng: random.Random, free: Callable[[str], bool], share: float = 0.12) -> str:
    """A wording of one of `patterns`, about `share` of its words replaced by others of their meaning, that is `free` to
    be taught: who writes a hundred wordings of one question without a look at those kept for the test, and at those of
    the next question, meets some of them."""
    while not free(wording := chosen(varied(rng.choice(patterns), rng, share), rng)):
        pass
    return wording


@cache
def synonyms() -> dict[str, list[str]]:
    """For words and short phrases, what may stand in their place."""
    groups = tomllib.loads((Path(__file__).parent / "synonyms.toml").read_text("utf-8"))["groups"]
    found: dict[str, list[str]] = {}
    for group in groups:
        for phrase in (words := group.split("|")):
            found.setdefault(phrase, []).extend(other for other in words if other != phrase)
    return found


@cache
def _known() -> re.Pattern[str]:
    longest_first = sorted(synonyms(), key=len, reverse=True)
    return re.compile(rf"(?<![\w{{])(?:{'|'.join(map(re.escape, longest_first))})(?![\w}}])")


@cache
def _spots(pattern: str) -> list[tuple[str, str]]:
    """`pattern` in pieces: something, then a phrase that has synonyms, or nothing at the end."""
    found, end = [], 0
    for match in _known().finditer(pattern):
        found.append((pattern[end : match.start()], match[0]))
        end = match.end()
    return [*found, (pattern[end:], "")]


def varied(pattern: str, rng: random.Random, share: float) -> str:
    """`pattern` with about `share` of the words that have synonyms replaced by one of them; slots stay."""
    return "".join(
        before + (rng.choice(synonyms()[phrase]) if phrase and rng.random() < share else phrase)
        for before, phrase in _spots(pattern)
    )


def held(word: str, share: int = 5) -> bool:
    """Whether `word` is kept out of training: one in `share`, the same ones always."""
    return zlib.crc32(word.encode()) % share == 0


def framed(sentence: str, rng: random.Random, *, test: bool = False) -> str:
    """`sentence` with the small words that people put before and behind it."""
    if rng.random() < 0.22:
        sentence = f"{rng.choice((HELD_BEFORE if test else BEFORE).split('|'))} {sentence}"
    if rng.random() < 0.1:
        sentence = f"{sentence} {rng.choice(AFTER.split('|'))}"
    return sentence


def heard(sentence: str, rng: random.Random) -> str:
    """`sentence` as one of the ways in which it may arrive: typed with care, or as a recogniser writes it."""
    kind = rng.random()
    if kind < 0.3:
        sentence = sentence[:1].upper() + sentence[1:]
        sentence = re.sub(r"\bi\b", "I", sentence)
        return sentence if sentence[-1:] in ".?!" else sentence + rng.choice("??..!" if rng.random() < 0.9 else [""])
    plain = re.sub(r"[^\w\s'+-]", "", sentence.lower())
    if kind < 0.6:
        return plain
    if kind < 0.7:
        return plain.replace("'", "")
    if kind < 0.75:
        return plain.upper() if rng.random() < 0.3 else plain.capitalize()
    return garbled(plain, rng, 0.04 if kind < 0.9 else 0.1)


def garbled(sentence: str, rng: random.Random, share: float) -> str:
    """`sentence` with about `share` of its letters wrong, and some words misheard, doubled or dropped."""
    words = []
    for word in sentence.split():
        dice = rng.random()
        if dice < share and word in MISHEARD:
            words.append(rng.choice(MISHEARD[word].split()))
        elif dice < 1.5 * share:
            words += [rng.choice(("uh", "um", word)), word]
        elif dice < 1.8 * share and len(word) < 5:
            continue
        else:
            words.append("".join(_letter(letter, rng, share * 0.6) for letter in word))
    return " ".join(words) or sentence


def scattered(sentence: str, rng: random.Random) -> str:
    """`sentence`, in a third of the cases with some words missing, in another's place, or put in before its last, so
    that more than one word has to tell what is asked."""
    *words, last = sentence.split()
    if len(words) < 3 or rng.random() > 0.33:
        return sentence
    done: list[str] = []
    for word in words:
        dice = rng.random()
        if 0.1 <= dice < 0.15 and done:
            done.insert(-1, word)
        elif dice >= 0.1:
            done += [word, rng.choice(SMALL)] if dice < 0.2 else [word]
    return " ".join([*done, last])


def _letter(letter: str, rng: random.Random, share: float) -> str:
    if rng.random() >= share or not letter.isalpha():
        return letter
    return rng.choice(("", letter + letter, rng.choice(_LETTERS), letter + rng.choice(_LETTERS)))


def invented(rng: random.Random, syllables: int | None = None) -> str:
    """A word that does not exist."""
    count = syllables or rng.choice((1, 2, 2, 3, 3))
    onset = [
        "b",
        "br",
        "c",
        "ch",
        "d",
        "dr",
        "f",
        "fl",
        "g",
        "gr",
        "h",
        "j",
        "k",
        "kl",
        "l",
        "m",
        "n",
        "p",
        "pl",
        "qu",
        "r",
        "s",
        "sh",
        "sk",
        "st",
        "t",
        "th",
        "tr",
        "v",
        "w",
        "x",
        "y",
        "z",
        "",
    ]
    return "".join(
        rng.choice(onset)
        + rng.choice(["a", "e", "i", "o", "u", "ai", "ea", "oo", "y", "ou"])
        + rng.choice(["", "n", "r", "l", "s", "t", "m", "x", "ck", "nd", "p"])
        for _ in range(count)
    )
