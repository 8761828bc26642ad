"""What media players do flows in; what to ask of them while the assistant talks, and afterwards, flows out. Pure.

A player that plays is lowered, or paused where it cannot be lowered. What was changed is noted before it is done, and
undone only where it is still as we left it: whoever has turned the volume or pressed a button meanwhile is right.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from voiced.config.settings import WhileTalking

LOWERED: Final = 0.2
"""The share of its volume at which a player goes on: 14 dB less, music that one can talk over."""

CLOSE: Final = 0.02
"""How near two volumes must be to be the same one: players round to whole percents."""


@dataclass(frozen=True, slots=True)
class Change:
    """What was done to a player."""

    player: str
    """Its bus name, such as "org.mpris.MediaPlayer2.vlc"."""
    owner: str
    """The unique name behind it, such as ":1.42": another one is another program, to which nothing was done."""
    volume: float | None
    """The volume it had before; None when that was left alone, and it was paused."""
    ignored: bool = False
    """Whether it seemed to ignore that it was lowered, and was paused as well. It may only have taken its time."""

    @property
    def paused(self) -> bool:
        """Whether it was paused."""
        return self.volume is None or self.ignored


def change_for(player: str, owner: str, properties: Mapping[str, Any], manner: WhileTalking) -> Change | None:
    """What to do to a player; None for one that makes no sound or must be left alone."""
    if manner == "leave" or properties.get("PlaybackStatus") != "Playing":
        return None
    volume = properties.get("Volume")
    controllable = properties.get("CanControl", True)
    if manner == "lower" and controllable and isinstance(volume, float) and 0 < volume < math.inf:
        return Change(player, owner, volume)
    if controllable and properties.get("CanPause", True):
        return Change(player, owner, None)
    return None


def is_lowered(change: Change, volume: object) -> bool:
    """Whether `volume` is the one that we set."""
    return isinstance(volume, float) and change.volume is not None and abs(volume - change.volume * LOWERED) <= CLOSE


def is_ignored(change: Change, volume: object) -> bool:
    """Whether `volume` is still the one from before."""
    return not isinstance(volume, float) or (change.volume is not None and abs(volume - change.volume) <= CLOSE)


def still_ours(change: Change, properties: Mapping[str, Any]) -> bool:
    """Whether the player is as we left it."""
    if change.paused:
        return properties.get("PlaybackStatus") == "Paused"
    return is_lowered(change, properties.get("Volume"))


def volume_after(change: Change, volume: object) -> float | None:
    """The volume to give back to a player that says it has `volume`; None where there is none to give back, or the
    person has chosen another. The one from before is set again, too: a player that takes its time may be about to
    lower it."""
    if isinstance(volume, float) and (is_lowered(change, volume) or is_ignored(change, volume)):
        return change.volume
    return None


def written(changes: Mapping[str, Change]) -> str:
    """The changes as they are kept for a daemon that is started after this one has died."""
    return json.dumps([asdict(change) for change in changes.values()])


def read(text: str) -> dict[str, Change]:
    """What `written` wrote, by player; nothing of what it did not write."""
    try:
        entries = json.loads(text)
        changes = [
            Change(str(e["player"]), str(e["owner"]), e["volume"], ignored=e.get("ignored") is True) for e in entries
        ]
    except (ValueError, TypeError, KeyError):
        return {}
    return {
        change.player: change
        for change in changes
        if change.volume is None or (isinstance(change.volume, float) and 0 <= change.volume < math.inf)
    }
