"""A conversation's events flow in; from when to when each stage worked, and what was said, flow out. Pure.

Times are seconds on the conversation's clock, which begins at 0 with the recording. A stage is reported when it has
finished, with what it cost on this machine, so it began that much earlier; but never before it was asked to: on a
recording heard faster than life the clock stands still while the machine computes, and the stage is a moment there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from voiced.conversation.floor import Event
from voiced.events import (
    AnswerEnded,
    AnswerRequested,
    AnswerStarted,
    FollowUpOpened,
    ListenRequested,
    Muted,
    NothingHeard,
    Reply,
    SpeechEnded,
    SpeechPaused,
    SpeechStarted,
    StageFinished,
    StateChanged,
    StopRequested,
    TimerFired,
    Transcript,
    TurnEnded,
    WakeDetected,
)

STAGES: Final[dict[str, str]] = {
    "stt": "speech to text",
    "intents": "commands",
    "llm": "language model",
    "tts": "text to speech",
}
"""The track on which each stage of `StageFinished` is shown; a stage without a track of its own gets its name's."""

TRACKS: Final = (
    "wake word",
    "listening",
    "end of speech",
    *STAGES.values(),
    "answer",
    "follow-up",
    "ringing",
    "response",
)
"""All tracks, in the order in which a turn passes them; "response" is what the person waited altogether."""


@dataclass(frozen=True, slots=True)
class Span:
    """Something that went on for a while, or happened at once (`begin == end`)."""

    track: str
    """One of `TRACKS`, or the name of a stage that is not among them."""
    begin: float
    """Seconds on the conversation's clock."""
    end: float
    """Seconds on the conversation's clock; never before `begin`."""
    label: str
    """What to write beside it; may be empty."""
    turn: int
    """The turn's number; 0 when no turn is known."""
    ok: bool = True
    """False when the stage failed."""


@dataclass(frozen=True, slots=True)
class Caption:
    """Something that was said."""

    who: Literal["person", "assistant"]
    at: float
    """Seconds on the conversation's clock at which it began."""
    text: str
    turn: int


def spans(events: Sequence[tuple[Event, float]]) -> list[Span]:
    """Everything that went on, in the order in which it began. `events` come in the order in which they were handled,
    each with its seconds on the conversation's clock; all spans lie between 0 and the last of these."""
    reader = _Reader(events)
    for (event, at), turn in zip(events, turns(events), strict=True):
        reader.read(event, max(0.0, at), turn)
    return reader.finish()


def captions(events: Sequence[tuple[Event, float]]) -> list[Caption]:
    """What the person said and what was heard of the answers, in the order in which it began."""
    spoke: dict[int, float] = {}
    heard: dict[int, float] = {}
    asked: dict[int, Caption] = {}
    replies: dict[int, list[str]] = {}
    for (event, at), turn in zip(events, turns(events), strict=True):
        now = max(0.0, at)
        match event:
            case SpeechStarted():
                spoke.setdefault(turn, now)
            case AnswerStarted():
                heard.setdefault(turn, now)
            case Transcript():
                begin = min(now, spoke.get(event.turn, now))
                asked.setdefault(event.turn, Caption("person", begin, event.text, event.turn))
            case Reply():
                replies.setdefault(event.turn, []).append(event.text)
    answers = [Caption("assistant", heard[n], " ".join(texts), n) for n, texts in replies.items() if n in heard]
    return sorted([*asked.values(), *answers], key=lambda each: each.at)


def turns(events: Sequence[tuple[Event, float]]) -> list[int]:
    """The turn that each event belongs to: the one it names, else the one that ends next (a turn ends before the next
    begins); for a turn that the recording does not see the end of, one that a later event names."""
    numbers = [0] * len(events)
    present = max([0, *(event.turn for event, _ in events if isinstance(event, Transcript | Reply | StageFinished))])
    for index in range(len(events) - 1, -1, -1):
        event, _ = events[index]
        if isinstance(event, TurnEnded):
            present = event.turn
        numbers[index] = event.turn if isinstance(event, Transcript | Reply | StageFinished) else present
    return numbers


