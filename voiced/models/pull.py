"""Entries of the catalogue flow in, installed models flow out: fetched side by side, checked, moved into their places.

Each model by itself: one that fails leaves the others alone. What is on its way when somebody presses Ctrl-C stays to
be resumed, and is no model before it is whole.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Final, Literal, TypeAlias

from voiced.errors import ModelError, VoicedError
from voiced.models.catalogue import Entry, HubFile
from voiced.models.digests import Digests
from voiced.models.hub import Hub
from voiced.models.recognise import recognise
from voiced.models.records import Pin, Record
from voiced.models.store import Store

SIDE_BY_SIDE: Final = 3
"""Files fetched at once: a hub limits what one connection brings, and a recommended set is three models."""

Outcome: TypeAlias = Literal["pulled", "there", "failed"]


@dataclass(frozen=True, slots=True)
class Pulled:
    """What became of one model."""

    entry: Entry
    outcome: Outcome
    reason: str = ""
    """Why it failed, in a sentence."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who wants to see how it goes; called from several threads."""

    come: Callable[[Entry, int], None] = lambda _entry, _bytes: None
    """So many bytes of a model have come; fewer than 0 when they were thrown away."""
    waiting: Callable[[Entry], None] = lambda _entry: None
    """Another process is working on that model."""


def pull(entries: Sequence[Entry], store: Store, hub: Hub, watcher: Watcher | None = None) -> list[Pulled]:
    """Installs the models that are not there yet. Raises ModelError when they do not fit on the disk."""
    watcher = watcher or Watcher()
    with ExitStack() as locks:
        # Always in the same order, so that two pulls never wait for each other.
        for entry in sorted(entries, key=lambda each: (each.kind, each.name)):
            locks.enter_context(store.lock(entry.kind, entry.name, lambda entry=entry: watcher.waiting(entry)))  # type: ignore[misc]
        missing = [entry for entry in entries if not is_there(entry, store)]
        store.room(sum(entry.size - _arrived(store.partial(entry.kind, entry.name)) for entry in missing))
        with _Workers(hub) as workers:
            coming = {
                entry.name: [workers.submit(partial(_fetch, entry, file, store, hub, watcher)) for file in entry.files]
                for entry in missing
            }
            return [_finish(entry, coming.get(entry.name), store) for entry in entries]


def is_there(entry: Entry, store: Store) -> bool:
    """Whether the model is installed with all its bytes, as far as a look at the folder can tell."""
    model = store.has(entry.kind, entry.name)
    return model is not None and model.size >= entry.size


class _Workers:
    """Threads that fetch. Nobody waits for them when somebody presses Ctrl-C: one may wait for a server by itself for
    half a minute, and writes nothing any more when it wakes up. A ThreadPoolExecutor would wait."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, daemon=True, name="voiced-pull") for _ in range(SIDE_BY_SIDE)
        ]

    def __enter__(self) -> "_Workers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for _thread in self._threads:
            self._work.put(None)
        if kind is not None:
            self._hub.stop()
            return
        for thread in self._threads:
            thread.join()

    def submit(self, fetch: Callable[[], Pin]) -> "Future[Pin]":
        """Has it done, some time."""
        future: Future[Pin] = Future()

        def work() -> None:
            try:
                future.set_result(fetch())
            except BaseException as error:  # whoever asks for the result gets it
                future.set_exception(error)

        self._work.put(work)
        return future

    def _run(self) -> None:
        while work := self._work.get():
            work()


def _fetch(entry: Entry, file: HubFile, store: Store, hub: Hub, watcher: Watcher) -> Pin:
    """One file, in the folder of what is on its way."""
    place = entry.place(file)
    target = store.partial(entry.kind, entry.name) / place
    target.parent.mkdir(exist_ok=True)
    found: Digests = hub.fetch(entry.repo, entry.revision, file, target, lambda count: watcher.come(entry, count))
    return Pin(place, found.size, found.sha256)


def _finish(entry: Entry, coming: Sequence[Future[Pin]] | None, store: Store) -> Pulled:
    if coming is None:
        return Pulled(entry, "there")
    staged = store.partial(entry.kind, entry.name)
    try:
        files = tuple(each.result() for each in coming)
        _look_at(entry, staged / (entry.name if entry.kind == "stt" else min(pin.path for pin in files)), store)
        store.install((Record(entry.kind, entry.name, files, entry.origin, entry.licence), staged))
    except VoicedError as error:
        return Pulled(entry, "failed", str(error))
    return Pulled(entry, "pulled")


def _look_at(entry: Entry, place: Path, store: Store) -> None:
    """A digest that the hub gave says nothing of what it is for. Raises ModelError, and throws it away."""
    try:
        right = recognise(place) == entry.kind
    except ModelError:
        right = False
    if not right:
        store.clear(entry.kind, entry.name)
        raise ModelError(f"{entry.name} arrived whole, and is no model that voiced can use; it was thrown away.")


def _arrived(folder: Path) -> int:
    """Bytes that are on their way already."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
