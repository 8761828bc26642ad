"""The files that describe a machine flow in, what ails it flows out: disk, memory, clock, heat, power."""

import errno
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import voiced
from voiced.doctor.finding import Finding
from voiced.doctor.situation import Situation
from voiced.hardware.firmware import CAPPED, HOT, SINCE_START, THROTTLED, UNDER_VOLTAGE, throttled
from voiced.hardware.machine import read_text
from voiced.hardware.vitals import read_vitals
from voiced.models.store import RESERVE, megabytes

PROBE: Final = 1_000_000
"""Bytes that are written to a disk to see whether it takes them."""

SLOW_S: Final = 2.0
"""Seconds in which it should: a card that takes longer for it holds up the timers, and is often about to die."""

NEARLY_C: Final = 5
"""Degrees below the limit within which a warning is due, while there is still time to do something."""

BUSY: Final = 1.5
"""Programs that want to run for each processor from which on a machine is busy. At one for each it is only used: the
load is a mean over a minute, and what starts the doctor counts as well."""

PATIENCE_S: Final = 5
"""Seconds that a program of the system may take."""

ADVICE_POWER: Final = "Use the power supply that is made for this board and a short cable; take off what draws current."
ADVICE_HEAT: Final = "Give it a heat sink or a fan, and room to breathe."


def disk(situation: Situation) -> Iterator[Finding]:
    """Whether what has to be written can be: one finding for each disk that voiced writes to."""
    paths, seen = situation.setting.paths, set[int]()
    for folder in (paths.state, paths.cache, paths.data):
        place = next(each for each in (folder, *folder.parents) if each.is_dir())
        if (device := place.stat().st_dev) not in seen:
            seen.add(device)
            yield _written(place)


def _written(place: Path) -> Finding:
    free = shutil.disk_usage(place).free
    begin = time.perf_counter()
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(os.urandom(PROBE))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        reason = "it is full" if full else error.strerror or str(error)
        advice = "Make room: `voiced models` says what the models take." if full else f"Make {place} writable for you."
        return Finding("disk", "fault", f"Nothing can be written to the disk with {place}: {reason}.", advice,
                       public=f"Nothing can be written to a disk of ours: {reason}.")  # fmt: skip
    return judge_disk(place, free, time.perf_counter() - begin)


