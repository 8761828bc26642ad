"""The folders of configuration, models and state flow in, whether they are as they should be flows out."""

import os
import stat
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from voiced.doctor.finding import Finding, Fix, refused
from voiced.doctor.situation import Situation
from voiced.errors import ModelError
from voiced.models.catalogue import load_catalogue
from voiced.models.records import Record
from voiced.models.store import Checked, Installed, Store, megabytes
from voiced.paths import make_private

READ_S: Final = 15.0
"""Seconds that may be spent on reading models: a slow card reads half a gigabyte in them, a disk ten times as much."""

AGAIN: Final = "Remove it (`voiced models remove {name}`), then pull or import it again."


def configuration(situation: Situation) -> Iterator[Finding]:
    """Whether the configuration can be used; without, all that follows is tried with voiced's defaults."""
    if situation.mistakes is None:
        setting = situation.setting
        yield Finding("configuration", "ok", f"Voice {setting.voice.name}, hardware profile {setting.profile.name}.",
                      public=f"Hardware profile {setting.profile.name}.")  # fmt: skip
        return
    lines = str(situation.mistakes).splitlines()
    more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
    yield Finding(
        "configuration", "fault", f"{lines[0].rstrip('.')}{more}.",
        "Mend it; what follows was tried with voiced's own defaults.",
        public=f"The configuration has mistakes: {len(lines)}.",
    )  # fmt: skip


def folders(situation: Situation) -> Iterator[Finding]:
    """Whether voiced's folders are there, and are their owner's alone."""
    paths, uid, problems = situation.setting.paths, _owner(situation), 0
    ours, missing = uid == os.geteuid(), list[Path]()
    for name in ("state", "cache", "data", "config"):
        folder: Path = getattr(paths, name)
        if not folder.exists() and next(each for each in folder.parents if each.exists()).is_dir():
            missing += [folder] if name != "config" else []
        elif (found := _folder(folder, uid, private=name == "state", writes=name != "config")) is not None:
            problems += 1
            public = found.result.replace(str(folder), f"The {name} folder").partition(", because")[0].rstrip(".") + "."
            yield replace(found, public=public)
    if missing:
        shown = ", ".join(map(str, missing))
        fix = Fix(f"make {shown}", lambda: [make_private(folder) for folder in missing]) if ours else None
        yield Finding("folders", "ok", f"Not there yet, and made when they are needed: {shown}.", fix=fix,
                      public=f"Not there yet, and made when they are needed: {len(missing)}.")  # fmt: skip
    elif not problems:
        yield Finding("folders", "ok", "Configuration, models, state and cache are in order.")


def _owner(situation: Situation) -> int:
    """Who voiced runs as."""
    if situation.kind == "system" and (state := situation.setting.paths.state).is_dir():
        return state.stat().st_uid
    return os.geteuid()


def _folder(folder: Path, uid: int, *, private: bool, writes: bool) -> Finding | None:
    """What is wrong with one; None when nothing is."""
    if not folder.exists():
        above = next(each for each in folder.parents if each.exists())
        result = f"{folder} cannot be made, because {above} is a file."
        return Finding("folders", "fault", result, f"Move {above} elsewhere.")
    if not folder.is_dir():
        return Finding("folders", "fault", f"{folder} is a file.", "Move it elsewhere: voiced needs a folder there.")
    if folder.stat().st_uid != uid:
        advice = f"`sudo chown -R {uid} {folder}`."
        return Finding("folders", "fault", f"{folder} belongs to somebody else.", advice)
    return _permissions(folder, private=private) or (_writing(folder) if writes and uid == os.geteuid() else None)


def _permissions(folder: Path, *, private: bool) -> Finding | None:
    mode = stat.S_IMODE(folder.stat().st_mode)
    wanted = 0o700 if private else mode | 0o700
    if mode == wanted:
        return None
    fix = Fix(f"give {folder} the permissions {wanted:o}", partial(folder.chmod, wanted))
    advice = f"`chmod {wanted:o} {folder}`, or --fix."
    if mode & 0o700 != 0o700:
        return Finding("folders", "fault", f"{folder} may not be used by its owner.", advice, fix=fix)
    return Finding("folders", "warning", f"{folder} can be read by others.", advice, fix=fix)


