"""Drafts: an answer is prepared at a pause that may be the end. If it was, it is given at once; if it was not, nobody
ever hears of it, and nothing has been done.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import speech
from tests.plain import Lengths, fitted, tone, wake_word
from tests.talk import Talk, one_exchange, pause, setting
from tests.watched import ANSWER, QUESTION, SENTENCES, Voice, bench, typed
from voiced.activity import Activity
from voiced.audio.room import RoomClock, RoomSpeaker
from voiced.conversation.chain import Chain
from voiced.conversation.floor import Floor
from voiced.events import AnswerStarted, Partial, Reply, SpeechEnded, StageFinished, Transcript, TurnEnded, TurnFailed
from voiced.llm.llama import LlamaModel
from voiced.stages import Cancelled, Pcm, Transcription, never

ASKED = "Hey Jarvis, why is the sky blue?"


def kinds(talk: Talk, *wanted: type) -> list[type]:
    return [type(event) for event, _ in talk.events if isinstance(event, wanted)]


def test_the_answer_is_there_when_the_silence_has_lasted(tmp_path: Path) -> None:
    made = bench(tmp_path)
    talk = made.talk(one_exchange(speech.say(ASKED)))

    assert made.model.questions == [QUESTION]
    assert talk.replies == [ANSWER]
    # At fast pace computing takes no time: what is left is the wait, and the frame in which it ends.
    timings = talk.all(TurnEnded)[0].timings
    assert timings["response"] - timings["wait"] <= 80
    order = kinds(talk, SpeechEnded, Transcript, Reply, AnswerStarted, TurnEnded)
    assert order[:3] == [SpeechEnded, Transcript, Reply]
    assert order[-1] is TurnEnded


def test_where_the_profile_says_so_nothing_is_drafted(tmp_path: Path) -> None:
    """A draft that is thrown away keeps all cores of a small board busy when the person goes on speaking."""
    made = bench(tmp_path, config='profile = "raspberry-pi-4"')
    begun: list[int] = []

    def prepare(_chain: Chain) -> None:
        made.model.before = lambda _piece, count: begun.append(len(talked[0].all(SpeechEnded))) if not count else None

    talked: list[Talk] = []

    def lines(talk: Talk) -> Iterator[Pcm]:
        talked.append(talk)
        yield from one_exchange(speech.say(ASKED))(talk)

    made.prepare = prepare
    talk = made.talk(lines)

    assert begun == [1]
    assert talk.replies == [ANSWER]


def test_a_draft_is_dropped_without_a_trace_when_speech_resumes(tmp_path: Path) -> None:
    """H3 and H6: what was drafted to the first half is not heard, not reported, and not remembered."""
    made = bench(tmp_path)
    parts = speech.say("Hey Jarvis, why is the"), pause(0.5), speech.say("sky blue?")
    talk = made.talk(one_exchange(*parts))

    assert len(made.model.questions) == 2  # each pause was worth a bet
    assert talk.all(Partial)[-1].text == QUESTION
    assert talk.heard == [QUESTION]
    assert talk.replies == [ANSWER]
    assert len(talk.all(AnswerStarted)) == 1
    assert [message.content for message in talk.chain.mind.history.history()[1:]] == [QUESTION, ANSWER]


@pytest.mark.parametrize("act", ["stop", "listen", "ask"])
def test_whoever_takes_the_floor_during_a_draft_ends_it(tmp_path: Path, act: str) -> None:
    made = bench(tmp_path)

    def lines(talk: Talk) -> Iterator[Pcm]:
        yield pause(1.6)
        yield speech.say(ASKED)
        while not made.model.questions:
            yield np.zeros(0, np.int16)
        if act == "stop":
            talk.assistant.stop()
        elif act == "listen":
            talk.assistant.listen()
        else:
            talk.assistant.ask("what time is it")
        yield from talk.until("asleep", "speaking", "follow_up")
        yield pause(3.0)
        yield from talk.until("asleep")

    talk = made.talk(lines)

    assert made.model.questions == [QUESTION]
    assert [reply.by for reply in talk.all(Reply)] == (["HassGetCurrentTime"] if act == "ask" else [])
    assert len(talk.all(AnswerStarted)) == (1 if act == "ask" else 0)


@pytest.mark.parametrize(("surely", "wait"), [(0.95, 300), (0.0, 750)])
def test_how_long_is_waited_is_the_language_models_word(tmp_path: Path, surely: float, wait: float) -> None:
    made = bench(tmp_path)

    def prepare(_chain: Chain) -> None:
        made.model.surely = surely

    made.prepare = prepare
    talk = made.talk(one_exchange(speech.say(ASKED)))

    assert talk.replies == [ANSWER]
    assert wait <= talk.all(TurnEnded)[0].timings["wait"] <= wait + 120


def test_a_word_that_asks_for_another_is_waited_for(tmp_path: Path) -> None:
    """H3: 0.9 s would be the end of anything else."""
    parts = speech.say("Hey Jarvis, set a timer for"), pause(0.9), speech.say("ten minutes.")
    talk = Talk(setting(tmp_path), one_exchange(*parts)).run()

    assert talk.heard == ["set a timer for ten minutes"]
    assert [timer.seconds for timer in talk.timers] == [600]


def watched(voices: list[Voice]) -> Callable[[Chain], Chain]:
    """Notes down what is synthesised."""

    def change(chain: Chain) -> Chain:
        voices.append(Voice(chain.mouth.synthesiser))
        chain.mouth.synthesiser = voices[-1]
        return chain

    return change


def test_a_command_is_foreseen_once_done_once_and_spoken_once(tmp_path: Path) -> None:
    voices: list[Voice] = []

    said = speech.say("Hey Jarvis, set a timer for five minutes.")
    talk = Talk(setting(tmp_path), one_exchange(said), change=watched(voices)).run()

    assert [timer.seconds for timer in talk.timers] == [300]
    assert talk.replies == ["Timer set for 5 minutes."]
    assert len(voices[0].asked) == 1
    timings = talk.all(TurnEnded)[0].timings
    assert timings["wait"] <= 300 + 120  # a whole command is waited for no longer
    assert timings["response"] - timings["wait"] <= 80


def test_a_command_that_turns_out_otherwise_says_what_it_did(tmp_path: Path) -> None:
    """The draft said how many seconds were left at the pause; half a second later there is one less."""

    def lines(talk: Talk) -> Iterator[Pcm]:
        yield pause(1.6)
        yield from talk.exchange("Hey Jarvis, set a timer for twenty seconds.")
        yield from talk.exchange("Hey Jarvis, how much time is left?")

    voices: list[Voice] = []

    talk = Talk(setting(tmp_path, "[conversation]\nfollow_up_s = 0"), lines, change=watched(voices)).run()

    drafted, told = voices[0].asked[-2:]
    assert drafted != told
    assert "seconds left" in told
    assert len(talk.all(AnswerStarted)) == 2


def test_a_draft_whose_sound_fails_is_made_again(tmp_path: Path) -> None:
    made = bench(tmp_path)

    def prepare(_chain: Chain) -> None:
        made.voice.fails = lambda count: count == 0

    made.prepare = prepare
    talk = made.talk(one_exchange(speech.say(ASKED)))

    assert made.model.questions == [QUESTION, QUESTION]
    assert talk.all(TurnFailed) == []
    assert talk.replies == [ANSWER]


def test_what_a_dropped_draft_took_is_no_stage_of_the_turn(tmp_path: Path) -> None:
    made = bench(tmp_path)
    parts = speech.say("Hey Jarvis, why is the"), pause(0.5), speech.say("sky blue?")
    talk = made.talk(one_exchange(*parts))

    assert [event.stage for event in talk.all(StageFinished)].count("llm") == 1


@given(st.lists(st.sampled_from(["silence", "draft", "commit", "drop"]), max_size=30))
def test_at_any_time_one_generation_lives_and_at_most_one_draft(steps: list[str]) -> None:
    floor = Floor(RoomClock(0.0), RoomSpeaker(Activity()), lambda _event, _at: None)
    present, draft = floor.generation, None
    asked: dict[int, Cancelled] = {present: floor.cancelled()}
    for step in steps:
        if step == "silence":
            floor.silence()
            present, draft = floor.generation, None
            asked[present] = floor.cancelled()
        elif step == "draft":
            draft = floor.next_generation()
            asked[draft] = floor.cancelled(draft)
        elif step == "drop":
            floor.drop_draft()
            draft = None
        elif draft is not None:
            floor.begin_generation(draft)
            present, draft = draft, None
        assert {number for number, cancelled in asked.items() if not cancelled()} == {present, draft} - {None}


def test_a_command_is_known_before_the_better_recogniser_has_begun(tmp_path: Path) -> None:
    """Whoever reads along has it the moment speech ends; whisper's opinion comes too late to matter."""
    made = bench(tmp_path)
    go_on = threading.Event()
    asked: list[int] = []

    def late(chain: Chain) -> Chain:
        chain, real = made.fit(chain), chain.mind.hearing.recogniser

        class Late:
            name = real.name

            def transcribe(self, sound: Pcm, cancelled: Cancelled = never) -> Transcription:
                asked.append(len(sound))
                with chain.activity.aside():  # time goes on meanwhile
                    assert go_on.wait(20)
                return real.transcribe(sound, cancelled)

        chain.mind.hearing = replace(chain.mind.hearing, recogniser=Late(), glancer=None)
        return chain

    def lines(talk: Talk) -> Iterator[Pcm]:
        yield pause(1.6)
        yield speech.say("Hey Jarvis, set a timer for five minutes.")
        yield from talk.until("speaking")
        go_on.set()
        yield from talk.until("asleep")

    talk = Talk(made.setting, lines, change=late).run()

    assert asked
    assert talk.heard == ["set a timer for five minutes"]
    assert {event.engine for event in talk.all(Transcript)} == {"pocketsphinx"}
    assert [timer.seconds for timer in talk.timers] == [300]
    assert made.model.questions == []


