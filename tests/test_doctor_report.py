"""The report that is attached to a question tells nothing of the person who attaches it."""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.home import install_voice, place_for
from tests.talk import setting
from tests.wakes import write_wake
from voiced.audio.portaudio import Device
from voiced.bench.machine import machine
from voiced.compose import settle
from voiced.doctor import answering, hearing, promise, service, shelf
from voiced.doctor import machine as machine_trials
from voiced.doctor.finding import Finding
from voiced.doctor.order import TRIALS, examine
from voiced.doctor.report import COMMON, Private, private, report, scrub
from voiced.doctor.situation import Situation
from voiced.doctor.sound import unnamed
from voiced.errors import AudioError, ConfigError

NAMES = st.text(st.characters(categories=["Lu", "Ll", "Nd"]), min_size=2, max_size=12).filter(
    # Names that are words of the report itself, or whose letters change their number with their case.
    lambda name: name.lower() not in COMMON | {"name", "folder", "address", "number"} and len(name.lower()) == len(name)
)


@given(name=NAMES, place=st.sampled_from(("/home/{}", "/srv/{}/voiced", "/Users/{}")), extra=st.text(max_size=10))
def test_neither_a_name_nor_a_place_is_left(name: str, place: str, extra: str) -> None:
    folder = place.format(name)
    secrets = Private((folder,), (name,))
    told = scrub(f"{folder}/models/x.gguf is damaged ({name}, {name}'s {folder}): {folder}{extra}/y", secrets)
    rest = told.replace("NAME", "").replace("FOLDER", "").replace("NUMBER", "").replace("ADDRESS", "")
    assert f"{name}'s" not in rest
    assert folder not in rest
    assert f"({name}," not in rest


@settings(max_examples=50)
@given(numbers=st.lists(st.integers(0, 255), min_size=6, max_size=6), mark=st.sampled_from(":_-"))
def test_addresses_and_serial_numbers_are_left_out(numbers: list[int], mark: str) -> None:
    address = mark.join(f"{number:02X}" for number in numbers)
    serial = "".join(f"{number:02x}" for number in numbers)
    ip = ".".join(map(str, numbers[:4]))
    told = scrub(f"bluez_input {address} at {ip}, serial a1{serial}, of a.person@mail.example", Private((), ()))
    assert address not in told
    assert f"a1{serial}" not in told
    assert f"at {ip}," not in told
    assert "person@" not in told


def test_names_that_tell_nothing_stay() -> None:
    words = private({"HOME": "/home/pi", "USER": "pi", "LOGNAME": "annagruber"}).words
    assert "annagruber" in words
    assert not COMMON & {word.lower() for word in words}
    assert scrub("raspberry-pi-4", private({"HOME": "/home/pi", "USER": "pi"})) == "raspberry-pi-4"


def test_who_has_no_account_gets_a_report_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    secrets = private({"HOME": "/srv/annagruber", "USER": "bella"})
    assert secrets.places == ("/srv/annagruber",)
    assert {"annagruber", "bella"} <= set(secrets.words)


def test_the_names_of_devices_stay_at_home() -> None:
    error = AudioError('The microphone "Anna\'s AirPods" cannot be opened (device busy); is another program using it?')
    assert unnamed(error) == 'The microphone "…" cannot be opened (device busy).'
    assert Device(0, "Anna's AirPods", "ALSA", 1, 0, 16_000, True, False).name not in unnamed(error)


@pytest.fixture
def anna(tmp_path: Path) -> Iterator[Situation]:
    """A person in whose house everything bears her name or her daughter's, and much is wrong."""
    home = tmp_path / "annagruber"
    (home / ".config/voiced/voices").mkdir(parents=True)
    (home / ".config/voiced/voices/clara.toml").write_text('like = "default"\n', encoding="utf-8")
    (home / "words").mkdir()
    write_wake(home / "words/hey_clara.onnx")
    config = """
voice = "clara"
wake_words = ["words/hey_clara.onnx", "words/clara_is_missing.onnx"]
[microphone]
device = "Claras AirPods"
[stt]
engines = ["faster-whisper"]
model = "clara-whisper"
[llm]
model = "clara.gguf"
[tts]
model = "~/clara/voice.onnx"
"""
    settled = setting(home, config)
    settled = replace(settled, paths=replace(settled.paths, cache=home / ".cache/voiced"))
    place_for("llm", settled, "clara.gguf").write_bytes(b"GGUF" + bytes(100))
    install_voice(settled)
    (home / ".local/state").mkdir()
    (home / ".local/state/voiced").write_text("a file of annagruber's in the way")
    wrong = home / "wrong.toml"
    wrong.write_text('persona = "clara"\n')
    environment = {
        "HOME": str(home), "USER": "annagruber", "LOGNAME": "annagruber", "HOSTNAME": "annagrubers-pi",
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={home}/bus",
    }  # fmt: skip
    made = Situation(settled, environment)
    with pytest.raises(ConfigError) as caught:
        settle(wrong, None, environment)
    made.mistakes = caught.value
    yield made
    made.close()


def test_the_report_of_a_house_with_a_name_does_not_tell_it(anna: Situation) -> None:
    trials = [trial for trial in TRIALS if trial.__module__ != "voiced.doctor.sound"]
    assert {trial.__module__ for trial in trials} == {
        each.__name__ for each in (shelf, machine_trials, service, hearing, answering, promise)
    }
    found = list(examine(anna, trials))
    faults = {each.what for each in found if each.outcome == "fault"}
    assert faults >= {"configuration", "folders", "bus", "wake word", "speech to text", "language model"}, found
    assert {"annagruber", "clara"} <= set(re.findall("annagruber|clara", str(found)))

    text = report(found, machine(anna.setting), private(anna.environment, [str(anna.setting.paths.data)]))
    assert len(text.splitlines()) >= 8 + len(found)
    assert "anna" not in text.lower()
    assert "gruber" not in text.lower()
    assert "clara" not in text.lower()
    assert str(anna.setting.paths.config.parent.parent.parent) not in text
    if os.uname().nodename.lower() not in COMMON:
        assert os.uname().nodename not in text


def test_a_report_is_a_table_whatever_a_finding_holds() -> None:
    odd = Finding("a | b", "fault", "two\nlines | and a bar", figures={"ms": 3})
    last = report([odd], {"processor": "some"}, Private((), ())).splitlines()[-1]
    assert last == "| fault | a / b | two lines / and a bar | ms 3 | 0 |"
