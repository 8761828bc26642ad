"""What the monitor knows flows in, what a terminal shows flows out. Pure; imports rich, which takes its time.

The interface offers no level of the sound, so the moving strip shows the state: it breathes, listens, thinks, speaks.
"""

import math
from collections.abc import Callable, Iterator
from typing import Final

from rich import box
from rich.bar import Bar
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from voiced.voicectl.board import Board, Line, left_in_words

COLOURS: Final = {
    "asleep": "blue",
    "listening": "green",
    "thinking": "yellow",
    "speaking": "magenta",
    "follow_up": "green",
    "muted": "red",
    "starting": "cyan",
    "stopping": "cyan",
    "absent": "bright_black",
}

STAGES: Final = {
    "wait": ("silence", "bright_black"),
    "stt": ("recognise", "green"),
    "intents": ("command", "cyan"),
    "llm": ("model", "yellow"),
    "tts": ("voice", "magenta"),
    "response": ("response", "bold white"),
}
"""Of each stage of a turn what to call it, and its colour."""

BLOCKS: Final = " ▁▂▃▄▅▆▇█"
STRIP: Final = 28
"""Columns of the moving strip, where there is room."""

KEYS: Final = (
    ("q", "quit"),
    ("space", "listen"),
    ("s", "stop"),
    ("m", "mute"),
    ("+ −", "volume"),
)


def draw(board: Board, now: float, unix: float, width: int) -> Layout:
    """The whole screen, `now` on the clock of the board, at `unix` seconds since 1970, on `width` columns."""
    problems = board.problems
    lower = max(len(board.timings), min(len(board.timers), 6), 1) + 2
    layout = Layout()
    parts = [
        Layout(_head(board, now, width), size=4),
        Layout(_conversation(board), name="conversation", minimum_size=3),
        Layout(name="numbers", size=lower),
        Layout(_foot(board), size=1),
    ]
    if problems:
        parts.insert(3, Layout(_problems(problems), size=min(len(problems), 3)))
    layout.split_column(*parts)
    layout["numbers"].split_row(Layout(_timings(board), ratio=3), Layout(_timers(board, unix), ratio=2))
    return layout


def strip(state: str, seconds: float, width: int = STRIP) -> str:
    """A row of blocks that moves as the state does, `seconds` after it began."""
    height = HEIGHTS.get(state, _still)
    blocks = (height(column / (width - 1), seconds) for column in range(width))
    return "".join(BLOCKS[max(0, min(8, round(each * 8)))] for each in blocks)


def _bump(x: float, centre: float, width: float) -> float:
    return math.exp(-(((x - centre) / width) ** 2))


def _asleep(x: float, t: float) -> float:
    """Breathes, every five seconds."""
    return 0.12 + 0.22 * _bump(x, 0.5, 0.3) * (1 - math.cos(t * math.tau / 5)) / 2


def _listening(x: float, t: float) -> float:
    """Waves that run towards the middle."""
    return 0.15 + 0.5 * _bump(x, 0.5, 0.35) * (1 + math.sin(abs(x - 0.5) * 30 + t * 7)) / 2


def _thinking(x: float, t: float) -> float:
    """One thought that goes to and fro."""
    return 0.12 + 0.7 * _bump(x, 0.5 - 0.45 * math.cos(t * math.tau / 1.8), 0.08)


def _speaking(x: float, t: float) -> float:
    """Waves that run outwards from the middle, higher and lower like syllables."""
    syllable = 0.65 + 0.35 * math.sin(t * 11) * math.sin(t * 4.3)
    return 0.12 + 0.85 * syllable * _bump(x, 0.5, 0.35) * (1 + math.sin(abs(x - 0.5) * 40 - t * 12)) / 2


def _still(_x: float, _t: float) -> float:
    return 0.12


HEIGHTS: Final[dict[str, Callable[[float, float], float]]] = {
    "asleep": _asleep,
    "listening": _listening,
    "follow_up": _listening,
    "thinking": _thinking,
    "starting": _thinking,
    "speaking": _speaking,
}
"""Of each state the height, 0 to 1, at x from 0 to 1, t seconds after it began; the others stand still."""


