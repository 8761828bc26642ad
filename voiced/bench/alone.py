"""Paths of models flow in, what a process of voiced's own costs flows out: its start, its idleness, its memory.

The benchmark starts this module as a program, so that nothing of the sequential chain is in what is measured. It says
"listening" on its standard output as soon as it does, and at its end one JSON object.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

import voiced
from voiced.activity import Activity
from voiced.audio.room import Pace, Room
from voiced.bench.lines import SHORT, TALK, Kind, plan
from voiced.bench.person import Speech
from voiced.bench.recipes import Models
from voiced.bench.session import LEAD_IN_S, Session, Turn, session
from voiced.bench.setting import chosen, settled
from voiced.errors import EngineError
from voiced.models import STARTERS
from voiced.stages import FRAME, RATE, Pcm

SETTLING_S = 2.0
"""Seconds before a stretch of idleness is measured."""

SENTENCES = 5
"""Sentences whose first sound is measured."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to measure."""

    config: str | None
    profile: str | None
    shapes: tuple[str, str, str] | None
    """Paths of the models; None for those that are installed."""
    kinds: tuple[Kind, ...]
    pace: Pace = "realtime"
    idle_s: float = 20.0
    """Seconds of quiet, and of talk."""


@dataclass(frozen=True, slots=True)
class Alone:
    """What was measured."""

    start_s: float
    """Seconds from the start of the process to the moment it listens."""
    quiet_percent: float
    """Of one core, in a quiet room, less what that takes itself."""
    talk_percent: float
    """Of one core, while people talk to each other."""
    memory_mb: float
    """Resident after a turn of each kind, beyond what the models' files weigh."""
    first_sound_ratio: float | None
    """Time to the first sound of a sentence, as a share of the time that all of it takes undivided; None without
    Piper."""


def measure(job: Job) -> Alone:
    """Starts a fresh process for `job` and waits for it. Raises EngineError when it fails."""
    # Whatever this process imports is what the other one is to import.
    environment = os.environ | {"PYTHONPATH": f"{Path(voiced.__file__).parent.parent}:{os.getenv('PYTHONPATH', '')}"}
    begin = time.monotonic()
    command = [sys.executable, "-m", __name__, json.dumps(asdict(job))]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as child:
        try:
            assert child.stdout is not None
            listening = child.stdout.readline()
            start_s = time.monotonic() - begin
            out, complaint = child.communicate()
        finally:
            child.kill()
            child.wait()
    if child.returncode != 0 or listening != "listening\n":
        why = (complaint.strip().splitlines() or ["it says nothing"])[-1]
        raise EngineError(f"The process whose start and idleness were to be measured failed: {why}")
    return Alone(start_s=start_s, **json.loads(out))


def main(job: Job) -> None:
    """The other process."""
    shapes = Models(*map(Path, job.shapes)) if job.shapes else None
    setting = settled(Path(job.config) if job.config else None, job.profile, os.environ, shapes)
    lines = list(plan(job.kinds, 1))
    percent: dict[str, float] = {}
    turns: list[Turn] = []

    def script(held: Session) -> Iterator[Pcm]:
        speech = Speech()
        talk = np.concatenate([speech.say(text) for text in TALK])
        utterances = [speech.utter(line) for line in lines]
        yield from held.air.silence(LEAD_IN_S + SETTLING_S)
        for name, sound in (("quiet", np.zeros(RATE, np.int16)), ("talk", talk)):
            cpu, begin = time.process_time(), held.air.seconds
            yield from held.air.speech(np.resize(sound, int(job.idle_s * RATE)))  # over and over
            percent[name] = (time.process_time() - cpu) / (held.air.seconds - begin) * 100
        yield from held.air.silence(SETTLING_S)
        for utterance in utterances:
            yield from held.turn(utterance, turns)

    with session(setting, script, telling=shapes is not None, pace=job.pace, lines=lines) as held:
        held.assistant.run(ready=lambda: print("listening", flush=True))  # noqa: T201 - what `measure` waits for
        places = [place for kind in STARTERS if (place := chosen(kind, setting)) is not None]
        memory = (resident() - sum(map(size, places))) / 1e6
        voice = chosen("tts", setting)
        ratio = None
        if voice is not None and held.chain.mouth.synthesiser.name.startswith("piper"):
            ratio = first_sound_ratio(held, voice, setting.profile.threads.tts)
    room = room_percent(job.idle_s, job.pace)
    told = {f"{name}_percent": max(0.0, own - room) for name, own in percent.items()} | {"memory_mb": memory}
    print(json.dumps(told | {"first_sound_ratio": ratio}))  # noqa: T201


def room_percent(seconds: float, pace: Pace) -> float:
    """What the room by itself takes of one core: it ticks every 10 ms where a sound card would."""
    room = Room(lambda: np.zeros(RATE, np.int16), Activity(), pace=pace)
    room.read()  # from here on it ticks
    cpu, frames = time.process_time(), int(seconds * RATE / FRAME)
    for _ in range(frames):
        room.read()
    return (time.process_time() - cpu) / (frames * FRAME / RATE) * 100


def resident() -> int:
    """Bytes of memory that this process has in use."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def size(model: Path) -> int:
    """Bytes of the weights in `model`."""
    return (model / "model.bin" if model.is_dir() else model).stat().st_size


def first_sound_ratio(held: Session, model: Path, threads: int) -> float:
    """Of Piper's voice `model` on `threads`: the first piece of a sentence ÷ all of it in one go; the median."""
    from piper import PiperVoice

    from voiced import onnx

    runtime = onnx.runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    whole = PiperVoice.load(str(model))
    whole.session = runtime.InferenceSession(str(model), sess_options=options, providers=["CPUExecutionProvider"])
    ratios = []
    for _, sentence in SHORT[: SENTENCES + 1]:
        begin = time.perf_counter()
        next(held.chain.mouth.synthesiser.synthesise(sentence), None)
        first = time.perf_counter()
        list(whole.synthesize(sentence))
        ratios.append((first - begin) / (time.perf_counter() - first))
    return float(np.median(ratios[1:]))  # the first warms up


if __name__ == "__main__":
    main(Job(**json.loads(sys.argv[1])))
