"""Lines flow in, the sound of a quiet room flows out, and when which word was said in it.

Behind everything lies a noise that never repeats, so that any piece of sound tells by itself when it was heard.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from voiced.bench.lines import WAKE, Line
from voiced.demo.person import Person
from voiced.stages import FRAME, RATE, Pcm

NOISE = 12.0
"""Root mean square of the noise, in steps of 16 bits: -69 dBFS, a quiet room and a microphone's own noise."""

MEMORY_S = 60.0
"""Seconds of sound that are kept to be found again: twice the longest utterance."""

NEEDLE = 128
"""Samples that are looked for: more than enough, where no two samples of noise belong together."""

REACH_S = 0.05
"""Seconds by which a piece of sound may end before a word's last sample and still hold the word."""


@dataclass(slots=True)
class Utterance:
    """A line, spoken."""

    line: Line
    pcm: Pcm
    spoken: tuple[tuple[str, float, float], ...]
    """Each word, and the seconds at which it begins and ends, from the beginning of the sound."""
    begin: float = field(default=0.0, init=False)
    """Second on the room's clock at which it began."""

    @property
    def end(self) -> float:
        """Second on the room's clock behind its last sample."""
        return self.begin + len(self.pcm) / RATE

    def words(self, begin: float, end: float) -> str:
        """Those of its words that end between two seconds on the room's clock."""
        said = ((word, self.begin + at) for word, _, at in self.spoken)
        return " ".join(word for word, at in said if begin < at <= end + REACH_S)

    def cut(self, end: float) -> str:
        """What was to be heard by then, in letters, of the word that it falls into; nothing between two words."""
        at = end - self.begin
        for word, begun, ended in self.spoken:
            if begun + REACH_S < at <= ended - REACH_S:
                return word[: max(1, int(len(word) * (at - begun) / (ended - begun)))]
        return ""


class Speech:
    """Gives lines a voice; what was said once is kept."""

    def __init__(self) -> None:
        """Raises EngineError when there is no synthesiser for the person."""
        self._person = Person()
        self._kept: dict[str, Pcm] = {}
        self.voice = self._person.voice
        """The synthesiser's name."""

    def utter(self, line: Line) -> Utterance:
        """`line` as sound: in one breath, or with its pause between the parts."""
        first, *rest = line.parts
        parts = [f"{WAKE} {first}", *rest]
        if not line.pause_s:
            parts = [" ".join(parts)]
        sounds: list[Pcm] = []
        spoken: list[tuple[str, float, float]] = []
        at = 0.0
        for part in parts:
            if sounds:
                sounds.append(np.zeros(int(line.pause_s * RATE), np.int16))
                at += line.pause_s
            sounds.append(self.say(part))
            spoken += _timed(part, at, len(sounds[-1]) / RATE)
            at += len(sounds[-1]) / RATE
        return Utterance(line, np.concatenate(sounds), tuple(spoken))

    def say(self, text: str) -> Pcm:
        """`text` as sound."""
        if text not in self._kept:
            self._kept[text] = self._person.say(text)
        return self._kept[text]


def _timed(text: str, begin: float, seconds: float) -> Iterator[tuple[str, float, float]]:
    """The words of `text`, when each begins and when it ends, as if all letters took the same time."""
    passed, letter = 0, seconds / (len(text) + 1)
    for word in text.split():
        yield word, begin + letter * passed, begin + letter * (passed + len(word) + 1)
        passed += len(word) + 1


class Air:
    """The sound of the room, up to now."""

    def __init__(self, seed: int = 0) -> None:
        self._random = np.random.default_rng(seed)
        self._recent: deque[Pcm] = deque()
        self._kept = 0
        self._position = 0

    @property
    def seconds(self) -> float:
        """On the room's clock, at the end of all sound so far."""
        return self._position / RATE

    def silence(self, seconds: float) -> Iterator[Pcm]:
        """So much of it, in whole frames."""
        for _ in range(max(1, round(seconds * RATE / FRAME))):
            yield self._with_noise(np.zeros(FRAME, np.int16))

    def speech(self, pcm: Pcm) -> Iterator[Pcm]:
        """`pcm` in frames, the last one filled up with silence."""
        whole = np.concatenate((pcm, np.zeros(-len(pcm) % FRAME, np.int16)))
        for at in range(0, len(whole), FRAME):
            yield self._with_noise(whole[at : at + FRAME])

    def heard_at(self, sound: Pcm) -> float | None:
        """The second at which `sound`, a piece of what was heard, ends; None when it was not heard like that."""
        if len(sound) < NEEDLE:
            return None
        recent = np.concatenate(list(self._recent))  # a copy: others listen meanwhile
        found = recent.tobytes().rfind(sound[-NEEDLE:].astype(np.int16).tobytes())
        if found < 0:
            return None
        return (self._position - len(recent) + found // 2 + NEEDLE) / RATE

    def _with_noise(self, frame: Pcm) -> Pcm:
        noise = self._random.normal(0, NOISE, len(frame))
        sound: Pcm = np.clip(frame + noise, -32768, 32767).astype(np.int16)
        self._recent.append(sound)
        self._kept += len(sound)
        self._position += len(sound)
        while self._kept > MEMORY_S * RATE:
            self._kept -= len(self._recent.popleft())
        return sound
