"""A conversation flows in; it is held until somebody wants it to end, and begun anew when the configuration changed."""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from voiced.conversation.assistant import Assistant
from voiced.engines import Setting
from voiced.errors import ConfigError
from voiced.service.notify import Notifier, watchdog_s
from voiced.service.orders import orders
from voiced.service.watch import Watch
from voiced.stages import Clock

_LOG = logging.getLogger(__name__)


class Supervised:
    """The bond between a daemon and whoever started it: systemd, or a person at a terminal."""

    def __init__(self, environment: Mapping[str, str], clock: Clock, settle: Callable[[], Setting]) -> None:
        """`settle` reads the configuration; it raises ConfigError when that is wrong."""
        self._notifier = Notifier(environment.get("NOTIFY_SOCKET"))
        self._settle = settle
        self._assistant: Assistant | None = None
        self._leaving = False
        self._next: Setting | None = None
        self.watch = Watch(self._notifier, clock.monotonic, watchdog_s(environment, os.getpid()))
        """Wants to hear of every event, and of every frame that the wake detector has heard."""

    @contextmanager
    def obeying(self) -> Iterator[None]:
        """While this lasts, signals are obeyed."""
        # Only a service is told to reload by SIGHUP; in a terminal it means that nobody is there any more, and then a
        # microphone must not stay open.
        with orders(self._leave, self.reload if self._notifier.there else None):
            yield

    def hold(self, assistant: Assistant) -> Setting | None:
        """Holds the conversation to its end; the setting to begin another one with, None when it is over for good."""
        self.watch.loaded()
        self._assistant = assistant
        if self._leaving or self._next:
            assistant.close()
        assistant.run()
        self._assistant = None
        setting, self._next = self._next, None
        if setting is None or self._leaving:
            return None
        self.watch.loading(again=True)
        return setting

    def reload(self) -> None:
        """Reads the configuration again, and when it is right, begins anew with it. May be called from any thread."""
        try:
            self._next = self._settle()
        except ConfigError as error:
            _LOG.error("The configuration stays as it was: %s", error)
            return
        if self._assistant is not None:
            self._assistant.close()

    def _leave(self) -> None:
        self.watch.closing()
        self._leaving = True
        if self._assistant is None:
            os._exit(0)  # models are being loaded, which nothing can interrupt; there is nothing to lose yet
        self._assistant.close()
