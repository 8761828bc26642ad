"""Piper itself, with a voice of random weights."""

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.decoders import HIGH, MEDIUM, Residual, deep, rebuilt
from voiced.errors import EngineError
from voiced.shapes.piper import write_piper
from voiced.stages import Sound
from voiced.tts.piper import CEILING, KNEE, LOUDNESS, PiperSynthesiser, bounded

SENTENCES = "The light is on. It is cold outside. Good night, everybody!"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_piper(tmp_path_factory.mktemp("voice"))


@pytest.fixture(scope="module")
def piper(model: Path) -> PiperSynthesiser:
    return PiperSynthesiser(model, clock=still)


def still() -> float:
    """A clock by which no machine is too slow for windows."""
    return 0.0


def spoken(synthesiser: PiperSynthesiser, text: str) -> NDArray[np.float32]:
    return np.concatenate([sound.samples for sound in synthesiser.synthesise(text)])


def description(model: Path, **changes: Any) -> None:
    """Changes keys of the voice's description."""
    path = Path(f"{model}.json")
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")


# --- speaking ---


def test_sound_comes_in_pieces_at_the_voices_rate(piper: PiperSynthesiser) -> None:
    sounds = list(piper.synthesise(SENTENCES))
    assert len(sounds) > 3
    for sound in sounds:
        assert sound.rate == 22_050
        assert sound.samples.dtype == np.float32
        assert sound.samples.ndim == 1


def test_the_rate_is_that_of_the_voice(tmp_path: Path) -> None:
    """S7: a 16 kHz voice says so."""
    synthesiser = PiperSynthesiser(write_piper(tmp_path, rate=16_000))
    assert {sound.rate for sound in synthesiser.synthesise(SENTENCES)} == {16_000}


def test_the_sound_is_that_of_piper_itself_but_for_its_loudness(model: Path) -> None:
    from piper import PiperVoice, SynthesisConfig

    even = SynthesisConfig(noise_scale=0, noise_w_scale=0, normalize_audio=False)
    reference = np.concatenate(
        [chunk.audio_float_array for chunk in PiperVoice.load(model).synthesize(SENTENCES, even)]
    )
    mine = spoken(PiperSynthesiser(model, variation=0), SENTENCES)
    assert len(mine) <= len(reference)
    begin = int(np.argmax(np.correlate(reference, mine, "valid")))
    cut = reference[begin : begin + len(mine)]
    assert len(mine) > 0.95 * len(reference)
    assert np.corrcoef(cut, mine)[0, 1] > 0.9999


def test_more_to_say_takes_longer(piper: PiperSynthesiser) -> None:
    short, long = spoken(piper, "Yes."), spoken(piper, "Yes, and I will tell you all about it tomorrow morning.")
    assert len(long) > 4 * len(short)


def test_speed_stretches_the_sound(model: Path) -> None:
    text = "What a lovely day it is today."
    slow, plain, fast = (len(spoken(PiperSynthesiser(model, speed=speed), text)) for speed in (0.5, 1.0, 2.0))
    assert 1.7 < slow / plain < 2.3
    assert 1.7 < plain / fast < 2.3


def test_without_variation_a_sentence_sounds_the_same_each_time(model: Path) -> None:
    even, lively = PiperSynthesiser(model, variation=0, clock=still), PiperSynthesiser(model)
    assert np.array_equal(spoken(even, "Hello there."), spoken(even, "Hello there."))
    assert not np.array_equal(spoken(lively, "Hello there."), spoken(lively, "Hello there."))


def test_threads_do_not_change_the_sound(model: Path) -> None:
    one, two = (spoken(PiperSynthesiser(model, variation=0, threads=count), "Hello there.") for count in (1, 2))
    assert np.allclose(one, two, atol=1e-4)


def test_every_sentence_is_as_loud_as_speech_should_be_and_none_clips(piper: PiperSynthesiser) -> None:
    for sentence in SENTENCES.split(". "):
        samples = spoken(piper, sentence)
        assert np.abs(samples).max() <= CEILING
        assert LOUDNESS / 2 < np.sqrt(np.square(samples).mean()) < LOUDNESS * 2


@given(st.lists(st.floats(-50, 50, width=32), max_size=50))
def test_peaks_are_bent_below_the_ceiling_each_by_itself(values: list[float]) -> None:
    samples = np.array(values, np.float32)
    bent = bounded(samples)
    assert bent.dtype == np.float32
    assert np.abs(bent).max(initial=0) <= CEILING
    assert np.array_equal(bent[np.abs(samples) <= KNEE], samples[np.abs(samples) <= KNEE])
    assert np.allclose(bent, np.concatenate([bounded(samples[:7]), bounded(samples[7:])]), atol=1e-6)
    order = np.argsort(samples, kind="stable")
    assert (np.diff(bent[order]) >= 0).all()


