"""What is said is looked at while it is being said: words come early and stay, little is left to do at the end, and
what is heard and answered is the same as without.

The models are those of the benchmark's tests, which are told the words that were said in the sound they are given, and
hear a wrong one where the sound ends in the middle of it.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from tests import speech
from tests.home import home
from tests.talk import one_exchange
from tests.test_timers import HandClock
from tests.toys import held, toys
from tests.toys import speech as person
from tests.watched import QUESTION, bench
from voiced.activity import Activity
from voiced.bench.lines import LONG, SHORT, Line
from voiced.bench.session import Session, Turn
from voiced.cli.ask import Deaf
from voiced.conversation import floor
from voiced.conversation.chain import Chain
from voiced.conversation.glances import FIRST_S, LULL_S, NEW_S, Glances
from voiced.conversation.inbox import Inbox
from voiced.engines import Engines
from voiced.errors import EngineError
from voiced.events import Partial, Reply, StageFinished, Transcript
from voiced.mind import Hearing, Understanding
from voiced.stages import RATE, Cancelled, Pcm, Transcription, never
from voiced.stt.gates import plain
from voiced.stt.whisper import WhisperRecogniser
from voiced.stt.witnesses import Witnesses

LINES = [
    Line("short", tuple(SHORT[0][0].split(" | ")), SHORT[0][1]),
    Line("long", tuple(LONG[4][0].split(" | ")), LONG[4][1]),
    Line("short", tuple(SHORT[5][0].split(" | ")), SHORT[5][1], pause_s=0.4),
]

Conversation = tuple[Session, list[Turn]]


def conversation(folder: Path, config: str = "") -> Conversation:
    return held(folder, [person().utter(line) for line in LINES], config)


@pytest.fixture(scope="module")
def with_them(tmp_path_factory: pytest.TempPathFactory) -> Conversation:
    return conversation(tmp_path_factory.mktemp("with"))


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> Conversation:
    return conversation(tmp_path_factory.mktemp("without"), "[stt]\npartials = false")


def texts(turn: Turn, kind: type[Partial | Transcript | Reply]) -> list[str]:
    return [event.text for event, _ in turn.events if isinstance(event, kind)]


def test_what_is_heard_and_answered_is_the_same_as_without(with_them: Conversation, without: Conversation) -> None:
    for ours, theirs in zip(with_them[1], without[1], strict=True):
        assert ours.whole
        assert theirs.whole
        assert texts(ours, Transcript) == texts(theirs, Transcript)
        assert texts(ours, Reply) == texts(theirs, Reply)


def test_words_come_while_the_person_speaks_and_are_never_taken_back(with_them: Conversation) -> None:
    for turn in with_them[1]:
        told = [(event.text, at) for event, at in turn.events if isinstance(event, Partial)]
        [transcript] = texts(turn, Transcript)
        early = [text for text, at in told if at < turn.utterance.end]
        assert len(early) >= 2
        for text, longer in zip([text for text, _ in told], [*(text for text, _ in told[1:]), transcript], strict=True):
            assert plain(longer).startswith(plain(text))


def test_without_them_words_come_at_pauses_alone(without: Conversation) -> None:
    assert [len(texts(turn, Partial)) for turn in without[1]] == [1, 1, 2]
    assert [turn.ahead for turn in without[1]] == [0, 0, 0]


def test_the_model_has_read_most_words_at_the_pause_and_none_twice(
    with_them: Conversation, without: Conversation
) -> None:
    """Of an utterance in one breath; at a pause inside it a draft reads as well, in both."""
    for ours, theirs in zip(with_them[1][:2], without[1][:2], strict=True):
        words = len(ours.asked[-1].content.split())
        assert ours.ahead >= words / 2
        assert ours.vain == 0
        assert ours.read == theirs.read
    assert with_them[1][2].vain == 0


def test_at_a_pause_the_last_glance_has_heard_it_all(with_them: Conversation, without: Conversation) -> None:
    recogniser, before = with_them[0].chain.mind.hearing.recogniser, without[0].chain.mind.hearing.recogniser
    assert recogniser.readings == 0  # type: ignore[attr-defined]
    assert recogniser.glances >= 9  # type: ignore[attr-defined]
    assert before.readings == 4  # type: ignore[attr-defined]
    assert before.glances == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("config", "somebody"),
    [("", True), ('profile = "raspberry-pi-4"', False), ("[stt]\npartials = false", False)],
)
def test_nobody_looks_where_nobody_should(tmp_path: Path, config: str, somebody: bool) -> None:
    whisper = WhisperRecogniser(toys().stt)
    witnesses = Witnesses(whisper, None, lambda _: False, lambda _: [])
    engines = Engines(home(tmp_path, config))

    assert engines.glancer(witnesses) is (witnesses if somebody else None)
    assert engines.glancer(whisper) is None  # such as pocketsphinx, who only reads whole utterances


@dataclass
class Mistaken:
    """Hears something else each time, or fails."""

    readings: list[str]
    conclusive: bool = False
    asked: int = 0

    def glance(self, speech: Pcm, cancelled: Cancelled = never) -> Transcription:
        del speech, cancelled
        self.asked += 1
        if not self.readings:
            raise EngineError("The eyes are tired; close them.")
        return Transcription(self.readings[min(self.asked, len(self.readings)) - 1])


@pytest.mark.parametrize(
    "glancer",
    [
        Mistaken(["who is the spy blue"]),  # and sure of it
        Mistaken([], conclusive=True),
    ],
)
def test_wrong_words_are_read_in_vain_and_change_nothing(tmp_path: Path, glancer: Mistaken) -> None:
    made = bench(tmp_path, config='[stt]\nengines = ["faster-whisper"]')

    def prepare(chain: Chain) -> None:
        chain.mind.hearing = replace(chain.mind.hearing, glancer=glancer)

    made.prepare = prepare
    talk = made.talk(one_exchange(speech.say("Hey Jarvis, why is the sky blue?")))

    assert glancer.asked >= 2
    assert talk.heard == [QUESTION]
    assert made.model.questions == [QUESTION]
    assert talk.outcomes == ["answered"]
    real = made.model.real
    assert (real.vain_tokens > 0) == ("who is the spy blue" in glancer.readings)  # type: ignore[attr-defined]


@pytest.mark.long
def test_who_reads_along_does_not_have_the_last_word(tmp_path: Path) -> None:
    """pocketsphinx hears a command; Whisper, whose glance is there before, hears a question."""
    made = bench(tmp_path)
    talk = made.talk(one_exchange(speech.say("Hey Jarvis, set a timer for five minutes.")))

    assert talk.chain.mind.hearing.reader is not None
    assert talk.heard == [QUESTION]
    assert talk.timers == []


class Eyes:
    """A mind that only glances; each glance takes as long as is said."""

    def __init__(self, clock: HandClock, takes_s: float = 0.0) -> None:
        self.hearing = Hearing(Deaf(), glancer=Mistaken(["x"], conclusive=True))
        self.clock, self.takes_s = clock, takes_s
        self.seen: list[float] = []
        self.begun, self.free = threading.Event(), threading.Event()
        self.free.set()

    def glance(
        self, turn: int, sound: Pcm, report: Callable[[StageFinished], None], *, after_wake: bool, cancelled: Cancelled
    ) -> Understanding:
        del turn, report, after_wake, cancelled
        self.seen.append(len(sound) / RATE)
        self.begun.set()
        assert self.free.wait(20)
        self.clock.now += self.takes_s
        return Understanding("so far", None)


@dataclass
class Watch:
    """An utterance in frames, without any silence in it unless it is said, and who looks at it."""

    takes_s: float = 0.0
    sure: list[tuple[str, ...]] = field(default_factory=list)
    taken: list[Understanding | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.activity = Activity()
        self.inbox, clock = Inbox(self.activity), HandClock()
        self.eyes = Eyes(clock, self.takes_s)
        self.turn = floor.Turn(1)
        tell = lambda _turn, words: self.sure.append(words)  # noqa: E731
        self.glances = Glances(self.eyes, self.activity, clock, self.inbox, tell)  # type: ignore[arg-type]

    def look(self, seconds: float, silence_s: float = 0.0, start: int = 0) -> None:
        count = round(seconds * RATE)
        self.glances.look(self.turn, start, np.zeros(count, np.int16), start + count - round(silence_s * RATE))

    def hear(self, seconds: float, silence_s: float = 0.0, start: int = 0) -> None:
        self.look(seconds, silence_s, start)
        self.settle()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Whoever looks takes until the end of it."""
        self.eyes.free.clear()
        yield
        self.eyes.free.set()

    def settle(self) -> None:
        while not self.activity.wait_idle(0.001):
            self.inbox.handle_next(0.01)

    def take(self, speech_s: float, start: int = 0) -> bool:
        end = start + round(speech_s * RATE)
        return self.glances.take(start, end, lambda what, _stages: self.taken.append(what))


