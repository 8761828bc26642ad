"""Findings flow in, a text to attach to a question flows out: without names, places, numbers of devices, or words.

Two walls. A finding that names what is a person's own (a device, a folder, a model, a voice) brings another sentence
for this; and whatever still holds one of the words that tell who somebody is loses it here.
"""

import os
import pwd
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from voiced.doctor.finding import Finding

TITLE: Final = "# voiced doctor"
"""The first line of every report."""

COMMON: Final = frozenset({
    "root", "pi", "user", "admin", "voiced", "debian", "ubuntu", "raspberrypi", "raspberry", "localhost", "home",
    "host", "nobody",
})  # fmt: skip
"""Names of accounts and machines that tell nothing of anybody."""

ANYWHERE: Final = 4
"""Letters from which on a name is also taken out of the middle of a word, such as that of a model."""

PATTERNS: Final = (
    (re.compile(r"\b(?:[0-9A-F]{2}[:_-]){5}[0-9A-F]{2}\b", re.I), "ADDRESS"),  # of network cards and Bluetooth
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b(?!-)"), "ADDRESS"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "ADDRESS"),
    (re.compile(r"\b(?=\w*\d)[0-9A-F]{8,}\b", re.I), "NUMBER"),  # serial numbers, machine identities
)
"""What is private whoever's it is, and what stands in its place."""


@dataclass(frozen=True, slots=True)
class Private:
    """What tells who somebody is."""

    places: tuple[str, ...]
    """Folders, the longest first."""
    words: tuple[str, ...]
    """Names of people and machines."""


def private(environment: Mapping[str, str], folders: Iterable[str] = ()) -> Private:
    """What has to be left out for whoever calls, in this environment."""
    try:
        account = pwd.getpwuid(os.getuid())
        login, gecos, lives_in = account.pw_name, account.pw_gecos, account.pw_dir
    except KeyError:  # who has no account has no name in it
        login = gecos = lives_in = ""
    homes = {environment.get("HOME", ""), lives_in}
    places = {place.rstrip("/") for place in (*folders, *homes) if len(place.rstrip("/")) > 1}
    names = {environment.get(name, "") for name in ("USER", "LOGNAME", "SUDO_USER", "HOSTNAME")}
    names |= {login, os.uname().nodename, os.uname().nodename.split(".")[0]}
    names |= set(re.findall(r"\w+", gecos)) | {home.rstrip("/").rpartition("/")[2] for home in homes}
    words = {name for name in names if len(name) > 1 and name.lower() not in COMMON}
    return Private(tuple(sorted(places, key=len, reverse=True)), tuple(sorted(words, key=len, reverse=True)))


def scrub(text: str, secrets: Private) -> str:
    """`text` without what is private."""
    for place in secrets.places:
        text = text.replace(place, "FOLDER")
    text = re.sub(r"(?<![\w/])(?:~|FOLDER|/(?:home|root|media|mnt|run/user|Users)(?=/))[^\s\"',;:()`]*", "FOLDER", text)
    for word in secrets.words:
        # Short ones only where they stand alone: "al" is in every other word.
        alone = ("", "") if len(word) >= ANYWHERE else (r"(?<![^\W_])", r"(?![^\W_])")
        text = re.sub(f"{alone[0]}{re.escape(word)}{alone[1]}", "NAME", text, flags=re.I)
    for pattern, instead in PATTERNS:
        text = pattern.sub(instead, text)
    return text


def report(findings: Sequence[Finding], machine: Mapping[str, Any], secrets: Private) -> str:
    """The whole report; `machine` is what it was found on."""
    lines = [TITLE, "", "Made to be attached to a question: look through it before you do.", ""]
    for name, value in machine.items():
        shown = ", ".join(f"{key} {each}" for key, each in value.items()) if isinstance(value, Mapping) else value
        lines.append(f"- {name}: {scrub(str(shown), secrets)}")
    lines += ["", "| outcome | what | result | figures | ms |", "| --- | --- | --- | --- | --- |"]
    for found in findings:
        result = scrub(found.result if found.public is None else found.public, secrets)
        figures = ", ".join(f"{name} {value}" for name, value in found.figures.items())
        cells = (found.outcome, found.what, result, scrub(figures, secrets), f"{found.ms:.0f}")
        lines.append(f"| {' | '.join(' '.join(cell.replace('|', '/').split()) for cell in cells)} |")
    return "\n".join(lines) + "\n"
