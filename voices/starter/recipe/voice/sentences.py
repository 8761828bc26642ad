"""A seed and a number flow in, English sentences flow out: rich in sounds, and with every mark that a text may hold.

Half are what an assistant says, half are plain statements, questions and lists with words of pocketsphinx's dictionary
in them (BSD licence), so that rare sounds occur. Of several candidates the one is taken whose pairs of sounds have been
rarest so far. What the voice is measured on comes from other templates: see `heldout`.
"""

import random
import re
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

CANDIDATES = 5
"""Sentences to choose one from. More than that, and the longest words win every time."""

COMMON = 9_000
"""Words that occur in the language model of pocketsphinx most often; rarer ones are names of which the synthesisers'
dictionaries know different readings."""

LISTS = {
    "name": "Anna Ben Carla David Emma Frank Grace Henry Irene Jack Kate Liam Maria Noah Olivia Paul Rachel Sam Tom "
    "Victor Wendy Joyce George Judith Zoe Hugh Claire Roy",
    "thing": "book bottle kettle window garden letter picture jacket bridge engine pillow mirror ladder hammer basket "
    "candle orange onion sandwich biscuit toy coin treasure garage thermometer umbrella vacuum yacht zebra ocean "
    "mountain valley village church school office kitchen bedroom bathroom hallway cellar lamp heater radio",
    "many": "books bottles windows gardens letters pictures jackets bridges engines pillows mirrors ladders hammers "
    "baskets candles oranges onions sandwiches toys coins boxes watches faces judges houses birds mice children",
    "like": "old young bright dark heavy light quiet loud warm cold strange usual beautiful careful broken empty full "
    "round sharp soft thick thin wide narrow early late cheap dear simple clear useful yellow purple blue green grey",
    "did": "found lost opened closed painted carried pushed measured changed watched heard touched bought sold "
    "wanted needed kept moved cleaned forgot remembered described finished followed",
    "do": "find lose open close paint carry push measure change watch hear touch buy sell want need keep move clean "
    "forget remember describe finish follow join choose judge save use",
    "how": "slowly quickly carefully again yesterday today tomorrow outside at_home in_the_morning after_lunch "
    "before_noon with_both_hands without_a_word in_the_garage near_the_river for_a_whole_hour this_week",
    "where": "kitchen bedroom living_room bathroom hallway garage garden office cellar dining_room",
    "device": "light lamp heater fan radio television speaker thermostat blinds door window washing_machine oven",
    "food": "bread butter milk eggs cheese apples rice sugar coffee tea carrots oranges tomatoes chicken fish soap",
    "day": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "month": "January February March April May June July August September October November December",
    "unit": "seconds minutes hours days degrees percent meters miles pounds",
    "sky": "sunny cloudy rainy windy foggy stormy dry mild freezing",
    "join": "and but because so although while",
    "ok": "Okay Sure All_right Of_course Yes No Well Sorry Thanks Good_morning Good_night Hello Done",
}
"""What a word in braces may be; an underscore is a space."""

