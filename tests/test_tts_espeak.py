"""espeak-ng itself, heard again by a recogniser."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soxr  # type: ignore[import-untyped]

from voiced.errors import EngineError
from voiced.stages import RATE, Pcm, Sound
from voiced.tts.espeak import EspeakSynthesiser

GRAMMAR = """#JSGF V1.0;
grammar heard;
public <order> = turn (on | off) the (light | radio | heating) | open the (door | window) | what time is it;
"""


def samples(sounds: Iterator[Sound]) -> tuple[np.ndarray, int]:
    """All of an utterance, and its rate."""
    every = list(sounds)
    assert len({sound.rate for sound in every}) == 1
    assert all(sound.samples.dtype == np.float32 and sound.samples.ndim == 1 for sound in every)
    return np.concatenate([sound.samples for sound in every]), every[0].rate


def heard(sound: np.ndarray, rate: int) -> str:
    """What pocketsphinx understands when it is played at `rate`."""
    from pocketsphinx import Decoder  # type: ignore[import-untyped]

    quiet = np.zeros(RATE // 2, np.int16)
    speech: Pcm = np.concatenate([quiet, (soxr.resample(sound, rate, RATE) * 32000).astype(np.int16), quiet])
    decoder = Decoder(lm=None, loglevel="FATAL")
    decoder.add_jsgf_string("heard", GRAMMAR)
    decoder.activate_search("heard")
    decoder.start_utt()
    decoder.process_raw(speech.tobytes(), full_utt=True)
    decoder.end_utt()
    found = decoder.hyp()
    return str(found.hypstr) if found else ""


def children() -> list[str]:
    """Processes of ours that still exist, dead ones not taken away included; Python's own helper, which other tests may
    have started, is none."""
    there = Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii").split()
    return [each for each in there if b"resource_tracker" not in Path(f"/proc/{each}/cmdline").read_bytes()]


@pytest.mark.parametrize("text", ["turn off the radio", "open the window", "what time is it", "open the door"])
@pytest.mark.parametrize("voice", ["en-us+f2", "en-us+f3"])
def test_what_was_said_is_heard_again(voice: str, text: str) -> None:
    assert heard(*samples(EspeakSynthesiser(voice).synthesise(text))) == text


def test_the_sound_carries_the_rate_at_which_it_is_right() -> None:
    """S7: played at the rate it carries it is understood, at 16,000 it would be slow and low."""
    sound, rate = samples(EspeakSynthesiser("en-us").synthesise("turn on the heating"))
    assert rate == 22_050
    assert heard(sound, rate) == "turn on the heating"
    assert heard(sound, 16_000) != "turn on the heating"


def test_it_is_loud_enough_does_not_clip_and_begins_at_once() -> None:
    sound, rate = samples(EspeakSynthesiser().synthesise("The kitchen timer is done."))
    assert 0.2 < np.abs(sound).max() < 1
    assert np.abs(sound[: rate // 50]).max() > 0.004, "speech within 20 ms"
    assert np.sqrt(np.square(sound).mean()) > 0.03
    assert np.abs(sound[-rate // 10 :]).max() < 0.01


def test_speed_makes_it_shorter() -> None:
    lengths = [
        len(samples(EspeakSynthesiser(speed=speed).synthesise("What a lovely day it is today."))[0])
        for speed in (0.5, 1.0, 2.0)
    ]
    assert lengths[0] > 1.6 * lengths[1] > 2.4 * lengths[2]


@pytest.mark.parametrize("text", ["", ".", " ... ", "—", "\0"])
def test_nothing_to_pronounce_gives_nothing(text: str) -> None:
    """S4: a reply of "." or of nothing."""
    assert list(EspeakSynthesiser().synthesise(text)) == []
    assert children() == []


def test_cancelling_ends_it_within_one_piece_and_leaves_no_process() -> None:
    taken: list[Sound] = []
    for sound in EspeakSynthesiser().synthesise("This will take very long. " * 500, lambda: len(taken) >= 2):
        taken.append(sound)
    assert 2 <= len(taken) <= 4
    assert sum(sound.seconds for sound in taken) < 1
    assert children() == []


def test_closing_the_stream_leaves_no_process() -> None:
    stream = EspeakSynthesiser().synthesise("Nobody listens to this any more. " * 500)
    assert next(iter(stream)).seconds > 0
    assert len(children()) == 1
    stream.close()  # type: ignore[attr-defined]
    assert children() == []


def test_the_text_cannot_be_read_from_the_command_line() -> None:
    """Every user of the machine can read the arguments of every process."""
    stream = EspeakSynthesiser().synthesise("The alarm code is pineapple. " * 500)
    next(iter(stream))
    arguments = Path(f"/proc/{children()[0]}/cmdline").read_bytes()
    assert b"espeak-ng" in arguments
    assert b"pineapple" not in arguments
    stream.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["Ü ß é 三 \ud800 x", "[[ hello ]] world", "-x --version", "<speak>one</speak>"])
def test_odd_text_is_spoken_and_breaks_nothing(text: str) -> None:
    assert len(samples(EspeakSynthesiser().synthesise(text))[0]) > 2_000


@pytest.mark.parametrize(
    ("voice", "message"),
    [
        ("en-uss", 'no voice "en-uss", did you mean "en-us"'),
        ("nonsense", 'no voice "nonsense"'),
        ("", "no voice"),
        ("en+f33", 'no variant "f33", did you mean "f3"'),
    ],
)
def test_an_unknown_voice_is_one_sentence(voice: str, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        EspeakSynthesiser(voice)


@pytest.mark.parametrize("voice", ["en-gb", "en-us", "de", "fr", "pt-BR"])
def test_a_variant_is_another_voice_in_every_language(voice: str) -> None:
    plain, _ = samples(EspeakSynthesiser(voice).synthesise("Hello."))
    other, _ = samples(EspeakSynthesiser(f"{voice}+f3").synthesise("Hello."))
    assert len(plain) != len(other) or not np.array_equal(plain, other)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("de-AT", "de", True),
        ("EN-US", "en-us", True),
        ("English_(America)", "en-us", True),
        ("gmw/en-US", "en-us", True),
        ("en", "en-gb", True),
        ("pt", "pt-br", False),
        ("es-mx", "es", False),
    ],
)
def test_a_language_is_found_under_its_names(one: str, other: str, same: bool) -> None:
    sounds = [samples(EspeakSynthesiser(voice).synthesise("Televisor 3, gracias."))[0] for voice in (one, other)]
    assert (sounds[0].shape == sounds[1].shape and np.array_equal(sounds[0], sounds[1])) is same


@pytest.mark.parametrize("speed", [0.1, 9.0, float("nan")])
def test_a_speed_out_of_range_is_one_sentence(speed: float) -> None:
    with pytest.raises(EngineError, match=r"0\.5 to 2\.5 times"):
        EspeakSynthesiser(speed=speed)


def test_without_espeak_it_says_what_to_install() -> None:
    code = (
        "from voiced.errors import EngineError\nfrom voiced.tts.espeak import EspeakSynthesiser\n"
        "try:\n    EspeakSynthesiser()\nexcept EngineError as error:\n    print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PATH": "/nonexistent"},
        cwd=Path(__file__).parents[1],
    )  # fmt: skip
    assert done.stdout == "espeak-ng is not installed; install the package espeak-ng.\n"


def test_an_espeak_that_fails_is_an_error_not_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of that name which takes the voice but then dies, as with damaged data files."""
    broken = tmp_path / "espeak-ng"
    broken.write_text('#!/bin/sh\ncase "$*" in *--stdout*) exit 3;; esac\n')
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(EngineError, match="espeak-ng"):
        list(EspeakSynthesiser().synthesise("Hello there."))
    assert children() == []
