"""What a profile expects of its stages flows in, how long a person would wait for an answer flows out.

Stages overlap, so a response is not their sum. The way they overlap, and the constants, are those of a run of `voiced
bench` (docs/latency.md); a test holds this arithmetic to what that run has measured.
"""

from dataclasses import dataclass, fields
from typing import Final, Literal

from voiced.hardware.profile import Expected, Profile

NOTICED_MS: Final = 280
"""From the last sample of speech to the pause that is noticed: 180 ms of silence, frames of 80, the detector's lag."""

COMMAND_MS: Final = 400
"""From the last sample of speech to the decision that a whole command has ended; measured."""

SENTENCE_MS: Final = 480
"""The same for a sentence that the language model takes for whole; measured."""

UNSURE_MS: Final = 890
"""The same where nobody was asked: 750 ms of silence, and the lag of the shorter ones."""

SPEAKER_MS: Final = 30
"""From the decision to the first sample at the speaker."""

OWN_TOKENS: Final = 20
"""Tokens that the model reads for a turn: the person's words and the template around them."""

CLAUSE_TOKENS: Final = {"short": 10, "long": 10}
"""Tokens until the first clause of the benchmark's answers of one sentence, and of four, is known to be over; means."""

FIRST_SOUND_S: Final = 0.51
"""Seconds of speech whose work comes before the first sound: a third of a clause of a second and a half."""


@dataclass(frozen=True, slots=True)
class Responses:
    """Milliseconds from the last sample of the person's speech to the first of the answer, by kind of turn."""

    command: int
    short: int | None
    """None where no language model answers."""
    long: int | None
    origin: Literal["measured", "estimated"]
    """Of the figures that they are computed from: measured if all of them are."""


def responses(profile: Profile) -> Responses:
    """What `voiced bench --models installed` should show, with the models that the profile names."""
    expected, drafts = profile.expected, profile.drafts
    heard, voiced = NOTICED_MS + expected.recognise_ms.value, expected.voice_rtf.value * FIRST_SOUND_S * 1000
    # With drafts pocketsphinx has read along, so that a command is known at the pause, and all is done in the wait.
    command = max(COMMAND_MS, NOTICED_MS + voiced) if drafts else max(COMMAND_MS, heard) + voiced
    short, long = (_answer(expected, kind, heard, drafts=drafts) for kind in ("short", "long"))
    figures = (getattr(expected, field.name) for field in fields(expected))
    measured = all(figure is None or figure.origin == "measured" for figure in figures)
    return Responses(_round(command), short, long, "measured" if measured else "estimated")


def _answer(expected: Expected, kind: str, heard: float, *, drafts: bool) -> int | None:
    reads, writes = expected.prefill_tokens_s, expected.decode_tokens_s
    if reads is None or writes is None:
        return None
    clause = (OWN_TOKENS / reads.value + CLAUSE_TOKENS[kind] / writes.value) * 1000
    spoken = clause + expected.voice_rtf.value * FIRST_SOUND_S * 1000
    return _round(max(SENTENCE_MS, heard + spoken) if drafts else max(UNSURE_MS, heard) + spoken)


def _round(ms: float) -> int:
    """To what an estimate can tell: 50 ms."""
    return round((ms + SPEAKER_MS) / 50) * 50
