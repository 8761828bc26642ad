"""`voiced wake`: a person's tries and talk flow in, a threshold or a verifier that suits them flows out."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from voiced import verifier
from voiced.audio.files import read_pcm
from voiced.cli.meter import Meter
from voiced.compose import open_microphone, settle
from voiced.config.editing import set_value, toml
from voiced.errors import EngineError, StateError
from voiced.install.layout import SYSTEM_PATHS
from voiced.setting import Setting
from voiced.stages import FRAME, RATE, Microphone, Pcm
from voiced.tuning.hearing import Heard, Hearing, frames_of, live, tries_in, watched
from voiced.tuning.threshold import LOWEST, Advice, advise, height, peaks
from voiced.vad import SileroVad
from voiced.wake import OpenWakeWord, find_word
from voiced.wakeword import spoken_form

READY: Final = 16
"""Frames (1.3 s) of the room before the first try: what the wake network looks at."""

SYSTEM: Final = {
    "CONFIGURATION_DIRECTORY": str(SYSTEM_PATHS.config),
    "STATE_DIRECTORY": str(SYSTEM_PATHS.state),
    "CACHE_DIRECTORY": str(SYSTEM_PATHS.cache),
}
"""What systemd tells the system's daemon."""


def run(options: argparse.Namespace) -> int:
    """Does what `options.action` says."""
    return ACTIONS[options.action](options)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The wake word that is worked on."""

    setting: Setting
    detector: OpenWakeWord
    word: str
    """As it is reported, such as "hey_jarvis"."""

    @property
    def spoken(self) -> str:
        return spoken_form(self.word)


def _choose(options: argparse.Namespace, environment: Mapping[str, str]) -> Chosen:
    setting = settle(options.config, options.profile, environment)
    name = options.word or setting.wake_words[0]
    detector = OpenWakeWord([str(find_word(name, setting.paths))], threshold=setting.config.wake.threshold)
    if len(detector.words) > 1:
        raise EngineError(
            f"{name} stands for {len(detector.words)} phrases, such as {spoken_form(detector.words[0])}; this works "
            "with wake words of one."
        )
    return Chosen(setting, detector, detector.words[0])


def test(options: argparse.Namespace) -> int:
    """Measures, and suggests a threshold."""
    chosen = _choose(options, os.environ)
    tries, talk = gather(options, chosen, partial(open_microphone, chosen.setting))
    heights, highest = [height(each.scores) for each in tries], peaks(talk.scores)
    advice = advise(heights, height(talk.scores) if talk.scores else None)
    saved = options.save and advice.threshold is not None
    if saved:
        set_value(_config_file(options, chosen), "wake", "threshold", advice.threshold or 0.0)
    if options.json:
        told = {
            "word": chosen.word, "threshold": chosen.detector.threshold, "tries": _rounded(heights),
            "talk": {"seconds": round(talk.seconds, 1), "peaks": _rounded(highest)},
            "suggested": advice.threshold, "reason": advice.reason, "saved": saved,
        }  # fmt: skip
        print(json.dumps(told))
    else:
        _report(options, chosen, heights, highest, talk.seconds, advice)
    return 1 if options.save and not saved else 0


def _report(
    options: argparse.Namespace, chosen: Chosen, tries: list[float], peaks: list[float], seconds: float, advice: Advice
) -> None:
    now = chosen.detector.threshold
    for at, score in enumerate(tries, 1):
        print(f"try {at:3}  {_bar(score)}  {score:.2f}{'' if score >= now else '  missed'}")
    for score in peaks or ([0.0] if seconds else []):
        print(f"talk     {_bar(score)}  {score:.2f}{'  false wake' if score >= now else ''}")
    woken, false = sum(each >= now for each in tries), sum(each >= now for each in peaks)
    what = f", and {seconds:.0f} s of talk {'never' if not false else 'once' if false == 1 else f'{false} times'}"
    print(f'At the present threshold of {now:g}, {woken} of {len(tries)} tries wake "{chosen.spoken}"', end="")
    print(f"{what if seconds else ''}.")
    print(advice.reason)
    if advice.threshold is None:
        return
    if advice.threshold == round(now, 2) and not options.save:
        print("Leave it as it is.")
    elif not options.save:
        _to_be_written(options, chosen, "threshold", advice.threshold)
    else:
        _written(options, chosen, "threshold", advice.threshold)
    if len(chosen.setting.wake_words) > 1:
        print("The threshold is one for all wake words; --word tests another.")


def verify_me(options: argparse.Namespace) -> int:
    """Learns the person's voice, or forgets it."""
    from voiced.tuning import training
    from voiced.tuning.voices import strangers

    if options.system and os.geteuid() != 0:
        raise StateError("What the system's daemon knows is root's and the daemon's own; run this with sudo.")
    chosen = _choose(options, SYSTEM if options.system else os.environ)
    file = verifier.place(chosen.word, options.name, chosen.setting.paths)
    if options.forget:
        return _forget(options, chosen, file)
    training.check_installed()
    others = [[read_pcm(path)] for path in options.others_from]
    tries, talk = gather(options, chosen, partial(open_microphone, chosen.setting))
    training.check_enough(
        [height(each.scores) >= chosen.detector.threshold for each in tries], chosen.detector.threshold
    )
    print("Learning your voice; that takes a minute on a small machine.", file=sys.stderr)
    others += [sounds for _, sounds in strangers(chosen.spoken)]
    given = training.examples([each.sound for each in tries], talk.sound, others, chosen.detector)
    learnt = training.train(given, chosen.detector.threshold)
    if learnt.refusal is None:
        _keep(options, chosen, learnt.verifier, file)
    effects = [learnt.tries, *learnt.strangers]
    if options.json:
        told = [{"what": each.what, "of": each.of, "before": each.before, "after": each.after} for each in effects]
        stored = None if learnt.refusal else str(file)
        print(json.dumps({"word": chosen.word, "name": options.name, "effects": told, "file": stored}))
    else:
        width = max(len(each.what) for each in effects)
        print(f"{'':{width}}  wake it  with your voice learnt")
        for each in effects:
            print(f"{each.what:{width}}  {f'{each.before} of {each.of}':>7}  {each.after}")
    if learnt.refusal:
        raise EngineError(f"Nothing was kept: {learnt.refusal}; try again with more --tries, where you mostly speak.")
    if not options.json:
        print(
            "Each was judged without having been learnt from. Other people may be nearer to your voice than these are;"
        )
        print("--others-from takes recordings of them.")
        print(f"Kept are numbers alone, in {file}; the sound is forgotten.")
        if options.save:
            _written(options, chosen, "verifier", True)
        elif not chosen.setting.config.wake.verifier:
            _to_be_written(options, chosen, "verifier", True)
        else:
            print("A running voiced uses it after `voicectl reload`.")
    return 0


