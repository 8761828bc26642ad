"""Tests of sound files, good and bad ones: every failure is one sentence."""

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile  # type: ignore[import-untyped]

from voiced.audio.files import read_pcm, write_sound
from voiced.errors import AudioError
from voiced.stages import RATE


def tone(rate: int, channels: int = 1, hz: float = 440) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    wave = 0.5 * np.sin(2 * np.pi * hz * np.arange(rate) / rate)
    return np.repeat(wave[:, np.newaxis], channels, axis=1).astype(np.float32)


@pytest.mark.parametrize(
    ("rate", "channels", "kind", "subtype"),
    [
        (8_000, 1, "WAV", "PCM_16"),
        (8_000, 1, "WAV", "ULAW"),
        (16_000, 1, "WAV", "PCM_U8"),
        (48_000, 2, "WAV", "PCM_16"),
        (44_100, 2, "WAV", "PCM_24"),
        (22_050, 1, "WAV", "FLOAT"),
        (96_000, 6, "WAV", "DOUBLE"),
        (48_000, 2, "FLAC", "PCM_24"),
        (48_000, 2, "OGG", "VORBIS"),
    ],
)
def test_every_usual_format_becomes_mono_at_16_khz(
    tmp_path: Path, rate: int, channels: int, kind: str, subtype: str
) -> None:
    file = tmp_path / "tone"
    soundfile.write(file, tone(rate, channels), rate, format=kind, subtype=subtype)
    pcm = read_pcm(file)
    assert pcm.dtype == np.int16
    assert len(pcm) == pytest.approx(RATE, abs=2)
    assert np.argmax(np.abs(np.fft.rfft(pcm))) * RATE / len(pcm) == pytest.approx(440, abs=1)
    assert np.abs(pcm[1000:-1000]).max() == pytest.approx(0.5 * 32768, rel=0.05)


def test_a_file_that_ends_before_its_header_says_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    file = tmp_path / "cut.wav"
    soundfile.write(file, tone(16_000), 16_000, subtype="PCM_16")
    file.write_bytes(file.read_bytes()[: 44 + 16_000])
    assert len(read_pcm(file)) == 8_000


def test_samples_that_are_no_numbers_become_silence(tmp_path: Path) -> None:
    file = tmp_path / "nan.wav"
    soundfile.write(file, np.full(1_000, np.nan, np.float32), 16_000, subtype="FLOAT")
    assert not read_pcm(file).any()


def test_samples_beyond_full_scale_are_limited(tmp_path: Path) -> None:
    file = tmp_path / "loud.wav"
    soundfile.write(file, 4 * tone(16_000), 16_000, subtype="FLOAT")
    assert (read_pcm(file).min(), read_pcm(file).max()) == (-32768, 32767)


def bad_files(folder: Path) -> dict[str, Path]:
    """One of each kind of file that is no sound."""
    (folder / "empty").write_bytes(b"")
    (folder / "text").write_text("This is no sound.\n", encoding="utf-8")
    (folder / "header").write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt ")
    (folder / "noise").write_bytes(bytes(range(256)) * 64)
    soundfile.write(folder / "nothing", np.zeros(0, np.float32), 16_000, format="WAV")
    return {name: folder / name for name in ("empty", "text", "header", "noise", "nothing", "missing")} | {
        "folder": folder
    }


@pytest.mark.parametrize("kind", ["empty", "text", "header", "noise", "nothing", "missing", "folder"])
def test_what_is_no_sound_is_named_in_one_sentence(tmp_path: Path, kind: str) -> None:
    file = bad_files(tmp_path)[kind]
    with pytest.raises(AudioError) as caught:
        read_pcm(file)
    assert re.fullmatch(rf"{re.escape(str(file))} [^\n]+[;] [^\n]+\.", str(caught.value))


def test_a_written_sound_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "out.wav"
    write_sound(file, tone(16_000)[:, 0], 16_000)
    assert np.abs(read_pcm(file) - tone(16_000)[:, 0] * 32768).max() <= 2
    assert soundfile.info(file).subtype == "PCM_16"
    assert list(tmp_path.iterdir()) == [file]


def test_a_written_sound_is_limited_not_wrapped(tmp_path: Path) -> None:
    file = tmp_path / "out.wav"
    write_sound(file, np.array([2.0, -2.0], np.float32), 16_000)
    assert read_pcm(file).tolist() == [32767, -32768]


@pytest.mark.parametrize("name", ["no/such/folder.wav", "taken"])
def test_what_cannot_be_written_is_said_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "taken").mkdir()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(AudioError, match="cannot be written"):
        write_sound(tmp_path / name, tone(16_000), 16_000)
    assert sorted(tmp_path.rglob("*")) == before
