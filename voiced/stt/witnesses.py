"""An utterance flows in, words flow out: two recognisers that err differently, and the commands to judge them by.

Whisper writes what it heard, and a small one is often a letter or two off ("turn olive room live"). pocketsphinx, told
of the commands, knows no other words, and takes the likeliest. Where one command is near to what both have read, and
Whisper, asked, finds it hardly less likely than its own words, it was said; where none is, the words stand of the one
that seems to know the speaker: docs/decisions/two-witnesses.md.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from typing import Final, Protocol

from rapidfuzz.distance import Levenshtein

from voiced.stages import Cancelled, Pcm, Recogniser, Transcription, never
from voiced.stt.search import Sentences
from voiced.stt.spelling import Speller, Spelling
from voiced.stt.sphinx import Readings, SphinxRecogniser
from voiced.wakeword import without_wake_word

BOTH: Final = 0.75
"""Cost up to which a command is taken for what two recognisers read: the mean distance from both, in letters to change
per letter, and `DOUBT` of what it is less likely than Whisper's own words, in nepers per letter. Of 240 everyday
sentences by unheard synthesisers the nearest costs 1.16, of 400 commands all but 20 less than 0.44."""

DOUBT: Final = 0.5
"""How much of that. From 0.25 to 1 it makes no difference to speak of, with a limit to match."""

ALONE: Final = 0.15
"""Distance from the reading up to which a command is taken where only Whisper was asked: a grown-up one errs by a
letter ("five minuets"), not by a word."""

SURE: Final = -0.08
"""Average log probability of a letter from which on a whole command of a small Whisper's own stands against the nearest
one, where they differ by words of the dictionary: people name timers as they like, and the commands' templates know
some names only ("wine", near to "rice"). Numbers are left to both, for Whisper takes "seventy nine" for "seventeen"."""

SHORTEST: Final = 3
"""Letters of such a word at least; most shorter ones are in the dictionary ("mi" for "my")."""

CERTAIN: Final = -0.25
"""Average log probability of a letter under which a small Whisper is not trusted with words that are no command, and
what pocketsphinx made of them stands. The starter has heard synthesisers only. Of what others of them said, nine
readings in ten are surer than this; of what people said one in twenty, and pocketsphinx misreads half as many words."""

UNSURE: Final = -0.5
"""The same under which what it read is compared with no command: of several people who talk at once it makes "volume
up"."""

GUESS: Final = -1.0
"""The same under which nobody is believed to have spoken. People are not read with less."""

EXPLAINED: Final = 2.0
"""How much better a command must explain the sound to pocketsphinx than any English does, in its own unit, where the
small Whisper is not trusted. Of what people said it is 2.4 and more."""

COMMON: Final = 1.37
"""How far apart, at most, the two may be in the letters that they read, together with `DOUBT` of the log probability
that a letter lacks, and `VAGUE` of the certainty that pocketsphinx lacks, for its words to stand where they are no
command. Else nobody spoke to it: where several people talk at once the two have nothing in common, and many texts are
nearly as likely. Of 27 such clips that are read three are nearer; of 38 recordings of people two are not, both
misread."""

VAGUE: Final = 0.1
"""How much of that, in nepers per second (`Readings.certainty`)."""

SEARCHED: Final = 5
"""Commands that are looked for among the letters, beside those that are nearest to what was read."""

ALIKE: Final = 0.3
"""Share of letters up to which a small Whisper has heard what is a command to pocketsphinx, and one that explains the
sound."""


class Near(Protocol):
    """A command, and how far it is from what was read."""

    @property
    def text(self) -> str: ...

    @property
    def distance(self) -> float: ...


class Whisper(Recogniser, Speller, Protocol):
    """A recogniser that can be asked about what is still being said, and what else it may have been."""

    def glance(self, speech: Pcm, cancelled: Cancelled = never) -> Transcription:
        """As `Glancer.glance`."""


