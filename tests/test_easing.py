"""Which rungs there are below a setting, and a daemon that goes down them and up again between its turns."""

import gc
from dataclasses import replace
from pathlib import Path

from tests.home import home, install_model, place_for
from tests.house import House, house
from voiced.easing import eased, rungs
from voiced.engines import Engines
from voiced.events import Configured, HealthChanged, Reply
from voiced.hardware.vitals import Vitals
from voiced.llm.native import Native
from voiced.setting import Ease
from voiced.shapes.gguf import write_talker

CALM, HOT, SHORT = Vitals(40.0, (), 8000), Vitals(100.0, (), 8000), Vitals(40.0, (), 20)


def test_without_a_language_model_drafts_alone_can_be_left_out(tmp_path: Path) -> None:
    assert [rung.ease for rung in rungs(home(tmp_path))] == [Ease(drafts=False)]


def test_where_the_profile_leaves_all_that_out_there_are_no_rungs(tmp_path: Path) -> None:
    assert rungs(home(tmp_path, 'profile = "raspberry-pi-zero-2-w"')) == ()


def test_the_ladder_ends_with_commands_alone(tmp_path: Path) -> None:
    at_home = home(tmp_path, 'profile = "raspberry-pi-5"')
    big = install_model(at_home, "I am a big one.")
    small = write_talker(place_for("llm", at_home, "tiny.gguf"), "I am a small one.")
    with big.open("ab") as file:
        file.write(bytes(3 * small.stat().st_size))  # what stands behind a GGUF's weights is never read

    ladder = rungs(at_home)

    assert [rung.ease for rung in ladder] == [
        Ease(drafts=False),
        Ease(drafts=False, context_tokens=1024),
        Ease(drafts=False, context_tokens=1024, model=small),
        Ease(drafts=False, context_tokens=1024, commands_only=True),
    ]
    assert ladder[1].regained_mb == 1024 * 114_688 // 1_000_000, "of this model the catalogue knows"
    assert all(rung.regained_mb >= 0 for rung in ladder)
    names = [Engines(eased(at_home, ladder, rung)).model() for rung in range(len(ladder) + 1)]
    assert [None if model is None else model.name for model in names] == ["llama.cpp"] * 4 + [None]


def test_what_is_eased_reads_along_no_more_and_says_why_nobody_answers(tmp_path: Path) -> None:
    at_home = home(tmp_path, 'profile = "raspberry-pi-5"')
    install_model(at_home, "Hello.")
    engines = Engines(replace(at_home, ease=Ease(drafts=False, commands_only=True)))
    assert engines.model() is None
    assert engines.health()["llm"] == "For now there is no language model, so that only commands are answered."
    assert not engines.setting.drafts


def natives() -> list[Native]:
    """The language models that hold memory, those that an earlier test has left to the collector among them."""
    return [each for each in gc.get_objects() if isinstance(each, Native)]


class Weather:
    """Readings, ten seconds apart, for a daemon that is at home here."""

    def __init__(self, made: House) -> None:
        assert made.daemon is not None
        self.made, self.daemon, self.at = made, made.daemon, 0.0

    def lasts(self, vitals: Vitals, seconds: float) -> None:
        for _ in range(int(seconds / 10)):
            self.at += 10
            self.daemon.observe(vitals, self.at)

    def leads_to(self, ease: Ease) -> None:
        self.made.wait_for(lambda _: self.daemon.setting.ease == ease)

    @property
    def told(self) -> list[str]:
        """What `Health` said of the machine."""
        return [e.health for e in self.made.events if isinstance(e, HealthChanged) and e.part == "machine"]


HALF = Ease(context_tokens=1024)
NONE = Ease(context_tokens=1024, commands_only=True)


def test_a_daemon_does_less_while_it_is_hot_and_all_again_afterwards(tmp_path: Path) -> None:
    """Down to commands alone, whose model is given back, and up again; voice and configuration may change meanwhile."""
    others = natives()  # held here, so that they stay
    install_model(home(tmp_path), "All is well.")
    with house(tmp_path, config='profile = "raspberry-pi-4"') as made:
        weather = Weather(made)
        weather.lasts(CALM, 10)
        assert (weather.told, weather.daemon.setting.ease, len(natives())) == (["ok"], Ease(), len(others) + 1)

        weather.lasts(HOT, 20)
        weather.leads_to(HALF)
        assert weather.told[-1] == "The processor was at 100 °C; for now less of the conversation is remembered."

        weather.lasts(HOT, 60)
        weather.leads_to(NONE)
        assert weather.told[-1] == "The processor was at 100 °C; for now only commands are answered."
        weather.daemon.ask("Who are you?")
        made.wait_for(lambda event: isinstance(event, Reply) and event.by == "voiced" and "commands" in event.text)
        assert len(natives()) == len(others)

        weather.daemon.reload()
        weather.daemon.set_voice("terse")
        made.wait_for(lambda event: isinstance(event, Configured) and event.voice == "terse")
        assert weather.daemon.setting.ease == NONE

        weather.lasts(CALM, 700)
        weather.leads_to(Ease())
        assert (weather.told[-1], weather.daemon.setting.voice.name) == ("ok", "terse")
        weather.daemon.ask("And who are you now?")
        made.wait_for(lambda event: isinstance(event, Reply) and event.by == "llm")


def test_a_machine_without_anything_to_leave_out_is_told_of(tmp_path: Path) -> None:
    with house(tmp_path, config='profile = "raspberry-pi-zero-2-w"') as made:
        weather = Weather(made)
        weather.lasts(SHORT, 100)
        weather.lasts(CALM, 20)
        assert weather.told == ["ok", "Only 20 MB of memory were free.", "ok"]
        assert weather.daemon.setting.ease == Ease()
