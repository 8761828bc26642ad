"""The composition root: what was configured is what works together, and what was opened is closed."""

import logging
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests import speech
from tests.home import home, install_ears, install_model
from voiced.activity import Activity
from voiced.audio.room import Room
from voiced.clock import SystemClock
from voiced.compose import Composer, assembled, commands_of, settle
from voiced.conversation.chain import Chain
from voiced.errors import ConfigError
from voiced.mind import Thought, Understanding
from voiced.setting import Ease, Setting
from voiced.stages import Cancelled, Pcm, Transcription, never


class Parrot:
    """A recogniser that is there already."""

    name = "parrot"

    def transcribe(self, speech: Pcm, cancelled: Cancelled = never) -> Transcription:
        del speech, cancelled
        return Transcription("hello")


def chain_of(setting: Setting) -> Iterator[tuple[Chain, Room]]:
    room = Room(lambda: None, Activity())
    with assembled(setting, room.clock, Activity(), open_microphone=lambda: room, speaker=room.speaker) as chain:
        yield chain, room
        chain.mouth.close()


def test_what_is_configured_reaches_every_part(tmp_path: Path) -> None:
    config = """
        wake_words = ["alexa"]
        [speaker]
        volume = 0.3
        [conversation]
        follow_up_s = 7
        chimes = false
        [endpointing]
        no_speech_s = 3
    """
    setting = home(tmp_path, config)
    install_ears(setting, "hello")
    install_model(setting, "Hello.")
    for chain, room in chain_of(setting):
        assert room.speaker.volume == 0.3
        assert (chain.manners.follow_up_s, chain.manners.no_speech_s, chain.manners.chimes) == (7, 3, False)
        assert chain.manners.failed == setting.voice.phrases.failed
        assert chain.mind.hearing.recogniser.name == "faster-whisper"
        assert chain.mind.model_name == "llama.cpp"
        assert chain.mouth.synthesiser.name == "espeak-ng"
        assert setting.voice.persona.strip() in chain.mind.history.history()[0].content


def test_the_chain_strips_the_wake_word_that_works(tmp_path: Path) -> None:
    (tmp_path / "computer.onnx").write_bytes(b"This is no network.")
    setting = home(tmp_path, 'wake_words = ["./computer.onnx"]')
    install_ears(setting, "hey jarvis what time is it")
    for chain, _ in chain_of(setting):
        sound = speech.say("Hey Jarvis, what time is it?")
        assert chain.mind.understand(1, sound, lambda _: None, after_wake=True).text == "what time is it"


def test_the_timers_are_closed_with_the_commands(tmp_path: Path) -> None:
    setting = home(tmp_path)

    def opened() -> list[str]:
        links = [file for file in Path("/proc/self/fd").iterdir() if file.is_symlink()]
        return [str(file.readlink()) for file in links if str(file.readlink()).startswith(str(setting.paths.state))]

    with commands_of(setting, SystemClock()) as (_, timers):
        timers.start(60)
        assert opened()
    assert opened() == []


def test_damaged_timers_are_told_of_and_commands_go_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    setting = home(tmp_path)
    setting.paths.state.mkdir(parents=True)
    (setting.paths.state / "timers.sqlite").write_bytes(b"no database" * 1000)
    with commands_of(setting, SystemClock()) as (_, timers):
        timers.start(60)

    [record] = caplog.records
    assert record.levelno >= logging.WARNING
    assert "timers set before are lost" in record.getMessage()


def test_state_is_its_owners_alone(tmp_path: Path) -> None:
    setting = home(tmp_path)
    with commands_of(setting, SystemClock()):
        assert setting.paths.state.stat().st_mode & 0o777 == 0o700
        assert sqlite3.connect(setting.paths.state / "timers.sqlite").execute("PRAGMA integrity_check").fetchone()


def test_a_users_own_voice_wins(tmp_path: Path) -> None:
    voices = tmp_path / ".config/voiced/voices"
    voices.mkdir(parents=True)
    (voices / "default.toml").write_text('like = "default"\npersona = "You are a pirate."\n')

    assert settle(None, None, {"HOME": str(tmp_path)}).voice.persona == "You are a pirate."


def test_the_command_lines_profile_wins_over_the_configurations(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('profile = "desktop"')

    assert settle(file, None, {"HOME": str(tmp_path)}).profile.name == "desktop"
    assert settle(file, "raspberry-pi-5", {"HOME": str(tmp_path)}).profile.name == "raspberry-pi-5"
    with pytest.raises(ConfigError, match="toaster"):
        settle(file, "toaster", {"HOME": str(tmp_path)})


def asked_meanwhile(first: Setting, then: Setting) -> Thought:
    """What comes of a question to the chain of `first`, when that of `then` is loaded once it waits."""
    activity = Activity()
    room = Room(lambda: None, activity)
    with (
        closing(Composer(room.clock, activity, lambda _: room, lambda _: room.speaker)) as composer,
        ThreadPoolExecutor(1) as thinker,
    ):
        chain = composer.compose(first)
        thought = thinker.submit(chain.mind.think, Understanding("why is the sky blue", None), 0.5)
        other = composer.compose(then)
        try:
            return thought.result(20)
        finally:
            chain.mouth.close()
            other.mouth.close()


PASSING = Ease(commands_only=True, passing=True)


def test_a_question_that_comes_while_the_language_model_changes_waits_for_it(tmp_path: Path) -> None:
    setting = home(tmp_path)
    install_ears(setting, "hello")
    install_model(setting, "It is the air.")

    thought = asked_meanwhile(replace(setting, ease=PASSING), setting)

    assert (thought.by, [clause.text for clause in thought.clauses]) == ("llm", ["It is the air."])


def test_a_question_does_not_wait_for_a_language_model_that_never_comes(tmp_path: Path) -> None:
    setting = home(tmp_path)
    install_ears(setting, "hello")
    install_model(setting, "It is the air.")

    thought = asked_meanwhile(replace(setting, ease=PASSING), replace(setting, ease=Ease(commands_only=True)))

    assert (thought.by, thought.text) == ("voiced", setting.voice.phrases.no_model)


COMPOSING = """
import sys, threading
from pathlib import Path
from tests.home import home
from tests.test_compose import chain_of

threads = set()

def note(event, arguments):
    if event == "import" and arguments[0].partition(".")[0] == "jinja2":
        threads.add(threading.current_thread().name)

sys.addaudithook(note)
for chain, room in chain_of(home(Path(sys.argv[1]))):
    assert chain.mind.model is not None
    print(*threads)
"""


def test_jinja_is_imported_before_threads_could_find_half_of_it(tmp_path: Path) -> None:
    install_model(home(tmp_path), "Hello.")
    done = subprocess.run([sys.executable, "-c", COMPOSING, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["MainThread"]
