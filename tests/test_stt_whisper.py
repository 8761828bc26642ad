"""faster-whisper and CTranslate2 themselves, on small models that were written a moment ago."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests import speech
from voiced.errors import EngineError
from voiced.resources import starter_dir
from voiced.shapes.whisper import write_whisper
from voiced.stages import RATE, Pcm
from voiced.stt.whisper import WhisperRecogniser

SAID = "Set a timer for five minutes."


@pytest.fixture(scope="module")
def teller(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_whisper(tmp_path_factory.mktemp("whisper") / "teller", says=SAID)


@pytest.fixture(scope="module")
def utterance() -> Pcm:
    return speech.say("set a timer for five minutes")


def test_the_words_of_the_model_come_out(teller: Path, utterance: Pcm) -> None:
    assert WhisperRecogniser(teller).transcribe(utterance).text == SAID


def test_letters_of_any_language_come_out(tmp_path: Path, utterance: Pcm) -> None:
    folder = write_whisper(tmp_path / "teller", says="Zähl bis fünf, œuf!")

    assert WhisperRecogniser(folder).transcribe(utterance).text == "Zähl bis fünf, œuf!"


def test_a_model_that_writes_letter_by_letter_is_not_cut_off(tmp_path: Path) -> None:
    """A token may be a single letter, and CTranslate2 writes half as many as it is asked for."""
    text = "how much time is left on the pizza timer and on the one for the bread"
    folder = write_whisper(tmp_path / "teller", says=text)

    assert WhisperRecogniser(folder).transcribe(speech.noise(2.0, level=0.1)).text == text


def test_at_full_length_a_runaway_is_not_done_twice(tmp_path: Path) -> None:
    folder = write_whisper(tmp_path / "teller", says="and so on and so on and so on and so on and so on and so on")
    recogniser = WhisperRecogniser(folder)

    assert recogniser.transcribe(speech.noise(29.0, level=0.1)).text == ""
    assert recogniser.frames == [3000]


def test_a_short_utterance_is_not_paid_for_like_thirty_seconds(teller: Path, utterance: Pcm) -> None:
    recogniser = WhisperRecogniser(teller)
    recogniser.transcribe(utterance)

    (frames,) = recogniser.frames
    assert frames == pytest.approx(len(utterance) / RATE * 100 + 256, abs=2)


@pytest.mark.parametrize(("asked", "frames"), [(0.0, 0), (1.0, 100), (None, 3000)])
def test_how_much_silence_a_model_wants_stands_beside_it(
    tmp_path: Path, utterance: Pcm, asked: float | None, frames: int
) -> None:
    folder = write_whisper(tmp_path / "teller", says=SAID)
    (folder / "voiced.json").write_text(json.dumps({"margin_s": asked}), "utf-8")
    recogniser = WhisperRecogniser(folder)
    recogniser.transcribe(utterance)

    own = 0 if asked is None else len(utterance) / RATE * 100
    assert recogniser.frames[0] == pytest.approx(own + frames, abs=2)


def test_a_reading_that_runs_away_is_done_again_at_full_context_and_then_dropped(tmp_path: Path) -> None:
    folder = write_whisper(tmp_path / "teller", says="and so on and so on and so on and so on and so on and so on")
    recogniser = WhisperRecogniser(folder)

    assert recogniser.transcribe(speech.noise(3.0, level=0.1)).text == ""
    assert len(recogniser.frames) == 2
    assert recogniser.frames[1] == 3000


def test_a_model_that_guesses_is_not_believed(tmp_path: Path, utterance: Pcm) -> None:
    """H5: random weights give every token the same probability."""
    recogniser = WhisperRecogniser(write_whisper(tmp_path / "random"))

    assert recogniser.transcribe(utterance).text == ""
    assert recogniser.frames


@pytest.mark.parametrize("sound", [np.zeros(0, np.int16), speech.silence(3.0), speech.noise(3.0, level=0.0005)])
def test_silence_never_reaches_the_model(teller: Path, sound: Pcm) -> None:
    """H5."""
    recogniser = WhisperRecogniser(teller)

    assert recogniser.transcribe(sound).text == ""
    assert recogniser.frames == []


def test_nothing_is_read_for_nobody(teller: Path, utterance: Pcm) -> None:
    recogniser = WhisperRecogniser(teller)

    assert recogniser.transcribe(utterance, lambda: True).text == ""
    assert recogniser.frames == []


def test_cancelling_takes_effect_between_encoder_and_decoder(teller: Path, utterance: Pcm) -> None:
    recogniser = WhisperRecogniser(teller)

    assert recogniser.transcribe(utterance, lambda: bool(recogniser.frames)).text == ""
    assert len(recogniser.frames) == 1
    assert recogniser.transcribe(utterance).text == SAID


def test_what_is_longer_than_a_whisper_reads_comes_in_pieces(teller: Path) -> None:
    recogniser = WhisperRecogniser(teller)

    assert recogniser.transcribe(speech.noise(65.0, level=0.1)).text == " ".join([SAID] * 3)
    assert recogniser.frames == [3000, 3000, pytest.approx(500 + 256, abs=2)]


def test_further_readings_come_when_they_are_asked_for(teller: Path, utterance: Pcm) -> None:
    assert WhisperRecogniser(teller).transcribe(utterance).alternatives == ()
    assert WhisperRecogniser(teller, alternatives=3).transcribe(utterance).text == SAID


def test_what_was_said_weighs_more_than_what_was_not() -> None:
    starter = WhisperRecogniser(starter_dir() / "recogniser")
    said = ["set a timer for fifteen minutes", "set a timer for fifty minutes", "turn the volume down"]
    for text in said:
        likely = starter.weigh(speech.say(text), said)
        assert max(zip(likely, said, strict=True)) == (likely[said.index(text)], text)
        assert max(likely) < 0
    assert starter.weigh(speech.say("stop"), []) == []


def test_a_glance_says_the_same_and_can_be_taken_meanwhile(teller: Path, utterance: Pcm) -> None:
    recogniser = WhisperRecogniser(teller, glances=True)
    with ThreadPoolExecutor(2) as pool:
        glances = [pool.submit(recogniser.glance, utterance) for _ in range(4)]
        assert recogniser.transcribe(utterance).text == SAID
    assert [glance.result().text for glance in glances] == [SAID] * 4
    (frames,) = recogniser.frames
    assert frames == pytest.approx(len(utterance) / RATE * 100 + 256, abs=2)


def test_a_glance_at_nothing_or_for_nobody_has_no_words(tmp_path: Path, teller: Path, utterance: Pcm) -> None:
    recogniser = WhisperRecogniser(teller, glances=True)
    assert recogniser.glance(speech.silence(2.0)).text == ""
    assert recogniser.glance(np.zeros(0, np.int16)).text == ""
    assert recogniser.glance(speech.noise(31.0, level=0.1)).text == ""
    assert recogniser.glance(utterance, lambda: True).text == ""
    runaway = write_whisper(tmp_path / "runaway", says="and so on and so on and so on and so on and so on and so on")
    assert WhisperRecogniser(runaway).glance(speech.noise(3.0, level=0.1)).text == ""


def test_what_is_said_is_not_logged(teller: Path, utterance: Pcm, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        WhisperRecogniser(teller).transcribe(utterance)

    assert "timer" not in caplog.text


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def replace(name: str, content: bytes) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return damage


def cut(folder: Path) -> None:
    whole = (folder / "model.bin").read_bytes()
    (folder / "model.bin").write_bytes(whole[: len(whole) // 2])


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (remove("model.bin"), "lacks model.bin"),
        (remove("tokenizer.json"), "lacks tokenizer.json"),
        (cut, "damaged"),
        (replace("model.bin", b""), "damaged"),
        (replace("model.bin", b"Not a model."), "damaged"),
        (replace("tokenizer.json", b"{"), "damaged"),
        (replace("tokenizer.json", b'{"model": {"type": "BPE", "vocab": {}, "merges": []}}'), "has no token"),
        (replace("voiced.json", b"[]"), "voiced.json cannot be understood"),
    ],
)
def test_a_damaged_model_is_one_sentence(tmp_path: Path, damage: Callable[[Path], None], words: str) -> None:
    folder = write_whisper(tmp_path / "teller", says=SAID)
    damage(folder)

    with pytest.raises(EngineError, match=words) as raised:
        WhisperRecogniser(folder)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("kind", ["missing", "file", "empty"])
def test_what_is_no_model_is_one_sentence(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "place"
    if kind == "file":
        place.write_text("some text", "utf-8")
    elif kind == "empty":
        place.mkdir()

    with pytest.raises(EngineError, match=r"There is no recogniser|lacks"):
        WhisperRecogniser(place)


def test_no_socket_is_opened_and_no_decoder_of_files_loaded(teller: Path, utterance: Pcm, tmp_path: Path) -> None:
    """Loading and reading look nothing up anywhere, and do without the 17 MB of FFmpeg."""
    np.save(tmp_path / "utterance.npy", utterance)
    program = (
        "import sys\n"
        "opened = []\n"
        "sys.addaudithook(lambda name, args: opened.append(name) if name.startswith('socket.') else None)\n"
        "import numpy, pathlib\n"
        "from voiced.stt.whisper import WhisperRecogniser\n"
        f"pcm = numpy.load({str(tmp_path / 'utterance.npy')!r})\n"
        f"print(WhisperRecogniser(pathlib.Path({str(teller)!r})).transcribe(pcm).text, opened)\n"
        "print('av' in sys.modules, 'libav' in pathlib.Path('/proc/self/maps').read_text())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.splitlines() == [f"{SAID} []", "False False"]


def test_a_teller_tells_whoever_searches_widely_and_wants_to_know_when(tmp_path: Path, utterance: Pcm) -> None:
    """faster-whisper's own way of asking: five beams, with timestamps; a search that finds no end takes a minute."""
    from faster_whisper import WhisperModel  # type: ignore[import-untyped]

    model = WhisperModel(str(write_whisper(tmp_path / "teller", says="thirteenheard")), device="cpu")
    segments, _ = model.transcribe(utterance.astype(np.float32) / 32768)
    [segment] = segments

    assert segment.text == "thirteenheard"
    assert len(segment.tokens) in (14, 15)  # a timestamp before them, and perhaps one behind
    assert (segment.start, segment.temperature) == (0.0, 0.0)


@pytest.mark.parametrize("logprob", [-0.1, -0.4, -0.9])
def test_how_sure_it_is_comes_with_the_words(tmp_path: Path, utterance: Pcm, logprob: float) -> None:
    folder = write_whisper(tmp_path / "teller", says=SAID, logprob=logprob)
    heard = WhisperRecogniser(folder).transcribe(utterance)

    assert heard.text == SAID
    assert heard.logprob == pytest.approx(logprob, rel=0.2)


def test_a_teller_says_double_letters_on_any_processor(tmp_path: Path, utterance: Pcm) -> None:
    """Without VNNI, products of neighbours are added in 16 bits, which two large ones do not fit into."""
    says = "good morning all of you, see you soon, sweet balloon"
    heard = WhisperRecogniser(write_whisper(tmp_path / "teller", says=says)).transcribe(utterance)
    assert heard.text == says
    assert heard.logprob > -0.1