def test_the_better_recogniser_has_the_last_word_while_there_is_time(tmp_path: Path) -> None:
    """What it hears instead of a command is asked of the model, and no timer is set."""
    made = bench(tmp_path)
    talk = made.talk(one_exchange(speech.say("Hey Jarvis, set a timer for five minutes.")))

    assert talk.heard == [QUESTION]
    assert talk.timers == []
    assert talk.replies == [ANSWER]


def test_no_token_is_read_at_a_turn_but_its_own(tmp_path: Path) -> None:
    """A command's exchange, which the model has no part in, is read behind it, while nobody waits."""
    made = bench(tmp_path)
    read: list[int] = []

    def prepare(chain: Chain) -> None:
        model = chain.mind.model
        assert isinstance(model, LlamaModel)
        made.model.before = lambda _piece, count: None if count else read.append(model.evaluated_tokens)

    made.prepare = prepare
    made.talk(typed(QUESTION, "set a timer for five minutes", "why", "what time is it", QUESTION))

    first, other, last = read
    assert other < first == last


@pytest.mark.parametrize("pauses", [1, 3])
def test_a_draft_that_was_dropped_takes_no_room(tmp_path: Path, pauses: int) -> None:
    """Of answers of half a minute ten seconds wait in the speaker, the rest in the mouth and the model."""
    made = bench(tmp_path, " ".join(SENTENCES * 6))
    recogniser = Lengths(lambda loud_s: "set a timer for five minutes" if loud_s > pauses + 0.5 else QUESTION)

    def lines(talk: Talk) -> Iterator[Pcm]:
        yield pause(1.6)
        yield wake_word()
        yield pause(1.0)
        for _ in range(pauses):
            yield tone(1.0)
            yield pause(0.5)
        yield tone(1.0)
        yield from talk.until("speaking")
        yield from talk.until("asleep")
        awaited.append(talk.room.speaker.queue.awaited)

    awaited: list[bool] = []
    talk = Talk(made.setting, lines, change=lambda chain: fitted(recogniser)(made.fit(chain))).run()

    assert len(made.model.questions) == pauses
    assert [timer.seconds for timer in talk.timers] == [300]
    assert talk.outcomes == ["answered"]
    assert awaited == [False]


def test_a_command_is_carried_out_however_long_its_answer_is(tmp_path: Path) -> None:
    """The answer that is to be repeated takes longer than what waits in the speaker and the mouth."""
    made = bench(tmp_path, " ".join(SENTENCES * 6))
    recogniser = Lengths(lambda _: "repeat that")

    def lines(talk: Talk) -> Iterator[Pcm]:
        yield pause(0.2)
        talk.assistant.ask(QUESTION)
        yield from talk.until("speaking")
        yield from talk.until("asleep")
        yield wake_word()
        yield pause(1.0)
        yield tone(1.0)
        yield from talk.until("speaking")
        yield from talk.until("asleep")

    talk = Talk(made.setting, lines, change=lambda chain: fitted(recogniser)(made.fit(chain))).run()

    assert talk.outcomes == ["answered", "answered"]
    assert talk.replies[0] == talk.replies[1]
    assert len(made.voice.asked) == 2 * 18
