"""`voiced run`: the microphone flows in, the speaker flows out, until Ctrl-C or SIGTERM."""

import argparse
import faulthandler
import logging
import os
import signal
import sys
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import TYPE_CHECKING

from voiced.activity import Activity
from voiced.clock import SystemClock
from voiced.compose import Composer, open_microphone, open_speaker, settle
from voiced.conversation.chain import Chain
from voiced.conversation.floor import Event, Listener
from voiced.daemon import Daemon
from voiced.dbus.address import Which, default_bus, find_address
from voiced.events import (
    Reply,
    StageFinished,
    StateChanged,
    TimerFired,
    Transcript,
    TurnEnded,
    TurnFailed,
    WakeDetected,
)
from voiced.remembered import Remembered
from voiced.service.supervised import Supervised
from voiced.service.warden import Warden
from voiced.setting import Setting
from voiced.stages import Clock
from voiced.wakeword import spoken_form

if TYPE_CHECKING:
    from voiced.dbus.bus import Bus

_LOG = logging.getLogger("voiced")

FORMAT = "%(levelname)s %(message)s"


def run(options: argparse.Namespace) -> int:
    """Listens and answers. A second Ctrl-C ends it at once."""
    clock, activity = SystemClock(), Activity()
    supervised = Supervised(os.environ, clock)
    supervised.watch.loading()
    with supervised.obeying(), ExitStack() as stack:
        setting = settle(options.config, options.profile, os.environ)
        logging.basicConfig(level=setting.config.log.level.upper(), format=FORMAT, stream=sys.stderr)
        faulthandler.register(signal.SIGUSR1)  # every thread's stack on stderr: what a hung daemon is doing

        def watched(chain: Chain) -> Chain:
            return replace(chain, alive=supervised.watch.alive)

        composer = stack.enter_context(closing(Composer(clock, activity, open_microphone, open_speaker, watched)))
        stack.enter_context(closing(composer.speaker(setting)))
        bus = on_bus(options.bus or default_bus(os.getuid()), setting, clock, stack)
        composer.media = bus
        remembered = stack.enter_context(closing(Remembered(setting.paths.state / "remembered.json", activity)))
        listeners: list[Listener] = [Log(transcripts=setting.config.log.transcripts), supervised.watch.hear_of]
        daemon = Daemon(
            lambda: settle(options.config, options.profile, os.environ),
            composer,
            remembered,
            [*listeners, bus.tell] if bus else listeners,
            clock,
            activity,
        )
        if bus:
            bus.serve(daemon)
        _LOG.info("Profile %s: %s", daemon.setting.profile.name, daemon.setting.profile_reason)
        if daemon.advice:
            _LOG.info(daemon.advice)
        _LOG.info("Say %s.", " or ".join(f'"{spoken_form(word)}"' for word in daemon.setting.wake_words))
        stack.enter_context(closing(Warden(daemon.observe, clock)))
        supervised.hold(daemon)
    return 0


def on_bus(which: Which, setting: Setting, clock: Clock, stack: ExitStack) -> "Bus | None":
    """The daemon's place on the bus, until `stack` is closed; None without one, which is told of once.

    Raises BusError when another daemon is there already."""
    if which == "none":
        return None
    address = find_address(which, os.environ)
    if address is None:
        _LOG.warning("There is no session bus here, so that no program can control voiced; it works without.")
        return None
    try:
        from voiced.dbus.bus import Bus
    except (ImportError, ValueError) as error:  # ValueError: GLib's description is not installed
        _LOG.warning("D-Bus cannot be used (%s), so that no program can control voiced; install it again.", error)
        return None
    bus = Bus(which, address, clock, setting.paths.state / "players.json" if which == "session" else None)
    stack.callback(bus.close)
    bus.start()
    return bus


class Log:
    """Writes what happens to the log; what people say only when they ask for it."""

    def __init__(self, *, transcripts: bool) -> None:
        self._transcripts = transcripts

    def __call__(self, event: Event, _at: float) -> None:
        if isinstance(event, WakeDetected):
            _LOG.info("Woken by %s (%.2f).", event.word, event.score)
        elif isinstance(event, StateChanged):
            _LOG.debug("State: %s.", event.state)
        elif isinstance(event, StageFinished):
            _LOG.debug("Turn %d: %s %s took %.0f ms.", event.turn, event.stage, event.engine, event.ms)
        elif isinstance(event, TurnFailed):
            _LOG.error("%s failed: %s", event.stage, event.reason)
        elif isinstance(event, TimerFired):
            _LOG.info("Timer %d is due.", event.id)
        elif isinstance(event, TurnEnded):
            _LOG.info("Turn %d: %s.", event.turn, event.outcome.replace("_", " "))
        elif self._transcripts and isinstance(event, Transcript):
            _LOG.info("Heard: %s", event.text)
        elif self._transcripts and isinstance(event, Reply):
            _LOG.info("Said: %s", event.text)
