"""`voiced voices`: the voices flow out, as a list or one in full; one is played, or checked."""

import argparse
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from voiced.activity import Activity
from voiced.audition import Lack, Tried, lacks, sample, tried
from voiced.cli.say import speak
from voiced.compose import settle
from voiced.config.voice import Voice, list_voices, load_voice, read_voice
from voiced.errors import ConfigError, VoicedError
from voiced.languages import in_english
from voiced.remembered import Remembered
from voiced.resources import voices_dir
from voiced.setting import Setting

STAGES = {"wake": "wake word", "commands": "commands", "stt": "hearing", "text": "reading", "tts": "speaking"}
"""The stages, as people call them."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One voice, as far as it can be read."""

    name: str
    file: Path
    in_use: bool
    voice: Voice | None
    lacks: tuple[Lack, ...] = ()
    mistakes: tuple[str, ...] = ()


def run(options: argparse.Namespace) -> int:
    """Lists, shows, plays or checks."""
    if options.output and not options.play:
        raise VoicedError("-o is where --play writes; give both, or none.")
    # Another voice is looked for where the configured one cannot be used.
    instead = load_voice("default", [voices_dir()]) if options.name or not (options.check or options.play) else None
    setting = settle(options.config, options.profile, os.environ, instead=instead)
    broken = setting.voice is instead
    if not broken:
        setting = replace(setting, voice=_in_use(setting))
    if options.check:
        return _check(options, setting)
    if options.play:
        chosen = _chosen(options.name, setting)
        speak(sample(chosen.voice, datetime.now()), chosen, options)
        return 0
    return _show(options, setting, broken) if options.name else _list(options, setting, broken)


def _folders(setting: Setting) -> list[Path]:
    return [setting.paths.voices, voices_dir()]


def _in_use(setting: Setting) -> Voice:
    """The configured voice, or the one that was chosen over D-Bus since."""
    with closing(Remembered(setting.paths.state / "remembered.json", Activity())) as remembered:
        name = remembered.recall("voice", setting.config.voice)
    try:
        return load_voice(name, _folders(setting))
    except ConfigError:
        return setting.voice  # as the daemon does


def _chosen(name: str | None, setting: Setting) -> Setting:
    """The setting with the voice `name`, a file if it looks like one. Raises ConfigError with every mistake."""
    if name is None:
        return setting
    if "/" in name or name.endswith(".toml"):
        return replace(setting, voice=read_voice(Path(name), _folders(setting)))
    return replace(setting, voice=load_voice(name, _folders(setting)))


# --- the list --------------------------------------------------------------------------------------------------------


def _all(setting: Setting, used: str) -> list[Listed]:
    found = []
    for name, file in list_voices(_folders(setting)).items():
        in_use = name == used
        try:
            one = replace(setting, voice=load_voice(name, _folders(setting)))
            found.append(Listed(name, file, in_use, one.voice, tuple(lacks(one))))
        except ConfigError as error:
            found.append(Listed(name, file, in_use, None, mistakes=tuple(str(error).splitlines())))
    return found


def _list(options: argparse.Namespace, setting: Setting, broken: bool) -> int:
    found = _all(setting, setting.config.voice if broken else setting.voice.name)
    if options.json:
        for each in found:
            print(json.dumps(_told(each), ensure_ascii=False))
        return 0
    table = Table("", "voice", "language", "manner", "lacks here", box=None, pad_edge=False)
    table.columns[1].no_wrap = table.columns[2].no_wrap = True
    for each in found:
        voice = each.voice
        table.add_row(
            "●" if each.in_use else " ",
            Text(each.name),
            voice.language if voice else "",
            Text(voice.description if voice else f"cannot be read: {_count(len(each.mistakes))}"),
            ", ".join(f"{STAGES[lack.stage]}{' !' if not lack.instead else ''}" for lack in each.lacks),
        )
    console = Console()
    console.print(table)
    print('\n● is in use; another: voice = "NAME" in config.toml, or `voicectl voice NAME` while voiced runs.')
    if any(each.lacks for each in found):
        print("`voiced voices NAME` says what it lacks, and which command gets it; with ! it cannot be used without.")
    if any(each.mistakes for each in found):
        print("`voiced voices --check NAME` lists the mistakes.")
    if broken:
        what = "cannot be read" if any(each.in_use for each in found) else "does not exist"
        print(f"The configured voice, {setting.config.voice}, {what}: voiced does not start with it.", file=sys.stderr)
    return 0


def _count(mistakes: int) -> str:
    return "one mistake" if mistakes == 1 else f"{mistakes} mistakes"


