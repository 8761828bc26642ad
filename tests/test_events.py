"""Every event class is found and built, so that none arrives untested."""

import dataclasses
import inspect
import typing

import pytest

from voiced import events

CLASSES: list[type] = [
    each for _, each in inspect.getmembers(events, inspect.isclass) if dataclasses.is_dataclass(each)
]

EXAMPLES: dict[object, object] = {
    str: "a word", float: 0.5, int: 1, bool: True, dict[str, float]: {"stt": 12.5},
    tuple[str, ...]: ("a word",), dict[str, str]: {"stt": "ok"},
}  # fmt: skip


def build(cls: type) -> object:
    """An instance with a value for every field."""
    hints = typing.get_type_hints(cls)
    values = {}
    for field in dataclasses.fields(cls):
        hint = hints[field.name]
        values[field.name] = typing.get_args(hint)[0] if typing.get_origin(hint) is typing.Literal else EXAMPLES[hint]
    return cls(**values)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_an_event_is_frozen_slotted_documented_and_comparable(cls: type) -> None:
    event = build(cls)

    assert event == build(cls)
    assert not hasattr(event, "__dict__")
    assert cls.__doc__ is not None
    assert not cls.__doc__.startswith(f"{cls.__name__}(")  # a dataclass's own docstring says nothing
    for field in dataclasses.fields(cls):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(event, field.name, None)


def test_the_glossary_holds_what_a_conversation_needs() -> None:
    names = {cls.__name__ for cls in CLASSES}

    assert {"WakeDetected", "Partial", "Transcript", "Reply", "TurnEnded", "TimerFired"} <= names
