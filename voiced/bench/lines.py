"""Nothing flows in, what the person says and what the assistant is to answer flow out.

Every fifth line is said with a pause inside, of 0.3 to 0.7 s, as people pause to think: who takes it for the end has
cut the person off. The words are everyday ones, which a trained vocabulary has as single tokens.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

Kind: TypeAlias = Literal["command", "short", "long"]
"""A known command; a question with an answer of one sentence; one with an answer of four."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

MEANING: Final = {
    "command": "known command",
    "short": "one sentence",
    "long": "four sentences",
}
"""The kinds, for people: what is answered."""

WAKE: Final = "Hey Jarvis,"
"""What every line begins with; openWakeWord's own word."""

PAUSES_S: Final = (0.3, 0.5, 0.7, 0.4, 0.6)
"""Seconds of the pauses, one after the other."""

EVERY: Final = 5
"""One line in so many has a pause."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something to say, and its answer."""

    kind: Kind
    parts: tuple[str, ...]
    """The words in two parts, between which a person may pause."""
    answer: str
    """What a language model says to it; for a command, about what voiced itself says."""
    pause_s: float = 0.0
    """Seconds of silence between the parts; 0 for none."""

    @property
    def text(self) -> str:
        """The words, with the wake word."""
        return f"{WAKE} {' '.join(self.parts)}"


COMMANDS: Final = (
    ("set a timer | for two hours.", "Timer set for 2 hours."),
    ("what time | is it?", "Half past nine."),
    ("set the volume | to seventy percent.", "Volume 70 percent."),
    ("how much time | is left?", "1 hour and 59 minutes left."),
    ("add one hour | to the timer.", "1 hour added to the timer."),
    ("what day | is it today?", "It is Wednesday, November 25th."),
    ("set the volume | to eighty percent.", "Volume 80 percent."),
    ("cancel | the timer.", "Timer cancelled."),
    ("set a timer | for three hours and ten minutes.", "Timer set for 3 hours and 10 minutes."),
    ("cancel | all timers.", "Cancelled 1 timer."),
)
"""Each leaves behind what the next ones need; none rings before the benchmark is over."""

SHORT: Final = (
    ("why does the sky | look blue at noon?", "The air scatters blue light more than red light."),
    ("what makes bread rise | in the oven?", "Yeast eats the sugar and fills the dough with gas."),
    ("how long | should I boil an egg?", "About seven minutes give you a soft yolk and a firm white."),
    ("who wrote | the story of the white whale?", "It was written by Herman Melville in the last century but one."),
    ("how far away | is the moon?", "The moon is about four hundred thousand kilometres away."),
    ("what is the largest animal | that ever lived?", "The blue whale is larger than any animal before it."),
    ("why do leaves | turn red in autumn?", "The green fades away and the colours under it can be seen."),
    ("what is a good name | for a grey cat?", "Smoke would be a fine name for a grey cat."),
    ("how many legs | does a spider have?", "A spider has eight legs, two more than an insect."),
    ("what should I wear | when it rains?", "A light coat with a hood will keep you dry."),
)

LONG: Final = (
    (
        "tell me | how a rainbow is made.",
        "A rainbow begins with sun behind you and rain in front of you. Each drop bends the light and sends it back. "
        "Red leaves the drop at another angle than blue does. So every colour reaches your eye from its own ring of "
        "drops.",
    ),
    (
        "explain to me | why we have seasons.",
        "The earth leans to one side as it goes around the sun. For half of the year your side leans towards the "
        "light. Then the days are long and the sun stands high. Half a year later it is the other way round.",
    ),
    (
        "how do I | make a good cup of tea?",
        "Bring fresh water to the boil and warm the pot with it. Put in one spoon of leaves for each cup. Pour the "
        "water over them and wait four minutes. Then take the leaves out before it turns bitter.",
    ),
    (
        "what should I do | when I cannot sleep?",
        "Get up and do something quiet in another room. Keep the light low and leave your phone where it is. Go back "
        "to bed when you feel tired. If it happens every night, talk to a doctor about it.",
    ),
    (
        "tell me | something about the planet Mars.",
        "Mars is about half as wide as the earth. Its ground is red because there is rust in it. A day there is only "
        "a little longer than ours. The air is thin and cold, so nobody could breathe it.",
    ),
    (
        "how do bees | make their honey?",
        "Bees drink sweet water from flowers and carry it home. They pass it from mouth to mouth until it is thick. "
        "Then they put it into small rooms of wax. They fan it with their wings until the water is gone.",
    ),
    (
        "explain to me | how a plane can fly.",
        "A wing pushes the air down as it moves through it. The air pushes back and lifts the wing up. The engines "
        "keep the plane fast enough for that. When it slows down, the wing has to lean back more.",
    ),
    (
        "what can I do | against weeds in my garden?",
        "Pull them out after rain, when the ground is soft. Take the whole root, or they will come back. Cover the "
        "bare ground with leaves or bark. And plant your flowers close to each other.",
    ),
    (
        "how should I | look after a new puppy?",
        "Feed it three times a day at the same hours. Take it outside after each meal and each sleep. Let it meet "
        "people and other dogs early. And give it a quiet place where nobody wakes it.",
    ),
    (
        "tell me | why the sea is salty.",
        "Rain takes a little salt out of the rocks. Rivers carry it down to the sea. The water goes up into the sky "
        "again, but the salt stays. After millions of years there is a great deal of it.",
    ),
)

_TABLE: Final = {"command": COMMANDS, "short": SHORT, "long": LONG}

TALK: Final = (
    "I think we should paint the kitchen before your mother comes to visit.",
    "Did you see the game last night? They lost it in the very last minute.",
    "The train was late again, so I read half of my book on the way home.",
    "Could you bring some bread and a bottle of milk when you come back?",
    "My brother wants to sell his car and buy a bicycle instead of it.",
)
"""People who talk to each other, not to the assistant."""


def plan(kinds: Sequence[Kind], turns: int) -> Iterator[Line]:
    """`turns` lines of each kind, the kinds taking turns."""
    for turn in range(turns):
        for kind in kinds:
            words, answer = _TABLE[kind][turn % len(_TABLE[kind])]
            paused = turn % EVERY == EVERY // 2
            pause_s = PAUSES_S[turn // EVERY % len(PAUSES_S)] if paused else 0.0
            yield Line(kind, tuple(words.split(" | ")), answer, pause_s)


def vocabulary(*texts: str) -> list[str]:
    """Every word of the lines, their answers and `texts`, for a model to which each is a single token."""
    lines = [f"{words} {answer}" for table in _TABLE.values() for words, answer in table]
    return sorted(set(re.findall(r"[A-Za-z]+", " ".join([WAKE, *lines, *texts]))))
