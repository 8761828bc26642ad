"""A daemon flows in; it is held until somebody wants it to end, and told when somebody wants it to read again."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from voiced.errors import ConfigError
from voiced.service.notify import Notifier, watchdog_s
from voiced.service.orders import orders
from voiced.service.watch import Watch
from voiced.stages import Clock

_LOG = logging.getLogger(__name__)


class Held(Protocol):
    """What can be held: the daemon."""

    def run(self) -> None:
        """Lives until `close`."""

    def close(self) -> None:
        """Ends `run`; from any thread, and also before it."""

    def reload(self) -> None:
        """Goes on with what the configuration says now; from any thread. Raises ConfigError when it is wrong."""


class Supervised:
    """The bond between a daemon and whoever started it: systemd, or a person at a terminal."""

    def __init__(self, environment: Mapping[str, str], clock: Clock) -> None:
        """`environment` holds what systemd says about itself."""
        self._notifier = Notifier(environment.get("NOTIFY_SOCKET"))
        self._held: Held | None = None
        self._leaving = False
        self.watch = Watch(self._notifier, clock.monotonic, watchdog_s(environment, os.getpid()))
        """Wants to hear of every event, and of every frame that the wake detector has heard."""

    @contextmanager
    def obeying(self) -> Iterator[None]:
        """While this lasts, signals are obeyed."""
        # Only a service is told to reload by SIGHUP; in a terminal it means that nobody is there any more, and then a
        # microphone must not stay open.
        with orders(self._leave, self.reload if self._notifier.there else None):
            yield

    def hold(self, held: Held) -> None:
        """Lets it live to its end."""
        self.watch.loaded()
        self._held = held
        if self._leaving:
            held.close()
        held.run()

    def reload(self) -> None:
        """Has the configuration read again; what is wrong with it is logged. May be called from any thread."""
        if self._held is None:
            return  # it is being read at this moment
        self.watch.reloading()
        try:
            self._held.reload()
        except ConfigError as error:
            _LOG.error("The configuration stays as it was: %s", error)
        except BaseException:
            self.watch.reloaded()  # nothing comes of it, so nobody else will say that it is over
            raise

    def _leave(self) -> None:
        self.watch.closing()
        self._leaving = True
        if self._held is None:
            os._exit(0)  # models are being loaded, which nothing can interrupt; there is nothing to lose yet
        self._held.close()
