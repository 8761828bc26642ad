"""Bytes that come flow in, a bar for each model flows out, with rate and time left; nothing where nobody looks."""

from collections.abc import Sequence
from types import TracebackType

from rich import progress
from rich.console import Console

from voiced.models.catalogue import Entry
from voiced.models.pull import Watcher


class Progress:
    """A context in which models come, shown on standard error."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        """`entries` are those that are on their way."""
        self._console = Console(stderr=True)
        self._bars = progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.DownloadColumn(),
            progress.TransferSpeedColumn(),
            progress.TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._tasks = {entry.name: self._bars.add_task(entry.name, total=entry.size) for entry in entries}
        self.watcher = Watcher(self._come, self._waiting)
        """To be given to `pull`."""

    def __enter__(self) -> "Progress":
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def _come(self, entry: Entry, count: int) -> None:
        if entry.name in self._tasks:
            self._bars.advance(self._tasks[entry.name], count)

    def _waiting(self, entry: Entry) -> None:
        self._console.print(f"Another voiced is working on {entry.name}; waiting for it.", markup=False)