TEMPLATES = (
    """
{ok}, the timer for {n} minutes is set.|{ok}. Your {n} minute timer has finished!|{ok}: the {device} is on.
The {device} in the {where} is now off.|I turned the {device} in the {where} down to {n} percent.
It is {hour} {clock} on {day}, {month} {ordinal}.|Today will be {sky}, with a high of {n} degrees.
I added {food}, {food} and {food} to the list.|On your list: {food}, {food}, {food}… and {food}.
Your alarm rings at {hour} {clock} {how}.|Do you want me to {do} the {thing} for {name}?
I am sorry, I do not know that… yet.|I did not understand: did you say {w} or {w}?
{ok} – I will remind you to {do} the {thing} at {hour} {clock}.|{n} plus {n} is {n}.|{n} times {n} equals {n}.
There are {n} messages: {n} from {name}, and one from {name}.|Shall I {do} it {how}, or is {day} better?
What a {like} {thing}!|How {like} the {thing} is!|Stop!|Wait… what was that?|{ok}!|{ok}.|{ok}?|{ok}, {name}.
{name} {did} the {like} {thing} {how}.|The {like} {many} were {w} and {w}.|{name} and {name} {did} {n} {many}.
Why did {name} {do} the {thing}?|Where are the {like} {many} that {name} {did}?|Who {did} my {w}?
Would you {do} this {like} {thing}, {name}?|Is the {thing} {like}, {like}, or both?
{name} said: {w}, {w} and {w}.|"{W}," said {name}, "is {like}."|He {did} it ({how}), then {did} the {w}.
{W} – that is what {name} {did}.|The {w} of the {w} {did} a {w} {how}.|{W} {w} {w}|No {w}, no {w}; only {w}…
If the {thing} is {like}, {name} should {do} it; if not, {do} the {w}.|They {did} the {w} {join} we {did} the {w}.
The {w} was {like}, {join} the {thing} was not.|You can {do} {n} {many} {how}.|A {w}, an {like} {w}, and the {w}!
We {did} her {w}, his {w}, their {w} and our {w}.|{n}, {n}, {n}.|{n}|{name}'s {w} {did} {name}'s {w}.
It would have been {like} to {do} the {w} {how} {join} {name} {did} the {like} {many}.|Please {do} the {w} {how}.
{W}: {w}.|{W}; {w}?|{W} {w}!|I think this {thing} is {w}… {join} {name} {did} that one.|{W}, {w}, {w}, {w}.
One is a {w}, two is a {w}, three is a {w}.|{name} spells {w} like this: {letters}.|{letters}.|{n} point {n} {unit}.
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
"""What is learnt from. "{w}" is a word of the dictionary, "{W}" one at the beginning."""

HELDOUT = (
    """
Could somebody please help my {kin} with the heavy {object}?|The {kin} bought a new {object} last {season}.
We should leave for the {place} before it gets dark.|My {kin} works at the {place} three nights a week.
There was a lot of snow on the road to the {place} last {season}.|I have never seen such a big {object} before.
The train to the {place} was more than an hour late.|Your {kin} called from the {place} and will call back later.
Most people at the {place} were happy about the news.|The price of the {object} went up again this {season}.
Can you tell me what the {kin} thought about the {object}?|The company will open another {place} next {season}.
It takes about twenty minutes to walk from here to the {place}.|She put the {object} on the table and went to sleep.
Nobody knew who had taken the {object} from the {place}.|The {kin} told us a long story about the war.
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
"""What is measured on, with words from `HELDOUT_LISTS` alone."""

HELDOUT_LISTS = {
    "kin": "mother father brother sister doctor teacher neighbor lawyer president friend woman",
    "object": "computer telephone table newspaper camera car piano bicycle machine paper",
    "place": "station hospital airport market bank museum hotel library theater court",
    "season": "summer winter spring year month",
}

NUMBERS = {
    "small": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen",
    "tens": "twenty thirty forty fifty sixty seventy eighty ninety",
    "ordinal": "first second third fourth fifth sixth eighth ninth tenth twelfth twentieth thirtieth",
}
CLOCK = ["o'clock", "thirty", "fifteen", "oh five", "forty five", "in the evening"]


def training(count: int, seed: int = 0) -> list[str]:
    """`count` different sentences to learn from."""
    chance, seen = random.Random(seed), Counter[tuple[str, str]]()
    told: dict[str, None] = {}
    while len(told) < count:
        candidates = [_filled(chance.choice(TEMPLATES), LISTS, chance) for _ in range(CANDIDATES)]
        best = max(candidates, key=lambda sentence: _worth(sentence, seen))
        seen.update(_pairs(best))
        told[best] = None
    return list(told)


def heldout(count: int, seed: int = 1) -> list[str]:
    """`count` different everyday sentences to measure on: no template and no filler is shared with `training`."""
    chance = random.Random(seed)
    told: dict[str, None] = {}
    while len(told) < count:
        told[_filled(chance.choice(HELDOUT), HELDOUT_LISTS, chance)] = None
    return list(told)


def number(value: int) -> str:
    """`value`, below a thousand, in words: synthesisers read digits differently."""
    if value >= 100:
        rest = f" and {number(value % 100)}" if value % 100 else ""
        return f"{number(value // 100)} hundred{rest}"
    if value < 20:
        return NUMBERS["small"].split()[value]
    return NUMBERS["tens"].split()[value // 10 - 2] + (f" {number(value % 10)}" if value % 10 else "")


def _filled(template: str, lists: dict[str, str], chance: random.Random) -> str:
    special = {
        "w": lambda: chance.choice(dictionary()),
        "W": lambda: chance.choice(dictionary()).capitalize(),
        "n": lambda: number(int(10 ** chance.uniform(0, 2.7))),
        "hour": lambda: number(chance.randint(1, 12)),
        "clock": lambda: chance.choice(CLOCK),
        "ordinal": lambda: chance.choice(NUMBERS["ordinal"].split()),
        "letters": lambda: ", ".join(chance.choices("BCDEFGHIJKLMNOPQRSTUVWXYZ", k=chance.randint(3, 5))),
    }

    def one(match: re.Match[str]) -> str:
        kind = match[1]
        return special[kind]() if kind in special else chance.choice(lists[kind].split()).replace("_", " ")

    text = re.sub(r"\{(\w+)\}", one, template)
    return text[0].upper() + text[1:]


@cache
def dictionary() -> list[str]:
    """The commonest words of pocketsphinx's dictionary, without abbreviations; in order of the alphabet."""
    from pocketsphinx import Config, LogMath, NGramModel, get_model_path

    model = NGramModel(Config(), LogMath(1.0001), get_model_path("en-us/en-us.lm.bin"))
    words = [word for word in _readings() if re.fullmatch(r"(?=.*[aeiouy])[a-z]{3,}", word)]
    return sorted(sorted(words, key=lambda word: -model.prob([word]))[:COMMON])


@cache
def _readings() -> dict[str, list[str]]:
    """Each word's first reading in pocketsphinx's dictionary, as phones."""
    from pocketsphinx import get_model_path

    lines = Path(get_model_path("en-us/cmudict-en-us.dict")).read_text("utf-8").splitlines()
    return {word: phones for word, *phones in map(str.split, lines)}


def _pairs(sentence: str) -> list[tuple[str, str]]:
    """The pairs of neighbouring sounds in `sentence`; a mark between two words is a sound."""
    readings, sounds = _readings(), ["|"]
    for word in re.findall(r"[a-z']+|[^\w\s']", sentence.lower()):
        sounds += readings.get(word, ["|"])
    return list(pairwise(sounds))


def _worth(sentence: str, seen: Counter[tuple[str, str]]) -> float:
    """How rare the pairs of sounds in `sentence` have been, on average."""
    pairs = _pairs(sentence)
    return sum(1 / (1 + seen[pair]) for pair in pairs) / (len(pairs) + 8)
