"""A sentence flows in, a command flows out; the command flows in, it is carried out and its answer flows out.

`match` and `foresee` have no effects. `perform` changes timers and answers; what only the conversation can do (be
silent, say something again, change the volume) it asks for in the answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final

from voiced.errors import StateError
from voiced.intents.choosing import choose, named
from voiced.intents.durations import as_said, in_seconds
from voiced.intents.grammar import Match, grammar_of
from voiced.intents.timers import Timer, Timers
from voiced.intents.wording import Wording, capital
from voiced.stages import Answer, Clock, Command, MediaOrder, MediaPlayers
from voiced.wakeword import spoken_form, without_wake_word

if TYPE_CHECKING:
    from voiced.intents.automaton import Automaton
    from voiced.intents.nearest import Near, Nearest
    from voiced.intents.pattern import Pattern

LONGEST_S: Final = 7 * 24 * 3600
"""Seconds of the longest timer: nobody waits a week for a chime, and a number misheard must not stay for years."""

STEP: Final = 0.1
"""By how much "louder" changes the volume: ten steps from silent to full, each clearly heard."""

SOFTEST: Final = 0.1
"""Below this, "quieter" does nothing: the answer to "louder" must still be heard. A number may go to 0."""

PATIENCE_S: Final = 30.0
"""Seconds that a question of ours stays open: the reply itself, and the follow-up window with room to spare."""

_PLURAL: Final = frozenset({"HassCancelTimer", "HassPauseTimer", "HassUnpauseTimer"})
"""Intents that can be carried out on several timers at once."""

_ABOUT_ONE: Final = _PLURAL | {"HassIncreaseTimer", "HassDecreaseTimer", "HassTimerStatus"}
"""Intents that are about one of the timers, which has to be named where there are several."""

_BEGIN: Final = _ABOUT_ONE | {"HassMediaPause", "HassMediaUnpause", "HassNevermind"}
"""Intents that one word is enough for, though mostly more follows it."""

_HUSHES: Final = frozenset({"VoicedStop", "HassNevermind"})
"""Intents that mean "be quiet", whatever goes on."""


_OUTWARD: Final = frozenset({"HassMediaPause", "HassMediaUnpause", "HassMediaNext", "HassMediaPrevious"})
"""Intents that act on other programs, so that only doing it tells what comes of it."""


@dataclass(frozen=True, slots=True)
class _Question:
    """What we asked, and what the reply is for."""

    command: Command
    """What the reply completes; its `response` is the phrase that asked."""
    until: float
    """Monotonic seconds."""
    choices: tuple[int, ...] = ()
    """The timers that we named, in that order, by their ids."""


class HassilCommands:
    """The `Commands` of one language, on the templates of hassil and home-assistant-intents."""

    def __init__(
        self,
        language: str,
        timers: Timers,
        clock: Clock,
        wake_words: Sequence[str] = (),
        media: MediaPlayers | None = None,
    ) -> None:
        """Loads and compiles the templates of `language` (half a second). `wake_words`, such as "hey_jarvis", are
        ignored at the beginning of a sentence. Without `media` nothing ever plays. Raises EngineError when there is no
        such language."""
        self._media = media
        self._timers = timers
        self._clock = clock
        self._wake_words = tuple(wake_words)
        self._grammar = grammar_of(language)
        self._wording = Wording(self._grammar)
        self._nearest: Nearest | None = None
        # Set by `perform`, read by `match`, perhaps in another thread; assigning is atomic, and a question that a
        # draft just missed is only a reply not understood.
        self._question: _Question | None = None
        self._handlers: dict[str, Callable[[Command, float], Answer]] = {
            "HassStartTimer": self._start,
            "HassCancelTimer": self._cancel,
            "HassCancelAllTimers": self._cancel_all,
            "HassIncreaseTimer": self._extend,
            "HassDecreaseTimer": self._extend,
            "HassPauseTimer": self._pause,
            "HassUnpauseTimer": self._resume,
            "HassTimerStatus": self._status,
            "VoicedListTimers": self._list,
            "HassGetCurrentTime": lambda _c, _v: Answer(self._wording.time(self._now())),
            "HassGetCurrentDate": lambda _c, _v: Answer(self._wording.date(self._now())),
            "VoicedWeekday": lambda _c, _v: Answer(self._wording.weekday(self._now())),
            "HassSetVolume": self._set_volume,
            "HassSetVolumeRelative": self._change_volume,
            "HassMediaPause": lambda c, _v: self._order(c, "Pause"),
            "HassMediaUnpause": lambda c, _v: self._order(c, "Play"),
            "HassMediaNext": lambda c, _v: self._order(c, "Next"),
            "HassMediaPrevious": lambda c, _v: self._order(c, "Previous"),
            "HassNevermind": lambda _c, _v: self._hush("never_mind"),
            "VoicedStop": lambda _c, _v: self._hush("stop"),
            "VoicedRepeat": lambda _c, _v: Answer("", control="repeat"),
            "VoicedAbilities": lambda _c, _v: Answer(self._wording.say("abilities")),
        }

    # --- understanding --------------------------------------------------------------------------------------------

    def match(self, text: str) -> Command | None:
        """The command that `text` is, or the reply to our last question, or None. No effects; under 10 ms."""
        if self._wake_words:
            text = without_wake_word(text, self._wake_words)
        question = self._question
        if question is not None and self._clock.monotonic() >= question.until:
            question = None
        if question is not None and question.choices and (reply := self._reply(text, question)) is not None:
            return reply
        found = self._grammar.match(text)
        if found is None:
            return None
        if found.response == "bare":
            if question is not None and question.command.response == "how_long":
                return Command(question.command.intent, {**question.command.slots, **found.slots})
            # "just a minute", "one second" are said to people; "ninety seconds" is a timer.
            if list(found.slots.values()) == [1]:
                return None
        response = "default" if found.response == "bare" else found.response
        return Command(found.intent, found.slots, response, self._stops(found), self._whole(found, text))

    def _whole(self, found: Match, text: str) -> bool:
        """Whether it is likely to be all: no length is missing, no timer has to be named yet, and it is more than the
        one word that many commands begin with."""
        if found.response == "how_long" or (found.intent in _BEGIN and len(text.split()) < 2):
            return False
        try:
            return found.intent not in _ABOUT_ONE or named(found.slots) or len(self._timers.all()) < 2
        except StateError:
            return True

    def _stops(self, found: Match) -> bool:
        """Whether it means "be quiet": "stop the timer" does while one rings."""
        if found.intent != "HassCancelTimer":
            return found.intent in _HUSHES
        try:
            return not named(found.slots) and bool(self._timers.ringing())
        except StateError:
            return False

    def _reply(self, text: str, question: _Question) -> Command | None:
        """What was asked for, with the timers that `text` picks from those we named; None when it picks none."""
        slots, asked = self._grammar.reply(text), question.command
        if slots is None:
            return None
        if "all" in slots:
            return Command(asked.intent, {**asked.slots, **slots}) if asked.intent in _PLURAL else None
        if "nth" in slots:
            nth = int(slots["nth"])
            ids = question.choices[nth - 1 :][:1] if nth > 0 else question.choices[-1:]
        else:
            try:
                there = [timer for timer in self._timers.all() if timer.id in question.choices]
            except StateError:
                return None
            ids = tuple(timer.id for timer in choose(there, slots, self._grammar.language)[:1])
        return Command(asked.intent, {**asked.slots, "id": ids[0]}) if ids else None

    # --- carrying out ---------------------------------------------------------------------------------------------

    def perform(self, command: Command, volume: float) -> Answer:
        """Carries `command` out; `volume` is the present one, 0 to 1. Raises StateError when it could not be kept."""
        self._question = None
        return self._handlers[command.intent](command, volume)

    def foresee(self, command: Command, volume: float) -> Answer | None:
        """What `perform` would answer at this moment, without doing it; None where only doing it can tell."""
        if command.intent in _OUTWARD or command.intent in _HUSHES:
            return None
        question = self._question
        try:
            with self._timers.rehearsal():
                return self._handlers[command.intent](command, volume)
        except StateError:
            return None  # whoever performs it will be told why
        finally:
            self._question = question

    def _ask(self, command: Command, phrase: str, choices: Sequence[Timer] = (), **values: object) -> Answer:
        """A question whose reply completes `command`."""
        ids = tuple(timer.id for timer in choices)
        self._question = _Question(replace(command, response=phrase), self._clock.monotonic() + PATIENCE_S, ids)
        return Answer(self._wording.say(phrase, **values), asks=True)

    def _start(self, command: Command, _volume: float) -> Answer:
        seconds, name = in_seconds(command.slots), str(command.slots.get("name", ""))
        if not seconds:
            return self._ask(command, "how_long")
        if seconds > LONGEST_S:
            return Answer(self._wording.say("too_long"))
        timer = self._timers.start(seconds, name)
        return Answer(self._wording.with_length(command.intent, as_said(command.slots), timer.name))

    def _meant(self, command: Command, timers: Sequence[Timer]) -> list[Timer] | Answer:
        """The timers that are meant, or the answer that says why that cannot be told."""
        found = choose(timers, command.slots, self._grammar.language)
        if len(found) == 1 or (found and "all" in command.slots):
            return found
        if found:
            names = self._wording.timers(found, self._clock.time())
            if len(set(names)) == 1:
                return found[:1]  # as like as two eggs: the one that is due first
            return self._ask(command, "which", found, timers=self._wording.listed(names, "or"))
        length = in_seconds(command.slots, "start_")
        if not timers:
            return Answer(self._wording.say("no_timers"))
        if "name" in command.slots:
            return Answer(self._wording.say("no_such_name", name=self._wording.name(str(command.slots["name"]))))
        return Answer(self._wording.say("no_such_length", length=self._wording.length(length or 0)))

    def _cancel(self, command: Command, _volume: float) -> Answer:
        if not named(command.slots) and self._timers.ringing():
            return self._hush("stop")  # "stop the timer" means the one that makes the noise
        meant = self._meant(command, self._timers.all())
        if isinstance(meant, Answer):
            return meant
        self._timers.cancel(*(timer.id for timer in meant))
        if len(meant) > 1:
            return Answer(self._wording.response("HassCancelAllTimers", {"canceled": len(meant)}))
        return Answer(self._wording.response("HassCancelTimer", {}) + ".")

    def _cancel_all(self, command: Command, _volume: float) -> Answer:
        return Answer(self._wording.response(command.intent, {"canceled": self._timers.cancel_all()}))

    def _extend(self, command: Command, _volume: float) -> Answer:
        seconds = in_seconds(command.slots)
        if not seconds:
            return self._ask(command, "how_long")
        ringing = [] if named(command.slots) else self._timers.ringing()
        meant = self._meant(command, ringing or self._timers.all())
        if isinstance(meant, Answer):
            return meant
        timer, now = meant[0], self._clock.time()
        if command.intent == "HassDecreaseTimer":
            if seconds >= timer.seconds_left(now):
                who, left = self._wording.timer(timer), self._wording.left(timer, now)
                return Answer(capital(self._wording.say("only_left", timer=who, left=left)))
            seconds = -seconds
        if timer.seconds_left(now) + seconds > LONGEST_S:
            return Answer(self._wording.say("too_long"))
        self._timers.extend(timer.id, seconds)
        return Answer(self._wording.with_length(command.intent, as_said(command.slots), timer.name))

    def _pause(self, command: Command, _volume: float) -> Answer:
        return self._each(command, lambda timer: not timer.paused, self._timers.pause)

    def _resume(self, command: Command, _volume: float) -> Answer:
        return self._each(command, lambda timer: timer.paused, self._timers.resume)

    def _each(self, command: Command, fits: Callable[[Timer], bool], do: Callable[[int], object]) -> Answer:
        """Pauses or resumes; when nothing is named, only those come into question that are not so already."""
        there = self._timers.running()
        meant = self._meant(command, there if named(command.slots) else list(filter(fits, there)) or there)
        if isinstance(meant, Answer):
            return meant
        for timer in meant:
            do(timer.id)
        return Answer(self._wording.response(command.intent, {}) + ".")

    def _status(self, command: Command, _volume: float) -> Answer:
        there, now = self._timers.all(), self._clock.time()
        if not named(command.slots) and len(there) != 1:
            return Answer(self._wording.overview(there, now))
        meant = self._meant(command, there)
        if isinstance(meant, Answer):
            return meant
        if len(meant) > 1 or meant[0].rings_since is not None:
            return Answer(self._wording.overview(meant, now))
        return Answer(self._wording.status(meant[0], now))

    def _list(self, _command: Command, _volume: float) -> Answer:
        return Answer(self._wording.overview(self._timers.all(), self._clock.time()))

    def _set_volume(self, command: Command, _volume: float) -> Answer:
        return self._volume(float(command.slots["volume_level"]) / 100)

    def _change_volume(self, command: Command, volume: float) -> Answer:
        step = command.slots["volume_step"]
        change = (STEP if step == "up" else -STEP) if isinstance(step, str) else step / 100
        if change > 0 and volume >= 1:
            return Answer(self._wording.say("loudest"), volume=1.0)
        if change < 0 and volume <= SOFTEST:
            return Answer(self._wording.say("softest"), volume=volume)
        return self._volume(max(volume + change, SOFTEST) if change < 0 else volume + change)

    def _volume(self, wanted: float) -> Answer:
        percent = round(100 * min(1.0, max(0.0, wanted)))
        return Answer(self._wording.say("volume", percent=percent), volume=percent / 100)

    def _order(self, command: Command, order: MediaOrder) -> Answer:
        if self._media is None or not self._media.order(order):
            return Answer(self._wording.say("nothing_to_resume" if order == "Play" else "nothing_plays"))
        return Answer(self._wording.response(command.intent, {}) + ".")

    def _hush(self, control: str) -> Answer:
        self._timers.acknowledge()
        return Answer("", control="stop" if control == "stop" else "never_mind")

    # --- for others -----------------------------------------------------------------------------------------------

    def sentences(self, limit: int, seed: int) -> list[str]:
        """`limit` sentences that `match` understands, in plain lower-case words; see `voiced.intents.sampling`."""
        from voiced.intents.sampling import sample

        return sample(self._grammar, limit, seed)

    def source(self, limit: int, seed: int) -> str:
        """A name for these sentences, without drawing them."""
        from voiced.intents.sampling import source

        return source(self._grammar, limit, seed)

    def nearest(self, readings: Sequence[str]) -> "list[Near]":
        """The commands that are nearest to `readings`, the nearest first, each perhaps behind a wake word; see
        `voiced.intents.nearest`."""
        if self._nearest is None:
            from voiced.intents.nearest import Nearest

            self._nearest = Nearest(self._pattern)
        return self._nearest.rank(readings)

    def automaton(self) -> "Automaton":
        """The commands letter by letter, each perhaps behind a wake word, for one thread at a time; see
        `voiced.intents.automaton`."""
        from voiced.intents.automaton import Automaton

        return Automaton(self._pattern)

    @cached_property
    def _pattern(self) -> "Pattern":
        from voiced.intents.pattern import Pattern

        return Pattern(self._grammar, tuple(map(spoken_form, self._wake_words)))

    def due(self, timer: Timer, now: float) -> str:
        """When `timer` came due in words: the time of day, and the date when that was on another day than `now`
        (seconds since 1970)."""
        return self._wording.due(datetime.fromtimestamp(timer.due), datetime.fromtimestamp(now))

    def written(self, name: str) -> str:
        """A timer's name as it is written: "Pizza" in German."""
        return self._wording.name(name)

    def time_left(self, timer: Timer) -> str:
        """What is left on `timer` in words, such as "4 minutes and 30 seconds"."""
        return self._wording.left(timer, self._clock.time())

    def _now(self) -> datetime:
        """The time in the system's time zone, by the rules that hold there at this moment."""
        return datetime.fromtimestamp(self._clock.time())
