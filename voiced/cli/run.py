"""`voiced run`: the microphone flows in, the speaker flows out, until Ctrl-C or SIGTERM."""

import argparse
import faulthandler
import logging
import os
import signal
import sys
from contextlib import closing
from dataclasses import replace

from voiced.activity import Activity
from voiced.clock import SystemClock
from voiced.compose import assembled, open_microphone, open_speaker, settle
from voiced.conversation.assistant import Assistant
from voiced.conversation.floor import Event
from voiced.engines import Setting
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
from voiced.service.supervised import Supervised
from voiced.stages import Clock
from voiced.wakeword import spoken_form

_LOG = logging.getLogger("voiced")


def run(options: argparse.Namespace) -> int:
    """Listens and answers. A second Ctrl-C ends it at once."""
    clock = SystemClock()
    supervised = Supervised(os.environ, clock, lambda: settle(options.config, options.profile, os.environ))
    following: Setting | None = settle(options.config, options.profile, os.environ)
    logging.basicConfig(format="%(levelname)s %(message)s", stream=sys.stderr)
    faulthandler.register(signal.SIGUSR1)  # every thread's stack on stderr: what a hung daemon is doing
    supervised.watch.loading()
    with supervised.obeying():
        while (setting := following) is not None:
            following = _converse(setting, clock, supervised)
    return 0


def _converse(setting: Setting, clock: Clock, supervised: Supervised) -> Setting | None:
    """One conversation; the setting of the next one, None when there is to be none."""
    logging.getLogger().setLevel(setting.config.log.level.upper())
    with (
        closing(open_speaker(setting)) as speaker,
        assembled(
            setting, clock, Activity(), open_microphone=lambda: open_microphone(setting), speaker=speaker
        ) as chain,
    ):
        log = Log(transcripts=setting.config.log.transcripts)

        def tell(event: Event, at: float) -> None:
            log(event, at)
            supervised.watch.hear_of(event, at)

        assistant = Assistant(replace(chain, alive=supervised.watch.alive), tell)
        _LOG.info("Profile %s: %s", setting.profile.name, setting.profile_reason)
        _LOG.info("Say %s.", " or ".join(f'"{spoken_form(word)}"' for word in setting.wake_words))
        return supervised.hold(assistant)


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
