"""Events flow in, lines to read along flow out: who said what, by which engine, in how many milliseconds."""

from collections.abc import Callable

from rich.console import Console
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

WHO = 10
"""Width of the column that says who."""

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

    def cast(self, person: str, chain: Chain) -> None:
        """Who takes part."""
        mind = chain.mind
        model = mind.model_name or "no language model is installed: it knows commands alone"
        self._console.print(f"The person speaks through {person}. The assistant hears with {mind.recogniser.name},")
        self._console.print(f"thinks with hassil and {model}, and speaks through {chain.mouth.synthesiser.name}.\n")

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
            by = "llm" if event.by == "llm" else "intents"
            self._line(at, "voiced", "bold cyan", event.text, f"{event.by}{self._ms(event.turn, by, ' ')}")
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
            self._note(at, f"answered {response:.0f} ms after the last word, {wait:.0f} ms of it waiting for more")

    def _ms(self, turn: int, stage: str, before: str = "") -> str:
        took = self._took.get((turn, stage))
        return f"{before}{took.engine} {took.ms:.0f} ms".lstrip() if took else ""

    def _line(self, at: float, who: str, style: str, text: str, by: str = "") -> None:
        line = Text(f"{at:6.1f}  ")
        line.append(f"{who:<{WHO}}", style=style or "dim")
        line.append(text, style=style)
        if by:
            line.append(f"   {by}", style="dim")
        self._console.print(line)

    def _note(self, at: float, text: str) -> None:
        self._console.print(Text(f"{at:6.1f}  {'':<{WHO}}{text}", style="dim"))