def test_it_is_looked_at_every_so_often() -> None:
    watch = Watch()
    for frame in range(1, 41):
        watch.hear(frame * 0.08)

    assert watch.eyes.seen[0] == pytest.approx(FIRST_S, abs=0.08)
    steps = np.diff(watch.eyes.seen)
    assert all(NEW_S <= step < NEW_S + 0.08 + 1e-6 for step in steps)
    assert watch.sure == [("so", "far")]
    watch.glances.close()


def test_who_may_have_stopped_is_looked_at_at_once_and_once() -> None:
    watch = Watch()
    watch.hear(1.3)
    watch.hear(1.4)
    watch.hear(1.44, LULL_S)
    watch.hear(1.52, LULL_S + 0.08)
    assert watch.eyes.seen == [pytest.approx(1.3), pytest.approx(1.44)]

    assert watch.take(1.44 - LULL_S)
    assert [what.text for what in watch.taken if what] == ["so far"]
    watch.glances.close()


def test_who_has_gone_on_has_not_been_heard_to_the_end() -> None:
    watch = Watch()
    watch.hear(1.44, LULL_S)
    watch.hear(1.6)
    assert not watch.take(1.6)
    assert not watch.take(1.44 - LULL_S, start=RATE)  # another utterance
    assert watch.taken == []
    watch.glances.close()


