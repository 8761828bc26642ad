"""A sentence flows in, the intent that it expresses and its slots flow out, by the templates of a language.

The templates are those of home-assistant-intents, as far as there is something here to carry them out, and our own in
`sentences/LANGUAGE.yaml`. Areas, floors and devices are left out: this is one device, and what it cannot do must not
be understood.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final, TypeAlias

from voiced import kept
from voiced.errors import EngineError

PACKAGE_INTENTS: Final = (
    "HassStartTimer",
    "HassCancelTimer",
    "HassCancelAllTimers",
    "HassIncreaseTimer",
    "HassDecreaseTimer",
    "HassPauseTimer",
    "HassUnpauseTimer",
    "HassTimerStatus",
    "HassGetCurrentTime",
    "HassGetCurrentDate",
    "HassSetVolume",
    "HassSetVolumeRelative",
    "HassNevermind",
    "HassMediaPause",
    "HassMediaUnpause",
    "HassMediaNext",
    "HassMediaPrevious",
)
"""What home-assistant-intents has templates for and voiced can do."""

LONGEST: Final = 30
"""Words in a sentence that may be a command; the longest template fills 20. Longer ones only cost time to reject."""

NAME_WORDS: Final = 3
"""Words in the name of a timer: "left over pizza". What is longer is a sentence that happens to end in "timer"."""

Slots: TypeAlias = dict[str, str | int | float]
Data: TypeAlias = dict[str, Any]
"""Templates, lists and phrases as they are read; hassil checks the former."""

_SENTENCES: Final = resources.files("voiced.intents") / "sentences"

_BREAKS = re.compile(r"[\"“”„«»()…!?;:]|[.,](?!\d)|(?<!\d)[.,]|(?<=\w)-(?=\w)|\s[-–—]+\s")


@dataclass(frozen=True, slots=True)
class Match:
    """What a sentence means."""

    intent: str
    slots: Slots
    response: str
    """Which of the intent's responses fits."""


class Grammar:
    """The templates of one language, ready to match. Immutable after construction; may be used from any thread."""

    def __init__(self, language: str) -> None:
        """Loads the templates and matches once, because the first match compiles them (about half a second).

        Raises EngineError when there are none for `language`."""
        self.language = language
        self.own = _own_data(language)
        """Our own data, as in `sentences/LANGUAGE.yaml`."""
        self.responses: dict[str, dict[str, str]]
        """The package's spoken responses: intent → key → Jinja template."""
        self._rewrites = [(re.compile(old), new) for old, new in self.own["rewrites"].items()]
        self._agreement = [(re.compile(old), new) for old, new in self.own["agreement"].items()]
        self._not_in_names = frozenset(map(str, self.own["not_in_names"]))
        package = _package_data(language)
        self.responses = package["responses"]["intents"]
        data = _merged(package, self.own)
        from hassil import Intents

        self.intents = Intents.from_dict(data)
        self.digest = kept.digest(json.dumps([data, self.own], sort_keys=True, default=str).encode())
        """A name for all of it: another one where a template or a list is another."""
        replies = {"VoicedReply": {"data": [{"sentences": self.own["replies"]}]}}
        self._replies = Intents.from_dict({**data, "intents": replies})
        self.match("set a timer for five minutes")

    def match(self, text: str) -> Match | None:
        """What `text` means, or None. Milliseconds."""
        return self._best(text, self.intents)

    def reply(self, text: str) -> Slots | None:
        """Which timer `text` names, as the answer to "which one?": slots "name", "start_minutes", ..., or "all"."""
        found = self._best(text, self._replies)
        return None if found is None else found.slots

    def normalised(self, text: str) -> str:
        """`text` in lower case, without punctuation, numbers and units spelled as the templates expect them."""
        text = text.lower().replace("’", "'").replace("`", "'")
        for old, new in self._rewrites:
            text = old.sub(new, text)
        return " ".join(_BREAKS.sub(" ", text).split())

    def agreed(self, text: str) -> str:
        """`text`, made by a template, in the forms that go together: not "one minutes", which templates allow."""
        text = " ".join(text.split())
        for old, new in self._agreement:
            text = old.sub(new, text)
        return text

    def _best(self, text: str, intents: Any) -> Match | None:
        from hassil.recognize import recognize_all

        words = self.normalised(text)
        if not words or words.count(" ") >= LONGEST:
            return None
        found = [result for result in recognize_all(words, intents, language=self.language) if self._sensible(result)]
        if not found:
            return None
        # As hassil's recognize_best: fewest wildcards, most words in common, least left to wildcards.
        best = min(found, key=_ambiguity)
        slots = {entity.name: _value(entity) for entity in best.entities_list}
        return Match(best.intent.name, slots, best.response or "default")

    def _sensible(self, result: Any) -> bool:
        """Whether what a wildcard took can be the name of a timer."""
        names = [entity.text.split() for entity in result.entities_list if entity.is_wildcard]
        return all(
            0 < len(words) <= NAME_WORDS and self._not_in_names.isdisjoint(words) and not any("%" in w for w in words)
            for words in names
        )


