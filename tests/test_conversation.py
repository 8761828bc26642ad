"""Conversations through the whole chain on synthesised speech, judged by their outcome.

Nothing is installed here but what voiced brings along: the recogniser is pocketsphinx, the voice espeak-ng's, and there
is no language model.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests import speech
from tests.talk import Talk, one_exchange, pause, setting
from voiced.audio.resample import resample
from voiced.audio.room import OUT_RATE
from voiced.conversation.chain import Chain
from voiced.errors import EngineError
from voiced.events import AnswerStarted, FollowUpOpened, TimerFired, TurnEnded, TurnFailed
from voiced.mind import Hearing
from voiced.stages import RATE, Cancelled, Pcm, Recogniser, Transcription, never


class BreaksOnce:
    """A recogniser that fails at its first utterance, as one does that is out of memory for a moment."""

    def __init__(self, recogniser: Recogniser, error: Exception) -> None:
        self._error = error
        self.name = recogniser.name
        self._recogniser = recogniser
        self._broke = False

    def transcribe(self, speech: Pcm, cancelled: Cancelled = never) -> Transcription:
        if not self._broke:
            self._broke = True
            raise self._error
        return self._recogniser.transcribe(speech, cancelled)


def test_a_timer_is_set_in_one_breath_with_the_wake_word(tmp_path: Path) -> None:
    """H1: wake word and command without a pause between them lose no word."""
    talk = Talk(setting(tmp_path), one_exchange(speech.say("Hey Jarvis, set a timer for five minutes."))).run()

    assert talk.heard == ["set a timer for five minutes"]
    assert [timer.seconds for timer in talk.timers] == [300]
    assert talk.outcomes == ["answered"]


def test_a_pause_after_the_wake_word_is_waited_for(tmp_path: Path) -> None:
    """H1: neither is a long pause taken for the end."""
    parts = speech.say("Hey Jarvis."), pause(3.0), speech.say("Set a timer for five minutes.")
    talk = Talk(setting(tmp_path), one_exchange(*parts)).run()

    assert [timer.seconds for timer in talk.timers] == [300]
    assert talk.wakes == 1


def test_the_answer_is_heard_again_by_a_recogniser(tmp_path: Path) -> None:
    talk = Talk(setting(tmp_path), one_exchange(speech.say("Hey Jarvis, set a timer for five minutes."))).run()

    answer = talk.room.recording.assistant_samples()
    pcm = (resample(answer, OUT_RATE, RATE) * 32767).astype(np.int16)

    assert "set for five" in speech.answer_in(pcm)


def test_our_own_chime_is_not_transcribed(tmp_path: Path) -> None:
    """H2: a room in which the microphone hears the speaker."""
    parts = speech.say("Hey Jarvis."), pause(1.2), speech.say("Set a timer for ten minutes.")
    talk = Talk(setting(tmp_path), one_exchange(*parts), echo=0.5).run()

    assert talk.heard[0] == "set a timer for ten minutes"
    assert [timer.seconds for timer in talk.timers] == [600]


@pytest.mark.parametrize(("seconds", "echo"), [(0.2, 0.5), (0.3, 0.5), (0.6, 0.0), (0.8, 0.0)])
def test_our_own_chime_does_not_cover_what_is_said_after_a_short_pause(
    tmp_path: Path, seconds: float, echo: float
) -> None:
    parts = speech.say("Hey Jarvis."), pause(seconds), speech.say("Cancel all timers.")
    talk = Talk(setting(tmp_path), one_exchange(*parts), echo=echo).run()

    assert [text.removeprefix("hey jarvis ") for text in talk.heard] == ["cancel all timers"]


def test_a_pause_inside_a_sentence_does_not_end_it(tmp_path: Path) -> None:
    """H3: speech that resumes belongs to the same turn."""
    parts = speech.say("Hey Jarvis, set a timer for"), pause(0.5), speech.say("ten minutes.")
    talk = Talk(setting(tmp_path), one_exchange(*parts)).run()

    assert talk.heard == ["set a timer for ten minutes"]
    assert [timer.seconds for timer in talk.timers] == [600]


def test_a_cough_after_the_sentence_does_not_swallow_the_answer(tmp_path: Path) -> None:
    """H4."""
    parts = speech.say("Hey Jarvis, set a timer for ten minutes."), pause(0.45), speech.cough()
    talk = Talk(setting(tmp_path), one_exchange(*parts)).run()

    assert [timer.seconds for timer in talk.timers] == [600]
    assert talk.outcomes == ["answered"]


@pytest.mark.parametrize("sound", ["silence", "noise"])
def test_silence_and_noise_become_no_words(tmp_path: Path, sound: str) -> None:
    """H5: after eight seconds without speech it goes back to sleep, silently."""
    after = pause(9.0) if sound == "silence" else speech.noise(9.0, seed=3)
    talk = Talk(setting(tmp_path), one_exchange(speech.say("Hey Jarvis."), after)).run()

    assert talk.heard == []
    assert talk.replies == []
    assert talk.outcomes == ["nothing_heard"]


def test_one_utterance_gets_one_answer(tmp_path: Path) -> None:
    """H6: drafts that were dropped leave no trace."""
    parts = [speech.say("Hey Jarvis, set a timer for")]
    for word in ("ten", "minutes", "please"):
        parts += [pause(0.4), speech.say(word)]
    talk = Talk(setting(tmp_path), one_exchange(*parts)).run()

    assert len(talk.all(TurnEnded)) == 1
    assert len(talk.all(AnswerStarted)) == 1
    assert len(talk.timers) == 1


def test_one_wake_word_wakes_once(tmp_path: Path) -> None:
    """W2."""
    talk = Talk(setting(tmp_path), one_exchange(speech.say("Hey Jarvis, what time is it?"))).run()

    assert talk.wakes == 1


def test_a_follow_up_needs_no_wake_word(tmp_path: Path) -> None:
    def lines(talk: Talk) -> Iterator[Pcm]:
        yield pause(1.6)
        yield from talk.exchange("Hey Jarvis, set a timer for five minutes.", "follow_up")
        yield pause(0.8)
        yield from talk.exchange("Cancel the timer.")

    talk = Talk(setting(tmp_path), lines).run()

    assert talk.heard == ["set a timer for five minutes", "cancel the timer"]
    assert talk.timers == []


def test_a_question_of_our_own_is_answered_without_the_wake_word(tmp_path: Path) -> None:
    """Also when follow-ups are switched off otherwise."""

    def lines(talk: Talk) -> Iterator[Pcm]:
        yield pause(1.6)
        for words in ("Hey Jarvis, set a timer for five minutes.", "Hey Jarvis, set a timer for twenty minutes."):
            yield from talk.exchange(words)
            yield pause(1.7)
        yield from talk.exchange("Hey Jarvis, cancel the timer.", "follow_up")
        yield pause(0.8)
        yield from talk.exchange("The five minute timer.")

    talk = Talk(setting(tmp_path, "[conversation]\nfollow_up_s = 0"), lines).run()

    assert "which" in talk.replies[2].lower()
    assert talk.wakes == 3
    assert [timer.seconds for timer in talk.timers] == [1200]


def test_the_follow_up_opens_when_the_speaker_is_silent(tmp_path: Path) -> None:
    """B2, B3: not when the sound was queued, and not before the answer has begun."""
    talk = Talk(setting(tmp_path), one_exchange(speech.say("Hey Jarvis, set a timer for five minutes."))).run()

    (started,) = [at for event, at in talk.events if isinstance(event, AnswerStarted)]
    (opened,) = [at for event, at in talk.events if isinstance(event, FollowUpOpened)]
    answer = np.abs(talk.room.recording.assistant_samples()) > 0.01
    first, last = np.flatnonzero(answer)[[0, -1]] / OUT_RATE

    assert started <= first + 0.02
    assert opened >= last


def test_a_wake_word_during_an_answer_stops_it_and_listens_again(tmp_path: Path) -> None:
    """B7: and the next turns work."""

    def lines(talk: Talk) -> Iterator[Pcm]:
        yield pause(1.6)
        yield speech.say("Hey Jarvis, what can you do?")
        yield from talk.until("speaking")
        yield pause(1.0)
        yield speech.say("Hey Jarvis.")
        yield from talk.until("listening")
        yield pause(1.0)
        yield from talk.exchange("Set a timer for two minutes.")
        yield pause(1.5)
        yield from talk.exchange("Hey Jarvis, cancel the timer.")

    talk = Talk(setting(tmp_path), lines).run()

    assert talk.outcomes == ["interrupted", "answered", "answered"]
    assert talk.heard[1:] == ["set a timer for two minutes", "cancel the timer"]
    assert talk.timers == []


def test_stop_silences_an_answer_without_a_wake_word(tmp_path: Path) -> None:
    def lines(talk: Talk) -> Iterator[Pcm]:
        yield pause(1.6)
        yield speech.say("Hey Jarvis, what can you do?")
        yield from talk.until("speaking")
        yield pause(1.0)
        yield speech.say("Stop.")
        yield from talk.until("asleep")

    talk = Talk(setting(tmp_path), lines).run()

    assert talk.outcomes == ["stopped"]


def test_a_ringing_timer_is_stopped_by_voice(tmp_path: Path) -> None:
    """B8."""

    def lines(talk: Talk) -> Iterator[Pcm]:
        yield pause(1.6)
        yield from talk.exchange("Hey Jarvis, set a timer for ten seconds.")
        yield from talk.until("speaking")
        yield from talk.until("follow_up")
        yield pause(0.5)
        yield speech.say("Stop.")
        yield pause(1.5)
        yield from talk.until("asleep")
        yield pause(5.0)

    talk = Talk(setting(tmp_path), lines).run()

    assert len(talk.all(TimerFired)) == 1
    assert talk.timers == []
    assert talk.outcomes[-1] == "stopped"
    quiet = talk.room.recording.assistant_samples()[-4 * OUT_RATE :]
    assert np.abs(quiet).max() == 0


def test_a_ringing_timer_gives_up_by_itself(tmp_path: Path) -> None:
    """B8: after as many minutes as are configured, five unless said otherwise."""

    def lines(talk: Talk) -> Iterator[Pcm]:
        yield pause(1.6)
        yield from talk.exchange("Hey Jarvis, set a timer for ten seconds.")
        yield from talk.until("speaking")
        yield pause(20.0)
        yield from talk.until("asleep")
        yield pause(3.0)

    talk = Talk(setting(tmp_path, "[conversation]\nring_minutes = 0.2"), lines).run()

    assert talk.timers == []
    assert talk.assistant.state == "asleep"
    quiet = talk.room.recording.assistant_samples()[-2 * OUT_RATE :]
    assert np.abs(quiet).max() == 0


def test_a_question_without_a_language_model_gets_one_honest_sentence(tmp_path: Path) -> None:
    talk = Talk(setting(tmp_path), one_exchange(speech.say("Hey Jarvis, why is the sky blue?"))).run()

    assert len(talk.replies) == 1
    assert "no language model" in talk.replies[0]
    assert talk.outcomes == ["answered"]


def test_repeat_that_says_the_last_answer_again(tmp_path: Path) -> None:
    def lines(talk: Talk) -> Iterator[Pcm]:
        yield pause(1.6)
        yield from talk.exchange("Hey Jarvis, set a timer for five minutes.")
        yield pause(1.0)
        yield from talk.exchange("Hey Jarvis, repeat that.")

    talk = Talk(setting(tmp_path), lines).run()

    assert talk.replies[0] == talk.replies[1]
    assert len(talk.timers) == 1


@pytest.mark.parametrize("error", [EngineError("There is no memory left; close something."), IndexError()])
def test_a_turn_that_fails_apologises_and_the_next_one_works(tmp_path: Path, error: Exception) -> None:
    """A recogniser that breaks once, in a way that was planned for or not."""

    def break_once(chain: Chain) -> Chain:
        chain.mind.hearing = Hearing(BreaksOnce(chain.mind.hearing.recogniser, error), chain.mind.hearing.wake_words)
        return chain

    def lines(talk: Talk) -> Iterator[Pcm]:
        yield pause(1.6)
        for _ in range(2):
            yield from talk.exchange("Hey Jarvis, set a timer for five minutes.")
            yield pause(2.0)

    talk = Talk(setting(tmp_path), lines, change=break_once).run()

    assert [event.stage for event in talk.all(TurnFailed)] == ["stt"]
    assert talk.outcomes == ["failed", "answered"]
    assert talk.replies[0] == talk.setting.voice.phrases.failed
    assert len(talk.timers) == 1
