"""From clauses to the speaker: what is queued, heard, and dropped. Time goes on when sound is pulled."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from voiced.activity import Activity
from voiced.audio.room import OUT_RATE, RoomSpeaker
from voiced.errors import EngineError
from voiced.events import StageFinished
from voiced.mouth import CLAUSES, Mouth, Voicing
from voiced.stages import Cancelled, Sound, never
from voiced.text import Clause


@dataclass
class Hum:
    """A synthesiser that hums: a tenth of a second per letter."""

    name: str = "hum"
    asked: list[str] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    """Every clause waits for it."""
    breaks_at: str = ""
    breaks_with: Exception = field(default_factory=lambda: EngineError("The voice is hoarse; rest it."))

    def synthesise(self, text: str, cancelled: Cancelled = never) -> Iterator[Sound]:
        self.asked.append(text)
        self.gate.wait(10)
        if text == self.breaks_at:
            raise self.breaks_with
        for letter in text:
            if cancelled():
                return
            if letter != ".":
                yield Sound(np.full(OUT_RATE // 10, 0.5, np.float32), OUT_RATE)


@dataclass
class Scene:
    """A mouth, and what is heard of it."""

    hum: Hum
    activity: Activity
    speaker: RoomSpeaker
    mouth: Mouth
    told: list[str] = field(default_factory=list)
    stages: list[StageFinished] = field(default_factory=list)
    generation: int = 0

    def voicing(self) -> Voicing:
        born = self.generation
        return Voicing(
            turn=1,
            generation=born,
            cancelled=lambda: self.generation != born,
            begun=lambda: self.told.append("begun"),
            heard=lambda clause: self.told.append(clause.text),
            ended=lambda: self.told.append("ended"),
            failed=lambda error, _stage: self.told.append(str(error)),
            report=self.stages.append,
            reply=lambda _: None,
        )

    def interrupt(self) -> None:
        self.generation += 1
        self.speaker.drop(self.generation)

    def let_go(self) -> None:
        """Everything that was handed over is synthesised."""
        self.hum.gate.set()
        assert self.activity.wait_idle(timeout=10)

    def listen(self, seconds: float) -> float:
        """Lets time go on; the loudest sample."""
        block, marks = self.speaker.queue.pull(int(seconds * OUT_RATE))
        for _, reached in marks:
            reached()
        return float(np.abs(block).max())


@pytest.fixture
def scene() -> Iterator[Scene]:
    activity, hum = Activity(), Hum()
    speaker = RoomSpeaker(activity)
    scene = Scene(hum, activity, speaker, Mouth(hum, speaker, activity))
    yield scene
    hum.gate.set()
    scene.mouth.close()


def clause(text: str) -> Clause:
    return Clause(text, text)


def test_what_was_heard_is_told_when_it_has_left_the_speaker_and_not_before(scene: Scene) -> None:
    voicing = scene.voicing()
    for text in ("one", "two"):
        scene.mouth.say(voicing, clause(text))
    scene.mouth.end(voicing)
    scene.let_go()
    assert scene.told == []

    assert scene.listen(0.25) == pytest.approx(0.5)
    assert scene.told == ["begun"]
    scene.listen(0.1)
    assert scene.told == ["begun", "one"]
    scene.listen(0.3)
    assert scene.told == ["begun", "one", "two", "ended"]
    assert [(event.stage, event.engine, event.ok) for event in scene.stages] == [("tts", "hum", True)] * 2


def test_an_answer_without_sound_ends_and_never_began(scene: Scene) -> None:
    """S4."""
    voicing = scene.voicing()
    scene.mouth.say(voicing, clause("."))
    scene.mouth.end(voicing)
    scene.let_go()
    scene.listen(0.01)

    assert scene.told == [".", "ended"]


def test_an_interruption_silences_what_is_played_and_what_is_still_to_come(scene: Scene) -> None:
    voicing = scene.voicing()
    for text in ("one", "two"):
        scene.mouth.say(voicing, clause(text))
    scene.let_go()
    scene.listen(0.1)
    scene.interrupt()
    scene.mouth.say(voicing, clause("three"))
    scene.mouth.end(voicing)
    scene.let_go()

    scene.listen(0.02)  # the fade
    assert scene.listen(1.0) == 0.0
    assert scene.told == ["begun"]
    assert scene.hum.asked == ["one", "two"]


def test_a_synthesiser_that_is_interrupted_does_not_go_on(scene: Scene) -> None:
    voicing = scene.voicing()
    scene.mouth.say(voicing, clause("a" * 1000))
    scene.interrupt()
    scene.let_go()

    assert scene.listen(1.0) == 0.0


def test_a_voice_that_fails_is_told_of_once_and_nothing_more_is_said(scene: Scene) -> None:
    scene.hum.breaks_at = "two"
    voicing = scene.voicing()
    for text in ("one", "two", "three"):
        scene.mouth.say(voicing, clause(text))
    scene.mouth.end(voicing)
    scene.let_go()
    scene.listen(1.0)

    assert scene.told == ["The voice is hoarse; rest it.", "begun", "one"]
    assert scene.hum.asked == ["one", "two"]
    assert [event.ok for event in scene.stages] == [True, False]


def test_a_failure_that_nobody_planned_for_is_one_as_well(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    scene.hum.breaks_at, scene.hum.breaks_with = "one", ZeroDivisionError("division by zero")
    voicing = scene.voicing()
    scene.mouth.say(voicing, clause("one"))
    scene.mouth.end(voicing)
    scene.let_go()
    scene.listen(1.0)

    assert scene.told == ["hum failed (division by zero); the log says where."]
    assert caplog.records[0].exc_info is not None


def test_after_a_failure_the_next_answer_is_spoken(scene: Scene) -> None:
    scene.hum.breaks_at = "one"
    scene.mouth.say(scene.voicing(), clause("one"))
    voicing = scene.voicing()
    scene.mouth.say(voicing, clause("two"))
    scene.mouth.end(voicing)
    scene.let_go()
    scene.listen(1.0)

    assert scene.told[-2:] == ["two", "ended"]


def test_a_model_that_is_faster_than_speech_waits(scene: Scene) -> None:
    """The bound: so many clauses wait, and the next is handed over only when one has been synthesised."""
    handed: list[str] = []
    full, done = threading.Event(), threading.Event()

    def think() -> None:
        for number in range(CLAUSES + 3):
            if number == CLAUSES:
                full.set()
            scene.mouth.say(voicing, clause(str(number)))
            handed.append(str(number))
        done.set()

    voicing = scene.voicing()
    threading.Thread(target=think).start()
    assert full.wait(10)
    assert not done.is_set()
    assert handed == [str(number) for number in range(CLAUSES)]
    scene.hum.gate.set()

    assert done.wait(10)
    scene.let_go()
    assert scene.hum.asked == [str(number) for number in range(CLAUSES + 3)]


def test_a_ready_made_sound_goes_before_the_words(scene: Scene) -> None:
    voicing = scene.voicing()
    scene.mouth.play(voicing, Sound(np.full(OUT_RATE // 2, 0.25, np.float32), OUT_RATE))
    scene.mouth.say(voicing, clause("one"))
    scene.let_go()

    assert scene.listen(0.5) == pytest.approx(0.25)
    assert scene.told == ["begun"]
    assert scene.listen(0.2) == pytest.approx(0.5)


@pytest.mark.parametrize("waiting", [0, 2, CLAUSES])
def test_closing_leaves_no_thread(scene: Scene, waiting: int) -> None:
    voicing = scene.voicing()
    for number in range(waiting):
        scene.mouth.say(voicing, clause(str(number)))
    closer: Callable[[], None] = scene.mouth.close
    scene.interrupt()
    scene.hum.gate.set()
    closer()

    assert "voiced-mouth" not in {thread.name for thread in threading.enumerate()}
