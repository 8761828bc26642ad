"""Single turns flow in, whole conversations under a system prompt flow out: what the model is trained on."""

import random
import tomllib
from bisect import bisect
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate

from recipe.language.domain import HERE, Turn, families
from recipe.language.grammar import framed, heard, scattered
from recipe.language.orders import order
from recipe.language.outside import MARK, question, soup, sum_beyond, unknown
from voiced.llm.prompt import system_prompt

VOICES = HERE.parents[2]
"""The folder of the voices, whose personas the model will see."""

PERSONAS = """
You are a friendly voice assistant. Answer in one or two short sentences.
You are a helpful assistant.
Answer briefly, in plain spoken words. If you do not know something, say so.
What you write is spoken aloud: no lists, no emoji. Begin with the answer itself.
You are a calm and polite assistant in a family's kitchen. Keep it short.
You are a pirate and a voice assistant. Answer in one short sentence.
""".strip().splitlines()
TERSE = """
Answer in as few words as possible. If you do not know, say: I don't know.
Use as few words as you can.
""".strip().splitlines()

BEYOND = 0.09
"""Share of sums among the questions outside: half as many as there are sums inside."""


@dataclass(frozen=True, slots=True)
class System:
    """What a conversation begins with."""

    text: str
    """Empty: no system prompt at all."""
    terse: bool


def persona(voice: str) -> str:
    """The persona of one of the voices that come with voiced."""
    return str(tomllib.loads((VOICES / f"{voice}.toml").read_text("utf-8"))["persona"])


@cache
def shipped(voice: str) -> System:
    """What the model sees in the product."""
    return System(system_prompt(name="voiced", language="en", persona=persona(voice)), voice == "terse")


def system(rng: random.Random) -> System:
    """A system prompt, most often the product's own."""
    dice = rng.random()
    if dice < 0.5:
        return shipped("default")
    if dice < 0.65:
        return shipped("terse")
    if dice < 0.75:
        return System("", False)
    terse = dice > 0.93
    text = rng.choice(TERSE if terse else PERSONAS)
    if rng.random() < 0.6:
        text = system_prompt(name="voiced", language="en", persona=text)
    return System(text, terse)


@cache
def _sums() -> list[float]:
    # Whoever has thirty times as many facts is not thirty times as hard to understand.
    return list(accumulate(family.weight**0.6 for family in families()))


def inside(rng: random.Random, terse: bool, *, wide: bool = True) -> Turn:
    """A question that the model can answer; if not `wide`, in the words that are learnt first."""
    sums = _sums()
    return families()[bisect(sums, rng.random() * sums[-1])].turn(rng, terse, wide=wide)


def broken_off(turn: Turn, rng: random.Random, terse: bool) -> Turn:
    """`turn`, its sentence broken off in the middle."""
    words = turn.user.split()
    if len(words) < 3:
        return turn
    kept = words[: rng.randint(1, min(len(words) - 1, 6))]
    return Turn(" ".join(kept), unknown(rng, terse), (MARK,), finished=False)


def turns(rng: random.Random, terse: bool, *, longest: int = 6, orders: bool = False, wide: bool = True) -> list[Turn]:
    """A conversation of at most `longest` turns: half of them are one question and its answer. With `orders` one turn
    in ten is a command; if not `wide`, all is asked in the words that are learnt first."""
    count = 1 if rng.random() < 0.55 else rng.randint(2, longest)
    done: list[Turn] = []
    while len(done) < count:
        last = done[-1].follow if done else None
        dice = rng.random()
        if last is not None and dice < 0.6:
            done.append(last(rng, terse))
        elif orders and rng.random() < 0.1:
            done.append(order(rng))
        elif dice < 0.62:
            turn = inside(rng, terse, wide=wide)
            done.append(replace(turn, user=framed(turn.user, rng)))
        elif dice < 0.94:
            turn = (sum_beyond if rng.random() < BEYOND else question)(rng, terse, wide=wide)
            done.append(replace(turn, user=framed(turn.user, rng)))
        elif dice < 0.97:
            done.append(soup(rng, terse))
        else:
            whole = (inside if rng.random() < 0.5 else question)(rng, terse, wide=wide)
            done.append(broken_off(whole, rng, terse))
    return [replace(turn, user=spoken(turn, rng)) for turn in done]


def spoken(turn: Turn, rng: random.Random) -> str:
    """The person's words as they may be read; a sentence that breaks off has no mark at its end. What is typed in
    capitals alone is read in small letters: they have no token in common, and would be a language of their own."""
    loose = turn.finished and not turn.exact
    said = heard(scattered(turn.user, rng) if loose else turn.user, rng).strip()
    said = said.lower() if said.isupper() else said
    return (said if turn.finished else said.rstrip(".?! ")) or "um"
