"""A situation flows in, all findings flow out, one after the other, in the order in which they explain each other.

What an earlier trial finds is the cause of what a later one finds: a full disk, of an engine that cannot write; a model
cut short, of a recogniser that was replaced. The sound is tried before the engines heat the machine up, and whether
anything left the house when everything has run.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from voiced.doctor import answering, hearing, machine, promise, service, shelf, sound
from voiced.doctor.finding import Finding, refused
from voiced.doctor.situation import Situation
from voiced.errors import VoicedError

Trial: TypeAlias = Callable[[Situation], Iterator[Finding]]

TRIALS: Final[Sequence[Trial]] = (
    shelf.configuration,
    shelf.folders,
    machine.disk,
    machine.clock,
    machine.heat,
    machine.power,
    service.bus,
    service.unit,
    machine.memory,
    machine.load,
    shelf.models,
    shelf.parts,
    sound.sound,
    hearing.wake_word,
    hearing.voice_activity,
    hearing.recogniser,
    answering.language_model,
    answering.synthesiser,
    promise.offline,
)


def examine(
    situation: Situation,
    trials: Sequence[Trial] = TRIALS,
    *,
    mend: Callable[[Finding], bool] | None = None,
) -> Iterator[Finding]:
    """All findings, each when it is there. `mend` gets those that have a fix, and says whether it was done: then the
    same is tried again."""
    for trial in trials:
        mended = False
        found = []
        for finding in _timed(trial, situation):
            found.append(finding)
            if mend is not None and finding.fix is not None:
                mended = mend(finding) or mended
            elif mend is None:
                yield finding
        if mend is not None:
            yield from _timed(trial, situation) if mended else found


def _timed(trial: Trial, situation: Situation) -> Iterator[Finding]:
    """What a trial finds, with the time that each finding took. A trial that fails is a finding itself."""
    begin = time.perf_counter()
    findings = trial(situation)
    while True:
        try:
            finding = next(findings, None)
        except VoicedError as error:
            finding = refused(trial.__name__.replace("_", " "), error, public="This could not be tried.")
        except Exception as error:
            kind = type(error).__name__
            finding = Finding(
                trial.__name__.replace("_", " "), "fault", f"This could not be tried ({kind}: {error}).",
                "Please report it, with `voiced doctor --report FILE`.", public=f"This could not be tried ({kind}).",
            )  # fmt: skip
        if finding is None:
            return
        now = time.perf_counter()
        yield replace(finding, ms=(now - begin) * 1000)
        begin = now
