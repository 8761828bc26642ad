"""What happened in each turn flows in, the figures of the report flow out. Pure: no clock, no engine."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from voiced.bench.alone import Alone
from voiced.bench.controlled import Answers
from voiced.bench.lines import KINDS
from voiced.bench.sequential import Exchange
from voiced.bench.session import Turn
from voiced.events import SpeechEnded, StageFinished
from voiced.stages import Message

STAGES = ("wait", "stt", "intents", "llm", "tts")
"""In the order in which a turn passes them."""


@dataclass(frozen=True, slots=True)
class Timed:
    """A turn in which all went as it should, in milliseconds."""

    kind: str
    pause_s: float
    response: float
    """From the last sample of the person's speech to the first audible one of the answer."""
    wait: float
    """From that last sample to the decision that it was the last."""
    stages: dict[str, float]
    """What each stage took, as far as it is known; the time in which several work is in all of them."""

    @property
    def compute(self) -> float:
        """What the person waited beyond the deliberate wait."""
        return self.response - self.wait


def timed(turn: Turn) -> Timed | None:
    """The times of `turn`; None when it did not go as it should."""
    if not turn.whole or turn.audible is None:
        return None
    line, end = turn.utterance.line, turn.utterance.end
    decided = [at for event, at in turn.events if isinstance(event, SpeechEnded) and at <= turn.audible]
    wait = (decided[-1] - end) * 1000 if decided else 0.0
    stages = {"wait": wait}
    for event, _ in turn.events:
        if isinstance(event, StageFinished) and event.ok:
            # A draft that was dropped has worked as well; the last one is what the answer came from. Of language model
            # and synthesiser the first counts: the others make the rest of the answer.
            if event.stage in ("llm", "tts"):
                stages.setdefault(event.stage, event.ms)
            else:
                stages[event.stage] = event.ms
    return Timed(line.kind, line.pause_s, (turn.audible - end) * 1000, wait, stages)


def timed_exchange(exchange: Exchange) -> Timed | None:
    """The same for the sequential chain."""
    line, end = exchange.utterance.line, exchange.utterance.end
    if exchange.decided is None or exchange.audible is None or exchange.decided < end:
        return None
    wait = (exchange.decided - end) * 1000
    return Timed(line.kind, line.pause_s, (exchange.audible - end) * 1000, wait, {"wait": wait} | exchange.stages_ms)


def spread(values: Iterable[float]) -> dict[str, float | int | None]:
    """{"p50", "p90", "max", "n"} of milliseconds."""
    found = sorted(values)
    if not found:
        return {"p50": None, "p90": None, "max": None, "n": 0}
    p50, p90 = np.percentile(found, (50, 90))
    return {"p50": round(float(p50), 1), "p90": round(float(p90), 1), "max": round(found[-1], 1), "n": len(found)}


def extra_tokens(
    turns: Sequence[Turn], prompt: Callable[[Sequence[Message]], str], tokens: Callable[[str], int]
) -> Any:
    """Tokens of the prompt that a turn of the model's read beyond its own words and the template around them, on
    average; None without such turns."""
    extra = []
    for turn in turns:
        if turn.asked and turn.whole:
            whole = prompt(turn.asked)
            before = turn.asked[-2].content if len(turn.asked) > 1 else ""
            known = whole[: whole.rfind(before) + len(before)]
            extra.append(max(0, turn.read - (tokens(whole) - tokens(known))))
    return round(sum(extra) / len(extra), 2) if extra else None


def report(turns: Sequence[Turn], exchanges: Sequence[Exchange], alone: Alone) -> dict[str, Any]:
    """The figures, but for those that need a tokenizer or the machine."""
    whole = [each for each in map(timed, turns) if each is not None]
    compared = [each for each in map(timed_exchange, exchanges) if each is not None]
    paused = [turn for turn in turns if turn.utterance.line.pause_s]
    asked = [turn for turn in turns if turn.asked and turn.whole]
    ratio = alone.first_sound_ratio
    return {
        "response_ms": _by_kind(whole, lambda each: each.response),
        "wait_ms": _by_kind(whole, lambda each: each.wait),
        "compute_ms": _by_kind(whole, lambda each: each.compute),
        "sequential_response_ms": _by_kind(compared, lambda each: each.response),
        "stages_ms": _stages(whole),
        "sequential_stages_ms": _stages(compared),
        "false_cutoffs_percent": _percent(sum(turn.cut_off for turn in paused), len(paused)),
        "pauses": len(paused),
        "failed_turns": len(turns) - len(whole),
        "sequential_failed_turns": len(exchanges) - len(compared),
        "ahead_tokens_per_turn": _mean([turn.ahead for turn in asked]),
        "vain_tokens_per_turn": _mean([turn.vain for turn in asked]),
        "tts_first_sound_ratio": None if ratio is None else round(ratio, 3),
        "idle_cpu_percent": {"quiet": round(alone.quiet_percent, 2), "talk": round(alone.talk_percent, 2)},
        "start_to_listening_s": round(alone.start_s, 2),
        "memory_beyond_models_mb": round(alone.memory_mb, 1),
    }


def answers(found: Answers) -> dict[str, Any]:
    """The figures of the bus; without any, why."""
    told = {"bus_answer_ms": spread(found.properties), "voicectl_ms": spread(found.voicectl)}
    return told | {"bus_missing": found.missing or None}


def _by_kind(found: Sequence[Timed], figure: Callable[[Timed], float]) -> dict[str, Any]:
    return {kind: spread(figure(each) for each in found if each.kind == kind) for kind in KINDS}


def _stages(found: Sequence[Timed]) -> dict[str, float]:
    """The median of each stage, over all turns in which it worked."""
    names = dict.fromkeys([*STAGES, *(name for each in found for name in each.stages)])
    times = {name: [each.stages[name] for each in found if name in each.stages] for name in names}
    return {name: round(median(values), 1) for name, values in times.items() if values}


def _mean(values: Sequence[int]) -> float | None:
    return round(sum(values) / len(values), 2) if values else None


def _percent(part: int, whole: int) -> float | None:
    return round(part / whole * 100, 1) if whole else None
