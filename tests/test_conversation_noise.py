"""Sound that goes on behind the wake word, as a television's does: it gets one answer, and then it is left alone."""

import threading
from collections.abc import Iterator
from pathlib import Path

from tests.plain import Lengths, fitted, tone, wake_word
from tests.talk import Talk, pause, setting
from voiced.events import SpeechEnded, StateChanged
from voiced.stages import Pcm

MOST_S = 3.0


def test_an_utterance_that_is_too_long_ends_although_sound_goes_on(tmp_path: Path) -> None:
    """Nor does the turn open again when the sound pauses while the recogniser reads."""
    go_on = threading.Event()

    def lines(talk: Talk) -> Iterator[Pcm]:
        recogniser.wait_for(go_on, talk.chain.activity)
        yield pause(0.5)
        yield wake_word()
        yield tone(MOST_S + 2.0)
        yield pause(0.4)
        yield tone(2.0)
        read.append(len(recogniser.asked))
        go_on.set()
        while talk.assistant.state != "asleep":
            yield tone(0.1)

    recogniser, read = Lengths(lambda _: "what time is it"), list[int]()
    talk = Talk(
        setting(tmp_path, "[conversation]\nfollow_up_s = 0"), lines, change=fitted(recogniser, max_utterance_s=MOST_S)
    ).run()

    assert read == [1]
    assert recogniser.asked[0] <= MOST_S + 0.5
    assert talk.heard == ["what time is it"]
    assert talk.outcomes == ["answered"]
    assert [event.state for event in talk.all(StateChanged)] == ["listening", "thinking", "speaking", "asleep"]
    assert [event.cut for event in talk.all(SpeechEnded)] == [True]
