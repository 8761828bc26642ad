"""What the monitor knows, and how a terminal shows it; no terminal, no bus, no clock."""

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from voiced.voicectl.board import Board, Timer, left_in_words
from voiced.voicectl.screen import BLOCKS, HEIGHTS, draw, pulse, strip
from voiced.voicectl.telling import EVENTS, Told, event

PROPERTIES = {
    "State": "asleep", "Muted": False, "Voice": "default", "Volume": 0.8, "Profile": "mini-pc",
    "WakeWords": ["hey_jarvis"], "Version": "1.2.3", "Health": {"stt": "ok", "llm": "There is no model."},
    "LastTurn": {"llm": 300.0, "wait": 700.0, "response": 1200.0},
}  # fmt: skip


def board() -> Board:
    made = Board("session")
    made.change(dict(PROPERTIES), 10.0)
    return made


def shown(board: Board, now: float = 12.0, width: int = 90, height: int = 26) -> str:
    console = Console(width=width, height=height, color_system=None, force_terminal=True)
    with console.capture() as captured:
        console.print(draw(board, now, 1000.0, width, height))
    rows = captured.get().rstrip("\n").split("\n")
    assert len(rows) == height
    assert {len(row.rstrip()) <= width for row in rows} == {True}
    return "\n".join(rows)


def take(board: Board, *told: tuple[str, tuple[object, ...]], now: float = 11.0) -> Board:
    for name, arguments in told:
        board.take(Told(name, arguments), now)
    return board


def test_a_whole_turn_is_shown() -> None:
    talked = take(
        board(),
        ("WakeDetected", ("hey_jarvis", 0.93)),
        ("Partial", (7, "what is")),
        ("Transcript", (7, "what is love")),
        ("Reply", (7, "Baby,")),
        ("Reply", (7, "don't hurt me.")),
        ("TurnEnded", (7, "answered", {"stt": 90.0, "llm": 1250.0})),
    )
    text = shown(talked)
    assert re.search(
        "woken by “hey jarvis”, 93% sure *│\n│ +you what is love *│\n│ +voiced Baby, don't hurt me. ", text
    )
    assert re.search(r"recognise █+\S* +90 ms", text)
    assert re.search(r"model +█{20,} 1,250 ms", text)
    assert "! llm: There is no model." in text
    assert "stt:" not in text


def test_what_is_understood_so_far_goes_when_the_words_are_final() -> None:
    assert "set a …" in shown(take(board(), ("Partial", (1, "set a"))))
    assert "…" not in shown(take(board(), ("Partial", (1, "set a")), ("Transcript", (1, "set a timer"))))
    silent = take(board(), ("Partial", (1, "set a")), ("TurnEnded", (1, "nothing_heard", {})))
    assert silent.partial == ""
    assert "heard nothing" in shown(silent)


def test_an_answer_is_not_mixed_with_the_next_one() -> None:
    two = take(board(), ("Reply", (1, "One.")), ("TurnEnded", (1, "interrupted", {})), ("Reply", (2, "Two.")))
    assert [(line.who, line.text) for line in two.lines] == [
        ("voiced", "One."), ("", "interrupted"), ("voiced", "Two.")
    ]  # fmt: skip


def test_stages_stand_in_the_order_of_the_turn() -> None:
    text = shown(board())
    assert text.index("silence") < text.index("model") < text.index("response")


def test_a_state_is_shown_with_its_seconds() -> None:
    thinking = take(board(), ("PropertiesChanged", ("", {"State": "thinking"}, [])), now=20.0)
    assert "● thinking  2.5 s" in shown(thinking, now=22.5)
    assert take(board(), ("PropertiesChanged", ("", {"State": "muted"}, []))).muted, "whichever is told first"
    muted = take(board(), ("PropertiesChanged", ("", {"State": "muted", "Muted": True}, [])))
    assert "○ muted" in shown(muted)
    assert "m opens it" in shown(muted)


def test_timers_count_down_and_ring() -> None:
    some = board()
    some.list_timers([(1, "pizza", "10 minutes", 1590), (2, "", "an hour", 4661), (3, "tea", "3 minutes", 0)])
    text = shown(some)
    assert re.search(r"pizza +9:50 ", text)
    assert re.search(r"timer 2 +1:01:01 ", text)
    assert re.search(r"tea +3 minutes, paused", text)
    take(some, ("TimerFired", (1, "pizza")))
    assert some.ringing == {1}
    assert "the pizza timer rings" in shown(some)
    some.list_timers([])
    assert some.ringing == set()


def test_a_daemon_that_has_left_leaves_what_was_said() -> None:
    gone = take(board(), ("Transcript", (1, "bye")), ("Left", ()), ("Left", ()))
    text = shown(gone)
    assert "bye" in text
    assert text.count("voiced has left") == 1
    assert "this waits for it" in text
    assert "no model" not in text


