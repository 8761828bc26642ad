"""The picture of a conversation, read again as what it is: XML with text in it."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.test_timeline_spans import COMMAND, RING, Timed
from voiced.errors import StateError
from voiced.events import Partial, Reply, StageFinished, StateChanged, Transcript, TurnEnded, WakeDetected
from voiced.stages import RATE
from voiced.timeline import draw

OUT_RATE = 24_000


def bursts(seconds: float, rate: int, seed: int) -> np.ndarray:
    """Something like speech: noise in bursts of a third of a second, in [-1, 1]."""
    times = np.arange(int(seconds * rate)) / rate
    noise = np.random.default_rng(seed).normal(0, 0.2, len(times))
    return np.clip(noise * (np.sin(times * 6) > 0) * (times % 8 < 3), -1, 1)


def picture(path: Path, events: list[Timed], seconds: float, title: str = "") -> Path:
    """Draws `events` over `seconds` of sound."""
    person = (bursts(seconds, RATE, 1) * 32767).astype(np.int16)
    draw(path, person, bursts(seconds, OUT_RATE, 2).astype(np.float32), OUT_RATE, events, title)
    return path


def texts(path: Path) -> list[str]:
    """All that can be read in the picture."""
    root = ElementTree.parse(path).getroot()
    return [(each.text or "").strip() for each in root.iter("{http://www.w3.org/2000/svg}text")]


def again(events: list[Timed], turn: int, seconds: float) -> list[Timed]:
    """The events of another turn, the same but `seconds` later."""
    numbered = (Partial, Transcript, Reply, StageFinished, TurnEnded)
    return [(replace(e, turn=turn) if isinstance(e, numbered) else e, at + seconds) for e, at in events]


def test_every_stage_that_happened_is_named_and_no_other(tmp_path: Path) -> None:
    found = texts(picture(tmp_path / "p.svg", [*COMMAND, *RING], 24))
    for name in (
        "person",
        "assistant",
        "wake word, listening",
        "end of speech",
        "speech to text",
        "commands",
        "text to speech",
        "answer",
        "follow-up",
        "ringing",
    ):
        assert name in found, name
    assert "language model" not in found


def test_a_stage_of_an_unknown_name_is_named_too(tmp_path: Path) -> None:
    assert "verifier" in texts(picture(tmp_path / "p.svg", [(StageFinished(1, "verifier", "", 9.0), 1.0)], 4))


def test_what_was_said_and_how_long_it_took_can_be_read(tmp_path: Path) -> None:
    found = texts(picture(tmp_path / "p.svg", [*COMMAND, *RING], 24, title="Two turns"))
    for text in ("Two turns", "what time is it", "It is 8:00.", "Your pizza timer is done.", "0.82 s", "hey jarvis"):
        assert text in found, text


def test_the_same_conversation_makes_the_same_bytes(tmp_path: Path) -> None:
    one, other = (picture(tmp_path / name, [*COMMAND, *RING], 24, title="Again") for name in ("a.svg", "b.svg"))
    assert one.read_bytes() == other.read_bytes()


def test_a_long_conversation_continues_in_further_rows_and_stays_small(tmp_path: Path) -> None:
    events = [pair for n in range(8) for pair in again(COMMAND, n + 1, n * 11.0)]
    path = picture(tmp_path / "p.svg", events, 90)
    assert texts(path).count("speech to text") == 3
    assert texts(path).count("0.82 s") == 8
    assert path.stat().st_size < 300_000


def test_the_grid_tells_every_five_seconds(tmp_path: Path) -> None:
    found = texts(picture(tmp_path / "p.svg", COMMAND, 20))
    assert [text for text in found if text in {f"{n} s" for n in range(30)}] == ["0 s", "5 s", "10 s", "15 s", "20 s"]


def test_a_conversation_of_nothing_is_a_picture_of_silence(tmp_path: Path) -> None:
    draw(tmp_path / "p.svg", np.zeros(0, np.int16), np.zeros(0, np.float32), OUT_RATE, [])
    assert {"person", "assistant"} <= set(texts(tmp_path / "p.svg"))


def test_events_after_the_last_sound_are_still_on_the_page(tmp_path: Path) -> None:
    assert "ringing" in texts(picture(tmp_path / "p.svg", RING, 1.0))


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("$5 and $6 \\frac{1}{2}", "$5 and $6 \\frac{1}{2}"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
        ("a\x00b\x1bc\nd", "a b c d"),
        ("天気はどう 🙂", "天気はどう 🙂"),
        ("\ud800half a letter", "half a letter"),
    ],
)
def test_any_words_can_be_read_in_the_picture(tmp_path: Path, words: str, shown: str) -> None:
    events: list[Timed] = [
        (WakeDetected(words, 1.0), 1.0),
        (StateChanged("listening"), 1.0),
        (Transcript(1, words, ""), 2.0),
        (TurnEnded(1, "answered"), 3.0),
    ]
    found = texts(picture(tmp_path / "p.svg", events, 10, title=words))
    assert found.count(shown) == 3, "as the title, the wake word and the words"


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StateError, match=r"cannot be written .*; name a file in a folder of yours\."):
        picture(tmp_path / "missing" / "p.svg", COMMAND, 4)
    with pytest.raises(StateError):
        picture(tmp_path, COMMAND, 4)


def test_without_matplotlib_it_says_what_to_install_and_importing_needs_none(tmp_path: Path) -> None:
    program = """
import sys
sys.modules["matplotlib"] = None  # as where it is not installed
import numpy
from pathlib import Path
from voiced.errors import EngineError
from voiced.timeline import draw, spans
assert spans([]) == []
try:
    draw(Path(sys.argv[1]), numpy.zeros(9, "i2"), numpy.zeros(9, "f4"), 24000, [])
except EngineError as error:
    sys.exit(f"told: {error}")
"""
    file = tmp_path / "p.svg"
    ended = subprocess.run([sys.executable, "-c", program, str(file)], capture_output=True, text=True, check=False)
    assert ended.stderr.startswith("told: A picture needs matplotlib")
    assert "pip install matplotlib" in ended.stderr
    assert not file.exists()
