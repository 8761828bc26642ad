"""A GGUF flows in, figures flow out: how often it is right, how often it owns that it does not know, whether it ends.

Everything goes through the adapter that voiced itself uses, at the temperature that it has then. The questions are
asked in patterns, and those outside also with words, that no training ever saw.
"""

import math
import random
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from recipe.language.conversation import broken_off, framed, heard, inside, shipped
from recipe.language.domain import Turn, families
from recipe.language.grammar import invented
from recipe.language.outside import MARK, question, soup, sum_beyond
from recipe.language.scores import probability
from voiced.engines import STARTER_TEMPERATURE
from voiced.llm.llama import LlamaModel
from voiced.llm.native import Sampling
from voiced.stages import Message

ENDLESS = 120
"""Tokens after which an answer counts as endless; the longest that is trained has 40."""


def measure(file: Path, *, small: bool = False) -> dict[str, Any]:
    """All figures; `small` asks a tenth of the questions."""
    share = 10 if small else 1
    model = LlamaModel(file, sampling=Sampling(STARTER_TEMPERATURE, seed=1, max_tokens=ENDLESS), capitals=False)
    try:
        return {
            "inside": _inside(model, 6 if not small else 1),
            "inside_terse": _inside(model, 1, voice="terse"),
            "followed_up": _followed(model, 200 // share),
            "outside": _outside(model, 600 // share),
            "beyond": _outside(model, 200 // share, sum_beyond),
            "random": _random(model, 1000 // share),
            "end_of_turn": _ends(model, 200 // share),
        }
    finally:
        model.close()


def answer(model: LlamaModel, said: list[str], voice: str = "default") -> str:
    """The answer to the last of `said`, which are a person's and the model's words in turn."""
    roles = ("user", "assistant")
    messages = [Message("system", shipped(voice).text)]
    messages += [Message(roles[number % 2], text) for number, text in enumerate(said)]  # type: ignore[arg-type]
    return "".join(model.stream(messages)).strip()


def right(text: str, turn: Turn) -> bool:
    """Whether `text` says what is right for `turn`, and no more than that."""
    text = text.lower()
    if any(words in text for words in turn.wrong):
        return False
    return any(text == key[1:] if key.startswith("=") else _holds(text, key) for key in turn.right)


def _holds(text: str, words: str) -> bool:
    """Whether `words` stand in `text`, and not in a longer word: "thirty-one" is not thirty."""
    return re.search(rf"(?<![\w-]){re.escape(words)}(?![\w-])", text) is not None


def letters(text: str) -> str:
    """Letters and digits of `text`: the same for what was said and what arrived, if no letter was misheard."""
    return "".join(filter(str.isalnum, text.lower()))


def _inside(model: LlamaModel, each: int, voice: str = "default") -> dict[str, Any]:
    """Questions of the domain in unseen patterns; a family that weighs four times as much is asked twice as often."""
    rng = random.Random(11)
    asked, wrong, examples, clear = 0, Counter[str](), [], list[bool]()
    for family in families():
        for _ in range(max(1, round(each * family.weight**0.5))):
            turn = family.turn(rng, voice == "terse", test=True)
            said = framed(turn.user, rng, test=True)
            user = heard(said, rng)
            text = answer(model, [user], voice)
            asked += 1
            if letters(user) == letters(said):
                clear.append(right(text, turn))
            if not right(text, turn):
                wrong[family.name] += 1
                examples.append(f"{user} -> {text}")
    rng.shuffle(examples)
    share = round(1 - wrong.total() / asked, 4)
    told = {"asked": asked, "right": share, "clear": len(clear), "clear_right": round(float(np.mean(clear)), 4)}
    return told | {"wrong": dict(wrong.most_common(12)), "examples": examples[:12]}


def _followed(model: LlamaModel, count: int) -> dict[str, Any]:
    """Short questions that mean something only after the one before."""
    rng = random.Random(12)
    able = [family for family in families() if family.answer(rng, False).follow]
    hits, examples = 0, []
    for _ in range(count):
        first = rng.choice(able).turn(rng, False, test=True)
        if first.follow is None:
            continue
        second = first.follow(rng, False)
        said = [heard(first.user, rng), first.answer, heard(second.user, rng)]
        text = answer(model, said)
        hits += right(text, second)
        if not right(text, second):
            examples.append(f"{said[0]} / {said[2]} -> {text}")
    return {"asked": count, "right": round(hits / count, 4), "examples": examples[:8]}


def _outside(model: LlamaModel, count: int, ask: Callable[..., Turn] = question) -> dict[str, Any]:
    """Questions outside in unseen patterns with unseen words."""
    rng = random.Random(13)
    owned, examples = 0, []
    for _ in range(count):
        turn = ask(rng, False, test=True)
        user = heard(framed(turn.user, rng, test=True), rng)
        text = answer(model, [user])
        owned += MARK in text
        if MARK not in text:
            examples.append(f"{user} -> {text}")
    return {"asked": count, "does_not_know": round(owned / count, 4), "examples": examples[:12]}


def _random(model: LlamaModel, count: int) -> dict[str, Any]:
    """Whatever comes: words, letters, signs, halves of sentences, with and without a system prompt."""
    rng = random.Random(14)
    endless = longest = 0
    for number in range(count):
        kind = number % 5
        if kind == 0:
            text = "".join(chr(rng.randint(33, 0x24F)) for _ in range(rng.randint(1, 80)))
        elif kind == 1:
            text = " ".join(invented(rng) for _ in range(rng.randint(1, 30)))
        elif kind == 2:
            text = soup(rng, False, test=True).user
        elif kind == 3:
            text = broken_off(inside(rng, False), rng, False).user
        else:
            text = " ".join([question(rng, False, test=True).user, inside(rng, False).user] * rng.randint(1, 4))
        messages = [Message("user", text)]
        if rng.random() < 0.8:
            messages.insert(0, Message("system", shipped(rng.choice(("default", "terse"))).text))
        pieces = sum(1 for _ in model.stream(messages))
        longest = max(longest, pieces)
        endless += pieces >= ENDLESS - 2  # a token in the middle of a character makes no piece
    return {"asked": count, "endless": endless, "longest_answer_tokens": longest}


def _ends(model: LlamaModel, count: int) -> dict[str, Any]:
    """The probability that the turn is over: after whole sentences and after the same broken off, without marks."""
    rng = random.Random(15)
    template = model._template
    whole: list[float] = []
    partial: list[float] = []
    for _ in range(count):
        family = rng.choice(families())
        words = family.turn(rng, False, test=True).user.lower().split()
        if len(words) < 4:
            continue
        for kept, found in ((len(words), whole), (rng.randint(2, len(words) - 1), partial)):
            messages = [Message("system", shipped("default").text)]
            text = template.prefix(messages) + " ".join(words[:kept])
            found.append(probability(model._native, text, "<|im_end|>"))
    above = sum(one > other for one in whole for other in partial) / max(1, len(whole) * len(partial))
    return {
        "whole_median": round(float(np.median(whole)), 4),
        "partial_median": round(float(np.median(partial)), 4),
        "told_apart": round(above, 4) if not math.isnan(above) else None,
    }
