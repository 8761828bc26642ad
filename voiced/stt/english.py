"""A text flows in, how likely it is as English flows out: pocketsphinx's own language model of any English.

It is loaded anyway where pocketsphinx reads, and knows 72,000 words in sequences of up to three.
"""

from collections.abc import Callable, Collection, Sequence
from threading import Lock
from typing import Any, Final

from voiced.stt import dictionary

STRANGE: Final = -14.0
"""Log probability of a word that it does not know, in nepers: as rare as the rarest that it knows, one in 1.2
million."""

COMMON: Final = -13.5
"""The same from which a word is looked for where it was not heard well: 16,000 are as common. With all 72,000 of them
no more words are right, and the tree of them takes 37 MB instead of 12."""

EXPECTED: Final = -10.0
"""The same that a word of the commands has at least: "timer" is said more often here than in the newspapers that the
model learnt from. Of the words said to an assistant that were wrong it mends one in ten; from -9 to -11 it makes no
difference to speak of, to everyday sentences neither."""


class English:
    """The trigrams of a decoder that expects any English. May be used from any thread, while it reads nothing: what
    was asked for last is kept in the model itself."""

    def __init__(self, decoder: Any, lock: Lock, expected: Callable[[str], bool], names: Collection[str] = ()) -> None:
        """`lock` is held by whoever has the `decoder` at work; `expected` tells which words are those of the commands,
        and `names` are as much expected, whether it knows them or not. Raises OSError when pocketsphinx's files cannot
        be read."""
        self._model, self._scale, self._lock = decoder.get_lm(), decoder.get_logmath(), lock
        known = sorted(word for word in {*dictionary.english(), *names} if word.replace("'", "").isalpha())
        self._expected = frozenset(word for word in known if word in names or expected(word))
        self.words = {word: chance for word in known if (chance := self.chance(word)) >= COMMON}
        """The `COMMON` ones, each with its log probability in nepers."""

    def chance(self, word: str, before: Sequence[str] = ()) -> float:
        """The log probability of `word`, or of the end "</s>", behind the two words `before`, of which "<s>" is the
        beginning; in nepers, `STRANGE` at least, or `EXPECTED`."""
        with self._lock:
            likely = float(self._scale.log_to_ln(self._model.prob([word, *reversed(before)])))
        return max(likely, EXPECTED if word in self._expected else STRANGE)

    def likely(self, text: str) -> float:
        """The log probability of `text`, in plain lower-case words, and of its end, in nepers."""
        words = ["<s>", *text.split(), "</s>"]
        return sum(self.chance(words[end], words[max(0, end - 2) : end]) for end in range(1, len(words)))
