"""Twenty commands, one after the other, to the daemon that a person starts: it hears them on a sound card, and each is
understood, told on the bus signal by signal, carried out, and answered in sound.
"""

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests import speech
from tests.bus import Client, Told, bus_daemon, client
from tests.soundcard import RECORD_RATE, SIGNALS, Child, SoundCard, soundcard
from voiced.audio.resample import resample
from voiced.stages import RATE

CONFIG = "[conversation]\nfollow_up_s = 0\n"

START_S = 300.0
"""Seconds that a start may take, on a machine that has other things to do."""

TURN_S = 90.0
"""Seconds from the last sample of a command to the end of its turn, which takes three: a command that nobody heard is
given up then, and the next one spoken."""

ALOUD = 0.05
"""Peak of what counts as sound, as a share of full scale."""

LETTER_S = 0.025, 0.25
"""Seconds of speech per letter, at least and at most; "5:59 PM" is the slowest."""

SOONER_MS = 600.0
"""Silence after which a turn ends only where the words were known before, and so were told; else it takes 750."""

NUMBERS = {"5": "five", "10": "ten", "20": "twenty"}


@dataclass(frozen=True)
class Line:
    """What is said, and what is to come of it."""

    words: str
    answer: str = ""
    """A pattern of the answer; empty where there is none."""
    timers: tuple[str, ...] = ()
    """The names of those there are afterwards, in the order of the alphabet."""
    volume: float = 0.8
    """Afterwards."""

    @property
    def outcome(self) -> str:
        return "answered" if self.answer else "stopped"


FIVE, PIZZA, EGG = ("",), ("", "pizza"), ("", "egg")

LINES = (
    Line("Set a timer for five minutes.", r"Timer set for 5 minutes\.", FIVE),
    Line("How much time is left?", r"(4 minutes and \d+ seconds|\d minutes) left\.", FIVE),
    Line("Set a pizza timer for ten minutes.", r"Timer set for 10 minutes named pizza\.", PIZZA),
    Line("What time is it?", r"\d+:\d\d [AP]M", PIZZA),
    Line("How much time is left on the pizza timer?", r"\d+ minutes( and \d+ seconds?)? left\.", PIZZA),
    Line("Cancel the pizza timer.", r"Timer cancelled\.", FIVE),
    Line("Set the volume to sixty percent.", r"Volume 60 percent\.", FIVE, volume=0.6),
    Line("Cancel the timer.", r"Timer cancelled\.", volume=0.6),
    Line("Turn up the volume.", r"Volume 70 percent\.", volume=0.7),
    Line("Set a timer for twenty minutes.", r"Timer set for 20 minutes\.", FIVE, volume=0.7),
    Line("Set an egg timer for thirty minutes.", r"Timer set for 30 minutes named egg\.", EGG, volume=0.7),
    Line("Which timers are running?", r"There are 2 timers: .*", EGG, volume=0.7),
    Line("Stop.", timers=EGG, volume=0.7),
    Line("Cancel all timers.", r"Canceled 2 timers\.", volume=0.7),
    Line("What day is it?", r"It is \w+day, .*", volume=0.7),
    Line("Set a timer for two hours.", r"Timer set for 2 hours\.", FIVE, volume=0.7),
    Line("Cancel the timer.", r"Timer cancelled\.", volume=0.7),
    Line("How much time is left?", r"No timers\.", volume=0.7),
    Line("Set the volume to eighty percent.", r"Volume 80 percent\."),
    Line("Never mind."),
)  # fmt: skip