def _writing(folder: Path) -> Finding | None:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as error:
        result = f"{folder} cannot be written into ({error.strerror})."
        return Finding("folders", "fault", result, "Make it writable for you, or make room.")


def models(situation: Situation) -> Iterator[Finding]:
    """Whether the installed models are what was installed: read as far as there is time, the small ones first."""
    store = Store(situation.setting.paths)
    there, known = [*store.installed(), *store.lost()], set(load_catalogue())
    begin, read, by_hand, unread = time.monotonic(), 0, 0, 0
    for model in sorted(there, key=lambda model: model.size):
        public = model.title if model.name in known else f"A {model.kind} model of one's own"
        try:
            short = _cut_short(store, model, model.record) if model.record else None
            if short is None and time.monotonic() - begin > READ_S:
                unread += 1
                continue
            checked = short or store.verify(model)
        except ModelError as error:
            yield refused("models", error, public=f"{public} cannot be read.")
            continue
        if checked.state in ("ok", "not pinned"):
            by_hand += checked.state == "not pinned"
            read += 1
            continue
        what = "is missing" if checked.state == "missing" else "is not what was installed"
        if short is not None and checked.state == "changed":
            what = "is cut short, or has grown"
        yield Finding(
            "models", "fault", f"{model.title}: {checked.file} {what}.", AGAIN.format(name=model.title),
            public=f"{public}: a file {what}.",
        )  # fmt: skip
    yield from _summary(read, by_hand, unread)


def _cut_short(store: Store, model: Installed, record: Record) -> Checked | None:
    """The first file of another size than was installed, which can be told without reading it."""
    for pin in record.files:
        file = store.folder(model.kind) / pin.path
        if not file.is_file():
            return Checked(model, "missing", pin.path)
        if file.stat().st_size != pin.size:
            return Checked(model, "changed", pin.path)
    return None


def _summary(read: int, by_hand: int, unread: int) -> Iterator[Finding]:
    figures = {"checked": read - by_hand, "by_hand": by_hand, "unread": unread}
    whole = read - by_hand
    told = (
        (whole, "as it was installed", "as they were installed"),
        (by_hand, *["put there by hand, so that nothing can be compared"] * 2),
        (unread, *["of the right size, and too large to be read now"] * 2),
    )
    parts = [
        f"{count} {'is' if count == 1 else 'are'} {one if count == 1 else more}" for count, one, more in told if count
    ]
    advice = "`voiced models verify` reads all of them." if unread else ""
    if parts:
        yield Finding("models", "ok", f"Of the installed models {'; '.join(parts)}.", advice, figures)
    else:
        yield Finding("models", "ok", "No model is installed; the starter models are used.",
                      "`voiced models pull recommended` gets those that suit this machine.", figures)  # fmt: skip


def parts(situation: Situation) -> Iterator[Finding]:
    """Models that have come in part."""
    store = Store(situation.setting.paths)
    for title, size in store.begun().items():
        kind, _, name = title.partition("/")
        yield Finding(
            "half models", "warning", f"{name} has come in part ({megabytes(size)}).",
            f"`voiced models pull {name}` goes on; `voiced models remove {name}`, or --fix, deletes it.",
            fix=Fix(f"delete what has come of {name}", partial(_forget, store, kind, name)),
            public=f"A model has come in part ({megabytes(size)}).",
        )  # fmt: skip


def _forget(store: Store, kind: str, name: str) -> None:
    """Deletes what is on its way, unless somebody is fetching it. Raises ModelError."""

    def busy() -> None:
        raise ModelError(f"Somebody is fetching {name} just now; it was left alone.")

    its = next(each for each in ("stt", "llm", "tts", "wake") if each == kind)
    with store.lock(its, name, busy):
        store.clear(its, name)