@lru_cache(maxsize=1)
def grammar_of(language: str) -> Grammar:
    """The grammar of `language`. Whoever asks for the same one again, as the next chain does, has it at once; that of
    another language before it is not kept, for its memory. Raises EngineError as `Grammar` does."""
    return Grammar(language)


def _ambiguity(result: Any) -> tuple[int, int, int, bool, str]:
    """Last, our own intents before the package's: "stop" and "pause" mean the assistant, not the music."""
    wild = [entity.text or "" for entity in result.entities_list if entity.is_wildcard]
    name = result.intent.name
    return len(wild), -result.text_chunks_matched, len("".join(wild)), not name.startswith("Voiced"), name


def _value(entity: Any) -> str | int | float:
    value = entity.text if entity.is_wildcard else entity.value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int | float) else str(value).strip()


def languages() -> list[str]:
    """The languages that there are commands in, such as "en"."""
    return sorted(entry.name[:-5] for entry in _SENTENCES.iterdir() if entry.name.endswith(".yaml"))


def _own_data(language: str) -> Data:
    import yaml  # type: ignore[import-untyped]

    file = _SENTENCES / f"{language.split('-', maxsplit=1)[0]}.yaml"
    if not file.is_file():
        known = ", ".join(languages())
        raise EngineError(f"There are no commands in the language {language!r}; choose a voice that speaks {known}.")
    data: Data = yaml.safe_load(file.read_text(encoding="utf-8"))
    return data


def _package_data(language: str) -> Data:
    from home_assistant_intents import get_intents

    data = get_intents(language) or get_intents(language.split("-", maxsplit=1)[0])
    if not data:
        raise EngineError(f"The package home-assistant-intents has no language {language!r}; reinstall it.")
    return dict(data)


def _merged(package: Data, own: Data) -> Data:
    """The package's data, reduced to what can be done here, and ours, in the form that hassil takes."""
    lists = {name: _apart(values) for name, values in {**package["lists"], **own["lists"]}.items()}
    rules = {**package["expansion_rules"], **own["expansion_rules"]}
    intents: dict[str, Data] = {}
    for name in PACKAGE_INTENTS:
        blocks = [_reduced(block, lists, rules) for block in package["intents"].get(name, {"data": []})["data"]]
        intents[name] = {"data": [block for block in blocks if block["sentences"]]}
    for name, intent in own["intents"].items():
        intents.setdefault(name, {"data": []})["data"] += intent["data"]
    return {
        "language": package["language"],
        "intents": intents,
        "lists": lists,
        "expansion_rules": rules,
        "skip_words": [*package.get("skip_words", []), *own["skip_words"]],
        "settings": package.get("settings", {}),
    }


def _apart(values: Data) -> Data:
    """A list of numbers with a multiplier, made to differ in range from its like without one: hassil 3.12 remembers
    compiled number words by range alone, so that "down by ten" was +10, or "volume ten" -10, whichever came first."""
    numbers = values.get("range", {})
    return {**values, "range": {**numbers, "to": numbers["to"] + 1}} if "multiplier" in numbers else values


def _reduced(block: Data, lists: Mapping[str, Any], rules: Mapping[str, str]) -> Data:
    """A block of the package's templates without those that need a list of areas, floors or devices, or that order a
    command for later; it may then be matched wherever the device stands."""
    known = {*lists, *block.get("lists", {})} - {"timer_command"}
    local = {**rules, **block.get("expansion_rules", {})}
    kept = [sentence for sentence in block["sentences"] if _lists_in(sentence, local) <= known]
    return {**{k: v for k, v in block.items() if k != "requires_context"}, "sentences": kept}


def _lists_in(template: str, rules: Mapping[str, str], depth: int = 8) -> set[str]:
    """Names of the lists that a template refers to, also through rules; `depth` guards against rules in a circle."""
    found = {name.split(":")[0] for name in re.findall(r"\{([^}]+)\}", template)}
    if depth:
        for rule in re.findall(r"<([^>]+)>", template):
            found |= _lists_in(rules.get(rule, "{missing rule}"), rules, depth - 1)
    return {name for name in found if not re.fullmatch(r"\d+\.\.\d+(,\d+)?", name)}