@dataclass
class Run:
    """What came of one line."""

    number: int
    line: Line
    turn: int
    """Its number on the bus."""
    told: Sequence[Told]
    timers: tuple[str, ...]
    sound: NDArray[np.float32] = field(repr=False)
    before: dict[str, Any] = field(repr=False)
    """The properties."""

    def all(self, name: str) -> list[tuple[Any, ...]]:
        """What the signals of this name carried."""
        return [each.arguments for each in self.told if each.name == name]

    @property
    def reply(self) -> str:
        return " ".join(text for _, text in self.all("Reply"))

    @cached_property
    def complaints(self) -> list[str]:
        """All that is not as it should be."""
        if not self.all("TurnEnded"):
            return ["the turn did not end"]
        return [*self._of_the_words(), *self._of_the_signals(), *self._of_the_properties(), *self._of_the_sound()]

    def _of_the_words(self) -> Iterator[str]:
        understood = [text for _, text in self.all("Transcript")]
        if list(map(_letters, understood)) != [_letters(self.line.words)]:  # "nevermind" is as good as "never mind"
            yield f"understood {understood}"
        if not re.fullmatch(self.line.answer, self.reply):
            yield f'answered "{self.reply}"'
        if self.timers != self.line.timers:
            yield f"left the timers {self.timers}"

    def _of_the_signals(self) -> Iterator[str]:
        answer = ["Reply", "speaking"] if self.line.answer else []
        wanted = ["WakeDetected", "listening", "thinking", "Transcript", *answer, "asleep", "LastTurn", "TurnEnded"]
        short = list(self._in_short())
        # An answer has clauses; words so far may be told or not; the volume and the health change on their own account.
        further = {at for at, name in enumerate(short) if name == "Reply" and name in short[:at]}
        aside = ("Partial", "Volume", "Health")
        once = [name for at, name in enumerate(short) if at not in further and name not in aside]
        if once != wanted:
            yield f"signals {short}"
        elif "Partial" in short[short.index("thinking") :] or "Reply" in short[short.index("asleep") :]:
            yield f"signals too late {short}"
        numbered = [each for each in self.told if each.name in ("Partial", "Transcript", "Reply", "TurnEnded")]
        if {each.arguments[0] for each in numbered} != {self.turn}:
            yield f"not turn {self.turn}"
        if [word for word, score in self.all("WakeDetected") if 0.5 <= score <= 1] != ["hey_jarvis"]:
            yield f"woken {self.all('WakeDetected')}"
        timed = {"wait", "stt", "intents"} | ({"tts", "response"} if self.line.answer else set())
        for _, outcome, timings in self.all("TurnEnded"):
            if outcome != self.line.outcome or not timings.keys() >= timed or min(timings.values()) < 0:
                yield f"ended as {outcome}, {timings}"
            elif timings["wait"] < SOONER_MS and "Partial" not in short:
                yield "no words before the end"

    def _in_short(self) -> Iterator[str]:
        """The names of the signals; of the properties' changes the new state, or the properties' names."""
        for each in self.told:
            if each.name == "PropertiesChanged":
                yield from (value if name == "State" else name for name, value in each.arguments[1].items())
            else:
                yield each.name

    def _of_the_properties(self) -> Iterator[str]:
        now = dict(self.before)
        for _, changed, invalidated in self.all("PropertiesChanged"):
            if invalidated or not changed or any(now[name] == value for name, value in changed.items()):
                yield f"not changed: {changed}"
            now |= changed
        if now["LastTurn"] != self.all("TurnEnded")[-1][2]:
            yield "LastTurn is another turn's"
        if now["Volume"] != pytest.approx(self.line.volume):
            yield f"the volume is {now['Volume']}"

    def _of_the_sound(self) -> Iterator[str]:
        loud = np.flatnonzero(np.abs(self.sound) > ALOUD)
        seconds = (loud[-1] - loud[0]) / RECORD_RATE if len(loud) else 0.0
        if not self.line.answer:
            if len(loud):
                yield f"{seconds:.1f} s of sound, where there should be none"
            return
        least, most = (per_letter * len(self.reply) for per_letter in LETTER_S)
        if not least <= seconds <= most + 0.5:
            yield f"{seconds:.1f} s of sound"
        wanted = _as_spoken(self.reply)
        if wanted in speech.ANSWERS:
            pcm = (resample(self.sound, RECORD_RATE, RATE) * 32767).astype(np.int16)
            if (heard := speech.answer_in(pcm)) != wanted:
                yield f'sounds like "{heard}"'

    def __str__(self) -> str:
        signals = "\n".join(f"    {each.name} {each.arguments}" for each in self.told)
        return f'Run {self.number}, "{self.line.words}": {"; ".join(self.complaints)}\n{signals}'


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())


def _as_spoken(reply: str) -> str:
    """The answer in the words of `speech.ANSWERS`."""
    words = reply.lower().strip(".").replace("cancelled", "canceled").split()
    return " ".join(NUMBERS.get(word, word) for word in words)


def start(card: SoundCard) -> Child:
    """`voiced run`, as a person starts it."""
    file = card.home / ".config" / "voiced" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(CONFIG, encoding="utf-8")
    child = card.child("-m", "voiced", "run", "--bus", "session")
    child.wait_for('Say "hey jarvis".', START_S)
    return child


def speak(number: int, line: Line, card: SoundCard, program: Client) -> Run:
    """Says one line, and waits until its turn is over and has been heard."""
    before, since, mark = program.get_all(), len(program.catch_up()), len(card.recorded())
    # The detector needs a second and a half at the beginning before it can hear its word.
    card.play(np.concatenate((speech.silence(2.5 if number == 1 else 0.8), speech.say("Hey Jarvis, " + line.words))))
    try:
        program.wait_for(lambda told: told.name == "TurnEnded", since, TURN_S)
    except AssertionError:
        program.call("Stop")  # and the next one
    program.wait_for_property("State", "asleep")
    card.listen(0.5, "speaker")  # what is played takes a moment to be recorded
    timers = tuple(sorted(name for _, name, _, _ in program.call("ListTimers")))
    told = program.catch_up()
    turn = 1 + sum(each.name == "TurnEnded" for each in told[:since])
    return Run(number, line, turn, told[since:], timers, card.recorded()[mark:], before)


@pytest.mark.twenty
@pytest.mark.timeout(3600)  # less than three minutes on two idle cores
def test_of_twenty_spoken_commands_all_are_understood_told_and_answered_aloud() -> None:
    with tempfile.TemporaryDirectory(prefix="card") as folder, bus_daemon() as bus, soundcard(Path(folder)) as card:
        card.environment["DBUS_SESSION_BUS_ADDRESS"] = bus.address
        child = start(card)
        with client(bus.address) as program:
            program.wait_for_property("State", "asleep")
            runs = []
            for number, line in enumerate(LINES, 1):
                runs.append(run := speak(number, line, card, program))
                if run.complaints:
                    print(run)  # noqa: T201 - shown when the test fails, also when it ends early
        assert child.end(SIGNALS["SIGTERM"], patience_s=90) == 0, child.lines
    wrong = [run.number for run in runs if run.complaints]
    assert not wrong, f"{len(LINES) - len(wrong)} of {len(LINES)}; see what is said of {wrong}"
    assert not [line for line in child.lines if "Traceback" in line], child.lines