def judge_disk(place: Path, free: int, seconds: float) -> Finding:
    """What to think of a disk with so many bytes free, which takes so long for `PROBE` bytes."""
    figures = {"free_mb": free // 1_000_000, "write_ms": round(seconds * 1000)}
    if free < RESERVE:
        result = f"The disk with {place} has {megabytes(free)} left; soon no timer can be set any more."
        public = f"A disk of ours has {megabytes(free)} left."
        return Finding("disk", "fault", result, "Make room: `voiced models` says what the models take.", figures,
                       public=public)  # fmt: skip
    if seconds > SLOW_S:
        return Finding("disk", "warning", f"The disk took {seconds:.1f} s to write a megabyte.",
                       "If nobody else is busy with it, replace the card before it fails.", figures)  # fmt: skip
    result = f"{megabytes(free)} are free, and a megabyte is written in {figures['write_ms']} ms."
    return Finding("disk", "ok", result, "", figures)


def memory(situation: Situation) -> Iterator[Finding]:
    """Whether there is as much as the hardware profile plans with."""
    free_mb = read_vitals(situation.root).available_mb
    free = (free_mb or 0) * 1_000_000
    planned = situation.setting.profile.budget.memory_mb * 1_000_000
    if free_mb is None:
        yield Finding("memory", "skipped", "This system does not say how much memory is free.")
    elif situation.daemon is not None or free >= planned:
        beside = ", beside the voiced that runs" if situation.daemon is not None else ""
        yield Finding("memory", "ok", f"{megabytes(free)} are free{beside}.", "", {"free_mb": free_mb})
    else:
        yield Finding(
            "memory", "warning", f"{megabytes(free)} are free, and {megabytes(planned)} are planned with.",
            "Choose smaller models or another hardware profile, or end what else takes memory.",
            {"free_mb": free_mb, "planned_mb": planned // 1_000_000},
        )  # fmt: skip


def load(situation: Situation) -> Iterator[Finding]:
    """Whether others keep the machine busy, for all that is timed takes longer then."""
    found = re.match(r"(\d+\.\d+) ", read_text(situation.root / "proc/loadavg"))
    if found is None:
        yield Finding("load", "skipped", "This system does not say how busy it is.")
    else:
        yield judge_load(float(found[1]), len(os.sched_getaffinity(0)))


def judge_load(wanting: float, cpus: int) -> Finding:
    """What to think of so many programs that want to run at once, on average over a minute."""
    figures = {"load": wanting, "cpus": cpus}
    if wanting < BUSY * cpus:
        return Finding("load", "ok", "The machine has time for voiced.", "", figures)
    has = f"{cpus} processor{'s' if cpus != 1 else ''}"
    return Finding(
        "load", "warning", f"The machine is busy: {wanting:.1f} programs want to run at once, and it has {has}, so "
        "that all that is timed below takes longer.", "See which they are (`top`), and ask again when they are done.",
        figures,
    )  # fmt: skip


def clock(situation: Situation) -> Iterator[Finding]:
    """Whether the clock can be right: it is not when a file of ours is from the future."""
    now, root = situation.clock.time(), situation.root
    files = [Path(voiced.__file__), *situation.setting.paths.state.glob("*")]
    newest = 0.0
    for file in files:
        with suppress(OSError):
            newest = max(newest, file.stat().st_mtime)
    if now < newest - 60:
        yield Finding(
            "clock", "fault", f"The clock says {_date(now)}, but files of voiced's own are from {_date(newest)}.",
            "Set it: `sudo timedatectl set-ntp true` where there is a network, else `sudo timedatectl set-time`.",
            {"behind_s": round(newest - now)},
        )  # fmt: skip
    elif _synchronised(situation):
        yield Finding("clock", "ok", "The clock is set by a time server.")
    elif any(root.glob("sys/class/rtc/rtc*")):
        yield Finding("clock", "ok", "The clock is kept by a battery; no time server has set it.")
    else:
        yield Finding(
            "clock", "warning", "Nothing keeps the clock right: no time server has set it, and no battery keeps it.",
            "`sudo timedatectl set-ntp true`, or a clock module; until then timers and the time of day may be wrong.",
        )  # fmt: skip


def _synchronised(situation: Situation) -> bool:
    if (situation.root / "run/systemd/timesync/synchronized").exists():
        return True
    return situation.live and _said("timedatectl", "show", "--property=NTPSynchronized", "--value") == "yes"


def heat(situation: Situation) -> Iterator[Finding]:
    """How warm the processor is."""
    warm, hot = read_vitals(situation.root).temperature_c, situation.setting.profile.heat.hot_c
    if warm is None:
        yield Finding("heat", "skipped", "This machine does not say how warm it is.")
        return
    figures = {"celsius": round(warm, 1), "hot_celsius": hot}
    if warm >= hot:
        yield Finding("heat", "fault", f"It has {warm:.0f} °C: it slows itself down, or is about to.", ADVICE_HEAT,
                      figures)  # fmt: skip
    elif warm >= hot - NEARLY_C:
        yield Finding("heat", "warning", f"It has {warm:.0f} °C; at {hot} it slows itself down.", ADVICE_HEAT, figures)
    else:
        yield Finding("heat", "ok", f"It has {warm:.0f} °C; at {hot} it would slow itself down.", "", figures)


def power(situation: Situation) -> Iterator[Finding]:
    """Whether a Raspberry Pi slows itself down, for want of current or for heat."""
    flags = throttled(situation.root, lambda: _said("vcgencmd", "get_throttled") if situation.live else "")
    if flags is None:
        yield Finding("power", "skipped", "This machine does not say whether it slows itself down.")
    else:
        yield judge_power(flags)


def judge_power(flags: int) -> Finding:
    """What the firmware's bits mean. What is comes before what was; want of current before all else, for it explains
    the rest."""
    figures = {"throttled": f"{flags:#x}"}
    for bits, outcome, when in ((flags, "fault", "now"), (flags >> SINCE_START, "warning", "since it was started")):
        has = "has" if outcome == "fault" else "had"
        if bits & UNDER_VOLTAGE:
            result, advice = f"The board {has} too little power {when}: it slows down, and may lose data.", ADVICE_POWER
        elif bits & HOT:
            result, advice = f"The board {has} become too hot {when}, and slows itself down.", ADVICE_HEAT
        elif bits & (CAPPED | THROTTLED):
            slow = "is" if outcome == "fault" else "was"
            result, advice = f"The board {slow} slowed down {when}, by heat or by want of power.", ADVICE_HEAT
        else:
            continue
        return Finding("power", "fault" if outcome == "fault" else "warning", result, advice, figures)
    return Finding("power", "ok", "The board has enough power, and was not slowed down.", "", figures)


def _date(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(seconds))


def _said(*command: str) -> str:
    """What a program prints; empty when it is not there, fails or hangs."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