def _told(each: Listed) -> dict[str, Any]:
    voice = each.voice
    return {
        "name": each.name,
        "language": voice.language if voice else "",
        "description": voice.description if voice else "",
        "in_use": each.in_use,
        "file": str(each.file),
        "lacks": [asdict(lack) for lack in each.lacks],
        "mistakes": list(each.mistakes),
    }


# --- one of them -----------------------------------------------------------------------------------------------------


def _show(options: argparse.Namespace, setting: Setting, broken: bool) -> int:
    chosen = _chosen(options.name, setting)
    voice, missing = chosen.voice, lacks(chosen)
    file = list_voices(_folders(setting)).get(voice.name, Path(options.name))
    if options.json:
        listed = Listed(voice.name, file, voice == setting.voice and not broken, voice, tuple(missing))
        print(json.dumps(asdict(voice) | _told(listed), ensure_ascii=False))
        return 0
    speech, chimes = voice.speech, voice.chimes
    print(f"{voice.name}: {voice.description}" if voice.description else voice.name)
    _row("file", f"{file}, like {voice.like}" if voice.like else str(file))
    _row("language", f"{voice.language} ({in_english(voice.language)})")
    _row("wake words", ", ".join(chosen.wake_words) + (" (config.toml)" if setting.config.wake_words else ""))
    piper = speech.model or "as the hardware profile says"
    more = [
        f"speaker {speech.speaker}" if speech.speaker is not None else "",
        f"speed {speech.speed:g}" if speech.speed != 1 else "",
        f"variation {speech.variation:g}" if speech.variation is not None else "",
    ]
    _row("speaks with", ", ".join([piper, *filter(None, more)]) + f"; else espeak-ng's {voice.espeak}")
    tones = (("listens", chimes.wake_hz), ("failed", chimes.failed_hz), ("rings", chimes.ring_hz))
    told = [f"{what} {' '.join(f'{hz:g}' for hz in melody) or 'silent'}" for what, melody in tones]
    _row("chimes", f"{', '.join(told)} Hz, {chimes.tone_ms} ms each")
    _row("persona", " ".join(voice.persona.split()))
    for key, phrase in asdict(voice.phrases).items():
        _row(key.replace("_", " "), phrase)
    _tell_lacks(missing)
    return 0


def _row(title: str, text: str) -> None:
    lead = f"  {title:<20}"
    for number, line in enumerate(Text(text).wrap(Console(), max(30, Console().width - len(lead)))):
        print(f"{lead if not number else ' ' * len(lead)}{line.plain.rstrip()}")


def _tell_lacks(missing: list[Lack]) -> None:
    if not missing:
        print("\nIt lacks nothing here.")
        return
    print("\nWhat it lacks here:")
    for lack in missing:
        print(f"  {STAGES[lack.stage]}: {lack.text}")
        if lack.instead and lack.stage != "text":
            print(f"    {lack.instead} takes its place.")
        if lack.command and f"`{lack.command}`" not in lack.text:
            print(f"    `{lack.command}` gets it.")


# --- checking --------------------------------------------------------------------------------------------------------


def _check(options: argparse.Namespace, setting: Setting) -> int:
    """Every mistake, each explained; then every engine, tried. 0 when nothing is wrong with the voice; that a model of
    it has yet to be pulled is not."""
    name = options.name or setting.voice.name
    try:
        chosen = _chosen(name, setting)
    except ConfigError as error:
        if options.json:
            print(json.dumps({"voice": name, "mistakes": str(error).splitlines()}, ensure_ascii=False))
            return 78
        raise
    works = right = True
    missing = lacks(chosen)
    if not options.json:
        print(f"{chosen.voice.name}: can be read.")
    for each in _quietly(chosen):
        works, right = works and each.works, right and each.works and not each.replaced
        if options.json:
            print(json.dumps({"voice": chosen.voice.name} | asdict(each), ensure_ascii=False))
        else:
            _tell_tried(each)
    if options.json:
        return 0 if right else 1
    for lack in missing:
        if lack.stage == "text":
            print(f"  ! {STAGES[lack.stage]}: {lack.text}")
        elif lack.command and lack.command not in lack.text:
            print(f"`{lack.command}` gets what {STAGES[lack.stage]} lacks.")
    if not works:
        print(f"{chosen.voice.name} cannot be used like this.", file=sys.stderr)
    elif not right:
        print(f"{chosen.voice.name} can be used, but not as it is meant: mend what is told above.", file=sys.stderr)
    return 0 if right else 1


def _quietly(chosen: Setting) -> Iterator[Tried]:
    """What is tried, without the log: everything in it is told here."""
    log = logging.getLogger("voiced")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield from tried(chosen)
    finally:
        log.setLevel(level)


def _tell_tried(each: Tried) -> None:
    print(f"  {'●' if each.works else '✗'} {STAGES[each.stage]}: {each.text}")
    for sentence in each.replaced:
        print(f"      {sentence}")
