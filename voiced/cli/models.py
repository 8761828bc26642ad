"""`voiced models`: the models in the house, and those that can be had, flow out; they come and go as they are told."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from voiced.cli.carried import called, show_wheels
from voiced.cli.shelf import lines, show
from voiced.compose import settle
from voiced.config.settings import load_config
from voiced.errors import ConfigError, ModelError
from voiced.hardware.needs import load_of, suiting
from voiced.install.layout import SYSTEM_PATHS
from voiced.models import Kind
from voiced.models.along import comes_along
from voiced.models.catalogue import Entry, find_entry, load_catalogue
from voiced.models.records import Record
from voiced.models.store import Installed, Store, megabytes
from voiced.paths import find_paths
from voiced.setting import Setting

if TYPE_CHECKING:
    from voiced.models.wheels import Cache

RECOMMENDED: Final = "recommended"


def run(options: argparse.Namespace) -> int:
    """Does what `options.action` says."""
    return ACTIONS[options.action](options)


def _store(options: argparse.Namespace) -> Store:
    if options.system and os.geteuid() != 0:
        raise ModelError("The models of the system's daemon are root's and the daemon's own; run this with sudo.")
    return Store(SYSTEM_PATHS if options.system else find_paths(os.environ))


def _suits(options: argparse.Namespace, catalogue: Mapping[str, Entry]) -> tuple[Setting, dict[Kind, str]]:
    """What this machine and its voice would be best served by."""
    setting = settle(options.config, options.profile, os.environ)
    return setting, suiting(setting.profile, setting.voice, setting.config, catalogue)


def _list(options: argparse.Namespace) -> int:
    catalogue = load_catalogue()
    try:
        setting, suits = _suits(options, catalogue)
    except ConfigError:
        if options.config or options.profile:
            raise
        setting, suits = None, {}  # a wrong configuration is told of by what needs it; the shelf can be looked at
    tokens = setting.profile.budget.context_tokens if setting else 0
    found = lines(_store(options).installed(), catalogue, suits, tokens)
    if options.json:
        for line in found:
            print(json.dumps(line.told()))
        return 0
    show(found, setting.profile.name if setting else "")
    for title, size in _store(options).begun().items():
        name = title.rpartition("/")[2]
        print(f"{name} has come in part ({megabytes(size)}): `pull {name}` goes on, `remove {name}` deletes it.")
    return 0


def _pull(options: argparse.Namespace) -> int:
    from voiced.cli.progress import Progress
    from voiced.models.hub import Hub, find_address
    from voiced.models.pull import is_there, pull

    catalogue, store = load_catalogue(), _store(options)
    entries = _wanted(options, catalogue)
    way = load_config(options.config, SYSTEM_PATHS if options.system else find_paths(os.environ)).models
    with closing(Hub(find_address(os.environ, options.mirror, way.mirror), proxy=way.proxy)) as hub:
        missing = [entry for entry in entries if not is_there(entry, store)]
        for entry in missing:  # the licence is shown before the first byte comes
            free = "" if entry.free else " This is not free for every use."
            _say(f"{entry.name}: {megabytes(entry.size)} from {entry.origin}. Licence: {entry.licence}.{free}")
        with Progress(missing) as progress:
            results = pull(entries, store, hub, progress.watcher)
    for each in results:
        place = store.folder(each.entry.kind)
        if options.json:
            told = {"name": each.entry.name, "kind": each.entry.kind, "outcome": each.outcome, "reason": each.reason}
            print(json.dumps(told | {"folder": str(place)}))
        elif each.outcome == "failed":
            which = "" if each.entry.name in each.reason else f"{each.entry.name}: "
            _say(f"voiced: {which}{each.reason}")
        else:
            print(f"{each.entry.name} is {'there already' if each.outcome == 'there' else 'installed'}, in {place}")
    if any(each.outcome == "pulled" for each in results) and not options.json:
        print("A running voiced uses it after `voicectl reload`.")
    return 1 if any(each.outcome == "failed" for each in results) else 0


def _wanted(options: argparse.Namespace, catalogue: Mapping[str, Entry]) -> list[Entry]:
    """The models that the command line names, each once."""
    found: dict[str, Entry] = {}
    for name in options.names:
        if name not in catalogue and (told := comes_along(name)):
            raise ModelError(told)
        if name != RECOMMENDED:
            found[name] = find_entry(catalogue, name)
            continue
        setting, suits = _suits(options, catalogue)
        if not suits and load_of(setting.profile).names == ():
            raise ModelError(
                f"The profile {setting.profile.name} has no room for models; voiced understands commands without any."
            )
        if not suits:
            raise ModelError("The catalogue has nothing for this machine and voice; name a model.")
        for each in (catalogue[suited] for suited in suits.values()):
            if each.free:
                found[each.name] = each
            else:
                _say(f"{each.name} would suit, but is not free for every use ({each.licence}); name it to have it.")
    return list(found.values())


def _verify(options: argparse.Namespace) -> int:
    store = _store(options)
    models = _chosen(store, options.names) + ([] if options.names else store.lost())
    worst = 0
    for model in models:
        checked = store.verify(model)
        worst |= checked.state in ("changed", "missing")
        if options.json:
            print(json.dumps({"name": model.name, "kind": model.kind, "state": checked.state, "file": checked.file}))
        else:
            print(f"{model.title}: {_verdict(checked.state, checked.file)}")
    if not models and not options.json:
        print("No model is installed; `voiced models pull recommended` gets those that suit this machine.")
    return worst


def _verdict(state: str, file: str) -> str:
    return {
        "ok": "as it was installed",
        "changed": f"{file} is not what was installed; remove the model, and pull or import it again",
        "missing": f"{file} is missing; remove the model, and pull or import it again",
        "not pinned": "put there by hand, so that nothing can be compared; `voiced models import` would have pinned it",
    }[state]


def _remove(options: argparse.Namespace) -> int:
    store = _store(options)
    for name in options.names:
        freed = store.forget(name)
        if freed and not any(name in (model.name, model.title) for model in store.installed()):
            title, what = name, "What had come of it"
        else:
            model = store.find(name)
            store.remove(model)
            title, what, freed = model.title, "It", freed + model.size
        if options.json:
            print(json.dumps({"name": title.rpartition("/")[2], "size_bytes": freed}))
        else:
            print(f"{title}: {what} is deleted; {megabytes(freed)} are free again.")
    return 0


def _import(options: argparse.Namespace) -> int:
    from voiced.models.bundle import Taken, is_bundle, unpack
    from voiced.models.intake import take_in

    store, path = _store(options), options.path
    cache = _cache(options) if options.wheels else None
    if is_bundle(path):
        if options.name:
            raise ModelError(f"{path} is a bundle, whose models have their names; leave out --name.")
        taken = unpack(path, store, cache)
        if not taken.models and not taken.wheels and not options.json:
            print(
                f"All models in {path} are there already." if taken.left else f"All that {path} holds is there already."
            )
    elif cache and path.exists():
        raise ModelError(f"{path} is no bundle, so it holds no wheels; leave out --wheels.")
    else:
        taken = Taken([take_in(path, store, load_catalogue(), options.name)], [])
    for record in taken.models:
        size = sum(pin.size for pin in record.files)
        if options.json:
            print(json.dumps({"name": record.name, "kind": record.kind, "size_bytes": size, "origin": record.origin}))
        else:
            print(f"{record.kind}/{record.name} works, and is installed ({megabytes(size)}).{_what_it_is(record)}")
    show_wheels(taken, path, options.json)
    return 0


def _what_it_is(record: Record) -> str:
    """What else is worth knowing of a model that was taken in. All but wake words are found by themselves."""
    if record.kind == "wake":
        return f' To listen for it, write wake_words = ["{record.name}"] into config.toml.'
    return f" It is {record.origin}." if record.origin else ""


def _export(options: argparse.Namespace) -> int:
    from voiced.models.bundle import export

    store, bundle = _store(options), options.bundle
    if options.only_wheels and options.names:
        raise ModelError("With --only-wheels no models go along; leave out their names, or say --wheels.")
    cache = _cache(options) if options.wheels or options.only_wheels else None
    models = [] if options.only_wheels else _chosen(store, options.names)
    size = export(store, models, bundle, cache)
    titles, wheels = [model.title for model in models], cache.cargo.wheels if cache else ()
    if options.json:
        files = [wheel.file for wheel in wheels]
        print(json.dumps({"file": str(bundle), "models": titles, "wheels": files, "size_bytes": size}))
        return 0
    print(f"{bundle}: {', '.join([*titles, *([f'compiled {called(wheels)}'] if wheels else [])])} ({megabytes(size)}).")
    print(f"There, `voiced models import {Path(bundle).name}{' --wheels' if wheels else ''}` takes them in.")
    if wheels:
        print("What is compiled is for machines with this processor, C library and Python alone.")
    return 0


def _cache(options: argparse.Namespace) -> "Cache":
    """Where the set-up keeps what it has compiled."""
    from voiced.models.wheels import Cache

    if options.system:
        raise ModelError(
            "What the set-up compiled is yours, not the system's daemon's; leave out --system or --wheels."
        )
    return Cache(os.environ)


def _chosen(store: Store, names: list[str]) -> list[Installed]:
    """The installed models of these names, each once; all, if there are none."""
    found = [store.find(name) for name in names] if names else store.installed()
    return list({model.title: model for model in found}.values())


def _say(text: str) -> None:
    print(text, file=sys.stderr)


ACTIONS: Final[Mapping[str, Callable[[argparse.Namespace], int]]] = {
    "list": _list, "pull": _pull, "verify": _verify, "remove": _remove, "import": _import, "export": _export,
}  # fmt: skip