@pytest.mark.parametrize("text", ["", ".", " ... ", "?!", "—", "\0", "\n"])
def test_nothing_to_pronounce_gives_nothing(piper: PiperSynthesiser, text: str) -> None:
    """S4: a reply of "." or of nothing."""
    assert list(piper.synthesise(text)) == []


@pytest.mark.parametrize("text", ["Ü ß é 三 \ud800 x", "[[ hello ]] world", "<b>one</b>", "50%"])
def test_odd_text_is_spoken_and_breaks_nothing(piper: PiperSynthesiser, text: str) -> None:
    assert len(spoken(piper, text)) > 2_000


def test_cancelling_ends_it_within_the_window_under_way(piper: PiperSynthesiser) -> None:
    taken: list[Sound] = []
    for sound in piper.synthesise(
        "This is one, and it goes on for a while, and on, and on. " * 20, lambda: bool(taken)
    ):
        taken.append(sound)
    assert 0.05 < taken[0].seconds < 1
    assert sum(sound.seconds for sound in taken[1:]) < 0.05  # what was held back of the first as silence


def test_cancelled_before_it_began_it_says_nothing(piper: PiperSynthesiser) -> None:
    assert list(piper.synthesise(SENTENCES, lambda: True)) == []


def test_the_first_sound_comes_before_the_rest_of_its_sentence_is_made(piper: PiperSynthesiser) -> None:
    """S5: nothing waits for the whole answer, nor for the whole sentence."""
    first = next(iter(piper.synthesise("This is one sentence, which is not a short one.")))
    assert 0.05 < first.seconds < 1
    assert len(spoken(piper, "This is one sentence, which is not a short one.")) / first.rate > 2


@pytest.mark.parametrize("residual", [(), MEDIUM, HIGH], ids=["plain", "medium", "high"])
def test_a_voice_sounds_the_same_in_windows_and_whole(tmp_path: Path, residual: Residual) -> None:
    model = deep(tmp_path, residual) if residual else write_piper(tmp_path)
    windows = PiperSynthesiser(model, variation=0, clock=still)
    pieces = [sound.samples for sound in windows.synthesise(SENTENCES)]
    whole = PiperSynthesiser(unlike(model), variation=0)
    assert len(pieces) > len(list(whole.synthesise(SENTENCES)))
    np.testing.assert_allclose(np.concatenate(pieces), spoken(whole, SENTENCES), atol=1e-5)


