"""Signs of life, in virtual time: what stops the frames stops the watchdog, whatever it is."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.systemd import Manager, manager
from tests.talk import Talk, pause, setting
from tests.test_timers import HandClock
from voiced.conversation.chain import Chain
from voiced.ear import Ear
from voiced.endpoint import EndpointRules
from voiced.events import Configured, HealthChanged, StateChanged, WakeDetected
from voiced.service.notify import Notifier
from voiced.service.watch import SHARE, WORDS, Watch
from voiced.stages import Pcm
from voiced.turn import TABLE
from voiced.vad import SileroVad

PERIOD_S = 20.0


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Manager]:
    with manager(tmp_path) as there:
        yield there


def watch(systemd: Manager, clock: HandClock, period_s: float | None = PERIOD_S) -> Watch:
    return Watch(Notifier(systemd.address), clock.monotonic, period_s)


# The rules alone


def test_ready_is_said_once_at_the_first_sign_of_life(systemd: Manager) -> None:
    """Law 1."""
    mine = watch(systemd, HandClock(), None)
    mine.loading()
    mine.loaded()
    assert systemd.told() == ["STATUS=Loads its models.", "STATUS=Waits for the first sound from the microphone."]
    mine.alive()
    mine.alive()
    assert systemd.told() == ["READY=1", f"STATUS={WORDS['asleep']}"]


def test_alive_is_said_only_at_a_sign_of_life(systemd: Manager) -> None:
    """Law 2."""
    clock = HandClock()
    mine = watch(systemd, clock)
    mine.alive()
    assert systemd.told()[-1] == "WATCHDOG=1"
    clock.now += 10 * PERIOD_S
    mine.hear_of(StateChanged("listening"), 0.0)
    assert systemd.told() == [f"STATUS={WORDS['listening']}"]
    mine.alive()
    assert systemd.told() == ["WATCHDOG=1"]


@given(st.floats(0.01, 100_000), st.lists(st.floats(0, 1), max_size=200))
def test_steady_frames_never_let_the_watchdog_wait_and_are_not_all_passed_on(
    period_s: float, gaps: list[float]
) -> None:
    """Law 3: frames that come at least as often as they are needed."""
    clock, told = HandClock(), []

    class Ledger(Notifier):
        def tell(self, **assignments: str | int) -> bool:
            told.extend([clock.now] * ("WATCHDOG" in assignments))
            return True

    mine = Watch(Ledger(None), clock.monotonic, period_s)
    for gap in gaps:
        clock.now += gap * period_s / SHARE
        mine.alive()
    assert all(later - earlier < period_s * 0.51 for earlier, later in pairwise(told))
    assert len(told) <= sum(gaps) + 1.01


def test_a_sign_of_life_that_did_not_arrive_is_sent_again(systemd: Manager) -> None:
    mine = watch(systemd, HandClock())
    notifier = Notifier(systemd.address)
    while notifier.tell(STATUS="x" * 1000):
        pass
    mine.alive()  # the queue is full
    systemd.told()
    mine.alive()
    assert "READY=1" in (lines := systemd.told())
    assert "WATCHDOG=1" in lines


@pytest.mark.parametrize(
    "end",
    [
        Configured("default", "mini-pc", ("hey_jarvis",), {}),
        HealthChanged("configuration", "It stays as it was: config.toml: vioce is no key."),
    ],
)
def test_a_reload_is_announced_and_ends_when_it_is_taken_up_or_refused(
    systemd: Manager, end: Configured | HealthChanged
) -> None:
    clock = HandClock()
    mine = watch(systemd, clock)
    mine.alive()
    systemd.told()
    clock.now += 5
    mine.reloading()
    at = int(clock.monotonic() * 1_000_000)
    assert systemd.told() == ["RELOADING=1", f"MONOTONIC_USEC={at}", "STATUS=Reads its configuration."]
    mine.alive()
    mine.hear_of(HealthChanged("bus", "ok"), 0.0)
    mine.hear_of(HealthChanged("configuration", "ok"), 0.0)  # the next one is being tried
    assert systemd.told() == ["WATCHDOG=1"]
    mine.hear_of(end, 0.0)
    assert systemd.told() == ["READY=1", "STATUS=Waits for its wake word."]


def test_leaving_is_announced(systemd: Manager) -> None:
    watch(systemd, HandClock()).closing()
    assert systemd.told() == ["STOPPING=1", "STATUS=Leaves."]


def test_every_state_has_words() -> None:
    assert WORDS.keys() == TABLE.keys()
    assert all(words.endswith(".") for words in WORDS.values())


# In a conversation


@dataclass
class Watched:
    """A conversation whose signs of life are kept; `lines` may stop the frames and look at what is told meanwhile."""

    systemd: Manager
    talk: Talk = field(init=False)
    detector: "Moody | None" = None

    def run(self, folder: Path, lines: Callable[["Watched"], Iterator[Pcm]]) -> list[str]:
        """Everything that was told and not looked at by `lines`."""
        notifier = Notifier(self.systemd.address)

        def change(chain: Chain) -> Chain:
            mine = Watch(notifier, chain.clock.monotonic, PERIOD_S)
            ear = chain.ear if self.detector is None else Ear(self.detector, SileroVad(), EndpointRules())
            return replace(chain, alive=mine.alive, ear=ear)

        self.talk = Talk(setting(folder), lambda _: lines(self), change=change)
        with closing(notifier):
            self.talk.run()
        return self.systemd.told()

    def hang(self) -> list[str]:
        """Ten periods go by without a frame; what is told in them, although requests are still handled."""
        self.systemd.told()
        self.talk.room.clock.seconds += 10 * PERIOD_S
        self.talk.assistant.stop()
        self.talk.chain.activity.wait_idle()
        return self.systemd.told()


class Moody:
    """A wake word detector that may stop, as one does whose network has lost its memory."""

    def __init__(self) -> None:
        self.broken = False

    def hear(self, frame: Pcm) -> WakeDetected | None:
        del frame
        if self.broken:
            raise RuntimeError("out of memory")
        return None

    def reset(self) -> None:
        self.broken = False


def test_a_conversation_is_ready_with_its_first_frame_and_alive_with_all_that_follow(
    tmp_path: Path, systemd: Manager
) -> None:
    told: list[str] = []

    def lines(watched: Watched) -> Iterator[Pcm]:
        assert watched.systemd.told() == []  # the models are there, and no sound has come
        for _ in range(3):
            yield pause(PERIOD_S)
            told.extend(watched.systemd.told())  # the kernel keeps ten datagrams, and no more

    told += Watched(systemd).run(tmp_path, lines)
    assert told[0] == "READY=1"
    assert told.count("READY=1") == 1
    assert told.count("WATCHDOG=1") == 3 * SHARE


def test_a_sound_server_that_hangs_ends_the_signs_of_life(tmp_path: Path, systemd: Manager) -> None:
    """M3: no frame comes, and everything else works."""

    def lines(watched: Watched) -> Iterator[Pcm]:
        yield pause(2.0)
        assert watched.hang() == []
        yield pause(0.2)
        assert "WATCHDOG=1" in watched.systemd.told()  # it came back

    Watched(systemd).run(tmp_path, lines)


def test_a_detector_that_stops_ends_the_signs_of_life(tmp_path: Path, systemd: Manager) -> None:
    """W5: frames come, and nobody listens to them; the conversation itself ends, so systemd begins a new one."""

    def lines(watched: Watched) -> Iterator[Pcm]:
        yield pause(2.0)
        assert watched.detector is not None
        watched.detector.broken = True
        watched.systemd.told()
        watched.talk.room.clock.seconds += 10 * PERIOD_S
        yield pause(10 * PERIOD_S)

    watched = Watched(systemd, detector=Moody())
    with pytest.raises(RuntimeError, match="out of memory"):
        watched.run(tmp_path, lines)
    assert systemd.told() == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("whose", ["scribe", "thinker", "mouth"])
def test_a_dead_thread_ends_the_signs_of_life(tmp_path: Path, systemd: Manager, whose: str) -> None:
    """M3: frames come and are listened to, but nobody would answer."""

    def lines(watched: Watched) -> Iterator[Pcm]:
        yield pause(2.0)
        assistant = watched.talk.assistant
        worker = {
            "scribe": assistant._listening._scribe,
            "thinker": assistant._answering._thinker,
            "mouth": watched.talk.chain.mouth._worker,
        }[whose]

        def die() -> None:
            raise SystemExit

        worker.submit(die)
        worker._thread.join()
        watched.systemd.told()
        yield pause(2 * PERIOD_S)

    assert Watched(systemd).run(tmp_path, lines) == []


def test_a_dead_capture_thread_ends_the_conversation(
    tmp_path: Path, systemd: Manager, caplog: pytest.LogCaptureFixture
) -> None:
    """The process leaves, and the units start it again."""

    def lines(watched: Watched) -> Iterator[Pcm]:
        yield pause(2.0)
        watched.systemd.told()
        raise MemoryError

    with caplog.at_level(logging.CRITICAL):
        assert Watched(systemd).run(tmp_path, lines) == []


def test_a_muted_assistant_is_alive(tmp_path: Path, systemd: Manager) -> None:
    """No frames come, because somebody wanted it so."""
    told: list[str] = []

    def lines(talk: Talk) -> Iterator[Pcm]:
        yield pause(2.0)
        talk.assistant.mute(True)
        yield pause(60.0)

    def change(chain: Chain) -> Chain:
        mine = Watch(Notifier(systemd.address), chain.clock.monotonic, PERIOD_S)

        def alive() -> None:
            mine.alive()
            if talk.assistant.state == "muted":
                told.extend(systemd.told())
                talk.room.clock.seconds += PERIOD_S / SHARE
                # The next message makes it look at once, so that nobody waits for the clock.
                talk.assistant.close() if told.count("WATCHDOG=1") > 3 * SHARE else talk.assistant.stop()

        return replace(chain, alive=alive)

    talk = Talk(setting(tmp_path), lines, change=change)
    talk.run()
    assert talk.assistant.state == "muted"
    assert told.count("WATCHDOG=1") > 3 * SHARE
