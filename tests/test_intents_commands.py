"""Commands carried out, and what is answered; time is moved by hand."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_timers import HandClock
from voiced.errors import EngineError, StateError
from voiced.intents.commands import HassilCommands
from voiced.intents.grammar import grammar_of
from voiced.intents.sampling import WEIGHTS
from voiced.intents.timers import Timer, Timers
from voiced.stages import Answer, Command, Commands


class Talk:
    """Commands, their timers and their clock; `say` is what a conversation does with a sentence: it is foreseen without
    a trace, and then done."""

    def __init__(self, path: Path) -> None:
        self.clock = HandClock()
        self.timers = Timers(path, self.clock)
        self.hassil = HassilCommands("en", self.timers, self.clock, ["hey_jarvis"])
        self.commands: Commands = self.hassil
        self.volume = 0.5

    def say(self, text: str) -> Answer:
        command = self.commands.match(text)
        assert command is not None, f"not understood: {text}"
        before, question = self.timers.all(), self.hassil._question
        foreseen = self.commands.foresee(command, self.volume)
        assert (self.timers.all(), self.hassil._question) == (before, question)
        answer = self.commands.perform(command, self.volume)
        assert foreseen in (answer, None)
        self.volume = self.volume if answer.volume is None else answer.volume
        return answer

    def names(self) -> list[str]:
        return [timer.name for timer in self.timers.running()]


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    made = Talk(tmp_path / "timers.sqlite")
    yield made
    made.timers.close()


@pytest.fixture
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Central European time as a rule, so that no time zone database is needed."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("text", ["set a timer for five minutes", "pause the music", "stop", "never mind"])
def test_what_can_be_foreseen_leaves_no_timer_and_takes_no_number(talk: Talk, text: str) -> None:
    command = talk.commands.match(text)
    assert command is not None
    foreseen = [talk.commands.foresee(command, 0.5) for _ in range(3)]
    assert foreseen == [Answer("Timer set for 5 minutes.") if "timer" in text else None] * 3
    talk.commands.perform(command, 0.5)
    assert [timer.id for timer in talk.timers.all()] == ([1] if "timer" in text else [])


def test_a_timer_is_set_and_its_length_said_back(talk: Talk) -> None:
    assert talk.say("Set a timer for five minutes.").text == "Timer set for 5 minutes."
    assert [timer.seconds for timer in talk.timers.running()] == [300]


@pytest.mark.parametrize(
    ("sentence", "seconds", "answer"),
    [
        ("set a timer for ninety seconds", 90, "Timer set for 90 seconds."),
        ("set a timer for one hour and ten minutes", 4200, "Timer set for 1 hour and 10 minutes."),
        ("set a timer for 1.5 hours", 5400, "Timer set for 1 hour and 30 minutes."),
        ("set a timer for two and a half minutes", 150, "Timer set for 2 minutes and 30 seconds."),
        ("set a timer for half an hour", 1800, "Timer set for 30 minutes."),
        ("set a timer for one minute", 60, "Timer set for 1 minute."),
        ("set a ten minute Pizza timer", 600, "Timer set for 10 minutes named pizza."),
        ("set a timer for 2 hours 3 minutes and 4 seconds", 7384, "Timer set for 2 hours, 3 minutes and 4 seconds."),
    ],
)
def test_lengths_are_said_back_as_they_were_said(talk: Talk, sentence: str, seconds: int, answer: str) -> None:
    assert talk.say(sentence).text == answer
    assert [timer.seconds for timer in talk.timers.running()] == [seconds]


def test_matching_alone_changes_nothing(talk: Talk) -> None:
    assert talk.commands.match("set a timer for five minutes") == Command("HassStartTimer", {"minutes": 5})
    assert talk.timers.all() == []


def test_what_is_left_is_told_of_one_timer(talk: Talk) -> None:
    talk.say("set a timer for five minutes")
    talk.clock.now += 61
    assert talk.say("how much time is left").text == "4 minutes left."
    talk.clock.now += 230
    assert talk.say("How long is left on the timer?").text == "9 seconds left."


def test_all_timers_are_told_when_none_is_named(talk: Talk) -> None:
    assert talk.say("how much time is left").text == "No timers."
    talk.say("set a pizza timer for ten minutes")
    talk.say("set a timer for 90 seconds")
    expected = "There are 2 timers: 1 minute and 30 seconds on the 90 second timer and 10 minutes on the pizza timer."
    assert talk.say("how much time is left").text == expected
    assert talk.say("which timers are running").text == expected
    assert talk.say("how long is left on the pizza timer").text == "10 minutes left."


def test_a_timer_is_cancelled_by_name_and_by_length(talk: Talk) -> None:
    talk.say("set a pizza timer for ten minutes")
    talk.say("set a timer for ten minutes")
    talk.say("set a timer for five minutes")
    assert talk.say("cancel the pizza timer").text == "Timer cancelled."
    assert talk.say("cancel the five minute timer").text == "Timer cancelled."
    assert [(timer.name, timer.seconds) for timer in talk.timers.running()] == [("", 600)]


def test_two_timers_and_none_named_is_a_question_and_the_reply_is_understood(talk: Talk) -> None:
    talk.say("set a pizza timer for ten minutes")
    talk.say("set a five minute timer")
    answer = talk.say("cancel the timer")
    assert answer == Answer("Which one, the 5 minute timer or the pizza timer?", asks=True)
    assert talk.names() == ["", "pizza"]
    assert talk.say("The pizza timer, please.").text == "Timer cancelled."
    assert talk.names() == [""]


@pytest.mark.parametrize(
    ("reply", "gone"), [("the pizza one", "pizza"), ("five minutes", ""), ("the last one", "pizza"), ("the first", "")]
)
def test_a_question_may_be_answered_in_many_ways(talk: Talk, reply: str, gone: str) -> None:
    talk.say("set a pizza timer for ten minutes")
    talk.say("set a five minute timer")
    talk.say("cancel the timer")
    talk.say(reply)
    assert gone not in talk.names()
    assert len(talk.names()) == 1


def test_both_may_be_the_answer(talk: Talk) -> None:
    talk.say("set a pizza timer for ten minutes")
    talk.say("set a five minute timer")
    talk.say("cancel the timer")
    assert talk.say("both").text == "Canceled 2 timers."


def test_a_question_that_is_not_answered_is_forgotten(talk: Talk) -> None:
    talk.say("set a pizza timer for ten minutes")
    talk.say("set a five minute timer")
    talk.say("cancel the timer")
    talk.clock.now += 31
    assert talk.commands.match("the pizza timer") is None
    talk.say("cancel the timer")
    talk.say("what time is it")
    assert talk.commands.match("the pizza timer") is None


def test_an_everyday_sentence_is_no_reply(talk: Talk) -> None:
    talk.say("set a pizza timer for ten minutes")
    talk.say("set a five minute timer")
    talk.say("cancel the timer")
    assert talk.commands.match("the weather") is None
    assert talk.commands.match("who was the first man on the moon") is None


def test_timers_that_cannot_be_told_apart_are_not_asked_about(talk: Talk) -> None:
    talk.say("set a two minute timer")
    talk.say("set a two minute timer")
    assert talk.say("cancel the timer").text == "Timer cancelled."
    assert len(talk.names()) == 1


def test_timers_of_the_same_name_are_told_apart_by_what_is_left(talk: Talk) -> None:
    talk.say("set an egg timer for five minutes")
    talk.clock.now += 60
    talk.say("set an egg timer for five minutes")
    assert talk.say("cancel the egg timer").text == (
        "Which one, the egg timer with 4 minutes left or the egg timer with 5 minutes left?"
    )
    talk.say("the second one")
    assert [timer.seconds_left(talk.clock.now) for timer in talk.timers.running()] == [240]


def test_a_timer_that_does_not_exist_is_an_honest_sentence(talk: Talk) -> None:
    assert talk.say("cancel the timer").text == "There is no timer running."
    talk.say("set a pizza timer for ten minutes")
    assert talk.say("cancel the tea timer").text == "There is no timer called tea."
    assert talk.say("how much time is left on the tea timer").text == "There is no timer called tea."
    assert talk.say("cancel the 7 minute timer").text == "There is no 7 minute timer."
    assert talk.names() == ["pizza"]


@pytest.mark.parametrize(("given", "said"), [("table five", "table 5"), ("pizza", "pizzas"), ("pasta", "past a")])
def test_names_are_found_again_however_a_recogniser_spells_them(talk: Talk, given: str, said: str) -> None:
    talk.say(f"set a timer for ten minutes called {given}")
    talk.say("set a timer for ten minutes called laundry")
    talk.timers.cancel(*[timer.id for timer in talk.timers.all() if timer.name == "laundry"])
    talk.say("set a two minute timer")
    talk.hassil.perform(Command("HassCancelTimer", {"name": said}), 0.5)
    assert talk.names() == [""]


def test_all_timers_are_cancelled_and_counted(talk: Talk) -> None:
    for length in ("five", "six", "seven"):
        talk.say(f"set a {length} minute timer")
    assert talk.say("Cancel all timers.").text == "Canceled 3 timers."
    assert talk.say("cancel all timers").text == "No timers were canceled."


def test_time_is_added_and_removed(talk: Talk) -> None:
    talk.say("set a timer for ten minutes")
    assert talk.say("add two minutes to the timer").text == "2 minutes added to timer."
    assert talk.say("take thirty seconds off the timer").text == "30 seconds removed from timer."
    assert [timer.seconds_left(talk.clock.now) for timer in talk.timers.running()] == [690]


def test_more_than_is_left_is_not_removed(talk: Talk) -> None:
    talk.say("set a timer for two minutes")
    assert talk.say("take five minutes off the timer").text == "The 2 minute timer has only 2 minutes left."
    assert [timer.seconds_left(talk.clock.now) for timer in talk.timers.running()] == [120]


def test_a_timer_is_paused_and_resumed(talk: Talk) -> None:
    talk.say("set a timer for ten minutes")
    assert talk.say("pause the timer").text == "Timer paused."
    talk.clock.now += 3600
    assert talk.say("how much time is left").text == "Timer is paused. 10 minutes left."
    assert talk.say("resume the timer").text == "Timer resumed."
    assert talk.timers.next_due() == talk.clock.now + 600


def test_only_the_paused_one_is_resumed_without_a_question(talk: Talk) -> None:
    talk.say("set a pizza timer for ten minutes")
    talk.say("set a tea timer for three minutes")
    talk.say("pause the tea timer")
    talk.say("resume the timer")
    assert not any(timer.paused for timer in talk.timers.running())


def test_a_timer_without_a_length_is_asked_for_it_and_keeps_its_name(talk: Talk) -> None:
    assert talk.say("set a tea timer") == Answer("For how long?", asks=True)
    assert talk.say("Three minutes.").text == "Timer set for 3 minutes named tea."


def test_one_minute_is_a_length_only_when_we_asked(talk: Talk) -> None:
    assert talk.commands.match("just a minute") is None
    assert talk.commands.match("one second") is None
    talk.say("set a timer")
    assert talk.say("one minute").text == "Timer set for 1 minute."


def test_nothing_and_too_much_are_no_length(talk: Talk) -> None:
    assert talk.say("set a timer for zero minutes").asks
    assert talk.say("set a timer for 99999 minutes").text == "I can set timers for up to a week."
    assert talk.timers.all() == []


@pytest.mark.parametrize("sentence", ["Stop!", "stop the timer", "be quiet", "turn off the alarm", "never mind"])
def test_a_ringing_timer_is_stopped_by_voice(talk: Talk, sentence: str) -> None:
    """B8: "stop" and its like end the ringing."""
    talk.say("set a ten second timer")
    talk.say("set a one hour timer")
    talk.clock.now += 10
    talk.timers.come_due(talk.clock.now)
    assert len(talk.timers.ringing()) == 1
    command = talk.commands.match(sentence)
    assert command is not None
    assert command.stops
    assert talk.say(sentence).control in ("stop", "never_mind")
    assert talk.timers.ringing() == []
    assert [timer.seconds for timer in talk.timers.running()] == [3600]


def test_only_what_means_be_quiet_stops(talk: Talk) -> None:
    """B4: such a word is heeded even while we speak ourselves; cancelling a timer that does not ring is not one."""
    talk.say("set a ten minute timer")
    stops = {}
    for sentence in ("stop", "shut up", "never mind", "cancel the timer", "what time is it", "cancel all timers"):
        command = talk.commands.match(sentence)
        assert command is not None
        stops[sentence] = command.stops
    assert [sentence for sentence in stops if stops[sentence]] == ["stop", "shut up", "never mind"]


def test_five_more_minutes_lets_a_ringing_timer_run_again(talk: Talk) -> None:
    talk.say("set a ten second egg timer")
    talk.say("set a one hour timer")
    talk.clock.now += 10
    talk.timers.come_due(talk.clock.now)
    assert talk.say("five more minutes").text == "5 minutes added to timer named egg."
    assert talk.timers.ringing() == []
    assert talk.timers.next_due() == talk.clock.now + 300


def test_a_ringing_timer_is_told_as_ringing(talk: Talk) -> None:
    talk.say("set a ten second egg timer")
    talk.clock.now += 10
    talk.timers.come_due(talk.clock.now)
    assert talk.say("how much time is left").text == "There is one timer: the egg timer is ringing."


def test_what_only_the_conversation_can_do_is_asked_of_it(talk: Talk) -> None:
    assert talk.say("stop") == Answer("", control="stop")
    assert talk.say("never mind") == Answer("", control="never_mind")
    assert talk.say("repeat that") == Answer("", control="repeat")


def test_the_volume_is_set_and_changed(talk: Talk) -> None:
    assert talk.say("set the volume to thirty percent") == Answer("Volume 30 percent.", volume=0.3)
    assert talk.say("louder") == Answer("Volume 40 percent.", volume=0.4)
    assert talk.say("turn it down by 15 percent") == Answer("Volume 25 percent.", volume=0.25)
    assert talk.say("Set the volume to 100%.").volume == 1.0
    assert talk.say("turn it up") == Answer("This is as loud as I can be.", volume=1.0)


def test_quieter_never_becomes_silence_but_a_number_may(talk: Talk) -> None:
    for _ in range(12):
        answer = talk.say("quieter")
    assert answer == Answer("This is as quiet as I can be.", volume=0.1)
    assert talk.say("volume zero").volume == 0.0


@pytest.mark.usefixtures("in_berlin")
def test_time_and_date_are_those_of_the_place_summer_and_winter(talk: Talk) -> None:
    talk.clock.now = 1_792_889_999.0  # 2026-10-25 00:59:59 UTC, the last second of summer time
    assert talk.say("what time is it").text == "2:59 AM"
    talk.clock.now += 1
    assert talk.say("what time is it").text == "2:00 AM"
    talk.clock.now = 1_798_758_000.0  # 2026-12-31 23:00 UTC
    assert talk.say("what's the date").text == "January 1st, 2027"
    assert talk.say("what day is it").text == "It is Friday, January 1st, 2027."
    assert talk.say("what time is it").text == "12:00 AM"


@pytest.mark.usefixtures("in_berlin")
def test_a_timer_keeps_its_length_over_the_change_to_winter_time(talk: Talk) -> None:
    talk.clock.now = 1_792_886_400.0  # 2026-10-25 00:00 UTC
    talk.say("set a timer for two hours")
    talk.clock.now += 7199
    assert talk.timers.come_due(talk.clock.now) == []
    talk.clock.now += 1
    assert len(talk.timers.come_due(talk.clock.now)) == 1


@pytest.mark.usefixtures("in_berlin")
def test_when_a_timer_came_due_is_told_with_the_date_on_another_day(talk: Talk) -> None:
    noon = 1_792_926_000.0  # 2026-10-25 12:00 CET
    timer = Timer(1, "pizza", 60, noon)
    assert talk.hassil.due(timer, noon + 60) == "12:00 PM"
    assert talk.hassil.due(timer, noon + 86_400) == "12:00 PM, October 25th, 2026"


def test_the_wake_word_in_front_is_ignored(talk: Talk) -> None:
    assert talk.say("Hey Jarvis, set a timer for five minutes.").text == "Timer set for 5 minutes."


def test_a_disk_that_cannot_be_written_is_an_error_not_a_confirmation(talk: Talk, tmp_path: Path) -> None:
    command = talk.commands.match("set a timer for five minutes")
    assert command is not None
    (tmp_path / "timers.sqlite").unlink()
    (tmp_path / "timers.sqlite").mkdir()
    with pytest.raises(StateError):
        talk.commands.perform(command, 0.5)


def test_everything_that_can_be_matched_can_be_carried_out(talk: Talk) -> None:
    """Every intent of the grammar has a handler; sampled sentences reach all of them, but for those about music, which
    are drawn never: pocketsphinx is not told of them."""
    seen = set()
    for sentence in talk.hassil.sentences(400, seed=3):
        command = talk.commands.match(sentence)
        if command is not None:
            seen.add(command.intent)
            answer = talk.commands.perform(command, 0.5)
            assert answer.text or answer.control, sentence
            assert "{" not in answer.text, answer.text
    every = set(grammar_of("en").intents.intents)
    assert seen == {intent for intent in every if WEIGHTS.get(intent, 1.0) > 0}


def test_a_language_without_commands_is_one_sentence(tmp_path: Path) -> None:
    clock = HandClock()
    expected = r"no commands in the language 'tlh'; choose a voice that speaks de, en, es, fr\."
    with pytest.raises(EngineError, match=expected):
        HassilCommands("tlh", Timers(tmp_path / "t", clock), clock)
