"""Slots flow in, seconds flow out; seconds flow in, hours, minutes and seconds to be spoken flow out. Pure."""

from collections.abc import Mapping

UNITS = {"hours": 3600, "minutes": 60, "seconds": 1}
"""Seconds per unit, the largest first."""


def in_seconds(slots: Mapping[str, str | int | float], prefix: str = "") -> int | None:
    """The length that the slots `{prefix}hours`, `{prefix}minutes` and `{prefix}seconds` add up to, rounded to whole
    seconds; None when there is none of them."""
    given = [float(slots[prefix + unit]) * size for unit, size in UNITS.items() if prefix + unit in slots]
    return round(sum(given)) if given else None


def as_said(slots: Mapping[str, str | int | float]) -> dict[str, int]:
    """The units of a length as the person put them, so that 90 seconds stay 90 seconds; fractions are carried over to
    the next smaller unit, zeros left out."""
    given = {unit: float(slots[unit]) for unit in UNITS if unit in slots}
    if any(not value.is_integer() for value in given.values()):
        return parts(in_seconds(slots) or 0)
    return {unit: int(value) for unit, value in given.items() if value}


def parts(seconds: float) -> dict[str, int]:
    """A length split into whole hours, minutes and seconds; zeros are left out."""
    rest, split = round(seconds), {}
    for unit, size in UNITS.items():
        split[unit], rest = divmod(rest, size)
    return {unit: value for unit, value in split.items() if value}


def as_set(seconds: int) -> dict[str, int]:
    """The length of a timer as people name it: a 90 second timer, a 90 minute timer, but a 2 minute timer."""
    for unit in ("minutes", "seconds"):
        if 0 < seconds < 2 * 60 * UNITS[unit] and seconds % UNITS[unit] == 0 and seconds != 60 * UNITS[unit]:
            return {unit: seconds // UNITS[unit]}
    return parts(seconds)


def rounded(seconds: float) -> int:
    """What is left, as exactly as a listener can use: to five minutes above an hour, one minute above ten, five seconds
    above one. A running timer has lost some of it anyway when the sentence has been said."""
    step = 300 if seconds >= 3600 else 60 if seconds >= 600 else 5 if seconds >= 60 else 1
    return max(1, round(seconds / step) * step)
