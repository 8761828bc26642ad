"""Frames that the wake detector has heard flow in, what systemd is to know flows out: ready, alive, and doing what.

Laws, which the tests name:

1. Ready is said once, at the first sign of life: models are loaded by then, and sound reaches the detector.
2. Alive is said only at a sign of life, never by a timer: no frames, no watchdog (W5, M3).
3. Of the signs of life no more are passed on than are needed.
"""

from collections.abc import Callable, Mapping
from typing import Final

from voiced.conversation.floor import Event
from voiced.events import Configured, HealthChanged, StateChanged
from voiced.service.notify import Notifier

SHARE: Final = 4
"""Signs of life in the time that systemd waits for one: three may get lost, and 12 frames a second stay with us."""

WORDS: Final[Mapping[str, str]] = {
    "asleep": "Waits for its wake word.",
    "listening": "Listens to somebody.",
    "thinking": "Thinks about an answer.",
    "speaking": "Speaks.",
    "follow_up": "Waits for a reply.",
    "muted": "Muted: the microphone is closed.",
}
"""What `systemctl status` shows."""


class Watch:
    """Owned by the conversation's thread, but for `loading`, `reloading` and `closing`."""

    def __init__(self, notifier: Notifier, monotonic: Callable[[], float], period_s: float | None) -> None:
        """`monotonic` is the clock's; `period_s` is how long systemd waits for a sign of life, None for ever."""
        self._notifier = notifier
        self._monotonic = monotonic
        self._period_s = period_s
        self._ready = self._reloading = False
        self._told_at: float | None = None
        self._state = "asleep"

    def loading(self) -> None:
        """The models are being loaded."""
        self._notifier.tell(STATUS="Loads its models.")

    def reloading(self) -> None:
        """The configuration is being read again, while the conversation goes on."""
        self._reloading = True
        self._notifier.tell(
            RELOADING=1, MONOTONIC_USEC=int(self._monotonic() * 1_000_000), STATUS="Reads its configuration."
        )

    def reloaded(self) -> None:
        """The configuration is read, or could not be."""
        if self._reloading:
            self._reloading = False
            self._notifier.tell(READY=1, STATUS=WORDS[self._state])

    def loaded(self) -> None:
        """The models are there; sound is still to come."""
        self._state = "asleep"
        self._notifier.tell(STATUS="Waits for the first sound from the microphone.")

    def alive(self) -> None:
        """A frame has been through the wake detector, or the microphone is closed because somebody muted it."""
        now = self._monotonic()
        if not self._ready:
            self._ready = self._notifier.tell(READY=1, STATUS=WORDS[self._state])
        due = self._told_at is None or (self._period_s is not None and now - self._told_at >= self._period_s / SHARE)
        if self._period_s is not None and due and self._notifier.tell(WATCHDOG=1):
            self._told_at = now

    def hear_of(self, event: Event, _at: float) -> None:
        """A listener of the conversation."""
        if isinstance(event, StateChanged) and event.state in WORDS:
            self._state = event.state
            if self._ready:
                self._notifier.tell(STATUS=WORDS[event.state])
        elif _ends_a_reload(event):
            self.reloaded()

    def closing(self) -> None:
        """Somebody asked it to leave."""
        self._notifier.tell(STOPPING=1, STATUS="Leaves.")


def _ends_a_reload(event: Event) -> bool:
    """Taken up, or refused with a reason."""
    refused = isinstance(event, HealthChanged) and event.part == "configuration" and event.health != "ok"
    return isinstance(event, Configured) or refused
