"""The daemon on a real bus, called by a client that is not ours; everything else is as in `voiced run`."""

import gc
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from tests.bus import BusDaemon, Client, Refusal, Told, client, gdbus, memory_kb
from tests.house import House
from tests.test_dbus_interface import METHODS, PROPERTIES, SIGNATURES, interface, members

CONFIG = "[conversation]\nfollow_up_s = 0\n"


def ended(turn: int) -> Callable[[Told], bool]:
    return lambda told: told.name == "TurnEnded" and told.arguments[0] == turn


def refusal(call: Callable[[], Any]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        call()
    assert caught.value.sentence.endswith(".") or not caught.value.name.startswith("org.voiced.")
    return caught.value


def test_gdbus_sees_the_whole_interface(bus: BusDaemon, program: Client) -> None:
    del program
    xml = gdbus(bus.address, "introspect", "--xml").stdout

    assert members(interface(xml)) == (METHODS, PROPERTIES, SIGNATURES)


def test_gdbus_calls_and_is_answered(bus: BusDaemon, program: Client) -> None:
    called = gdbus(bus.address, "call", "--method", "org.voiced.Voiced1.ListVoices")

    voices = ["british", "default", "french", "german", "spanish", "terse", "warm"]
    assert called.stdout == f"({voices},)\n"
    assert program.get("Version") in gdbus(bus.address, "introspect").stdout


def test_what_is_said_is_told_in_the_order_in_which_it_happens(program: Client) -> None:
    turn = program.call("Say", "(s)", "Dinner is ready. Wash your hands.")
    program.wait_for(ended(turn))

    told = [(t.name, *t.arguments[:2]) if t.name != "PropertiesChanged" else t.arguments[1] for t in program.told]
    told = [each if not isinstance(each, dict) or "State" in each else "LastTurn" in each for each in told]
    assert [each for each in told if each != ("Reply", turn, "Wash your hands.")] == [
        {"State": "thinking"},
        ("Reply", turn, "Dinner is ready."),
        {"State": "speaking"},
        {"State": "asleep"},
        True,
        ("TurnEnded", turn, "answered"),
    ]
    assert ("Reply", turn, "Wash your hands.") in told[: told.index({"State": "asleep"})]


def test_what_is_asked_is_answered_and_a_timer_can_be_cancelled(program: Client) -> None:
    turn = program.call("Ask", "(s)", "Set a pizza timer for ten minutes.")
    program.wait_for(ended(turn))

    [(number, name, left, due)] = program.call("ListTimers")
    assert (name, left) == ("pizza", "10 minutes")
    assert due > 1_600_000_000
    texts = [(t.name, t.arguments[1]) for t in program.told if t.name in ("Transcript", "Reply")]
    assert texts[0] == ("Transcript", "Set a pizza timer for ten minutes.")
    assert "pizza" in texts[1][1].lower()

    program.call("CancelTimer", "(u)", number)
    program.call("Stop")
    for _ in range(100):
        if not (timers := program.call("ListTimers")):
            break
    assert timers == []
    assert refusal(lambda: program.call("CancelTimer", "(u)", number)).name == "org.voiced.Error.UnknownTimer"


def test_a_later_request_interrupts_an_earlier_one(program: Client) -> None:
    first = program.call("Say", "(s)", "This is a long story about a king who had three daughters and a dog. " * 5)
    program.wait_for(lambda told: told.name == "Reply" and told.arguments[0] == first)
    second = program.call("Say", "(s)", "Hello.")

    assert program.wait_for(ended(first)).arguments[1] == "interrupted"
    assert program.wait_for(ended(second)).arguments[1] == "answered"


def test_stop_ends_what_is_being_said(program: Client) -> None:
    turn = program.call("Say", "(s)", "This is a long story about a king who had three daughters and a dog. " * 5)
    program.wait_for(lambda told: told.arguments[1:2] == ({"State": "speaking"},))
    program.call("Stop")

    assert program.wait_for(ended(turn)).arguments[1] == "stopped"


def test_listening_ends_by_itself_when_nobody_speaks(program: Client) -> None:
    program.call("Listen")
    told = program.wait_for(lambda told: told.name == "TurnEnded")

    assert told.arguments[1] == "nothing_heard"


@pytest.mark.parametrize(
    ("method", "signature", "argument", "error"),
    [
        ("Say", "(u)", 3, "org.freedesktop.DBus.Error.InvalidArgs"),
        ("Say", "(s)", "", "org.voiced.Error.InvalidArgument"),
        ("Ask", "(s)", " …!? ", "org.voiced.Error.InvalidArgument"),
        ("Ask", "(s)", "x" * 1_000_000, "org.voiced.Error.TooLong"),
        ("CancelTimer", "(u)", 4_000_000_000, "org.voiced.Error.UnknownTimer"),
        ("CancelTimer", "(s)", "1", "org.freedesktop.DBus.Error.InvalidArgs"),
        ("Sing", "(s)", "la", "org.freedesktop.DBus.Error.UnknownMethod"),
    ],
)
def test_a_wrong_call_is_refused_with_a_sentence(
    program: Client, method: str, signature: str, argument: object, error: str
) -> None:
    assert refusal(lambda: program.call(method, signature, argument)).name == error
    assert program.catch_up() == []


@pytest.mark.parametrize(
    ("name", "signature", "value", "error"),
    [
        ("Volume", "d", 1.5, "org.voiced.Error.InvalidArgument"),
        ("Volume", "d", float("nan"), "org.voiced.Error.InvalidArgument"),
        ("Volume", "s", "loud", "org.freedesktop.DBus.Error.InvalidArgs"),
        ("Voice", "s", "../../etc/passwd", "org.voiced.Error.UnknownVoice"),
        ("Voice", "s", "", "org.voiced.Error.UnknownVoice"),
        ("State", "s", "speaking", "org.freedesktop.DBus.Error.InvalidArgs"),
        ("Beauty", "s", "great", "org.freedesktop.DBus.Error.InvalidArgs"),
    ],
)
def test_a_wrong_property_is_refused_with_a_sentence(
    program: Client, name: str, signature: str, value: object, error: str
) -> None:
    assert refusal(lambda: program.set(name, signature, value)).name == error
    assert program.catch_up() == []


def test_calls_leave_nothing_in_memory(program: Client) -> None:
    """Older GLibs keep every call with its arguments; a hundred megabytes would show."""
    before = memory_kb()
    for _ in range(100):
        with suppress(Refusal):
            program.call("Say", "(s)", "x" * 1_000_000)
    gc.collect()
    assert memory_kb() - before < 30_000


def test_a_change_is_signalled_once_and_only_when_there_is_one(program: Client) -> None:
    for volume in (0.5, 0.5, 0.8, 0.8):
        program.set("Volume", "d", volume)
    program.wait_for_property("Volume", 0.8)
    program.call("Stop")
    program.call("ListVoices")

    program.catch_up()
    assert program.changes() == [{"Volume": 0.5}, {"Volume": 0.8}]


def test_louder_and_quieter_show_on_the_bus(program: Client) -> None:
    program.wait_for(ended(program.call("Ask", "(s)", "set the volume to thirty percent")))
    assert program.get("Volume") == 0.3
    program.set("Volume", "d", -0.0)
    program.wait_for_property("Volume", 0.0)
    assert str(program.get("Volume")) == "0.0"
    program.set("Volume", "d", 0.8)
    program.wait_for_property("Volume", 0.8)


def test_the_level_is_told_to_whoever_watches_and_to_nobody_else(program: Client, home: House) -> None:
    home.pass_time(1)
    home.wait_until_heard()
    program.get("State")
    assert program.catch_up() == []

    program.watch()
    home.play(np.full(16_000, 3276, np.int16))  # a tenth of the loudest: 20 of 60 dB below it
    home.wait_until_heard()
    program.get("State")
    levels = [told.arguments[0] for told in program.catch_up() if told.name == "Level"]
    assert levels[1:11] == [pytest.approx(2 / 3, abs=0.001)] * 10

    home.pass_time(11)
    home.wait_until_heard()
    program.get("State")
    assert 100 < len(program.catch_up()) < 130
    program.catch_up().clear()
    home.pass_time(1)
    home.wait_until_heard()
    program.get("State")
    assert program.catch_up() == []


def test_a_closed_microphone_has_no_level(program: Client) -> None:
    program.set("Muted", "b", True)
    program.wait_for_property("State", "muted")
    program.watch()
    turn = program.call("Say", "(s)", "Hello.")
    program.wait_for(ended(turn))
    program.set("Muted", "b", False)
    program.wait_for_property("State", "asleep")
    program.get("State")
    assert "Level" not in [told.name for told in program.catch_up()]


def test_a_muted_daemon_has_no_microphone_but_answers_what_is_typed(program: Client, home: House) -> None:
    program.set("Muted", "b", True)
    program.wait_for(lambda told: told.arguments[1:2] == ({"State": "muted", "Muted": True},))
    assert set(home.open_when_muted) == {0}
    assert refusal(lambda: program.call("Listen")).name == "org.voiced.Error.Muted"

    turn = program.call("Say", "(s)", "Hello.")
    assert program.wait_for(ended(turn)).arguments[1] == "answered"
    assert program.get("State") == "muted"

    program.set("Muted", "b", False)
    program.wait_for_property("Muted", False)
    assert home.microphones == 1


def test_a_microphone_that_cannot_be_opened_leaves_it_muted_and_says_why(program: Client, home: House) -> None:
    program.set("Muted", "b", True)
    program.wait_for_property("Muted", True)
    home.broken_microphone = True
    program.set("Muted", "b", False)
    program.wait_for(lambda told: told.name == "PropertiesChanged" and "Health" in told.arguments[1])
    assert program.get("Health")["microphone"].startswith("There is no microphone")
    assert program.get("Muted") is True

    home.broken_microphone = False
    program.set("Muted", "b", False)
    program.wait_for_property("Muted", False)
    assert program.get("Health")["microphone"] == "ok"


def test_what_fails_again_in_the_same_way_is_told_of_again(program: Client, home: House) -> None:
    program.set("Muted", "b", True)
    program.wait_for_property("Muted", True)
    home.broken_microphone = True
    for name, signature, value, part, sentence in (
        ("Muted", "b", False, "microphone", "There is no microphone"),
        ("Voice", "s", "german", "configuration", "It stays as it was: "),
    ):
        for _ in range(2):
            since = len(program.catch_up())
            program.set(name, signature, value)
            program.wait_for(
                lambda told, part=part, sentence=sentence: (  # type: ignore[misc]
                    told.name == "PropertiesChanged"
                    and told.arguments[1].get("Health", {}).get(part, "").startswith(sentence)
                ),
                since,
            )
        assert program.get(name) != value

    home.broken_microphone = False
    program.set("Muted", "b", False)
    program.wait_for_property("Muted", False)
    program.set("Voice", "s", "default")
    program.wait_for_property("Health", program.get("Health") | {"configuration": "ok", "microphone": "ok"})


def test_another_voice_speaks_from_the_next_turn_on(program: Client, home: House) -> None:
    turn = program.call("Say", "(s)", "This is a long story about a king who had three daughters and a dog.")
    program.set("Voice", "s", "terse")
    program.wait_for(lambda told: told.name == "PropertiesChanged" and "Voice" in told.arguments[1])

    names = [told.name if told.name != "PropertiesChanged" else tuple(told.arguments[1]) for told in program.told]
    assert names.index("TurnEnded") < names.index(("Voice",))
    assert program.wait_for(ended(turn)).arguments[1] == "answered"
    asked = program.call("Ask", "(s)", "why is the sky blue")
    program.wait_for(ended(asked))
    assert [t.arguments[1] for t in program.told if t.name == "Reply"][-1].startswith("Commands only")
    program.set("Voice", "s", "default")
    program.wait_for_property("Voice", "default")
    assert home.microphones == 1


def test_a_new_configuration_takes_effect_and_a_broken_one_does_not(program: Client, home: House) -> None:
    before = home.config_file.read_text(encoding="utf-8")
    home.config_file.write_text("[speaker]\nvolume = 11\n", encoding="utf-8")
    refused = refusal(lambda: program.call("Reload"))
    assert refused.name == "org.voiced.Error.Configuration"
    assert "volume" in refused.sentence
    assert program.get("Health")["configuration"] == refused.sentence
    assert program.get("Volume") == 0.8

    home.config_file.write_text(before + "[speaker]\nvolume = 0.4\n", encoding="utf-8")
    program.call("Reload")
    program.wait_for_property("Volume", 0.4)
    program.wait_for(lambda told: told.name == "PropertiesChanged" and "Health" in told.arguments[1])
    home.config_file.write_text(before, encoding="utf-8")
    program.call("Reload")
    program.wait_for_property("Volume", 0.8)
    assert program.get("Health")["configuration"] == "ok"


def test_a_client_that_vanishes_in_the_middle_harms_nobody(bus: BusDaemon, program: Client) -> None:
    with client(bus.address) as other:
        turn = other.call("Say", "(s)", "This is a long story about a king who had three daughters and a dog.")

    assert program.wait_for(ended(turn)).arguments[1] == "answered"


def test_a_hundred_clients_are_all_answered(bus: BusDaemon, program: Client) -> None:
    clients = []
    try:
        for _ in range(100):
            clients.append(Client(bus.address))
        turns = []
        for each in clients:
            with suppress(Refusal):  # Busy
                turns.append(each.call("Say", "(s)", "Hello there."))
            assert each.get("Version")
        assert len(turns) == len(set(turns)) > 50
        for turn in turns:
            program.wait_for(ended(turn))
        clients[0].wait_for(ended(turns[-1]))
    finally:
        for each in clients:
            each.close()
