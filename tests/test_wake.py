"""The wake word on synthesised people, on noise, and on scores made up to break the rules."""

import subprocess
import sys
import threading
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.speech import say
from voiced.errors import EngineError
from voiced.events import WakeDetected
from voiced.models import folder
from voiced.paths import Paths
from voiced.shapes.piper import write_piper
from voiced.stages import FRAME, RATE, Pcm
from voiced.wake import (
    CONSECUTIVE,
    RECALLED,
    REFRACTORY,
    SETTLED,
    WARM_UP,
    OpenWakeWord,
    bundled_words,
    find_model,
    find_word,
)

VOICES = [
    "en-us",
    "en-gb",
    "en-us+f3",
    "en-gb-scotland",
    "en-us+m3",
    "flite:kal16",
    "flite:awb",
    "flite:rms",
    "flite:slt",
]


@pytest.fixture(scope="module")
def jarvis() -> OpenWakeWord:
    return OpenWakeWord(["hey_jarvis"])


def silence(seconds: float) -> Pcm:
    return np.zeros(int(seconds * RATE), np.int16)


def frames(sound: Pcm) -> NDArray[np.int16]:
    whole = len(sound) // FRAME
    return sound[: whole * FRAME].reshape(whole, FRAME)


def wakes(detector: OpenWakeWord, *sounds: Pcm) -> list[tuple[int, WakeDetected]]:
    """The wakes in `sounds`, one after the other, with the number of the frame."""
    heard = [(number, detector.hear(frame)) for number, frame in enumerate(frames(np.concatenate(sounds)))]
    return [(number, wake) for number, wake in heard if wake]


def noise(seconds: float, level: float, seed: int) -> Pcm:
    return (np.random.default_rng(seed).normal(0, level, int(seconds * RATE)).clip(-1, 1) * 32767).astype(np.int16)


def melody(seconds: float) -> Pcm:
    """Notes of a scale with three overtones, four a second."""
    moments = np.arange(int(seconds * RATE)) / RATE
    steps = np.random.default_rng(3).choice([0, 2, 4, 5, 7, 9, 11, 12], int(seconds * 4) + 1)
    pitch = 220 * 2 ** (steps[(moments * 4).astype(int)] / 12)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    tone = sum((np.sin(phase * overtone) / overtone for overtone in (1, 2, 3)), np.zeros_like(phase))
    return np.asarray(tone * 6000, np.int16)


# --- what people say ---


@pytest.mark.parametrize("voice", VOICES)
def test_the_wake_word_wakes_once_whoever_says_it(jarvis: OpenWakeWord, voice: str) -> None:
    """W2: one utterance, one wake."""
    jarvis.reset()
    found = wakes(jarvis, silence(2), say("hey jarvis", voice), silence(3))
    assert [wake.word for _, wake in found] == ["hey_jarvis"]
    assert 0.5 <= found[0][1].score <= 1


def test_the_same_word_said_again_wakes_again(jarvis: OpenWakeWord) -> None:
    """W2: the rule against repeats does not make it deaf."""
    jarvis.reset()
    word = say("hey jarvis", "en-gb")
    assert len(wakes(jarvis, silence(2), word, silence(2), word, silence(2), word, silence(2))) == 3


def test_the_word_wakes_when_a_command_follows_in_one_breath(jarvis: OpenWakeWord) -> None:
    jarvis.reset()
    assert len(wakes(jarvis, silence(2), say("hey jarvis set a timer for five minutes", "flite:slt"), silence(2))) == 1


def test_noise_melody_and_other_talk_do_not_wake(jarvis: OpenWakeWord) -> None:
    talk = [
        say("Did you hear what Jack said about the harvest? They are all in the garden, I think.", "en-us"),
        say("The service was late again, so we walked to the harbour and had a sandwich.", "flite:rms"),
        say("Hey, look at this, travis! It is charming. Play the radio and shut the door.", "en-gb+f3"),
        say("Hello there. How are you today? I have never seen such a large jar of jam.", "flite:awb"),
    ]
    for sounds in ([noise(20, 0.05, 1)], [noise(5, 0.5, 2)], [melody(20)], talk):
        jarvis.reset()
        assert wakes(jarvis, silence(2), *sounds) == []


# --- the window ---


def test_nothing_wakes_in_the_first_sixteen_frames() -> None:
    """W1: whatever is heard after the start or a reset, the window must be full of it first."""
    word = say("hey jarvis", "en-gb")
    detector = OpenWakeWord(["hey_jarvis"])
    over = [detector.scores(frame)["hey_jarvis"] >= 0.5 for frame in frames(np.concatenate([word, silence(1)]))]
    assert any(over[:WARM_UP]), "the test must bring a score that the gate holds back"
    for _ in range(2):
        detector.reset()
        assert [number for number, _ in wakes(detector, word, silence(2)) if number < WARM_UP] == []


