"""What is too loud, cut off, late or muffled: decided from samples and figures."""

import numpy as np
import pytest
import soxr  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import speech
from voiced.doctor.mixer import MIXERS, find_mixer
from voiced.doctor.signals import (
    LATE_MS,
    Echo,
    Levels,
    find_echo,
    judge_echo,
    judge_level,
    judge_rate,
    levels,
    sweep,
)
from voiced.stages import RATE, Pcm

PACTL = MIXERS["pactl"]

QUIET = Levels(-62.0, -50.0, 0.0, False)


def heard(level: float, at: int = 20_000, noise: float = 0.001, seed: int = 0) -> Pcm:
    """The sweep, so loud, in three seconds of noise."""
    pcm = speech.noise(3.0, seed, noise).astype(np.float64)
    pcm[at : at + len(sweep(RATE))] += sweep(RATE) * 32767 * level
    return pcm.clip(-32768, 32767).astype(np.int16)


@settings(max_examples=15, deadline=None)
@given(at=st.integers(0, 3 * RATE - len(sweep(RATE)) - 1), seed=st.integers(0, 1000), level=st.floats(0.02, 2))
def test_the_sweep_is_found_where_it_is(at: int, seed: int, level: float) -> None:
    echo = find_echo(heard(level, at, seed=seed))
    assert echo is not None
    assert abs(echo.at - at) <= 1


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), level=st.floats(0.0001, 0.3))
def test_no_noise_is_taken_for_the_sweep(seed: int, level: float) -> None:
    assert find_echo(speech.noise(3.0, seed, level)) is None


@pytest.mark.parametrize("pcm", [np.zeros(0, np.int16), np.zeros(100, np.int16), np.zeros(3 * RATE, np.int16)])
def test_nothing_is_found_in_nothing(pcm: Pcm) -> None:
    assert find_echo(pcm) is None
    assert levels(pcm).silent


def test_speech_and_music_are_not_taken_for_the_sweep() -> None:
    assert find_echo(np.concatenate([speech.say("this is what a person says in a room")] * 2)) is None
    assert find_echo(speech.melody(3.0)) is None


def test_the_sweep_is_found_below_the_noise() -> None:
    buried = find_echo(heard(0.2, noise=0.2))  # 12 dB
    assert buried is not None
    assert buried.at == 20_000


@pytest.mark.parametrize(("rate", "muffled"), [(8_000, True), (11_025, False), (22_050, False)])
def test_a_line_of_8000_samples_per_second_loses_the_upper_part(rate: int, muffled: bool) -> None:
    whole = heard(0.3).astype(np.float32)
    pcm = soxr.resample(soxr.resample(whole, RATE, rate), rate, RATE).astype(np.int16)
    echo = find_echo(pcm)
    assert echo is not None
    found = judge_echo(echo, 100, overdriven=False)
    assert (found.outcome, "telephone" in found.result) == (("warning", True) if muffled else ("ok", False))


@pytest.mark.parametrize("gap_s", [0.05, 0.2])
@pytest.mark.parametrize("share", [0.3, 0.7])
def test_a_gap_that_a_busy_machine_tears_is_no_telephone(gap_s: float, share: float) -> None:
    whole = heard(0.3)
    at = 20_000 + int(share * len(sweep(RATE)))
    echo = find_echo(np.concatenate((whole[:at], np.zeros(int(gap_s * RATE), np.int16), whole[at:])))
    assert echo is not None
    assert judge_echo(echo, 100, overdriven=False).outcome == "ok"


def test_levels_are_those_of_the_sound() -> None:
    found = levels(speech.noise(2.0, level=0.01))
    assert found.rms_db == pytest.approx(-40, abs=0.3)
    assert found.clipped == 0
    cut = np.clip(speech.noise(1.0, level=0.5).astype(np.int32) * 2, -32768, 32767).astype(np.int16)
    assert levels(cut).clipped > 0.2
    assert levels(cut).peak_db == pytest.approx(0, abs=0.01)


def test_a_cough_makes_no_noisy_room() -> None:
    quiet = speech.noise(2.0, level=0.001)
    quiet[8_000:11_200] = speech.cough()[:3_200]
    assert levels(quiet).rms_db == pytest.approx(-60, abs=1)


@pytest.mark.parametrize(
    ("quiet", "whole", "outcome", "result", "advice"),
    [
        (QUIET, QUIET, "ok", "noise of -62 dBFS", ""),
        (Levels(-120, -120, 0, True), QUIET, "ok", "noise gate", ""),
        (Levels(-120, -120, 0, True), Levels(-120, -120, 0, True), "fault", "muted", "set-source-mute"),
        (Levels(-20, 0, 0.02, False), QUIET, "fault", "2.0 % of its sound is cut off", "set-source-volume"),
        (Levels(-38, -30, 0, False), QUIET, "warning", "noise of -38 dBFS", "nearer to people"),
        (Levels(-28, -20, 0, False), QUIET, "fault", "noise of -28 dBFS", "Turn off what is loud"),
    ],
)
def test_what_a_microphone_hears_is_judged(
    quiet: Levels, whole: Levels, outcome: str, result: str, advice: str
) -> None:
    found = judge_level(quiet, whole, PACTL)
    assert found.outcome == outcome
    assert result in found.result
    assert advice in found.advice
    assert bool(advice) == bool(found.advice)


@pytest.mark.parametrize(
    ("echo", "delay_ms", "overdriven", "outcome", "words"),
    [
        (Echo(0, -25, -3), 120, False, "ok", ""),
        (Echo(0, -25, -3), LATE_MS + 1, False, "warning", "Bluetooth"),
        (Echo(0, -25, -3), 120, True, "warning", "further apart"),
        (Echo(0, -66, -3), 120, False, "warning", "level up"),
        (Echo(0, -25, -60), 120, False, "warning", "telephone"),
        (None, 0, False, "warning", "headphones"),
    ],
)
def test_what_the_microphone_hears_of_the_speaker_is_judged(
    echo: Echo | None, delay_ms: float, overdriven: bool, outcome: str, words: str
) -> None:
    found = judge_echo(echo, delay_ms, overdriven=overdriven)
    assert found.outcome == outcome
    assert words in f"{found.result} {found.advice}"


@given(promised=st.sampled_from((8_000, 16_000, 44_100, 48_000)), share=st.floats(-0.039, 0.039))
def test_a_clock_that_is_a_little_off_is_no_wrong_rate(promised: int, share: float) -> None:
    assert judge_rate(promised, promised * (1 + share)) == ("", "")


@pytest.mark.parametrize(("promised", "measured"), [(48_000, 44_100), (44_100, 48_000), (48_000, 16_000)])
def test_rates_that_are_mistaken_for_each_other_are_told(promised: int, measured: float) -> None:
    problem, advice = judge_rate(promised, measured)
    assert f"says {promised}" in problem
    assert advice
    assert judge_rate(promised, None) == ("", "")


def test_the_advice_names_the_mixer_that_is_there(tmp_path: object) -> None:
    assert find_mixer({"PATH": str(tmp_path)}) is MIXERS["alsamixer"]
    found = judge_level(Levels(-120, -120, 0, True), Levels(-120, -120, 0, True), MIXERS["wpctl"])
    assert "`wpctl set-mute @DEFAULT_AUDIO_SOURCE@ 0`" in found.advice
