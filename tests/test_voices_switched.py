"""The voice is changed fifty times while the assistant talks: no turn is lost, and no memory."""

import gc
from pathlib import Path

import pytest

from tests.bus import memory_kb
from tests.home import home, install_ears, install_model, place_for
from tests.house import House, house
from tests.speech import say
from tests.talk import pause
from voiced.compose import Composer
from voiced.config import load_voice
from voiced.conversation.chain import Chain
from voiced.events import Configured, HealthChanged, StateChanged, TurnEnded
from voiced.resources import voices_dir
from voiced.setting import Setting
from voiced.shapes.piper import write_piper
from voiced.stages import RATE

VOICES = ("terse", "warm", "british", "default")
"""They differ in the Piper voice; in the wake word; in a variant of the language, so that commands are read again."""

SWITCHES = 52

SETTLED = 20
"""Switches after which caches are filled: each engine's own, and the allocators'."""

CONFIG = '[conversation]\nfollow_up_s = 0\n[stt]\nengines = ["faster-whisper"]\n'
"""Without pocketsphinx, whose language model takes seconds to read."""

GROWTH = 0.02

LOADING_S = 300
"""Seconds for a voice to be loaded; time stands still in the room meanwhile, so the sentence lasts as long."""


def say_and_switch(there: House, name: str) -> None:
    """A sentence is under way when the voice is changed; it is said to its end, and the next turn has the new voice."""
    assert there.daemon is not None
    there.events.clear()
    turn = there.daemon.say("This is a sentence that takes a while to be said, and another voice comes in between.")
    there.wait_for(lambda event: isinstance(event, StateChanged) and event.state == "speaking")
    there.daemon.set_voice(name)
    there.wait_for(lambda event: isinstance(event, TurnEnded) and event.turn == turn, LOADING_S)
    there.wait_for(lambda event: isinstance(event, Configured) and event.voice == name, LOADING_S)
    question = there.daemon.ask("what time is it")
    there.wait_for(lambda event: isinstance(event, TurnEnded) and event.turn == question)
    ended = [(event.turn, event.outcome) for event in there.events if isinstance(event, TurnEnded)]
    assert ended == [(turn, "answered"), (question, "answered")]
    there.wait_for(lambda event: isinstance(event, StateChanged) and event.state == "asleep")
    there.room.recording.person.clear()
    there.room.recording.assistant.clear()


def rest() -> int:
    """Resident kilobytes, with what is garbage gone."""
    gc.collect()
    return memory_kb()


def install_voices(folder: Path) -> None:
    """A Piper voice for each of `VOICES`, under its name, and a language model that all of them share."""
    at_home = home(folder)
    install_model(at_home, "All is well.")
    for name in VOICES:
        model = load_voice(name, [voices_dir()]).speech.model
        write_piper(place_for("tts", at_home, f"{model}.onnx"))


@pytest.mark.long
@pytest.mark.timeout(1500)  # a minute on idle cores, and other tests may compete for them
@pytest.mark.parametrize("other", [name for name in VOICES if name != "default"])
def test_a_voice_is_changed_fifty_times_while_it_talks(tmp_path: Path, other: str) -> None:
    install_voices(tmp_path)
    install_ears(home(tmp_path), "what time is it")
    sizes: list[int] = []
    with house(tmp_path, config=CONFIG) as there:
        for _ in range((SETTLED + SWITCHES) // 4):
            for name in (other, "default") * 2:
                say_and_switch(there, name)
            sizes.append(rest())
    assert there.failure is None
    settled, end = min(sizes[SETTLED // 4 - 1 :][:3]), min(sizes[-3:])
    assert end <= settled * (1 + GROWTH), f"{settled} kB after {SETTLED} switches, {end} kB at the end: {sizes}"


@pytest.mark.parametrize(("change", "said_s"), [("volume", 0.5), ("terse", 0.2), ("terse", 0.8), ("other", 0.5)])
def test_a_change_between_turns_loses_nothing_of_what_is_being_said(tmp_path: Path, change: str, said_s: float) -> None:
    """Not even in the middle of the wake word, nor where it is another one afterwards."""
    install_voices(tmp_path)
    wake_word = "Alexa" if change == "other" else "Hey Jarvis"
    line, cut = say(f"{wake_word}, what time is it?"), int(said_s * RATE)
    with house(tmp_path, config="[conversation]\nfollow_up_s = 0\n") as there:
        assert there.daemon is not None
        there.play(pause(3.0), line[:cut])
        there.wait_until_heard()
        there.events.clear()
        if change == "volume":
            with there.config_file.open("a") as config:
                config.write("[speaker]\nvolume = 0.4\n")
            there.daemon.reload()
        else:
            there.setting.paths.voices.mkdir(parents=True, exist_ok=True)
            (there.setting.paths.voices / "other.toml").write_text('like = "default"\nwake_words = ["alexa"]\n')
            there.daemon.set_voice(change)
        there.wait_for(lambda event: isinstance(event, Configured), LOADING_S)
        there.play(line[cut:], pause(2.0))
        there.wait_for(lambda event: isinstance(event, TurnEnded))
        assert [event.outcome for event in there.events if isinstance(event, TurnEnded)] == ["answered"]
    assert there.failure is None


def test_a_voice_that_cannot_be_heard_here_is_refused_while_it_talks_and_the_old_one_goes_on(tmp_path: Path) -> None:
    install_voices(tmp_path)
    with house(tmp_path, config="[conversation]\nfollow_up_s = 0\n") as there:
        assert there.daemon is not None
        turn = there.daemon.say("This is a sentence that takes a while.")
        there.daemon.set_voice("german")
        there.wait_for(lambda event: isinstance(event, TurnEnded) and event.turn == turn, LOADING_S)
        there.wait_for(lambda event: "hears German; `voiced models pull base`" in str(event))
        assert there.daemon.setting.voice.name == "default"
        say_and_switch(there, "terse")
    assert there.failure is None


def test_a_change_that_fails_in_a_way_nobody_foresaw_is_told_of_and_the_next_one_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose, fails = Composer.compose, [False, True]  # the first chain is made, the second is not

    def failing(composer: Composer, setting: Setting) -> Chain:
        if fails and fails.pop(0):
            raise ZeroDivisionError
        return compose(composer, setting)

    monkeypatch.setattr(Composer, "compose", failing)
    install_voices(tmp_path)
    with house(tmp_path, config="[conversation]\nfollow_up_s = 0\n") as there:
        assert there.daemon is not None
        there.daemon.set_voice("terse")
        there.wait_for(lambda event: isinstance(event, HealthChanged) and "see the log" in event.health)
        assert there.daemon.setting.voice.name == "default"
        say_and_switch(there, "terse")
    assert there.failure is None
