"""Each engine on a real sentence, with models that work, that are cut short, and that are missing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.home import home, install_ears, install_model, install_voice
from tests.wakes import write_wake
from voiced.doctor import answering, hearing
from voiced.doctor.answering import judge_answer
from voiced.doctor.finding import Finding
from voiced.doctor.hearing import SENTENCE, Woken, judge_heard
from voiced.doctor.order import Trial, examine
from voiced.doctor.situation import Seen, Situation
from voiced.hardware.profile import Threads
from voiced.setting import Setting


@contextmanager
def situation(folder: Path, config: str = "", root: Path = Path("/")) -> Iterator[Situation]:
    settled = home(folder, config)
    # One thread each: two that wait for each other on a machine that runs other tests take ten times as long.
    settled = replace(settled, profile=replace(settled.profile, threads=Threads(1, 1, 1, 1, 1)))
    made = Situation(settled, {"HOME": str(folder)}, root=root)
    try:
        yield made
    finally:
        made.close()


def tried(trial: Trial, folder: Path, config: str = "", root: Path = Path("/")) -> list[Finding]:
    with situation(folder, config, root) as there:
        return list(examine(there, [trial]))


def told(found: list[Finding]) -> list[tuple[str, str]]:
    return [(each.what, each.outcome) for each in found]


def cut(path: Path) -> None:
    """Half of the file is lost, as when a card is full or a machine loses power."""
    with path.open("r+b") as stream:
        stream.truncate(path.stat().st_size // 2)


# --- what works --------------------------------------------------------------------------------------------------


def test_nothing_smaller_than_the_starter_is_recommended() -> None:
    for text, came in (("", []), ("It is the", [4.0, 5.0, 6.0])):
        assert judge_answer("llama.cpp (starter)", text, came, 1.0).advice.startswith("Nothing is smaller")


def test_engines_that_work_are_found_to_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "ANSWER_S", 60.0)  # a machine that also runs other tests needs more
    with situation(tmp_path) as there:
        install_ears(there.setting, SENTENCE)
        install_model(there.setting, "It is the air that does it, in all the colours that there are.")
        install_voice(there.setting)
        trials = (hearing.wake_word, hearing.voice_activity, hearing.recogniser, answering.language_model)
        found = list(examine(there, [*trials, answering.synthesiser]))
        assert not there.setting.paths.state.exists(), "nobody's timers are touched"
        assert there.watch.found() == []
    assert [each.what for each in found] == [
        "wake word", "voice detector", "speech to text", "commands", "language model", "text to speech",
    ]  # fmt: skip
    assert [each for each in found if each.outcome == "fault"] == []
    # A busy machine may be told that it is slow.
    assert [each.outcome for each in found if each.what in ("wake word", "voice detector", "commands")] == ["ok"] * 3
    figures = {each.what: each.figures for each in found}
    assert figures["wake word"]["score"] > 0.5  # type: ignore[operator]
    assert "by faster-whisper" in found[2].result
    assert figures["language model"]["pieces"] > 3  # type: ignore[operator]
    assert figures["text to speech"]["sound_s"] > 0  # type: ignore[operator]


def test_the_wake_word_is_found_in_what_the_microphone_heard(tmp_path: Path) -> None:
    with situation(tmp_path) as there:
        there.heard = there.person.say("hey jarvis")[:8_000]
        assert [each.outcome for each in examine(there, [hearing.wake_word])] == ["ok", "warning"]
    assert judge_heard("hey_jarvis", Woken("hey_jarvis", 0.9)).outcome == "ok"


# --- models cut short --------------------------------------------------------------------------------------------


def ears(setting: Setting) -> Path:
    return install_ears(setting, SENTENCE) / "model.bin"


def mind(setting: Setting) -> Path:
    return install_model(setting, "It is the air.")


@pytest.mark.parametrize(
    ("install", "trial", "what", "instead"),
    [
        pytest.param(
            ears, hearing.recogniser, "speech to text", "pocketsphinx takes its place", marks=pytest.mark.long
        ),
        (mind, answering.language_model, "language model", "nothing takes its place"),
        (install_voice, answering.synthesiser, "text to speech", "espeak-ng takes its place"),
    ],
)
def test_a_model_cut_short_is_found(
    tmp_path: Path, install: Callable[[Setting], Path], trial: Trial, what: str, instead: str
) -> None:
    with situation(tmp_path) as there:
        cut(install(there.setting))
        found = list(examine(there, [trial]))
    assert (found[0].what, found[0].outcome) == (what, "fault"), found
    assert instead in found[0].result
    assert found[0].advice
    assert str(tmp_path) not in (found[0].public or "")


def test_a_model_that_was_asked_for_and_is_not_there_is_found(tmp_path: Path) -> None:
    found = tried(answering.synthesiser, tmp_path, '[tts]\nmodel = "anna"\n')
    assert told(found) == [("text to speech", "fault"), ("text to speech", "ok")]
    assert found[0].advice == "Install it, or name another."
    assert "anna" not in (found[0].public or "")


def test_no_language_model_is_a_warning(tmp_path: Path) -> None:
    found = tried(answering.language_model, tmp_path)
    assert told(found) == [("language model", "warning")]
    assert found[0].advice == "`voiced models pull recommended`."


# --- wake words --------------------------------------------------------------------------------------------------


def test_a_wake_word_that_is_not_there_is_found(tmp_path: Path) -> None:
    found = tried(hearing.wake_word, tmp_path, 'wake_words = ["hey_jarvis", "words/anna.onnx"]\n')
    assert told(found) == [("wake word", "fault"), ("wake word", "ok")]
    assert "anna" in found[0].result
    assert "anna" not in (found[0].public or "")


def test_a_wake_word_that_does_not_wake_is_found(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    write_wake(tmp_path / "words/anna.onnx")
    found = tried(hearing.wake_word, tmp_path, 'wake_words = ["words/anna.onnx"]\n[wake]\nthreshold = 0.95\n')
    assert told(found) == [("wake word", "warning")]
    assert "Say it yourself" in found[0].advice
    assert found[0].public == "A wake word of one's own, said by a synthesiser, does not wake it."


def test_nobody_to_say_anything_is_no_fault_of_the_engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with situation(tmp_path) as there:
        found = list(examine(there, [hearing.wake_word, hearing.voice_activity]))
    assert [each.outcome for each in found] == ["skipped", "skipped"]
    assert "install the package espeak-ng" in found[0].advice.lower()


# --- memory and pace ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("daemon", "outcome"), [(None, "fault"), (Seen(1, {"State": "asleep"}), "skipped")])
def test_a_model_for_which_there_is_no_memory_is_not_loaded(tmp_path: Path, daemon: Seen | None, outcome: str) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text("MemTotal: 500000 kB\nMemAvailable: 10 kB\n")
    with situation(tmp_path, root=tmp_path) as there:
        there.daemon = daemon
        install_model(there.setting, "It is the air.")
        found = list(examine(there, [answering.language_model]))
    assert told(found) == [("language model", outcome)]
    assert "of memory" in found[0].result
    assert ("Stop voiced" in found[0].advice) == (daemon is not None)


@pytest.mark.parametrize(
    ("text", "came", "outcome", "words"),
    [
        ("It is the air.", [0.3, 0.4, 0.5, 0.6], "ok", ""),
        ("Yes", [0.3], "ok", ""),
        ("It is all there at once.", [4.0, 4.001, 4.002], "ok", ""),
        ("It is the", [4.0, 5.0, 6.0], "warning", "smaller model"),
        ("", [], "fault", "smaller model"),
        (" ", [0.5, 0.6], "fault", "another model"),
    ],
)
def test_an_answer_is_judged_by_its_pace(text: str, came: list[float], outcome: str, words: str) -> None:
    found = judge_answer("llama.cpp", text, came, 1.0)
    assert (found.outcome, words in found.advice) == (outcome, True)


def test_a_trial_that_breaks_is_a_finding_and_the_next_goes_on(tmp_path: Path) -> None:
    def broken(_: Situation) -> Iterator[Finding]:
        yield Finding("before", "ok", "It works.")
        raise ZeroDivisionError("by anna")

    with situation(tmp_path) as there:
        found = list(examine(there, [broken, lambda _: iter([Finding("after", "ok", "It works.")])]))
    assert told(found) == [("before", "ok"), ("broken", "fault"), ("after", "ok")]
    assert found[1].public == "This could not be tried (ZeroDivisionError)."
