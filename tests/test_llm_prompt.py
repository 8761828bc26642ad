"""What a model is told, and what is remembered of a conversation."""

from hypothesis import given
from hypothesis import strategies as st

from voiced.llm.prompt import CUT, Conversation, said, shortened, system_prompt
from voiced.stages import Message


def test_the_system_prompt_says_who_it_is_and_how_to_speak() -> None:
    text = system_prompt(name="Ada", language="de-AT", persona="You are cheerful.")
    assert text.startswith("You are Ada, a voice assistant.")
    assert "answer in German" in text
    assert text.endswith("You are cheerful.")
    assert "answer in tlh" in system_prompt(name="Ada", language="tlh")


def test_a_draft_leaves_no_trace() -> None:
    talk = Conversation("S")
    for words in ("what", "what is", "what is it"):
        talk.messages(words)
    assert talk.history() == [Message("system", "S")]


def test_a_committed_turn_is_where_the_next_prompt_begins() -> None:
    talk = Conversation("S")
    asked = talk.messages("Hello", note="It is 9:00")
    talk.commit("Hello", "Hi.", note="It is 9:00")
    later = talk.messages("And now?", note="It is 9:05")
    assert later[: len(asked)] == asked
    assert [message.role for message in later] == ["system", "user", "assistant", "user"]
    assert later[-1].content == "And now? [It is 9:05]"


def test_what_changes_by_itself_never_stands_before_the_words() -> None:
    talk = Conversation("S")
    noon, later = talk.messages("Hello", note="12:00"), talk.messages("Hello", note="12:01")
    assert noon[:-1] == later[:-1]
    assert noon[-1].content.startswith("Hello ")


def test_of_an_interrupted_answer_only_what_was_heard_is_kept() -> None:
    assert said(" The moon is ", interrupted=True) == " The moon is" + CUT
    assert said("The moon is far.", interrupted=True) == "The moon is far."
    assert said("", interrupted=True) == CUT
    assert said("The moon is far. ", interrupted=False) == "The moon is far."


@given(st.lists(st.text(max_size=40), max_size=60), st.integers(1, 8), st.integers(10, 200))
def test_the_history_stays_within_its_bounds(words: list[str], turns: int, characters: int) -> None:
    talk = Conversation("S", turns=turns, characters=characters)
    for number, word in enumerate(words):
        talk.commit(word, f"answer {number}")
        kept = talk.history()[1:]
        assert len(kept) <= 2 * turns
        assert kept[-1].content == f"answer {number}"  # the last turn is never lost
        assert len(kept) == 2 or sum(len(message.content) for message in kept) <= characters


def test_the_history_loses_half_at_once_so_that_its_beginning_seldom_changes() -> None:
    talk = Conversation("S", turns=8)
    beginnings = []
    for number in range(40):
        talk.commit(f"question {number}", "answer")
        beginnings.append(talk.history()[1])
    assert len(set(beginnings)) <= 40 // 4


def test_forgetting_begins_a_new_conversation() -> None:
    talk = Conversation("S")
    talk.commit("Hello", "Hi.")
    talk.forget()
    assert talk.history() == [Message("system", "S")]


def test_shortening_keeps_the_system_prompt_and_begins_with_a_question() -> None:
    talk = Conversation("S")
    talk.commit("one", "1")
    talk.commit("two", "2")
    all_of_it = talk.messages("three")
    assert [[message.content for message in kept] for kept in shortened(all_of_it)] == [
        ["S", "two", "2", "three"],
        ["S", "three"],
    ]
    assert [len(kept) for kept in shortened(all_of_it, Message("user", "two"))] == [4]
    assert list(shortened(all_of_it, Message("user", "gone"))) == []
