"""`voiced doctor`: the machine flows in, what works and what does not flows out, by trying it; one line each."""

import argparse
import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from voiced.bench.machine import machine
from voiced.cli.outputs import check_ours, check_writable
from voiced.compose import settle
from voiced.config.voice import load_voice
from voiced.doctor.finding import Finding, Outcome
from voiced.doctor.order import examine
from voiced.doctor.report import TITLE, private, report
from voiced.doctor.situation import Situation
from voiced.errors import ConfigError, StateError, VoicedError
from voiced.install.layout import Kind
from voiced.paths import find_paths
from voiced.resources import voices_dir
from voiced.setting import Setting

SYSTEMS: Final = {
    "CONFIGURATION_DIRECTORY": "/etc/voiced",
    "STATE_DIRECTORY": "/var/lib/voiced",
    "CACHE_DIRECTORY": "/var/cache/voiced",
}
"""What systemd tells the system's daemon."""

MARKS: Final[Mapping[Outcome, tuple[str, str]]] = {
    "ok": ("ok", "green"), "warning": ("warning", "yellow"), "fault": ("FAULT", "bold red"), "skipped": ("-", "dim"),
}  # fmt: skip

NICE: Final = 10
"""By how much this gives way to a daemon that runs."""


def run(options: argparse.Namespace) -> int:
    """Tries everything; 1 when something is at fault."""
    if options.system and os.geteuid() != 0:
        raise StateError("The system's daemon and its files are root's; run this with sudo.")
    if options.report:
        check_writable(options.report)
        check_ours(options.report, TITLE)
    environment = dict(os.environ) | (SYSTEMS if options.system else {})
    setting, mistakes = _setting(options, environment)
    kind: Kind = "system" if options.system else "user"
    situation = Situation(setting, environment, kind, silent=options.silent, mistakes=mistakes)
    with _quietly(), closing(situation):
        findings = []
        for finding in examine(situation, mend=_mend if options.fix else None):
            findings.append(finding)
            _show(finding, as_json=options.json)
            if finding.what == "daemon" and situation.daemon is not None:
                os.nice(NICE)
    if options.report:
        _write(options.report, findings, situation)
    if not options.json:
        print(_summary(findings, fix=options.fix))
        if options.report:
            print(f"{options.report} is a report without private data; look through it before you attach it.")
    return 1 if any(finding.outcome == "fault" for finding in findings) else 0


def _setting(options: argparse.Namespace, environment: Mapping[str, str]) -> tuple[Setting, ConfigError | None]:
    """The setting; that of voiced's own defaults where the person's has mistakes, with them."""
    try:
        return settle(options.config, options.profile, environment), None
    except ConfigError as error:
        find_paths(environment)  # without a place for its files nothing can be tried: that is raised
        # The mistakes may be in a default voice of the person's own.
        ours = load_voice("default", [voices_dir()])
        return settle(Path(os.devnull), None, environment, instead=ours), error


def _mend(finding: Finding) -> bool:
    """Carries the fix out; whether it worked."""
    assert finding.fix is not None
    try:
        finding.fix.do()
    except (OSError, VoicedError) as error:
        print(f"voiced: Could not {finding.fix.title}: {error}", file=sys.stderr)
        return False
    print(f"Fixed: {finding.fix.title}.", file=sys.stderr)
    return True


def _show(finding: Finding, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(finding.told(), ensure_ascii=False), flush=True)
        return
    mark, colour = MARKS[finding.outcome]
    line = Text.assemble((f"{mark:8}", colour), f"{finding.what:16} {finding.result}")
    if finding.advice:
        line.append(f" {finding.advice}", style="dim" if finding.outcome in ("ok", "skipped") else "bold")
    Console(highlight=False, soft_wrap=True).print(line)


def _summary(findings: list[Finding], *, fix: bool) -> str:
    faults, warnings = (sum(each.outcome == outcome for each in findings) for outcome in ("fault", "warning"))
    if not faults and not warnings:
        return "Everything works."
    counted = [
        f"{count} {word}{'s' * (count != 1)}" for count, word in ((faults, "fault"), (warnings, "warning")) if count
    ]
    fixable = sum(each.fix is not None and each.outcome != "ok" for each in findings)
    more = f" {fixable} of them can be mended by --fix." if fixable and not fix else ""
    return f"{' and '.join(counted)}.{more}"


def _write(path: Path, findings: list[Finding], situation: Situation) -> None:
    paths = situation.setting.paths
    folders = [str(folder) for folder in (paths.config, paths.data, paths.state, paths.cache)]
    text = report(findings, machine(situation.setting), private(situation.environment, folders))
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise StateError(f"{path} cannot be written ({error.strerror or error}); choose another place.") from error


@contextmanager
def _quietly() -> Iterator[None]:
    """What the engines would write to the log stands in the findings."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
