"""What is asked of a person, and scores frame by frame, flow in; a line that moves flows out, on standard error.

Where nobody looks, the requests alone are printed, a line each.
"""

from collections import deque
from types import TracebackType
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.text import Text

BLOCKS: Final = "▁▂▃▄▅▆▇█"
COLUMNS: Final = 24
"""Frames that are shown: two seconds."""


class Meter:
    """A context in which scores are shown."""

    def __init__(self, threshold: float) -> None:
        """What reaches `threshold` is shown in another colour."""
        self._threshold = threshold
        self._console = Console(stderr=True, highlight=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._request = ""
        self._frames: deque[tuple[float, float]] = deque(maxlen=COLUMNS)

    def __enter__(self) -> "Meter":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def ask(self, request: str) -> None:
        """What the person shall do now."""
        self._request = request
        if not self._console.is_terminal:
            self.tell(request)

    def tell(self, text: str) -> None:
        """A line that stays."""
        self._console.print(text, markup=False, soft_wrap=True)

    def show(self, score: float, level: float) -> None:
        """The next frame: how sure the wake word is, and how loud it was, both 0 to 1."""
        self._frames.append((score, level))
        if self._console.is_terminal:
            self._live.update(self._line(), refresh=True)

    def _line(self) -> Text:
        line = Text(f" {self._request}  ", style="bold", no_wrap=True, overflow="ellipsis")
        for score, level in self._frames:
            style = "green" if score >= self._threshold else "yellow" if score >= 0.05 else "bright_black"
            line.append(BLOCKS[max(0, min(7, round(level * 10) - 1))], style=style)
        score = max((score for score, _ in self._frames), default=0.0)
        return line.append(f"  {score:.2f}", style="green" if score >= self._threshold else "")