def test_the_first_scores_are_those_of_silence() -> None:
    """W1: the window starts as silence, not as noise; scores stay at nothing while it fills with either."""
    for sound in (silence(1.28), noise(1.28, 0.02, 5)):
        detector = OpenWakeWord(["hey_jarvis", "alexa"])
        assert max(max(detector.scores(frame).values()) for frame in frames(sound)) < 0.1


def test_a_reset_forgets_the_first_half_of_the_word() -> None:
    """W3: half a word before a gap and half of it after do not make a wake, nor does anything else remain."""
    detector = OpenWakeWord(["hey_jarvis"])
    rest = np.concatenate([say("hey jarvis", "en-us")[RATE // 2 :], silence(2)])
    fresh = [detector.scores(frame) for frame in frames(rest)]
    detector.reset()
    wakes(detector, silence(2), say("hey jarvis", "flite:slt"))
    detector.reset()
    assert [detector.scores(frame) for frame in frames(rest)] == fresh


def test_a_wake_word_cut_off_by_a_reset_does_not_wake(jarvis: OpenWakeWord) -> None:
    """W3: the scores right after a stream re-opens are not taken from before it broke."""
    jarvis.reset()
    sound = np.concatenate([silence(2), say("hey jarvis", "en-gb"), silence(2)])
    first = wakes(jarvis, sound)[0][0]
    jarvis.reset()
    before = [jarvis.hear(frame) for frame in frames(sound)[:first]]
    jarvis.reset()
    assert not any(before)
    assert wakes(jarvis, silence(3)) == []


# --- the rules, on scores of our own ---


def judged(rules: OpenWakeWord, scores: list[float], threshold: float = 0.5) -> list[int]:
    """The frames in which `scores` wake, after a warm-up of nothing."""
    rules.reset()
    rules.threshold = threshold
    found = [
        number - WARM_UP
        for number, score in enumerate([0.0] * WARM_UP + scores)
        if rules._judge({"hey_jarvis": score}) is not None
    ]
    rules.threshold = 0.5
    return found


def test_one_frame_over_the_threshold_is_not_enough(jarvis: OpenWakeWord) -> None:
    """W1: two frames in a row."""
    assert judged(jarvis, [0.9, 0.1, 0.9, 0.1, 0.9]) == []
    assert judged(jarvis, [0.1, 0.9, 0.9]) == [2]


def test_a_score_that_stays_high_wakes_once(jarvis: OpenWakeWord) -> None:
    """W2: without a fall there is no second wake, however long it takes."""
    assert judged(jarvis, [0.9] * 200) == [1]


def test_a_score_that_falls_and_rises_at_once_wakes_once(jarvis: OpenWakeWord) -> None:
    """W2: the buffer still holds the word for longer than a second."""
    assert judged(jarvis, [0.9, 0.9, 0.1, 0.9, 0.9, 0.9, *[0.0] * REFRACTORY, 0.9, 0.9]) == [1, REFRACTORY + 7]


def test_a_higher_bar_holds_while_it_is_set(jarvis: OpenWakeWord) -> None:
    assert judged(jarvis, [0.7, 0.7, 0.7], threshold=0.8) == []
    assert judged(jarvis, [0.85, 0.85], threshold=0.8) == [1]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(0, 1), max_size=120))
def test_wakes_are_never_closer_than_the_refractory_time(jarvis: OpenWakeWord, scores: list[float]) -> None:
    """W2, W1: for any scores at all."""
    found = judged(jarvis, scores)
    assert all(later - earlier > REFRACTORY for earlier, later in pairwise(found))
    for wake in found:
        assert wake >= CONSECUTIVE - 1
        assert min(scores[wake - CONSECUTIVE + 1 : wake + 1]) >= 0.5


# --- which words there are ---


def test_every_bundled_word_loads_and_scores_silence_low() -> None:
    words = sorted(bundled_words())
    assert {"alexa", "hey_jarvis", "hey_marvin", "hey_mycroft", "timer", "weather"} <= set(words)
    detector = OpenWakeWord(words)
    assert max(detector.scores(silence(0.08)).values()) < 0.1
    assert {"hey_jarvis", "alexa", "5_minute_timer"} <= set(detector.words)


def test_a_network_of_many_words_reports_the_label() -> None:
    detector = OpenWakeWord(["timer"])
    found = wakes(detector, silence(3), say("set a ten minute timer", "flite:slt"), silence(2))
    assert [wake.word for _, wake in found] == ["10_minute_timer"]


def test_words_may_be_written_with_spaces_or_as_a_path() -> None:
    path = find_model("hey jarvis")
    assert find_model("Hey-Jarvis") == find_model("hey_jarvis") == find_model(str(path)) == path
    assert OpenWakeWord([str(path)]).words == ("hey_jarvis",)


def test_a_copied_model_is_known_by_its_file_name(tmp_path: Path) -> None:
    copy = tmp_path / "computer.onnx"
    copy.write_bytes(find_model("hey_jarvis").read_bytes())
    assert OpenWakeWord([str(copy), "alexa"]).words == ("computer", "alexa")


def test_an_unknown_word_is_answered_with_a_suggestion() -> None:
    with pytest.raises(EngineError, match=r'did you mean "hey_jarvis"\?.*alexa.*\.onnx'):
        OpenWakeWord(["hey travis"])


def test_ones_own_words_are_suggested_before_the_bundled(tmp_path: Path) -> None:
    paths = Paths(*(tmp_path / name for name in ("config", "data", "state", "cache")))
    place = folder("wake", paths) / "computer.onnx"
    place.parent.mkdir(parents=True)
    place.touch()
    assert find_word("computer", paths) == place
    assert find_word("alexa", paths) == find_model("alexa")
    with pytest.raises(EngineError, match=r'^There is no wake word "xyz"; there are computer, alexa, hey_jarvis, '):
        find_word("xyz", paths)
    with pytest.raises(EngineError, match=r'"compuder"; did you mean "computer"\? There are computer, alexa, '):
        find_word("compuder", paths)


def test_no_word_at_all_is_an_error() -> None:
    with pytest.raises(EngineError, match="at least one"):
        OpenWakeWord([])


@pytest.mark.parametrize(
    ("content", "message"), [(b"", "damaged"), (b"not a network", "damaged"), (None, "There is no wake word model")]
)
def test_a_damaged_or_missing_model_is_one_sentence(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "mine.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EngineError, match=message):
        OpenWakeWord([str(path)])


def test_a_truncated_model_and_a_folder_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "half.onnx"
    path.write_bytes(find_model("alexa").read_bytes()[:400_000])
    for wrong in (path, tmp_path):
        with pytest.raises(EngineError):
            OpenWakeWord([f"{wrong}/" if wrong == tmp_path else str(wrong)])


def test_an_onnx_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="not a wake word model"):
        OpenWakeWord([str(write_piper(tmp_path))])


@pytest.mark.parametrize("frame", [np.zeros(400, np.int16), np.zeros(FRAME, np.float32)])
def test_a_frame_of_the_wrong_kind_is_refused(jarvis: OpenWakeWord, frame: Pcm) -> None:
    with pytest.raises(EngineError, match="1280"):
        jarvis.hear(frame)


# --- what it costs ---

FOOTPRINT = """
import sys, warnings
warnings.simplefilter("error")
from voiced.wake import OpenWakeWord
detector = OpenWakeWord(["hey_jarvis"])
heavy = [name for name in ("sklearn", "scipy", "torch", "tqdm") if name in sys.modules]
assert not heavy, heavy
assert "openwakeword.custom_verifier_model" not in sys.modules
from pathlib import Path
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(int(status["VmHWM"].split()[0]) // 1024)
"""


def test_neither_scikit_learn_nor_ten_seconds_of_buffers_are_loaded() -> None:
    """M7: a tiny network must stay tiny; the plain constructor takes 187 MB, and 290 MB with scikit-learn."""
    done = subprocess.run(
        [sys.executable, "-c", FOOTPRINT], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1]
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 100  # megabytes at the peak


def test_listening_starts_no_threads() -> None:
    """M7: no thread per core for a tiny network."""
    before = len(list(Path("/proc/self/task").iterdir())), threading.active_count()
    detector = OpenWakeWord(["hey_jarvis", "alexa"])
    wakes(detector, noise(1, 0.1, 4))
    assert (len(list(Path("/proc/self/task").iterdir())), threading.active_count()) == before


# --- rest ---


class Counting(OpenWakeWord):
    """Counts the frames that its networks heard."""

    looked = 0

    def scores(self, frame: Pcm) -> dict[str, float]:
        self.looked += 1
        return super().scores(frame)


def test_in_a_silent_room_the_networks_rest_until_something_breaks_the_silence() -> None:
    detector = Counting(["hey_jarvis"])
    assert wakes(detector, noise(60, 3 / 32767, seed=1)) == []
    assert detector.looked == SETTLED
    detector.looked = 0
    detector.hear(frames(noise(0.08, 0.01, seed=2))[0])
    assert detector.looked == RECALLED + 1


@pytest.mark.parametrize("level", [1.0, 0.1, 0.03])
@pytest.mark.parametrize("voice", VOICES)
def test_a_word_behind_a_long_silence_is_heard_as_without_rest(jarvis: OpenWakeWord, voice: str, level: float) -> None:
    engine, _, name = voice.rpartition(":")
    word = (say("hey jarvis", name, "flite" if engine else "espeak-ng") * level).astype(np.int16)
    jarvis.reset()
    rested = wakes(jarvis, silence(20), word, silence(1))
    jarvis.reset()
    awake = wakes(jarvis, noise(20, 25 / 32767, seed=4), word, silence(1))
    assert len(rested) == 1
    assert len(rested) >= len(awake)
    assert 20 / 0.08 < rested[0][0] < (20 + len(word) / RATE + 0.6) / 0.08


def test_nothing_rests_in_a_room_that_is_not_silent() -> None:
    detector = Counting(["hey_jarvis"])
    wakes(detector, noise(10, 40 / 32767, seed=5))
    assert detector.looked == int(10 * RATE) // FRAME