class Witnesses:
    """A `Recogniser` and a `Glancer`. One thread at a time, and another for `glance`."""

    def __init__(
        self,
        whisper: Whisper,
        sphinx: SphinxRecogniser | None,
        understood: Callable[[str], bool],
        nearest: Callable[[Sequence[str]], Sequence[Near]],
        wake_words: Sequence[str] = (),
        commands: Sentences | None = None,
    ) -> None:
        """`understood` tells whether a text is a whole command; `nearest` gives the commands nearest to some readings,
        the nearest first; a reading may begin with one of `wake_words`. Without `sphinx`, Whisper is the only
        witness; with it, `commands` are looked for among the letters that a small Whisper hears, too."""
        self.name = whisper.name
        self._whisper, self._sphinx = whisper, sphinx
        self._commands = commands
        self._understood, self._nearest, self._wake_words = understood, nearest, tuple(wake_words)
        self.conclusive = sphinx is None
        self._spelling = Spelling(whisper, sphinx.english()) if sphinx is not None else None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="voiced-witness") if sphinx is not None else None

    def transcribe(self, speech: Pcm, cancelled: Cancelled = never) -> Transcription:
        """The words in `speech`: a command where one is near enough, else what Whisper read. Raises EngineError."""
        # Both let go of the interpreter's lock while they work.
        told = self._pool.submit(self._sphinx.read, speech, cancelled) if self._pool and self._sphinx else None
        heard = self._whisper.transcribe(speech, cancelled)
        # While pocketsphinx still reads it as a command.
        spelled, commands = self._spelled(speech, heard, cancelled), self._searched(speech, heard, cancelled)
        readings = told.result() if told is not None else Readings()
        return self._judged(speech, heard, spelled, readings, commands, cancelled)

    def glance(self, speech: Pcm, cancelled: Cancelled = never) -> Transcription:
        """The words in `speech`, which may end in the middle of one, by Whisper alone; `conclusive` where it is alone
        anyway. Raises EngineError."""
        heard = self._whisper.glance(speech, cancelled)
        return self._judged(speech, heard, heard, Readings(), (), cancelled) if self.conclusive else heard

    def _spelled(self, speech: Pcm, heard: Transcription, cancelled: Cancelled) -> Transcription:
        """What a small Whisper `heard`, in English words, where it is to be trusted."""
        if self._spelling is None or not heard.text or heard.logprob < CERTAIN or cancelled():
            return heard
        return self._spelling.of(speech, heard)

    def _searched(self, speech: Pcm, heard: Transcription, cancelled: Cancelled) -> Sequence[str]:
        """The commands that the letters make, without the wake word, where what was `heard` is compared with any."""
        if self._commands is None or self._sphinx is None or not heard.text or heard.logprob < UNSURE or cancelled():
            return ()
        return list(filter(None, map(self._wanted, self._whisper.spell(speech, self._commands, SEARCHED))))

    def _judged(
        self,
        speech: Pcm,
        heard: Transcription,
        spelled: Transcription,
        readings: Readings,
        commands: Sequence[str],
        cancelled: Cancelled,
    ) -> Transcription:
        if cancelled():
            return Transcription("")
        if self._sphinx is None:
            # What one alone understood stands.
            whole = not heard.text or self._understood(heard.text)
            return heard if whole else self._mended(heard) or heard
        if readings.command and _apart(heard.text, readings.command) == 0:
            # Both have read the same; who writes letter by letter may have missed a space ("what time isit").
            return replace(heard, text=readings.command)
        if readings.anything in (heard.text, *heard.alternatives):
            return Transcription(readings.anything, logprob=heard.logprob)
        # Of two, a name may be a word misread: "cancel mi timer".
        return self._command(speech, spelled, readings, commands) or self._words(self._sphinx, spelled, readings)

    def _mended(self, heard: Transcription) -> Transcription | None:
        """The command that was misread by a few letters, without the wake word."""
        own = self._wanted(heard.text)
        found = self._nearest([own]) if own else ()
        if not found or found[0].distance > ALONE or not self._understood(found[0].text):
            return None
        return Transcription(found[0].text, (heard.text,))

    def _command(
        self, speech: Pcm, heard: Transcription, readings: Readings, commands: Sequence[str]
    ) -> Transcription | None:
        """The command that both have most likely misread, where it is likely enough, without the wake word.

        Whoever begins with that is compared without it: one that reads nothing behind it, or something else, would
        otherwise be as far from every command as the wake word is long."""
        own, told = self._wanted(heard.text), self._wanted(readings.command)
        if not own or heard.logprob < UNSURE:
            return None
        spelled = [own, *filter(None, map(self._wanted, heard.alternatives))]
        found = [near.text for near in self._nearest([own, *([told] if told else []), *spelled[1:]])]
        found = [text for text in dict.fromkeys((*found, *commands)) if self._understood(text)]
        if not found:
            return None
        before = heard.text.removesuffix(own)
        first, *others = self._whisper.weigh(speech, [heard.text, *(before + text for text in found)])
        costs = {
            text: (_mean(text, spelled) + _mean(text, [told] if told else spelled)) / 2
            + DOUBT * (first - likely) / max(len(_letters(text)), len(_letters(own)))
            for text, likely in zip(found, others, strict=True)
        }
        nearest = min(found, key=costs.__getitem__)
        if costs[nearest] > BOTH:
            return None
        text = own if heard.logprob >= SURE and self._meant(own, nearest) else nearest
        return Transcription(text, (heard.text, *heard.alternatives))

    def _wanted(self, text: str) -> str:
        """`text` without the wake word."""
        return without_wake_word(text, self._wake_words)

    def _meant(self, own: str, nearest: str) -> bool:
        """Whether `own` is a whole command by itself, and differs from the `nearest` by words that are well spelled and
        no numbers."""
        if self._sphinx is None or not self._understood(own):
            return False
        words, others = set(own.split()), set(nearest.split())
        if not words - others or not (words ^ others).isdisjoint(numerals()):
            return False
        return all(len(word) >= SHORTEST and self._sphinx.spelled(word) for word in words - others)

    def _words(self, sphinx: SphinxRecogniser, heard: Transcription, readings: Readings) -> Transcription:
        """What was said, where it is no command that is near to both."""
        judged = sphinx.judge(readings)
        if GUESS <= heard.logprob < CERTAIN:
            return self._of_sphinx(judged, heard, readings)
        told = judged.text and judged.text == readings.command
        return judged if told and _apart(heard.text, judged.text) <= ALIKE else heard

    @staticmethod
    def _of_sphinx(judged: Transcription, heard: Transcription, readings: Readings) -> Transcription:
        """What pocketsphinx made of it, where it is a command or near to what Whisper has read; else nothing."""
        if judged.text == readings.command and readings.better >= EXPLAINED:
            return judged
        apart = _apart(heard.text, readings.anything) - DOUBT * heard.logprob - VAGUE * readings.certainty
        return Transcription(readings.anything) if apart <= COMMON else Transcription("", logprob=heard.logprob)


@cache
def numerals() -> frozenset[str]:
    """The words that English numbers are made of."""
    from num2words import num2words  # type: ignore[import-untyped]

    numbers = (*range(20), *range(20, 100, 10), 100, 1000)
    return frozenset(word for number in numbers for word in num2words(number).split())


def _mean(text: str, readings: Sequence[str]) -> float:
    """How far `text` is from `readings`, the mean."""
    return sum(_apart(text, each) for each in readings) / len(readings)


def _apart(one: str, other: str) -> float:
    """Letters to be changed from one to the other, as a share of the longer one's."""
    return Levenshtein.normalized_distance(_letters(one), _letters(other))


def _letters(text: str) -> str:
    """What is compared of `text`."""
    return text.replace(" ", "")
