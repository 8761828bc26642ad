"""Events flow in, lines to read along flow out: who said what, by which engine, in how many milliseconds."""

from collections.abc import Callable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from voiced.conversation.chain import Chain
from voiced.conversation.floor import Event
from voiced.events import (
    Reply,
    StageFinished,
    TimerFired,
    Transcript,
    TurnEnded,
    TurnFailed,
    WakeDetected,
)

WHO = 6
"""Width of the column that says who, in letters: "person", "voiced"."""

OUTCOMES = {
    "nothing_heard": "nothing was said, back to sleep",
    "interrupted": "interrupted",
    "stopped": "stopped",
    "failed": "failed",
    "muted": "muted",
}


class Show:
    """Prints a conversation as it happens. Called by the conversation's thread, and `person` by the room's."""

    def __init__(self, console: Console, clock: Callable[[], float]) -> None:
        self._console = console
        self._clock = clock
        self._took: dict[tuple[int, str], StageFinished] = {}
        self._answered: set[int] = set()

    def cast(self, person: str, chain: Chain) -> None:
        """Who takes part."""
        mind = chain.mind
        model = f" and {mind.model_name}" if mind.model_name else ""
        self._console.print(
            f"The person speaks through {person}. The assistant hears with {mind.hearing.recogniser.name}, "
            f"thinks with hassil{model}, and speaks through {chain.mouth.synthesiser.name}."
        )
        if not model:
            self._console.print("No language model is installed, so it knows commands alone: see docs/models.md.")
        if chain.advice:
            self._console.print(chain.advice, soft_wrap=True)
        self._console.print()

    def person(self, text: str) -> None:
        """The person begins to say `text`."""
        self._line(self._clock(), "person", "bold", text)

    def __call__(self, event: Event, at: float) -> None:
        if isinstance(event, StageFinished):
            self._took.setdefault((event.turn, event.stage), event)
            if event.stage == "tts" and self._took[event.turn, "tts"] is event:
                self._note(at, f"{event.engine}: first sound after {event.ms:.0f} ms")
        elif isinstance(event, WakeDetected):
            self._note(at, f"openWakeWord: {event.word}, {event.score:.2f}")
        elif isinstance(event, Transcript):
            self._line(at, "heard", "", event.text, self._ms(event.turn, "stt"))
        elif isinstance(event, Reply):
            self._line(at, "voiced", "bold cyan", event.text, self._whose(event))
        elif isinstance(event, TimerFired):
            self._note(at, f"timer: {event.name or event.id} is due")
        elif isinstance(event, TurnFailed):
            self._note(at, f"{event.stage}: {event.reason}")
        elif isinstance(event, TurnEnded):
            self._ended(event, at)

    def _ended(self, event: TurnEnded, at: float) -> None:
        response = event.timings.get("response")
        if event.outcome in OUTCOMES:
            self._note(at, OUTCOMES[event.outcome])
        elif response is not None:
            wait = event.timings.get("wait", 0.0)
            self._note(at, f"answered {response:.0f} ms after the last word, {wait:.0f} ms of it silence")

    def _whose(self, event: Reply) -> str:
        """Whose answer it is, once per answer."""
        if event.turn in self._answered:
            return ""
        self._answered.add(event.turn)
        if event.by == "voiced":
            return ""
        if event.by == "llm":
            return self._ms(event.turn, "llm")
        return ", ".join(filter(None, (event.by, self._ms(event.turn, "intents"))))

    def _ms(self, turn: int, stage: str) -> str:
        took = self._took.get((turn, stage))
        return f"{took.engine} {took.ms:.0f} ms" if took else ""

    def _line(self, at: float, who: str, style: str, text: str, by: str = "") -> None:
        line = Text(text, style=style)
        if by:
            line.append(f"   {by}", style="not bold dim")
        self._row(at, Text(who, style=style or "dim"), line)

    def _note(self, at: float, text: str) -> None:
        self._row(at, Text(), Text(text, style="dim"))

    def _row(self, at: float, who: Text, what: Text) -> None:
        """One line, or several where the screen is narrow: what goes on does so under its beginning."""
        row = Table.grid(padding=(0, 2, 0, 0))
        row.add_column(width=6, justify="right")
        row.add_column(width=WHO)
        row.add_column()
        row.add_row(f"{at:.1f}", who, what)
        self._console.print(row)
