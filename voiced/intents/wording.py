"""What happened flows in, the sentence that says so flows out: the package's responses, or ours where they say more."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from voiced.errors import EngineError
from voiced.intents.durations import UNITS, as_set, parts, rounded
from voiced.intents.grammar import Grammar
from voiced.intents.timers import Timer


class Wording:
    """Sentences in one language."""

    def __init__(self, grammar: Grammar) -> None:
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        self._responses = {intent: dict(told) for intent, told in grammar.responses.items() if told}
        for intent, told in grammar.own.get("responses", {}).items():
            self._responses.setdefault(intent, {}).update(told)
        self._phrases: dict[str, str] = grammar.own["phrases"]
        self._units: dict[str, list[str]] = grammar.own["number_units"]
        self._lengths: dict[str, list[str]] = grammar.own["length_units"]
        self._weekdays: list[str] = grammar.own["weekdays"]
        self._months: list[str] = grammar.own["months"]
        self._small: list[str] | None = grammar.own.get("small_in_names")  # None where nouns have no capitals
        # The templates come with a package, but what they are filled with comes out of people's mouths.
        self._jinja = ImmutableSandboxedEnvironment(autoescape=False)

    # --- responses: the package's, and ours in their place --------------------------------------------------------

    def response(self, intent: str, slots: Mapping[str, Any], key: str = "default") -> str:
        """The response to an intent. Raises EngineError when there is none or it cannot be filled in."""
        from jinja2 import TemplateError

        try:
            text = self._jinja.from_string(self._responses[intent][key]).render(slots=slots)
        except (KeyError, TypeError, ValueError, TemplateError) as error:
            raise EngineError(f"home-assistant-intents has no usable response to {intent}: {error}.") from error
        return " ".join(text.split())

    def with_length(self, intent: str, units: Mapping[str, int], name: str) -> str:
        """The response to a timer being set or changed by so many hours, minutes and seconds."""
        slots: dict[str, str] = {unit: str(value) for unit, value in units.items()}
        slots["length"] = self._joined(units)
        if name:
            slots["name"] = self.name(name)
        return _sentence(self.response(intent, slots))

    def status(self, timer: Timer, now: float) -> str:
        """What is left on one timer."""
        slots = {"timers": [_facts(timer, now)], "left": self.left(timer, now)}
        return _sentence(self.response("HassTimerStatus", slots))

    def no_timers(self) -> str:
        return self.response("HassTimerStatus", {"timers": []})

    def time(self, moment: datetime, key: str = "default") -> str:
        """The time of day, such as "3:05 PM"; with the key "moment" as a part of a sentence."""
        return self._moment("HassGetCurrentTime", {"time": moment.time()}, key)

    def date(self, moment: datetime, key: str = "default") -> str:
        """The date, such as "November 24th, 2026"; with the key "moment" as a part of a sentence."""
        slots = {"date": moment.date(), "month": self._months[moment.month - 1]}
        return self._moment("HassGetCurrentDate", slots, key)

    def _moment(self, intent: str, slots: Mapping[str, Any], key: str) -> str:
        """English answers a question for the time with nothing but the time: one response does both there."""
        return self.response(intent, slots, key if key in self._responses[intent] else "default")

    def weekday(self, moment: datetime) -> str:
        return self.say("weekday", weekday=self._weekdays[moment.weekday()], date=self.date(moment, "moment"))

    def due(self, moment: datetime, now: datetime) -> str:
        """When something came due: the time of day, and the date when that was on another day than `now`."""
        time = self.time(moment, "moment")
        if moment.date() == now.date():
            return time
        return self.say("time_and_date", time=time, date=self.date(moment, "moment"))

    # --- our own ------------------------------------------------------------------------------------------------

    def say(self, key: str, **values: object) -> str:
        """The phrase `key` of `sentences/LANGUAGE.yaml`, filled in."""
        return self._phrases[key].format(**values)

    def name(self, name: str) -> str:
        """A timer's name as it is written: with capitals where nouns have them."""
        small = self._small
        if small is None:
            return name
        return re.sub(r"[^\W\d_][\w'’]*", lambda word: word[0] if word[0] in small else capital(word[0]), name)

    def duration(self, seconds: float) -> str:
        """A length in words, such as "1 hour and 10 minutes"."""
        return self._joined(parts(max(1, round(seconds))))

    def _joined(self, units: Mapping[str, int]) -> str:
        return self.listed([f"{value} {self._units[unit][value != 1]}" for unit, value in units.items()])

    def length(self, seconds: int) -> str:
        """A length as an adjective, such as "10 minute"."""
        told = [self._lengths[unit][value != 1].format(value) for unit, value in as_set(seconds).items()]
        return self._phrases["length_joint"].join(told)

    def timer(self, timer: Timer) -> str:
        """A timer as a person would call it, such as "the pizza timer" or "the 10 minute timer"."""
        if timer.name:
            return self.say("named_timer", name=self.name(timer.name))
        return self.say("plain_timer", length=self.length(timer.seconds))

    def timers(self, timers: Sequence[Timer], now: float) -> list[str]:
        """Several timers, told apart by what is left when they are called the same."""
        names = [self.timer(timer) for timer in timers]
        return [
            self.say("same_timer", timer=name, left=self.left(timer, now)) if names.count(name) > 1 else name
            for name, timer in zip(names, timers, strict=True)
        ]

    def left(self, timer: Timer, now: float) -> str:
        """What is left on a timer, in words, rounded."""
        return self.duration(rounded(timer.seconds_left(now)))

    def overview(self, timers: Sequence[Timer], now: float) -> str:
        """All timers and what is left on each."""
        if not timers:
            return self.no_timers()
        told = []
        for timer in timers:
            key = "rings" if timer.rings_since is not None else "paused_on" if timer.paused else "left_on"
            told.append(self.say(key, timer=self.timer(timer), left=self.left(timer, now)))
        key = "one_timer" if len(told) == 1 else "many_timers"
        return self.say(key, count=len(told), timers=self.listed(told))

    def listed(self, things: Sequence[str], joint: str = "and") -> str:
        """ "a", "a and b", "a, b and c"."""
        word = self._phrases[joint]
        return f" {word} ".join(filter(None, [", ".join(things[:-1]), *things[-1:]]))


def capital(text: str) -> str:
    """`text` with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def _sentence(text: str) -> str:
    """`text` as a sentence, with a full stop, which the package's responses have only sometimes."""
    return capital(text) + ("" if text.endswith((".", "!", "?")) else ".")


def _facts(timer: Timer, now: float) -> dict[str, object]:
    """A timer as the package's status response wants it. All three `rounded_…` together are what is left."""
    seconds = timer.seconds_left(now)
    left, start = parts(rounded(seconds)), parts(timer.seconds)
    facts: dict[str, object] = {
        "is_active": not timer.paused,
        "name": timer.name,
        "area": "",
        "total_seconds_left": seconds,
    }
    for unit in UNITS:
        facts[f"rounded_{unit}_left"] = left.get(unit, 0)
        facts[f"start_{unit}"] = start.get(unit, 0)
    return facts