def test_only_the_end_of_a_long_conversation_is_shown() -> None:
    long = take(board(), *[("Transcript", (n, f"sentence {n} " + "word " * 30)) for n in range(50)])
    text = shown(long)
    assert "sentence 49" in text
    assert "sentence 1 " not in text


def test_what_others_say_cannot_steer_the_terminal() -> None:
    assert "\x1b[2J" not in shown(take(board(), ("Transcript", (1, "\x1b[2J\x9b2J")), ("Partial", (1, "\x1b[2J"))))


def test_square_brackets_are_no_markup() -> None:
    assert "[red]you[/red]" in shown(take(board(), ("Transcript", (1, "[red]you[/red]"))))


def test_in_a_low_window_what_was_said_comes_first() -> None:
    talked = take(board(), ("Transcript", (1, "how are you")), ("Reply", (1, "Fine.")))
    talked.list_timers([(1, "pizza", "10 minutes", 1590)])
    for height in (9, 13, 14, 20, 30):
        text = shown(talked, height=height)
        assert "how are you" in text
        assert "Fine." in text
        assert "q quit" in text
        assert ("│ pizza" in text, " pizza 9:50 · response 1,200 ms" in text) == (height >= 20, height in (13, 14))


def test_in_a_narrow_window_panels_stand_one_above_the_other() -> None:
    narrow = shown(take(board(), ("PropertiesChanged", ("", {"State": "listening"}, []))), width=40)
    assert re.search(r"● listening  1\.0 s +[▁-█]{10} +80%", narrow)
    assert re.search(r"^╭─ timers ─+╮$", narrow, re.MULTILINE)


@given(
    st.lists(
        st.tuples(st.sampled_from([*EVENTS, "PropertiesChanged", "Sung"]), st.integers(0, 3), st.text(max_size=80)),
        max_size=30,
    ),
    st.integers(1, 120),
    st.integers(1, 40),
)
def test_whatever_is_told_can_be_shown(told: list[tuple[str, int, str]], width: int, height: int) -> None:
    some = board()
    for name, number, text in told:
        arguments: tuple[Any, ...] = {
            "WakeDetected": (text, 0.5),
            "TurnEnded": (number, text, {text: 1.0, "stt": float(number)}),
            "PropertiesChanged": ("", {"State": text, "Health": {text: text}}, []),
            "Left": (),
            "Came": (),
        }.get(name, (number, text))
        some.take(Told(name, arguments), 1.0)
        event(Told(name, arguments))
    console = Console(width=width, height=height, color_system=None, force_terminal=True)
    with console.capture():
        console.print(draw(some, 2.0, 3.0, width, height))


def test_what_the_microphone_hears_moves_along_while_that_counts() -> None:
    some = take(board(), ("Level", (0.0,)), ("Level", (0.5,)), ("Level", (1.0,)), now=20.0)
    assert pulse(some, 20.0, 40) == "▁▁▁▁▁▁▁▁▅█"
    assert pulse(some, 20.0, 40) in shown(some, 20.0, 40)
    some.change({"State": "thinking"}, 20.0)
    assert pulse(some, 20.0, 40) == strip("thinking", 0.0, 10)


def test_a_level_that_has_become_old_says_nothing() -> None:
    some = take(board(), ("Level", (1.0,)), now=20.0)
    assert pulse(some, 22.0, 40) == strip("asleep", 12.0, 10)
    take(some, ("Level", (0.5,)), now=30.0)
    assert pulse(some, 30.0, 40) == "▁▁▁▁▁▁▁▁▁▅"


@given(st.sampled_from([*HEIGHTS, "muted", "absent", "dreaming"]), st.floats(0, 1e6), st.integers(0, 40))
def test_the_strip_is_as_wide_as_asked_for(state: str, seconds: float, width: int) -> None:
    assert len(strip(state, seconds, width)) == width
    assert set(strip(state, seconds, width)) <= set(BLOCKS)


def test_time_left_is_as_on_a_clock() -> None:
    assert left_in_words(Timer(1, "", "", 100), 95) == "0:05"
    assert left_in_words(Timer(1, "", "", 100), 200) == "0:00"


def test_events_are_called_as_those_of_converse() -> None:
    from voiced.report import NAMES

    assert {EVENTS[kind.__name__][0]: None for kind in NAMES if kind.__name__ in EVENTS}.keys() <= set(NAMES.values())
    assert event(Told("WakeDetected", ("hey_jarvis", 0.98765))) == {
        "event": "wake",
        "model": "hey_jarvis",
        "score": 0.988,
    }
    assert event(Told("Sung", ("la",))) is None