def test_a_slow_machine_looks_rarely_and_one_that_cannot_keep_up_not_at_all() -> None:
    slow, late = Watch(takes_s=0.5), Watch(takes_s=4.0)
    for frame in range(1, 41):
        slow.hear(frame * 0.08)
        late.hear(frame * 0.08)
    assert len(slow.eyes.seen) == 2
    assert len(late.eyes.seen) == 1
    late.hear(2.0, start=50 * RATE)
    assert len(late.eyes.seen) == 1
    late.hear(4.5, start=50 * RATE)
    assert len(late.eyes.seen) == 2
    slow.glances.close()
    late.glances.close()


def test_what_was_dropped_before_it_began_is_in_nobodys_way() -> None:
    watch = Watch()
    with watch.held():
        watch.look(1.3)
        assert watch.eyes.begun.wait(20)
        watch.look(1.44, LULL_S)
        watch.look(1.6)
        watch.look(1.7, LULL_S)  # two are under way
        assert not watch.take(1.7 - LULL_S)
    watch.settle()
    assert watch.eyes.seen == [pytest.approx(1.3)]
    watch.hear(2.2)
    assert watch.eyes.seen[1:] == [pytest.approx(2.2)]
    watch.glances.close()


def test_words_of_one_utterance_say_nothing_about_the_next() -> None:
    watch = Watch()
    watch.hear(1.3)
    watch.hear(1.3, start=10 * RATE)
    assert watch.sure == []
    watch.glances.close()