def test_the_log_says_once_that_a_voice_cannot_be_heard_before_its_sentence_is_made(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    model = write_piper(tmp_path)
    spoken(PiperSynthesiser(model), SENTENCES)
    assert caplog.text == ""
    spoken(PiperSynthesiser(unlike(model)), SENTENCES)
    (record,) = caplog.records
    assert "voice.onnx is not built as Piper's own voices are" in record.getMessage()


def unlike(model: Path) -> Path:
    """The same network with its nodes called otherwise, so that it is not known as Piper's."""

    def rename(node: Any, _: object) -> None:
        node.name = node.name.replace("/dec/conv_pre", "/vocoder/first")

    return rebuilt(model, rename)


def test_what_is_said_is_not_logged(model: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    spoken(PiperSynthesiser(model), "The alarm code is pineapple, 三.")
    assert [record for record in caplog.records if record.name.startswith("piper")] == []
    assert "pineapple" not in caplog.text


# --- speakers ---


def test_speakers_are_known_by_name_and_by_number(tmp_path: Path) -> None:
    path = write_piper(tmp_path, speakers=("anna", "bert"))
    sounds = {
        who: spoken(PiperSynthesiser(path, speaker=who, variation=0, clock=still), "Hello.")
        for who in ("anna", "bert", 1, "0")
    }
    default = spoken(PiperSynthesiser(path, variation=0, clock=still), "Hello.")
    assert np.array_equal(sounds["bert"], sounds[1])
    assert np.array_equal(sounds["anna"], sounds["0"])
    assert np.array_equal(sounds["anna"], default)
    assert sounds["anna"].shape != sounds["bert"].shape or not np.allclose(sounds["anna"], sounds["bert"])


def test_an_unknown_speaker_is_answered_with_a_suggestion(tmp_path: Path, model: Path) -> None:
    path = write_piper(tmp_path, speakers=("anna", "bert"))
    with pytest.raises(EngineError, match='no speaker ana; did you mean "anna"'):
        PiperSynthesiser(path, speaker="ana")
    with pytest.raises(EngineError, match=r"0 to 1 \(anna, bert\)"):
        PiperSynthesiser(path, speaker=7)
    with pytest.raises(EngineError, match="has one speaker"):
        PiperSynthesiser(model, speaker="anna")


# --- what can be wrong with a voice ---


def test_a_missing_model_and_a_folder_are_one_sentence(tmp_path: Path) -> None:
    for path in (tmp_path / "no.onnx", tmp_path):
        with pytest.raises(EngineError, match="There is no Piper voice"):
            PiperSynthesiser(path)


def test_a_missing_description_is_named(tmp_path: Path) -> None:
    path = write_piper(tmp_path)
    Path(f"{path}.json").unlink()
    with pytest.raises(EngineError, match=r"lacks voice\.onnx\.json"):
        PiperSynthesiser(path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"null", b"\xff\xfe", b'{"num_symbols": 1}'])
def test_a_nonsensical_description_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = write_piper(tmp_path)
    Path(f"{path}.json").write_bytes(content)
    with pytest.raises(EngineError, match="not the description of a Piper voice"):
        PiperSynthesiser(path)


def test_a_description_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    path = write_piper(tmp_path)
    Path(f"{path}.json").unlink()
    Path(f"{path}.json").mkdir()
    with pytest.raises(EngineError, match="cannot be read"):
        PiperSynthesiser(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"audio": {"sample_rate": 1}}, "samples per second"),
        ({"audio": {"sample_rate": "high"}}, "samples per second"),
        ({"espeak": {"voice": "klingon-opera"}}, "cannot pronounce"),
        ({"phoneme_type": "pinyin"}, "pinyin phonemes"),
        ({"phoneme_type": "runes"}, "not the description"),
        ({"phoneme_id_map": {"_": [0], "^": [1], "$": [2], "ʌ": [999_999], "w": [999_999]}}, "failed to speak"),
        ({"num_speakers": 4}, "failed to speak"),
    ],
)
def test_a_description_that_does_not_fit_is_one_sentence(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = write_piper(tmp_path)
    description(path, **changes)
    with pytest.raises(EngineError, match=message):
        PiperSynthesiser(path)


@pytest.mark.parametrize("size", [0, 10, 20_000])
def test_a_damaged_model_is_one_sentence(tmp_path: Path, size: int) -> None:
    path = write_piper(tmp_path)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(EngineError, match="damaged"):
        PiperSynthesiser(path)


def test_an_onnx_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    from voiced.wake import find_model

    path = write_piper(tmp_path)
    path.write_bytes(find_model("alexa").read_bytes())
    with pytest.raises(EngineError, match="not a Piper voice"):
        PiperSynthesiser(path)


@pytest.mark.parametrize("wrong", [{"speed": 0.0}, {"speed": float("nan")}, {"variation": -1.0}, {"variation": 9.0}])
def test_settings_out_of_range_are_one_sentence(model: Path, wrong: dict[str, float]) -> None:
    with pytest.raises(EngineError, match=r"Piper voice .* not"):
        PiperSynthesiser(model, **wrong)  # type: ignore[arg-type]


# --- the random voice ---


def test_the_random_voice_has_the_nodes_of_a_real_one(model: Path) -> None:
    import onnx

    graph = onnx.load(str(model)).graph
    assert [each.name for each in graph.input] == ["input", "input_lengths", "scales"]
    assert [each.name for each in graph.output] == ["output"]
    convolution = next(node for node in graph.node if node.name == "/dec/conv_pre/Conv")
    assert convolution.op_type == "Conv"


def test_the_random_voice_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    one = write_piper(tmp_path / "one.onnx").read_bytes()
    assert write_piper(tmp_path / "two.onnx").read_bytes() == one
    assert write_piper(tmp_path / "three.onnx", seed=1).read_bytes() != one


THREADS = """
import sys
from pathlib import Path
from voiced.tts.piper import PiperSynthesiser
import onnxruntime
tasks = lambda: len(list(Path("/proc/self/task").iterdir()))
before = tasks()
synthesiser = PiperSynthesiser(Path(sys.argv[1]))
list(synthesiser.synthesise("Hello there."))
print(tasks() - before)
"""


def test_one_thread_means_one_thread(model: Path) -> None:
    """M7: no thread per core."""
    done = subprocess.run(
        [sys.executable, "-c", THREADS, str(model)], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[1],
    )  # fmt: skip
    assert int(done.stdout) == 0
