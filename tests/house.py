"""A daemon in a room for the tests: everything that `voiced run` puts together, but for the sound card.

Time goes by in the room only while something happens (somebody speaks, the assistant does anything, a test asks for
it), so that a daemon that nobody talks to costs nothing.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.bus import PATIENCE_S
from tests.home import home
from voiced.activity import Activity
from voiced.audio.room import Room
from voiced.compose import Composer, settle
from voiced.conversation.floor import Event
from voiced.daemon import Daemon
from voiced.dbus.bus import Bus
from voiced.errors import AudioError
from voiced.events import Muted, StateChanged
from voiced.remembered import Remembered
from voiced.setting import Setting
from voiced.stages import FRAME, Microphone, Pcm

LULL_S = 0.05
"""Seconds between looks at whether something happens."""


class House:
    """The daemon, running in a thread of its own from `start` to `close`."""

    def __init__(self, folder: Path, address: str | None = None, config: str = "") -> None:
        """`folder` is its home, and may be one that another daemon has left."""
        self.folder = folder
        self.setting: Setting = home(folder, config)
        self.config_file = folder / "config.toml"
        self.events: list[Event] = []
        self.microphones = 0
        """How many are open now."""
        self.open_when_muted: list[int] = []
        """How many were, each time that it said it was muted."""
        self.broken_microphone = False
        """Whether none can be opened."""
        self._address = address
        self._activity = Activity()
        self._sounds: deque[Pcm] = deque()
        self._happened, self._told = threading.Condition(), threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._pump = threading.Thread(target=self._move_time, daemon=True)
        self._reading = threading.Lock()
        self._reader = threading.Event()  # set when whoever reads now has closed the microphone
        self.failure: Exception | None = None
        self.bus: Bus | None = None
        self.daemon: Daemon | None = None
        self.room = Room(self._next, self._activity)
        self._closing = False
        self._quiet = False  # nothing is left to be heard

    def start(self) -> "House":
        """Loads everything and begins to listen."""
        if self._address is not None:
            self.bus = Bus(
                "session", self._address, self.room.clock, self.setting.paths.state / "players.json", (0.05, 0.1)
            )
            self.bus.start()
        self._thread.start()
        self._pump.start()
        return self

    def close(self) -> None:
        """Leaves, as at SIGTERM."""
        if self.daemon is not None:
            self.daemon.close()
        self._closing = True
        self._thread.join(20)
        self._pump.join(20)
        assert not self._thread.is_alive(), "the daemon does not leave"
        if self.bus is not None:
            self.bus.close()
        if self.failure is not None:
            raise self.failure

    def play(self, *sounds: Pcm) -> None:
        """Plays sounds into the room."""
        with self._happened:
            self._sounds.extend(sounds)
            self._quiet = False
            self._happened.notify_all()

    def pass_time(self, seconds: float) -> None:
        """Lets time go by in the room."""
        self.play(np.zeros(int(seconds * 16_000), np.int16))

    def wait_until_heard(self) -> None:
        """Until all that was played has reached the microphone, and the conversation has taken it up."""
        with self._happened:
            assert self._happened.wait_for(lambda: not self._sounds and self._quiet, PATIENCE_S)
        self._activity.wait_idle(PATIENCE_S)

    def wait_until_kept(self) -> None:
        """Until what was changed is on the disk."""
        self._activity.wait_idle(PATIENCE_S)

    def wait_for(self, wanted: Callable[[Event], bool], patience_s: float = PATIENCE_S) -> None:
        """Until an event came that is `wanted`."""
        with self._told:
            assert self._told.wait_for(lambda: any(map(wanted, self.events)), patience_s), self.events

    def _note(self, event: Event, _at: float) -> None:
        with self._told:
            self.events.append(event)
            if isinstance(event, Muted):
                self.open_when_muted.append(self.microphones)
            self._told.notify_all()

    def _next(self) -> Pcm | None:
        while not self._closing and not self._reader.is_set():
            with self._happened:
                if self._sounds:
                    return self._sounds.popleft()
            if self.daemon is not None and self.daemon.state not in ("asleep", "muted"):
                return np.zeros(0, np.int16)
            if not self.room.speaker.queue.empty:
                return np.zeros(0, np.int16)
            with self._happened:
                self._quiet = True
                self._happened.notify_all()
                self._happened.wait(LULL_S)
                self._quiet = False
        return None

    def read(self, closed: threading.Event, samples: int = FRAME) -> Pcm | None:
        """The next `samples` of the room, for whoever has a microphone open; None once that is `closed`."""
        with self._reading:
            self._reader = closed
            return self.room.read(samples)

    def interrupt(self) -> None:
        """Somebody who waits for a frame may not want it any more."""
        with self._happened:
            self._happened.notify_all()

    def _move_time(self) -> None:
        """Time goes by for the speaker too when no microphone is open."""
        while not self._closing:
            with self._happened:
                self._happened.wait(LULL_S)
            while not self._closing and not self.microphones and not self.room.speaker.queue.empty:
                self.read(threading.Event())

    def _open_microphone(self, _setting: Setting) -> Microphone:
        if self.broken_microphone:
            raise AudioError("There is no microphone on this machine; plug one in.")
        self.microphones += 1
        return Ear(self)

    def _run(self) -> None:
        remembered = Remembered(self.setting.paths.state / "remembered.json", self._activity)
        composer = Composer(self.room.clock, self._activity, self._open_microphone, lambda _: self.room.speaker)
        composer.media = self.bus
        try:
            environment = {"HOME": str(self.folder), "XDG_CACHE_HOME": str(self.setting.paths.cache.parent)}
            # The bus is told first: what a test has seen happen, it can rely on in a call.
            listeners = [self.bus.tell, self._note] if self.bus else [self._note]
            self.daemon = Daemon(
                lambda: replace(settle(self.config_file, None, environment), starter=self.setting.starter),
                composer, remembered, listeners, self.room.clock, self._activity,
            )  # fmt: skip
            if self.bus:
                self.bus.serve(self.daemon)
            self.daemon.run()
        except Exception as error:
            self.failure = error
        finally:
            composer.close()
            remembered.close()


class Ear:
    """A microphone of the house's room; closing it leaves the room as it is, for the next one."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._closed = threading.Event()

    def read(self, samples: int = FRAME) -> Pcm | None:
        block = self._house.read(self._closed, samples)
        return None if self._closed.is_set() else block

    def close(self) -> None:
        if not self._closed.is_set():
            self._closed.set()
            self._house.microphones -= 1
            self._house.interrupt()


@contextmanager
def house(folder: Path, address: str | None = None, config: str = "") -> Iterator[House]:
    """A daemon from when it listens, or is muted, to its end."""
    made = House(folder, address, config).start()
    try:
        made.wait_for(lambda event: isinstance(event, StateChanged))
        yield made
    finally:
        made.close()


def said(events: Sequence[Event], kind: type) -> list[Event]:
    """The events of one kind."""
    return [event for event in events if isinstance(event, kind)]
