"""Random wishes and restarts on a real bus: whatever was taken up is there again, whenever the daemon had to leave."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.bus import Client, bus_daemon, client
from tests.house import House
from voiced.events import StateChanged

LONG = "This is a long story about a king who had three daughters and a dog. " * 5

VOLUMES = st.integers(0, 20).map(lambda twentieth: twentieth / 20)


class Home:
    """A daemon that is started again and again in one home, and a program on its bus."""

    def __init__(self, folder: Path, address: str, program: Client) -> None:
        self.program = program
        self._folder, self._address = folder, address
        self._house = self._start()

    def _start(self) -> House:
        house = House(self._folder, self._address, "[conversation]\nfollow_up_s = 0\n").start()
        house.wait_for(lambda event: isinstance(event, StateChanged))
        self.program.wait_for_owner("org.voiced.Voiced1", there=True)
        return house

    def restart(self) -> None:
        self.close()
        self._house = self._start()

    def close(self) -> None:
        self._house.close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with (
        bus_daemon() as bus,
        client(bus.address) as program,
    ):
        home = Home(tmp_path, bus.address, program)
        yield home
        home.close()


class Restarts(RuleBasedStateMachine):
    """What should be, beside what is. One daemon serves all examples, for a start takes seconds."""

    home: Home

    def __init__(self) -> None:
        super().__init__()
        self.program = self.home.program
        self.timers = self.listed()
        while self.timers:
            self.cancel_a_timer(0)
        self.turn_the_volume(0.8)
        self.choose_a_voice("default")
        self.close_or_open_the_microphone(False)
        self.restarted = False

    def listed(self) -> list[tuple[int, str, int]]:
        return sorted((number, name, due) for number, name, _, due in self.program.call("ListTimers"))

    @rule(volume=VOLUMES)
    def turn_the_volume(self, volume: float) -> None:
        self.program.set("Volume", "d", volume)
        self.volume = volume

    @rule(voice=st.sampled_from(["default", "terse"]))
    def choose_a_voice(self, voice: str) -> None:
        self.program.set("Voice", "s", voice)
        self.program.wait_for_property("Voice", voice)
        self.voice = voice

    @rule(muted=st.booleans())
    def close_or_open_the_microphone(self, muted: bool) -> None:
        self.program.set("Muted", "b", muted)
        self.muted = muted

    @rule(name=st.sampled_from(["tea", "pizza", "laundry"]), hours=st.integers(1, 9))
    def set_a_timer(self, name: str, hours: int) -> None:
        turn = self.program.call("Ask", "(s)", f"set a {name} timer for {hours} hours")
        self.program.wait_for(lambda told: told.name == "TurnEnded" and told.arguments[0] == turn)
        [new] = [each for each in self.listed() if each not in self.timers]
        assert new[1] == name
        self.timers = sorted([*self.timers, new])

    @precondition(lambda self: self.timers)
    @rule(choice=st.integers(0, 99))
    def cancel_a_timer(self, choice: int) -> None:
        number, *_ = self.timers.pop(choice % len(self.timers))
        self.program.call("CancelTimer", "(u)", number)
        self.program.wait_until(lambda: number not in [each[0] for each in self.listed()], "it is still there")

    @precondition(lambda self: not self.restarted)
    @rule(talking=st.booleans(), last_moment=st.none() | VOLUMES)
    def restart(self, talking: bool = False, last_moment: float | None = None) -> None:
        """Once an example; in the middle of a sentence, or right after a wish."""
        if talking:
            self.program.call("Say", "(s)", LONG)
        if last_moment is not None:
            self.turn_the_volume(last_moment)
        self.home.restart()
        self.program.catch_up().clear()  # turns are counted from one again
        self.restarted = True

    @invariant()
    def all_is_as_it_should_be(self) -> None:
        for name, value in {"Volume": self.volume, "Voice": self.voice, "Muted": self.muted}.items():
            self.program.wait_for_property(name, value)
        assert self.program.get("State") != "muted" or self.muted
        assert self.listed() == self.timers

    def teardown(self) -> None:
        if not self.restarted:
            self.restart()
            self.all_is_as_it_should_be()


@pytest.mark.long
def test_whatever_was_wished_for_survives_a_restart(home: Home) -> None:
    class Here(Restarts):
        pass

    Here.home = home
    few = settings(max_examples=4, stateful_step_count=12, deadline=None, database=None, phases=[Phase.generate])
    run_state_machine_as_test(Here, settings=settings(few, suppress_health_check=list(HealthCheck)))
