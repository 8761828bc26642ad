"""Microphone and speaker flow in, whether they work and hear each other flows out: a sweep is played and looked for."""

import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np

from voiced.audio.devices import DeviceSpeaker
from voiced.doctor.finding import Finding, refused
from voiced.doctor.mixer import find_mixer, is_muted
from voiced.doctor.recorder import Recorder, Take
from voiced.doctor.signals import OVERDRIVEN, find_echo, judge_echo, judge_level, judge_rate, levels, sweep
from voiced.doctor.situation import Situation
from voiced.engines import WAKE_WORD
from voiced.errors import AudioError, EngineError
from voiced.stages import RATE, Sound
from voiced.wakeword import spoken_form

QUIET_S: Final = 1.6
"""Seconds in which nothing is played: the noise, and what the wake word needs to warm up."""

GAP_S: Final = 0.6
"""Seconds between the sweep and the wake word: rooms have stopped ringing by then."""

TAIL_S: Final = 1.2
"""Seconds of listening behind the last sound: Bluetooth needs a third of one, each way."""

PATIENCE_S: Final = 12.0
"""Seconds for all that is played to be out: it takes three, sound servers pause for two, lost devices for five."""

SWEEP_RATE: Final = 48_000


@dataclass(slots=True)
class Played:
    """What became of what was to be played."""

    finding: Finding
    begun: float | None = None
    """When the sweep left the device, on the monotonic clock; None when it did not."""
    word: float | None = None
    """The same of the wake word."""
    deaf: AudioError | None = None
    """How the microphone was lost meanwhile."""


def sound(situation: Situation) -> Iterator[Finding]:
    """Both devices, and what one hears of the other."""
    daemon = situation.daemon
    if daemon is not None and not daemon.quiet:
        yield Finding("sound", "skipped", "voiced is in a conversation, which is not disturbed.", "Ask again later.")
        return
    with ExitStack() as stack:
        try:
            recorder = stack.enter_context(closing(Recorder(situation.setting.config.microphone.device)))
            recorder.wait(QUIET_S)
        except AudioError as error:
            yield _unheard(situation, error)
            yield _play(situation, None).finding
            return
        quiet_until = time.monotonic()
        played = _play(situation, recorder)
        take = recorder.take()
    if played.deaf is not None:
        yield _unheard(situation, played.deaf)
        yield played.finding
        return
    yield judge_microphone(recorder, take)
    quiet, whole = levels(take.until(quiet_until)), levels(take.samples)
    yield judge_level(quiet, whole, find_mixer(situation.environment))
    yield played.finding
    if situation.silent:
        yield Finding("echo", "skipped", "Whether the microphone hears the speaker was not tried: nothing was played.")
    elif played.begun is not None and not whole.silent:
        yield _echo(situation, take, played, quiet.clipped)


def judge_microphone(recorder: Recorder, take: Take) -> Finding:
    """What was really obtained of it."""
    channels = {1: "mono", 2: "stereo"}.get(recorder.channels, f"{recorder.channels} channels")
    got = f"16 bits, {take.rate} Hz, {channels}"
    figures = {"rate": take.rate, "channels": recorder.channels}
    if take.measured is not None:
        figures["measured_rate"] = round(take.measured)
    name = f'The microphone "{recorder.device.name}" ({recorder.device.host})'
    problem, advice = judge_rate(take.rate, take.measured)
    if problem:
        return Finding("microphone", "fault", f"{name} opens ({got}), but {problem}.", advice, figures,
                       public=f"The microphone opens ({got}), but {problem}.")  # fmt: skip
    if take.lost:
        return Finding("microphone", "warning", f"{name} loses sound ({got}): this machine is too busy to listen.",
                       "End what else is running, or choose smaller models.", figures,
                       public=f"The microphone loses sound ({got}).")  # fmt: skip
    return Finding("microphone", "ok", f"{name} brings {got}.", "", figures, public=f"The microphone brings {got}.")


def _unheard(situation: Situation, error: AudioError) -> Finding:
    """Why there is no microphone."""
    if situation.daemon is not None:
        return Finding("microphone", "skipped", "The microphone is in use by the voiced that runs, and not shared.",
                       "Stop voiced and ask again to try it: `systemctl --user stop voiced`.")  # fmt: skip
    if forbidden(situation.root):
        return Finding("microphone", "fault", "You may not use this machine's sound devices.",
                       "`sudo usermod -aG audio $USER`, then log in again.")  # fmt: skip
    return refused("microphone", error, public=unnamed(error))