def _keep(options: argparse.Namespace, chosen: Chosen, learnt: verifier.Verifier, file: Path) -> None:
    verifier.save(learnt, file)
    if not options.save:
        return
    if options.system:
        SYSTEM_PATHS.config.mkdir(mode=0o755, exist_ok=True)  # root's, for the daemon to read
    set_value(_config_file(options, chosen), "wake", "verifier", True, 0o644 if options.system else 0o600)


def _forget(options: argparse.Namespace, chosen: Chosen, file: Path) -> int:
    if not file.exists():
        names = [each.stem for each in verifier.known(chosen.word, chosen.setting.paths)]
        others = f"known are {', '.join(names)}" if names else "nobody is known"
        raise EngineError(f'Nothing was learnt of {options.name} saying "{chosen.spoken}"; {others}.')
    verifier.forget(file)
    if options.json:
        print(json.dumps({"word": chosen.word, "name": options.name, "forgotten": str(file)}))
    else:
        print(f"{file} is deleted. A running voiced forgets it after `voicectl reload`.")
    return 0


def gather(
    options: argparse.Namespace, chosen: Chosen, microphone: Callable[[], Microphone]
) -> tuple[list[Heard], Heard]:
    """The tries, and the talk, from recordings where they are named and else from the microphone."""
    recordings = [read_pcm(path) for path in options.tries_from]
    talk = read_pcm(options.talk_from) if options.talk_from else None
    with Meter(chosen.detector.threshold) as meter:
        hearing = Hearing(chosen.detector, SileroVad(), meter.show)
        tries = tries_in(recordings, hearing)
        heard = _recorded(talk, hearing)
        asks_tries, asks_talk = not recordings, talk is None and options.talk > 0
        if asks_tries or asks_talk:
            with closing(microphone()) as source:
                meter.tell("A running voiced hears this too, and answers; `voicectl mute` keeps it from that.")
                if asks_tries:
                    tries = _tries(options.tries, chosen, hearing, meter, source)
                if asks_talk:
                    meter.ask(f'Now {options.talk:.0f} s of talk or television, without "{chosen.spoken}"')
                    heard = hearing.talk(live(source), options.talk)
    return tries, heard


def _recorded(talk: Pcm | None, hearing: Hearing) -> Heard:
    if talk is None:
        return Heard(np.zeros(0, np.int16), ())
    return hearing.talk(frames_of(talk), len(talk) / RATE + 2)


def _tries(count: int, chosen: Chosen, hearing: Hearing, meter: Meter, source: Microphone) -> list[Heard]:
    found: list[Heard] = []
    meter.ask("Quiet, please")
    hearing.talk(live(source), READY * FRAME / RATE)
    frames = watched(live(source), lambda: len(found))
    meter.ask(f'Say "{chosen.spoken}": 1 of {count}')
    for heard in hearing.tries(frames):
        found.append(heard)
        score = height(heard.scores)
        missed = "" if score >= chosen.detector.threshold else "  missed" if score >= LOWEST else "  not recognised"
        meter.tell(f"{len(found):3} of {count}  {score:.2f}{missed}")
        if len(found) == count:
            break
        meter.ask(f'Say "{chosen.spoken}": {len(found) + 1} of {count}')
    return found


def _config_file(options: argparse.Namespace, chosen: Chosen) -> Path:
    file: Path = options.config or chosen.setting.paths.config_file
    return file


def _to_be_written(options: argparse.Namespace, chosen: Chosen, key: str, value: bool | float) -> None:
    print(f"\nWrite this into {_config_file(options, chosen)}, or let --save do it:\n\n[wake]\n{key} = {toml(value)}\n")


def _written(options: argparse.Namespace, chosen: Chosen, key: str, value: bool | float) -> None:
    print(f"{_config_file(options, chosen)} says {key} = {toml(value)} in [wake] now. A running voiced obeys after")
    print("`voicectl reload`.")


def _bar(score: float) -> str:
    return ("█" * round(score * 20)).ljust(20, "·")


def _rounded(scores: Sequence[float]) -> list[float]:
    return [round(score, 3) for score in scores]


ACTIONS: Final[Mapping[str, Callable[[argparse.Namespace], int]]] = {"test": test, "verify-me": verify_me}
