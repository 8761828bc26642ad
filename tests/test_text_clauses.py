"""Streamed words become clauses: early, whole, and the same however the stream was cut."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voiced.text.clauses import COMMA_FROM, LONGEST, UNBROKEN, cut_clauses, fenced


def cut(text: str) -> list[str]:
    return [text for text, _ in cut_clauses([text])]


def later(text: str) -> list[str]:
    """The clauses of `text` behind a first one, where only sentences are cut."""
    return cut(f"Yes.\n{text}")[1:]


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("That is all, my friend. Good night.", ["That is all,", "my friend.", "Good night."]),
        ("Well, it is late. Go.", ["Well, it is late.", "Go."]),
        ("I am in, you know, trouble.", ["I am in, you know,", "trouble."]),
        ("There are three kinds: a, b, c. Done.", ["There are three kinds:", "a, b, c.", "Done."]),
        ("I like it very much; so do you.", ["I like it very much;", "so do you."]),
        ("I like it very much—so do you.", ["I like it very much—", "so do you."]),
        ("I like it very much - so do you.", ["I like it very much -", "so do you."]),
        ("On Monday the day of March 5, 2024 it rained.", ["On Monday the day of March 5, 2024 it rained."]),
        ("Sure! Here you go.", ["Sure!", "Here you go."]),
        ("Yeast eats the sugar and fills the dough.", ["Yeast eats the sugar", "and fills the dough."]),
        ("You need a light coat because it rains. Go.", ["You need a light coat", "because it rains.", "Go."]),
    ],
)
def test_the_first_clause_is_cut_early(text: str, clauses: list[str]) -> None:
    assert cut(text) == clauses


@pytest.mark.parametrize(
    "sentence",
    [
        "Get up and do something.",
        "It is so and so.",
        "The train runs between Paris and Rome.",
        "It takes about 2 and a half hours.",
        "The film is called (The Good and the Bad).",
        'The film is called "The Good and the Bad".',
        "The film was **very long and boring**.",
        "Nothing here grows on sandy soil.",
    ],
)
def test_a_first_clause_is_not_torn_where_nobody_breathes(sentence: str) -> None:
    assert cut(sentence) == [sentence]


def test_only_a_clause_without_a_mark_is_said_to_go_on() -> None:
    assert list(cut_clauses(["The sun is warm enough, and it shines. Good."])) == [
        ("The sun is warm enough,", False),
        ("and it shines.", False),
        ("Good.", False),
    ]
    assert list(cut_clauses(["The sun is very warm and it shines"])) == [
        ("The sun is very warm", True),
        ("and it shines", False),
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "It costs $500, or so they say.",
        "Come at 8:00, or at 8:05.",
        "Pi is 3.14, roughly.",
        "It is 23.5 degrees outside.",
        "I met Dr. Smith today.",
        "Mix 2 tbsp. sugar and 1 tsp. salt.",
        "It costs approx. $5 a day.",
        "He is 6 ft. tall.",
        "It lasts 25 min. by train.",
        "Ask Mrs. Green or Prof. Brown.",
        "It was J.K. Rowling who wrote it.",
        "It was J. K. Rowling who wrote it.",
        "Take fruit, e.g. apples, i.e. something sweet.",
        "Cats vs. Dogs is a film.",
        "See No. 5 on p. 12 there.",
        "It opens at 8 a.m. every day.",
        "He has pens, paper, etc. in his bag.",
        "Acme Inc. makes anvils.",
        "The U.S. Army marched.",
        "Go to https://example.com/a.b?c=d there.",
        "Run `print('a. B')` now.",
        "See [Dr. Who. The series](https://example.com) please.",
        "Steps are: 1. Open it, 2. Close it.",
        '"Really?" she said.',
        "Well... maybe not.",
        "Python 3.11.4 is out.",
        "Mail me at foo.bar@example.com, please.",
        "On Jan. 5 it snowed.",
    ],
)
def test_no_sentence_is_cut_where_it_is_not_over(sentence: str) -> None:
    """S3: figures, abbreviations, initials, addresses and code keep their full stops to themselves."""
    assert later(f"{sentence} Then more came.") == [sentence, "Then more came."]


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("No. I will not.", ["No.", "I will not."]),
        ("I have 3. Then 4.", ["I have 3.", "Then 4."]),
        ("it ends. it goes on.", ["it ends.", "it goes on."]),
        ("Really?! Yes!", ["Really?!", "Yes!"]),
        ("He said **stop.** Then he left.", ["He said **stop.**", "Then he left."]),
        ('"It is late." He left.', ['"It is late."', "He left."]),
        ("It closes at 8 p.m. Then we go.", ["It closes at 8 p.m.", "Then we go."]),
        ("I see... Then go.", ["I see...", "Then go."]),
        ("Hi 🙂. Good day.", ["Hi 🙂.", "Good day."]),
        ("好的。我来了。", ["好的。", "我来了。"]),
        ("1. Open.\n2. Close\n3. Go", ["1. Open.", "2. Close", "3. Go"]),
        ("3. Add salt. Stir.", ["3. Add salt.", "Stir."]),
        ("- milk\n- eggs\n", ["- milk", "- eggs"]),
        ("Take this:\n* milk\n* eggs", ["Take this:", "* milk", "* eggs"]),
        ("a paragraph\nof two lines\n\nand another", ["a paragraph\nof two lines", "and another"]),
        ("some text\n- item", ["some text", "- item"]),
        ("# Weather\nIt rains.", ["# Weather", "It rains."]),
        ("text\n## Title\nmore", ["text", "## Title", "more"]),
        ("**Title**\ntext", ["**Title**", "text"]),
        ("**1. Open**\n**2. Close**", ["**1. Open**", "**2. Close**"]),
        ("| a | b |\n|---|---|\n| 1 | 2 |", ["| a | b |", "|---|---|\n| 1 | 2 |"]),
        ("text\n---\nmore", ["text", "---\nmore"]),
        ("So:\n```python\na. B\n\nc\n```\nDone.", ["So:", "```python\na. B\n\nc\n```", "Done."]),
        ("So: ```js\na. B\n```\nDone.", ["So: ```js\na. B\n```", "Done."]),
        ("1. Run:\n   ```\n   a. B\n   ```\n2. Stop.", ["1. Run:", "```\n   a. B\n   ```", "2. Stop."]),
        ("~~~\na. B\n~~~\nDone.", ["~~~\na. B\n~~~", "Done."]),
        ("```never closed. No\n\nend.", ["```never closed. No\n\nend."]),
        ("Use ```a. B``` here. Done.", ["Use ```a. B``` here.", "Done."]),
        ("... 🙂 Hello. ... *** Bye. ...", ["... 🙂 Hello.", "... *** Bye."]),
    ],
)
def test_text_is_cut_where_it_is_over(text: str, clauses: list[str]) -> None:
    """S3: and blocks of Markdown end where their lines end."""
    assert later(text) == clauses


@pytest.mark.parametrize("text", ["", ".", "…", "...", " \n\t", "🙂", "***", "---\n\n---", "?!", "| | |", "```\n```\n"])
def test_nothing_to_speak_is_no_clause(text: str) -> None:
    """S4: a reply of "." or of nothing ends without a clause, whole or in pieces."""
    assert cut(text) == []
    assert list(cut_clauses(text)) == []


@pytest.mark.parametrize(
    ("before", "proof", "clause"),
    [
        ("It rains. ", "T", "It rains."),
        ("It rains.", "\n", "It rains."),
        ("It rains! ", "t", "It rains!"),
        ("- milk", "\n", "- milk"),
        ("a title\n", "\n", "a title"),
        ("text\n-", " ", "text"),
        ("text\n", "|", "text"),
        ("text\n``", "`", "text"),
        ("At last I know, ", "b", "At last I know,"),
        ("At last I know—", "b", "At last I know—"),
        ("```\nx\n```", "\n", "```\nx\n```"),
    ],
)
def test_a_clause_is_released_by_the_first_character_that_proves_it_over(before: str, proof: str, clause: str) -> None:
    """S5: not a character later, and not earlier either."""
    taken: list[str] = []

    def characters() -> object:
        for character in [*before, proof, "unreached"]:
            taken.append(character)
            yield character

    stream = cut_clauses(characters())  # type: ignore[arg-type]

    assert next(stream).text == clause
    assert taken == [*before, proof]


def test_a_long_run_is_cut_at_its_last_comma() -> None:
    words = "word " * 20 + "end, " + "word " * 40
    first, *rest = later(words)

    assert first == ("word " * 20 + "end,")
    assert len(first) >= COMMA_FROM
    assert all(len(clause) <= LONGEST for clause in rest)


def test_a_long_run_without_commas_is_cut_between_words() -> None:
    clauses = cut("word " * 200)

    assert set(" ".join(clauses).split()) == {"word"}
    assert all(LONGEST - 5 <= len(clause) <= LONGEST for clause in clauses[:-1])


def test_a_word_without_an_end_is_cut_and_an_address_is_not() -> None:
    address = "https://example.com/" + "a" * 2_000

    assert [len(clause) for clause in cut("a" * 1_000)] == [UNBROKEN + 1, UNBROKEN + 1, 998 - 2 * UNBROKEN]
    assert cut(f"See {address} now.") == ["See", address, "now."]


def test_an_endless_text_is_no_trouble() -> None:
    for unit in ("a", " ", "\n", ".", "`", "```\n", "[", "|", "a. ", "1. ", "> ", "- \n", "é\u0301", "https://a"):
        text = unit * (100_000 // len(unit))
        assert "".join("".join(cut(text)).split()) in "".join(text.split())


def test_only_blocks_of_code_are_fenced() -> None:
    assert fenced("```python\nx = 1\n```")
    assert fenced("So: ```js\nx\n```")
    assert not fenced("Use ```x``` or `y`.")


WORDS = ["Hello", "Dr.", "e.g.", "3.", "3.14", "$5", "8:00", "a.m.", "J.", "Yes.", "No!", "why?", "well,", "so:", "—"]
BLOCKS = ["\n", "\n\n", "\n- ", "\n1. ", "\n# ", "\n| a |", "\n---\n", "```", "\n```\n", "`", "~~~", "\n> "]
MARKS = ["-", "[", "](http://a.b)", "*", "…", "🙂", "。", '"', ")", "\u00a0", "word " * 30, "x" * 210]

TEXTS = st.lists(
    st.sampled_from([*WORDS, *BLOCKS, *MARKS, " ", " ", " "]) | st.text(max_size=3),
    max_size=25,
).map("".join)


@given(TEXTS, st.data())
@settings(max_examples=300, deadline=None)
def test_it_does_not_matter_where_the_stream_is_cut(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=10)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]

    assert [text for text, _ in cut_clauses(pieces)] == cut(text)


@given(TEXTS)
@settings(max_examples=300, deadline=None)
@example("3.14 is $5. - \n```\n")
def test_the_clauses_add_up_to_the_text(text: str) -> None:
    """Up to white space, less a tail without a letter or figure."""
    joined, whole = "".join("".join(cut(text)).split()), "".join(text.split())

    assert whole.startswith(joined)
    assert not any(map(str.isalnum, whole[len(joined) :]))


@given(TEXTS)
@settings(deadline=None)
def test_every_clause_has_something_to_pronounce(text: str) -> None:
    """S4."""
    assert all(any(map(str.isalnum, clause)) and clause == clause.strip() for clause in cut(text))
