"""Sentences that must be understood, sentences that must not, and lengths spelled in every way."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from num2words import num2words  # type: ignore[import-untyped]

from voiced.intents.durations import as_said, as_set, in_seconds, parts, rounded
from voiced.intents.grammar import Grammar, grammar_of


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return grammar_of("en")


UNDERSTOOD = {
    "set a timer for five minutes": ("HassStartTimer", {"minutes": 5}),
    "Set a timer for 5 minutes.": ("HassStartTimer", {"minutes": 5}),
    "Set a five-minute timer, please.": ("HassStartTimer", {"minutes": 5}),
    "Set a 10-minute pizza timer.": ("HassStartTimer", {"minutes": 10, "name": "pizza"}),
    "set a ten minute pizza timer": ("HassStartTimer", {"minutes": 10, "name": "pizza"}),
    "set a pizza timer for ten minutes": ("HassStartTimer", {"minutes": 10, "name": "pizza"}),
    "Set a timer for the eggs for six minutes": ("HassStartTimer", {"minutes": 6, "name": "eggs"}),
    "set a timer called tea for 90 seconds": ("HassStartTimer", {"seconds": 90, "name": "tea"}),
    "pizza timer ten minutes": ("HassStartTimer", {"minutes": 10, "name": "pizza"}),
    "ninety seconds": ("HassStartTimer", {"seconds": 90}),
    "Set a timer for one hour and ten minutes.": ("HassStartTimer", {"hours": 1, "minutes": 10}),
    "Set a timer for 1 hour, 10 minutes.": ("HassStartTimer", {"hours": 1, "minutes": 10}),
    "a timer for half an hour": ("HassStartTimer", {"minutes": 30}),
    "two and a half minutes": ("HassStartTimer", {"minutes": 2, "seconds": 30}),
    "set a timer for 2½ minutes": ("HassStartTimer", {"minutes": 2.5}),
    "set a timer for 2 1/2 minutes": ("HassStartTimer", {"minutes": 2.5}),
    "set a timer for an hour and a half": ("HassStartTimer", {"hours": 1, "minutes": 30}),
    "set a timer for a quarter of an hour": ("HassStartTimer", {"minutes": 15}),
    "set a timer for a couple of minutes": ("HassStartTimer", {"minutes": 2}),
    "set a timer for 30s": ("HassStartTimer", {"seconds": 30}),
    "set a timer for 15 mins": ("HassStartTimer", {"minutes": 15}),
    "set a timer for a hundred and twenty seconds": ("HassStartTimer", {"seconds": 120}),
    "wake me in 20 minutes": ("HassStartTimer", {"minutes": 20}),
    "hey, could you set a timer for five minutes please": ("HassStartTimer", {"minutes": 5}),
    "Okay, set a timer for 5 minutes now, thank you.": ("HassStartTimer", {"minutes": 5}),
    "SET A TIMER FOR FIVE MINUTES!": ("HassStartTimer", {"minutes": 5}),
    "set a timer": ("HassStartTimer", {}),
    "cancel the pizza timer": ("HassCancelTimer", {"name": "pizza"}),
    "Stop the 10-minute timer.": ("HassCancelTimer", {"start_minutes": 10}),
    "turn the alarm off": ("HassCancelTimer", {}),
    "cancel all my timers": ("HassCancelAllTimers", {}),
    "how much time is left": ("HassTimerStatus", {}),
    "How long is left on the pizza timer?": ("HassTimerStatus", {"name": "pizza"}),
    "how much longer does the pizza timer have": ("HassTimerStatus", {"name": "pizza"}),
    "add two minutes to the timer": ("HassIncreaseTimer", {"minutes": 2}),
    "Add 2 minutes to the pizza timer.": ("HassIncreaseTimer", {"minutes": 2, "name": "pizza"}),
    "another five minutes": ("HassIncreaseTimer", {"minutes": 5}),
    "take a minute off the timer": ("HassDecreaseTimer", {"minutes": 1}),
    "pause the timer": ("HassPauseTimer", {}),
    "resume the tea timer": ("HassUnpauseTimer", {"name": "tea"}),
    "which timers are running?": ("VoicedListTimers", {}),
    "do i have any timers": ("VoicedListTimers", {}),
    "What time is it?": ("HassGetCurrentTime", {}),
    "what's the time": ("HassGetCurrentTime", {}),
    "What’s the date?": ("HassGetCurrentDate", {}),
    "what's today's date": ("HassGetCurrentDate", {}),
    "What day is it?": ("VoicedWeekday", {}),
    "what day of the week is it today": ("VoicedWeekday", {}),
    "set the volume to thirty percent": ("HassSetVolume", {"volume_level": 30}),
    "Set the volume to 30%.": ("HassSetVolume", {"volume_level": 30}),
    "turn the volume down to 20 percent": ("HassSetVolume", {"volume_level": 20}),
    "turn it up": ("HassSetVolumeRelative", {"volume_step": "up"}),
    "Louder!": ("HassSetVolumeRelative", {"volume_step": "up"}),
    "a bit quieter please": ("HassSetVolumeRelative", {"volume_step": "down"}),
    "you are too loud": ("HassSetVolumeRelative", {"volume_step": "down"}),
    "volume up by ten percent": ("HassSetVolumeRelative", {"volume_step": 10}),
    "turn the volume down by ten": ("HassSetVolumeRelative", {"volume_step": -10}),
    "turn the volume up by ten": ("HassSetVolumeRelative", {"volume_step": 10}),
    "set the volume to ten": ("HassSetVolume", {"volume_level": 10}),
    "Stop.": ("VoicedStop", {}),
    "shut up": ("VoicedStop", {}),
    "Never mind.": ("HassNevermind", {}),
    "Cancel.": ("HassNevermind", {}),
    "Repeat that.": ("VoicedRepeat", {}),
    "could you say that again": ("VoicedRepeat", {}),
    "what did you say": ("VoicedRepeat", {}),
    "what can you do": ("VoicedAbilities", {}),
}

EVERYDAY = """
how long does it take to boil an egg
what time did the war end
stop and think about it
stop the world i want to get off
what is the best timer for ten minutes of exercise
tell me about the date of the battle of hastings
how many minutes are in an hour
how many seconds are there in ninety minutes
what is a timer
set the table for five people
turn up the heat
turn the page
who invented the alarm clock
what was the volume of a sphere
just a minute
one second please
give me a second
what day did rome fall
what time is it in london
what time does the train leave
what's the time complexity of quicksort
cancel my subscription to the newspaper
how do i cancel a timer on my oven
remind me to call mum
what is thirty percent of two hundred
repeat after me hello world
say it loud and proud
never mind the gap
louder than bombs is an album
how far is the moon
how old is the queen
tell me a joke about time
add two and two
add milk to the shopping list
pause for effect
who said that
what did you say your name was
can you help me write a letter
help wanted
how long is a marathon
how long is left in the football game
how much time do i need to cook rice
how much is a pound of sugar
is the timer on the oven broken in general
how long have you been alive
when does the film end
when is easter
what is the date of the next full moon
i have a date today
do you have the time to talk
five people walked ten minutes to the station
the marathon took three hours and ten minutes
it took me ninety seconds to do it
quiet places in the city
be a good listener
thanks for watching
thank you
you
good morning
turn the lights on in the kitchen
set the alarm system to armed
why is the sky blue
""".strip().splitlines()


@pytest.mark.parametrize("sentence", UNDERSTOOD)
def test_a_command_is_understood(grammar: Grammar, sentence: str) -> None:
    found = grammar.match(sentence)
    assert found is not None
    assert (found.intent, found.slots) == UNDERSTOOD[sentence]


@pytest.mark.parametrize("sentence", EVERYDAY)
def test_an_everyday_sentence_is_no_command(grammar: Grammar, sentence: str) -> None:
    found = grammar.match(sentence)
    # A bare unit, as in "just a minute", is told apart where it is known whether a length was asked for.
    assert found is None or (found.response == "bare" and list(found.slots.values()) == [1])


def test_what_this_device_cannot_do_is_not_understood(grammar: Grammar) -> None:
    for sentence in (
        "cancel the timer in the kitchen",
        "set the kitchen volume to 20",
        "turn off the light in 5 minutes",
    ):
        found = grammar.match(sentence)
        assert found is None or found.intent == "HassCancelTimer"
        assert found is None or "area" not in found.slots


def test_no_template_needs_a_list_that_is_not_there(grammar: Grammar) -> None:
    for intent in grammar.intents.intents.values():
        assert any(data.sentences for data in intent.data), intent.name
        for data in intent.data:
            for sentence in data.sentences:
                names = set(sentence.list_names({**grammar.intents.expansion_rules, **data.expansion_rules}))
                assert names <= {*grammar.intents.slot_lists, *data.slot_lists}


SCRAPS = ["a", "the", "timer", "for", "%", "{name}", "<", ">", "[", "]", "|", "½", "5", ".", "'", "ten"]


def spelled(value: int, unit: str, words: bool) -> str:
    return f"{num2words(value) if words else value} {unit if value != 1 else unit[:-1]}"


@given(
    hours=st.integers(0, 99),
    minutes=st.integers(0, 120),
    seconds=st.integers(0, 200),
    words=st.booleans(),
    joint=st.sampled_from([" and ", ", ", " ", ", and "]),
    frame=st.sampled_from(["set a timer for {}", "Set a timer for {}.", "start a timer for {} please", "timer for {}"]),
)
@settings(max_examples=150, deadline=None)
def test_a_length_in_words_or_digits_is_the_timers_length(
    grammar: Grammar, hours: int, minutes: int, seconds: int, words: bool, joint: str, frame: str
) -> None:
    given_ = {"hours": hours, "minutes": minutes, "seconds": seconds}
    said = joint.join(spelled(value, unit, words) for unit, value in given_.items() if value)
    if not said:
        return
    found = grammar.match(frame.format(said))
    assert found is not None, frame.format(said)
    assert found.intent == "HassStartTimer"
    assert in_seconds(found.slots) == hours * 3600 + minutes * 60 + seconds
    assert as_said(found.slots) == {unit: value for unit, value in given_.items() if value}


@given(value=st.integers(1, 99), unit=st.sampled_from(["hour", "minute"]), words=st.booleans())
@settings(max_examples=40, deadline=None)
def test_and_a_half_is_half_of_the_unit(grammar: Grammar, value: int, unit: str, words: bool) -> None:
    number = num2words(value) if words else str(value)
    found = grammar.match(f"set a timer for {number} and a half {unit}s")
    assert found is not None
    assert in_seconds(found.slots) == (value * 2 + 1) * {"hour": 1800, "minute": 30}[unit]


@given(text=st.text(max_size=80) | st.lists(st.sampled_from(SCRAPS)).map(" ".join))
@settings(max_examples=200, deadline=None)
def test_no_text_whatsoever_is_an_error(grammar: Grammar, text: str) -> None:
    found = grammar.match(text)
    assert found is None or found.intent in grammar.intents.intents
    grammar.reply(text)


def test_a_match_takes_milliseconds_and_long_texts_do_too(grammar: Grammar) -> None:
    """Generous, since other work may run beside: 10 ms are usual for the worst, 30 the limit for the mean."""
    texts = [*UNDERSTOOD, *EVERYDAY, "set a timer for " * 50, "the pizza timer " * 200]
    began = time.process_time()
    for text in texts:
        grammar.match(text)
    assert (time.process_time() - began) / len(texts) < 0.03


@given(st.integers(1, 700_000))
@settings(max_examples=100)
def test_splitting_a_length_loses_nothing(seconds: int) -> None:
    assert in_seconds({**parts(seconds)}) == seconds
    assert in_seconds({**as_set(seconds)}) == seconds
    assert abs(rounded(seconds) - seconds) <= max(0.5, seconds * 0.05)


@pytest.mark.parametrize(
    ("seconds", "name"),
    [
        (90, {"seconds": 90}),
        (60, {"minutes": 1}),
        (5400, {"minutes": 90}),
        (3600, {"hours": 1}),
        (4200, {"minutes": 70}),
    ],
)
def test_a_timer_is_called_by_the_length_that_people_would_say(seconds: int, name: dict[str, int]) -> None:
    assert as_set(seconds) == name