def _head(board: Board, now: float, width: int) -> Panel:
    colour, seconds = COLOURS.get(board.state, "white"), max(0.0, now - board.since)
    found = board.properties
    state = Text(f" {'○' if board.muted or not board.here else '●'} ", style=colour)
    state.append(board.state.replace("_", " "), style=f"bold {colour}")
    if board.state not in ("asleep", "muted", "absent"):
        state.append(f"  {seconds:.1f} s", style="bright_black")
    settings = Text(justify="right", overflow="ellipsis", no_wrap=True)
    hint = Text(no_wrap=True, overflow="ellipsis", style="bright_black")
    if board.here:
        filled = round(found.get("Volume", 0) * 10)
        settings.append("▮" * filled, style="cyan").append("▯" * (10 - filled), style="bright_black")
        settings.append(f" {found.get('Volume', 0):4.0%} ")
        hint.append(f" {_hint(board)}")
    else:
        hint.append(' It is not running; this waits for it. "voiced run" starts it.')
    columns = min(STRIP, width // 4)
    grid = Table.grid(expand=True)
    grid.add_column(ratio=1, no_wrap=True)
    grid.add_column(justify="center", width=columns + 2)
    grid.add_column(ratio=1, justify="right")
    grid.add_row(state, Text(strip(board.state, seconds, columns), style=colour, no_wrap=True), settings)
    title = f"voiced {found.get('Version', '')}".strip()
    names = [found.get("Voice", ""), found.get("Profile", ""), f"{board.bus} bus"]
    return _panel(Group(grid, hint), title, " · ".join(filter(None, names)), colour)


def _hint(board: Board) -> str:
    """What a person can do now."""
    words = [f"“{word.replace('_', ' ')}”" for word in board.properties.get("WakeWords", [])]
    return {
        "asleep": f"Say {' or '.join(words)}, or press space." if words else "Press space to talk.",
        "muted": "The microphone is closed; m opens it.",
        "listening": "Speak.",
        "follow_up": "Go on, without the wake word.",
        "speaking": "s silences it.",
        "starting": "It loads its engines.",
        "stopping": "It is leaving.",
    }.get(board.state, "")


class Tail:
    """As many of the last rows as there is room for."""

    def __init__(self, content: Table) -> None:
        self.content = content

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        height = options.height or options.max_height
        rows = console.render_lines(self.content, options.update(height=None), pad=True)
        for row in rows[-height:]:
            yield from row
            yield Text("\n", end="")


def _conversation(board: Board) -> Panel:
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(width=7, justify="right")
    grid.add_column(ratio=1)
    for line in board.lines:
        grid.add_row(*_said(line))
    if board.partial:
        grid.add_row(Text("you", style="green"), Text(f"{board.partial} …", style="italic bright_black"))
    return _panel(Tail(grid), "conversation")


def _said(line: Line) -> tuple[Text, Text]:
    if line.who == "you":
        return Text("you", style="green"), Text(line.text)
    if line.who == "voiced":
        return Text("voiced", style="magenta"), Text(line.text, style="bold")
    return Text("·", style="bright_black"), Text(line.text, style="bright_black")


def _timings(board: Board) -> Panel:
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(width=9, no_wrap=True)
    grid.add_column(ratio=1)
    grid.add_column(justify="right", no_wrap=True)
    longest = max(board.timings.values(), default=0.0) or 1.0
    for stage, ms in _in_order(board.timings):
        name, colour = STAGES.get(stage, (stage, "white"))
        bar = Bar(longest, 0, ms, color=colour.removeprefix("bold "))
        grid.add_row(Text(name, style=colour), bar, Text(f"{ms:,.0f} ms", style=colour))
    return _panel(grid if board.timings else _dim("nothing yet"), "last turn")


def _in_order(timings: dict[str, float]) -> Iterator[tuple[str, float]]:
    known = list(STAGES)
    yield from sorted(timings.items(), key=lambda each: known.index(each[0]) if each[0] in known else len(known))


def _timers(board: Board, unix: float) -> Panel:
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    grid.add_column(justify="right", no_wrap=True)
    for timer in board.timers:
        style = "bold red" if timer.id in board.ringing else ""
        grid.add_row(
            Text(timer.name or f"timer {timer.id}", style=style), Text(left_in_words(timer, unix), style=style)
        )
    return _panel(grid if board.timers else _dim("none"), "timers")


def _problems(problems: dict[str, str]) -> Text:
    rows = "\n".join(f" ! {part}: {sentence}" for part, sentence in problems.items())
    return Text(rows, style="yellow", no_wrap=True, overflow="ellipsis")


def _foot(board: Board) -> Text:
    if board.note:
        return Text(f" {board.note}", style="bold red", no_wrap=True, overflow="ellipsis")
    foot = Text(no_wrap=True, overflow="ellipsis")
    for key, meaning in KEYS:
        foot.append(f" {key}", style="bold").append(f" {meaning}  ", style="bright_black")
    return foot


def _dim(text: str) -> Text:
    return Text(text, style="bright_black")


def _panel(content: Group | Tail | Table | Text, title: str, subtitle: str = "", style: str = "bright_black") -> Panel:
    found = Text(f" {title} ", style="bold")
    below = Text(f" {subtitle} ", style="bright_black") if subtitle else None
    return Panel(
        content, box=box.ROUNDED, title=found, title_align="left", subtitle=below, subtitle_align="right",
        border_style=style,
    )  # fmt: skip
