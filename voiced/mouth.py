"""Clauses flow in, sound flows to the speaker, and word of what was heard flows back.

While one clause is synthesised the model writes the next: the queue between them is short, and a full one makes the
model wait, not the person.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from voiced.activity import Activity
from voiced.errors import EngineError, VoicedError
from voiced.events import Reply, StageFinished
from voiced.span import span
from voiced.stages import Cancelled, Sound, Speaker, Synthesiser
from voiced.text import Clause
from voiced.worker import Worker

_LOG = logging.getLogger(__name__)

CLAUSES = 4
"""Bound of the clauses waiting to be synthesised: some seconds of speech. Overflow rule: the thinker waits; speech is
never dropped but by a stale generation."""


@dataclass(slots=True)
class Voicing:
    """One answer on its way to the speaker, and whom to tell. The callbacks come from the speaker's thread, except
    `failed` and `report`, which come from the mouth's own; none may block."""

    turn: int
    generation: int
    cancelled: Cancelled
    begun: Callable[[], None]
    """The first sample of the answer leaves the speaker."""
    heard: Callable[[Clause], None]
    """A clause has left the speaker."""
    ended: Callable[[], None]
    """The last sample has left the speaker; comes at once for an answer without sound."""
    failed: Callable[[VoicedError, str], None]
    """The stage that is named, such as "tts", failed; nothing more is said."""
    report: Callable[[StageFinished], None]
    reply: Callable[[Reply], None]
    """A clause is about to be spoken; called by the thinker."""
    sounded: bool = field(default=False, init=False)
    broken: bool = field(default=False, init=False)


class Mouth:
    """Owns the synthesiser and the thread that runs it. `say` and `end` come from the thinker's thread."""

    def __init__(self, synthesiser: Synthesiser, speaker: Speaker, activity: Activity) -> None:
        self.synthesiser = synthesiser
        self.speaker = speaker
        self._activity = activity
        self._worker = Worker("mouth", activity)
        self._places = threading.Semaphore(CLAUSES)

    def say(self, voicing: Voicing, clause: Clause) -> None:
        """Queues `clause` behind those before it; waits while `CLAUSES` are waiting already."""
        if not self._places.acquire(blocking=False):
            with self._activity.aside():
                self._places.acquire()
        self._worker.submit(lambda: self._voice(voicing, clause))

    def play(self, voicing: Voicing, sound: Sound) -> None:
        """Queues a ready-made sound, such as the ring of a timer, as a part of the answer."""
        self._worker.submit(lambda: self._play(voicing, sound))

    def end(self, voicing: Voicing) -> None:
        """Says that nothing more will be said for `voicing`."""
        self._worker.submit(lambda: self._end(voicing))

    @property
    def alive(self) -> bool:
        """Whether the synthesiser's thread runs."""
        return self._worker.alive

    def close(self) -> None:
        """Stops for good; whatever still waits is not said."""
        self._places.release(CLAUSES)
        self._worker.close()

    def _voice(self, voicing: Voicing, clause: Clause) -> None:
        try:
            if voicing.broken or voicing.cancelled():
                return
            pieces = self.synthesiser.synthesise(clause.spoken, voicing.cancelled)
            with span(voicing.report, voicing.turn, "tts", self.synthesiser.name):
                first = next(pieces, None)
            if first is not None:
                self._play(voicing, first)
                for sound in pieces:
                    self._play(voicing, sound)
            self.speaker.mark(voicing.generation, lambda: voicing.heard(clause))
        except EngineError as error:
            self._break(voicing, error)
        except Exception as error:
            # Nobody planned for this one, and silence that counts as an answer would be the worst way to learn of it.
            _LOG.exception("%s failed.", self.synthesiser.name)
            self._break(voicing, EngineError(f"{self.synthesiser.name} failed ({error}); the log says where."))
        finally:
            self._places.release()

    def _break(self, voicing: Voicing, error: EngineError) -> None:
        voicing.broken = True
        voicing.failed(error, "tts")

    def _play(self, voicing: Voicing, sound: Sound) -> None:
        begun = None if voicing.sounded else voicing.begun
        voicing.sounded = True
        self.speaker.play(sound, voicing.generation, begun)

    def _end(self, voicing: Voicing) -> None:
        if not voicing.broken and not voicing.cancelled():
            self.speaker.mark(voicing.generation, voicing.ended)