class _Reader:
    """Follows the events and keeps what has begun and not ended."""

    def __init__(self, events: Sequence[tuple[Event, float]]) -> None:
        self._horizon = max([0.0, *(at for _, at in events)])
        self._timings = {event.turn: event.timings for event, _ in events if isinstance(event, TurnEnded)}
        self._last_end = {
            turn: index
            for index, ((event, _), turn) in enumerate(zip(events, turns(events), strict=True))
            if isinstance(event, SpeechEnded)
        }  # where in `events` each turn's last end of speech is: the one that its timings tell of
        self._index = -1
        self._open: dict[str, tuple[float, str, int]] = {}
        self._done: list[Span] = []
        self._asked: dict[str, list[float]] = {}  # stage -> when it was asked for work that it has not finished yet
        self._paused: float | None = None
        self._state = ""
        self._responded: set[int] = set()

    def read(self, event: Event, at: float, turn: int) -> None:
        """Takes the next event."""
        self._index += 1
        match event:
            case WakeDetected() | ListenRequested():
                self._invited(event, at, turn)
            case StateChanged():
                self._entered(event.state, at, turn)
            case SpeechStarted():
                self._paused = None
                self._asked.pop("stt", None)
            case SpeechPaused():
                self._paused = at
                self._asked.setdefault("stt", []).append(at)
            case SpeechEnded():
                self._decided(at, turn)
            case NothingHeard():
                self._end("listening", at, "nothing heard")
            case StageFinished():
                self._worked(event, at)
            case _:
                self._read_answer(event, at, turn)

    def _read_answer(self, event: Event, at: float, turn: int) -> None:
        match event:
            case AnswerRequested():
                self._asked["intents"] = [at]
            case Transcript():
                self._asked["llm"] = [at]
            case Reply():
                self._asked.setdefault("tts", []).append(at)
            case AnswerStarted():
                self._answered(at, turn)
            case AnswerEnded() | FollowUpOpened():
                self._end("answer", at)
            case TimerFired():
                self._begin("ringing", at, event.name or "timer", turn)
            case Muted():
                self._cut(at, "muted")
            case StopRequested():
                self._cut(at, "stopped")
                self._end("ringing", at)
            case TurnEnded():
                self._over(event, at)

    def finish(self) -> list[Span]:
        """Ends what is still open, with the recording; all spans, sorted."""
        for track in list(self._open):
            self._end(track, self._horizon)
        order = {track: place for place, track in enumerate(TRACKS)}
        return sorted(self._done, key=lambda span: (span.begin, order.get(span.track, len(order)), span.end))

    def _begin(self, track: str, at: float, label: str, turn: int) -> None:
        self._end(track, at)
        self._open[track] = (at, label, turn)

    def _end(self, track: str, at: float, label: str = "") -> None:
        if track in self._open:
            begin, first_label, turn = self._open.pop(track)
            self._add(track, begin, at, label or first_label, turn)

    def _cut(self, at: float, why: str) -> None:
        """Ends what was being said or listened to."""
        self._end("answer", at, why)
        self._end("listening", at, why)

    def _add(self, track: str, begin: float, end: float, label: str, turn: int, ok: bool = True) -> None:
        self._done.append(Span(track, min(max(0.0, begin), end), end, label, turn, ok))

    def _invited(self, event: WakeDetected | ListenRequested, at: float, turn: int) -> None:
        if isinstance(event, WakeDetected):
            self._add("wake word", at, at, event.word.replace("_", " "), turn)
        if self._state == "listening":  # as it stays, no StateChanged will come
            self._begin("listening", at, "", turn)

    def _entered(self, state: str, at: float, turn: int) -> None:
        for track, of in (("listening", "listening"), ("follow-up", "follow_up")):
            if state == of:
                self._begin(track, at, "", turn)
            else:
                self._end(track, at)
        self._state = state

    def _decided(self, at: float, turn: int) -> None:
        """The silence lasted. How long is in the turn's timings, if this was its last; else since the pause."""
        wait = self._timings.get(turn, {}).get("wait")
        begin = self._paused
        if wait is not None and self._last_end.get(turn) == self._index:
            begin = at - wait / 1000
        if begin is not None:
            self._add("end of speech", begin, at, _duration(at - max(0.0, begin)), turn)
        self._asked.setdefault("stt", []).append(at)

    def _worked(self, event: StageFinished, at: float) -> None:
        asked = self._asked.get(event.stage, [])
        earliest = asked.pop(0) if asked else 0.0
        if event.stage == "stt":
            asked.clear()  # one draft answers all that was asked before it; the rest was dropped
            self._asked["intents"] = [at]
        label = _duration(event.ms / 1000) if event.ok else "failed"
        begin = max(earliest, at - event.ms / 1000)
        self._add(STAGES.get(event.stage, event.stage), begin, at, label, event.turn, event.ok)

    def _answered(self, at: float, turn: int) -> None:
        self._begin("answer", at, "", turn)
        response = self._timings.get(turn, {}).get("response")
        if response is not None and turn not in self._responded:
            self._responded.add(turn)
            self._add("response", at - response / 1000, at, f"{response / 1000:.2f} s", turn)

    def _over(self, event: TurnEnded, at: float) -> None:
        self._cut(at, "" if event.outcome == "answered" else event.outcome.replace("_", " "))
        if event.outcome == "stopped":
            self._end("ringing", at)
        self._asked.clear()


def _duration(seconds: float) -> str:
    """Short: "4 ms", "0.70 s"."""
    return f"{seconds * 1000:.0f} ms" if seconds < 0.0995 else f"{seconds:.2f} s"