def unnamed(error: AudioError) -> str:
    """Its first half, without the names of devices: people give them their own."""
    return re.sub(r'"[^"]*"', '"…"', str(error).partition("; ")[0].rstrip(".") + ".")


def forbidden(root: Path) -> bool:
    """Whether there are sound devices, and this person may use none."""
    devices = list(root.glob("dev/snd/pcm*"))
    return bool(devices) and not any(os.access(device, os.R_OK | os.W_OK) for device in devices)


def _play(situation: Situation, recorder: Recorder | None) -> Played:
    """Plays the sweep, and the wake word where nobody is woken by it. Listens on until all of it must have come."""
    settings = situation.setting.config.speaker
    try:
        speaker = DeviceSpeaker(settings.device, lead_in_ms=settings.lead_in_ms)
    except AudioError as error:
        if situation.daemon is not None:
            return Played(Finding("speaker", "skipped", "The speaker is in use by the voiced that runs."))
        return Played(refused("speaker", error, public=unnamed(error)))
    out, moments = threading.Event(), dict[str, float]()

    def at(name: Literal["sweep", "word", "end"]) -> None:
        moments[name] = time.monotonic()
        if name == "end":
            out.set()

    with closing(speaker):
        speaker.volume = settings.volume
        if not situation.silent:
            speaker.play(Sound(sweep(SWEEP_RATE), SWEEP_RATE), 0, lambda: at("sweep"))
            speaker.play(Sound(np.zeros(int(GAP_S * SWEEP_RATE), np.float32), SWEEP_RATE), 0)
            if recorder is not None and (word := _word(situation)) is not None:
                speaker.play(word, 0, lambda: at("word"))
        speaker.mark(0, lambda: at("end"))
        played = out.wait(PATIENCE_S)
        obtained = speaker.obtained if played else None
        deaf = None
        try:
            if recorder is not None:
                recorder.wait(TAIL_S)
        except AudioError as error:
            deaf = error
    finding = judge_speaker(settings.volume, obtained, situation)
    if obtained is None:
        return Played(finding, deaf=deaf)
    return Played(finding, moments.get("sweep"), moments.get("word"), deaf)


def judge_speaker(volume: float, obtained: tuple[str, int] | None, situation: Situation) -> Finding:
    """What to think of a speaker that was opened; `obtained` is what it is once all has been played."""
    if obtained is None:
        return Finding("speaker", "fault", "The speaker opens, but takes no sound: it was lost.",
                       "Unplug it and plug it in again, or start the sound server again.")  # fmt: skip
    name, rate = obtained
    figures = {"rate": rate, "volume": volume}
    if volume == 0:
        return Finding(
            "speaker", "fault", "The volume is 0: nothing is heard.", "Set `volume` in config.toml.", figures
        )
    mixer = find_mixer(situation.environment)
    if not situation.setting.config.speaker.device and is_muted(mixer, situation.environment):
        return Finding("speaker", "fault", "The speaker is muted.", f"{mixer.speak}, or its own switch.", figures)
    what = "opens" if situation.silent else "takes"
    return Finding("speaker", "ok", f'The speaker "{name}" {what} {rate} Hz.', "", figures,
                   public=f"The speaker {what} {rate} Hz.")  # fmt: skip


def _word(situation: Situation) -> Sound | None:
    """The first wake word, spoken; None where a daemon would be woken by it, or nobody can say it."""
    if situation.daemon is not None:
        return None
    try:
        pcm = situation.person.say(spoken_form(next(iter(situation.setting.wake_words), WAKE_WORD)))
    except EngineError:
        return None
    return Sound(pcm.astype(np.float32) / np.float32(32768), RATE)


def _echo(situation: Situation, take: Take, played: Played, before: float) -> Finding:
    heard = take.pcm()
    # What came before the sweep was played is none of its echo.
    begun = played.begun or 0.0
    start = max(0, int((begun - take.begin) * RATE))
    echo = find_echo(heard[start:])
    if echo is None:
        return judge_echo(None, 0, overdriven=False)
    begin = (start + echo.at) / RATE
    while_played = take.samples[int(begin * take.rate) : int((begin + 1.0) * take.rate)]
    if played.word is not None:
        situation.heard = heard
    delay_ms = (take.begin + begin - begun) * 1000
    return judge_echo(echo, delay_ms, overdriven=levels(while_played).clipped >= max(OVERDRIVEN, 2 * before))
