"""Frames that the wake detector has heard flow in, what systemd is to know flows out: ready, alive, and doing what.

Laws, which the tests name:

1. Ready is said once, at the first sign of life: models are loaded by then, and sound reaches the detector.
2. Alive is said only at a sign of life, never by a timer: no frames, no watchdog (W5, M3).
3. Of the signs of life no more are passed on than are needed.
"""

from collections.abc import Callable, Mapping
from typing import Final

from voiced.conversation.floor import Event
from voiced.events import StateChanged
from voiced.service.notify import Notifier

SHARE: Final = 4
"""Signs of life in the time that systemd waits for one: three may get lost, and 12 frames a second stay with us."""

LOADING_S: Final = 300
"""Seconds that loading again may take, when no frames come: as many as the units give the start."""

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
    """Owned by the conversation's thread, but for `loading` and `closing`."""

    def __init__(self, notifier: Notifier, monotonic: Callable[[], float], period_s: float | None) -> None:
        """`monotonic` is the clock's; `period_s` is how long systemd waits for a sign of life, None for ever."""
        self._notifier = notifier
        self._monotonic = monotonic
        self._period_s = period_s
        self._ready = False
        self._told_at: float | None = None
        self._state = "asleep"

    def loading(self, *, again: bool = False) -> None:
        """The models are being loaded; `again` for a service that was ready before, and reads its configuration."""
        self._ready = False
        if again:
            self._notifier.tell(RELOADING=1, MONOTONIC_USEC=int(self._monotonic() * 1_000_000))
            if self._period_s is not None:
                self._notifier.tell(WATCHDOG_USEC=LOADING_S * 1_000_000)
        self._notifier.tell(STATUS="Loads its models.")

    def loaded(self) -> None:
        """The models are there; sound is still to come."""
        self._state = "asleep"
        self._notifier.tell(STATUS="Waits for the first sound from the microphone.")

    def alive(self) -> None:
        """A frame has been through the wake detector, or the microphone is closed because somebody muted it."""
        now = self._monotonic()
        if not self._ready:
            self._ready = self._notifier.tell(READY=1, STATUS=WORDS[self._state])
            if self._period_s is not None:
                self._notifier.tell(WATCHDOG_USEC=int(self._period_s * 1_000_000))
        due = self._told_at is None or (self._period_s is not None and now - self._told_at >= self._period_s / SHARE)
        if self._period_s is not None and due and self._notifier.tell(WATCHDOG=1):
            self._told_at = now

    def hear_of(self, event: Event, _at: float) -> None:
        """A listener of the conversation."""
        if isinstance(event, StateChanged) and event.state in WORDS:
            self._state = event.state
            if self._ready:
                self._notifier.tell(STATUS=WORDS[event.state])

    def closing(self) -> None:
        """Somebody asked it to leave."""
        self._notifier.tell(STOPPING=1, STATUS="Leaves.")
