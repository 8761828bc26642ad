"""What the monitor knows flows in, what a terminal shows flows out. Pure; imports rich, which takes its time.

The moving strip shows how loud it is at the microphone while that is what counts; else the state: it thinks, speaks,
and where no level is told it breathes and listens.
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

from voiced.voicectl.board import Board, Line, Timer, left_in_words

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

BLOCKS: Final = "▁▂▃▄▅▆▇█"
STRIP: Final = 40
"""Columns of the moving strip, where there is room."""

QUIET: Final = 0.15
SPAN: Final = 0.65
"""Levels below QUIET are nothing, those from QUIET + SPAN on fill the strip: speech, from afar and from near."""

HEARING: Final = ("asleep", "listening", "follow_up")
"""States in which what counts is what the microphone hears."""

HEAD: Final = 4
CONVERSATION: Final = 6
FOOT: Final = 1
"""Rows of the head, of the conversation at the least where there are numbers too, and of the foot."""

SIDE_BY_SIDE: Final = 56
"""Columns from which on milliseconds and timers stand side by side, and the volume has a name."""

BAR: Final = 72
"""Columns from which on the volume is a bar, too."""

KEYS: Final = (
    ("q", "quit"),
    ("space", "listen"),
    ("s", "stop"),
    ("m", "mute"),
    ("+ −", "volume"),
)


def draw(board: Board, now: float, unix: float, width: int, height: int) -> Layout:
    """The whole screen, `now` on the clock of the board, at `unix` seconds since 1970, in a window of this size. What
    was said matters most: in a low window the numbers are a line, and in a very low one there are none."""
    problems = min(len(board.problems), 3)
    room = height - HEAD - CONVERSATION - problems - FOOT
    layout = Layout()
    layout.split_column(
        Layout(_head(board, now, width), size=HEAD),
        Layout(_conversation(board), name="conversation", minimum_size=3),
        *_numbers(board, unix, width, room),
        *([Layout(_problems(board.problems), size=problems)] if problems and room >= 0 else ()),
        Layout(_foot(board), size=FOOT),
    )
    return layout


def _numbers(board: Board, unix: float, width: int, room: int) -> Iterator[Layout]:
    """Milliseconds and timers, as well as they fit into `room` rows: side by side, one above the other, or a line."""
    timings, timers = max(len(board.timings), 1) + 2, max(min(len(board.timers), 6), 1) + 2
    if width >= SIDE_BY_SIDE and max(timings, timers) <= room:
        both = Layout(size=max(timings, timers))
        both.split_row(Layout(_timings(board), ratio=3), Layout(_timers(board, unix), ratio=2))
        yield both
    elif width < SIDE_BY_SIDE and timings + timers <= room:
        yield Layout(_timings(board), size=timings)
        yield Layout(_timers(board, unix), size=timers)
    elif room >= 1 and (board.timings or board.timers):
        yield Layout(_summary(board, unix), size=1)


def pulse(board: Board, now: float, width: int) -> str:
    """The moving strip, in a window of `width` columns."""
    columns = min(STRIP, width // 4)
    if board.state not in HEARING or not board.hears(now):
        return strip(board.state, max(0.0, now - board.since), columns)
    levels = [0.0] * columns + list(board.levels)
    return "".join(map(_block, (0.12 + 0.88 * (level - QUIET) / SPAN for level in levels[-columns:])))


def strip(state: str, seconds: float, width: int = STRIP) -> str:
    """A row of blocks that moves as the state does, `seconds` after it began."""
    height = HEIGHTS.get(state, _still)
    blocks = (height(column / max(1, width - 1), seconds) for column in range(width))
    return "".join(map(_block, blocks))


def _block(height: float) -> str:
    return BLOCKS[max(0, min(7, round(height * 8) - 1))]


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
    roomy = width >= SIDE_BY_SIDE
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
        settings.append("volume " if roomy else "", style="bright_black")
        if width >= BAR:
            settings.append("▮" * filled, style="cyan").append("▯" * (10 - filled) + " ", style="bright_black")
        settings.append(f"{found.get('Volume', 0):.0%} ")
        hint.append(f" {_hint(board)}")
    else:
        hint.append(' It is not running; this waits for it. "voiced run" starts it.')
    columns = min(STRIP, width // 4)
    grid = Table.grid(expand=True)
    grid.add_column(ratio=1, no_wrap=True)
    grid.add_column(justify="center", width=columns + 2)
    grid.add_column(ratio=1 if roomy else None, justify="right", no_wrap=True)
    grid.add_row(state, Text(pulse(board, now, width), style=colour, no_wrap=True), settings)
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
        grid.add_row(Text(_name(timer), style=style), Text(left_in_words(timer, unix), style=style))
    return _panel(grid if board.timers else _dim("none"), "timers")


def _name(timer: Timer) -> str:
    return timer.name or f"timer {timer.id}"


def _summary(board: Board, unix: float) -> Text:
    """Both in a line, what matters most first."""
    stages = (f"{STAGES.get(stage, (stage,))[0]} {ms:,.0f} ms" for stage, ms in reversed([*_in_order(board.timings)]))
    timers = (f"{_name(timer)} {left_in_words(timer, unix)}" for timer in board.timers)
    return Text(f" {' · '.join([*timers, *stages])}", style="bright_black", no_wrap=True, overflow="ellipsis")


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
    found = Text(title, style="bold")
    below = Text(subtitle, style="bright_black") if subtitle else None
    return Panel(
        content, box=box.ROUNDED, title=found, title_align="left", subtitle=below, subtitle_align="right",
        border_style=style,
    )  # fmt: skip
