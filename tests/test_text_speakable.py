"""What people read becomes what a synthesiser can say."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voiced.text.speakable import speakable

MONEY = [
    ("$500", "five hundred dollars"),
    ("€3.50", "three euros and fifty cents"),
    ("£20m", "twenty million pounds"),
    ("$1.2 billion", "one point two billion dollars"),
    ("$1,234.56", "one thousand two hundred and thirty-four dollars and fifty-six cents"),
    ("$0.99", "ninety-nine cents"),
    ("$1", "one dollar"),
    ("£1.01", "one pound and one penny"),
    ("It costs $5–$10.", "It costs five dollars to ten dollars."),
    ("-$5", "minus five dollars"),
    ("5 €", "five euros"),
    ("20 USD", "twenty US dollars"),
    ("$500/month", "five hundred dollars per month"),
    ("¥500", "five hundred yen"),
    ("the $ sign", "the dollar sign"),
]

TIMES = [
    ("8:00", "eight o'clock"),
    ("8:05", "eight oh five"),
    ("14:30", "fourteen thirty"),
    ("14:00", "fourteen hundred"),
    ("0:00", "midnight"),
    ("8 pm", "eight PM"),
    ("8:00 PM", "eight PM"),
    ("at 8:30 a.m. we", "at eight thirty AM we"),
    ("It is 8 p.m. Then go.", "It is eight PM. Then go."),
    ("8pm–10pm", "eight PM to ten PM"),
    ("8:00–9:30", "eight o'clock to nine thirty"),
    ("7:15:10", "seven fifteen and ten seconds"),
    ("a 3:1 ratio", "a three to one ratio"),
    ("45:10", "forty-five to ten"),
    ("It's 3:07 PM.", "It's three oh seven PM."),
]

DATES = [
    ("2024-03-05", "March fifth, twenty twenty-four"),
    ("2024-03-05T14:30:00Z", "March fifth, twenty twenty-four fourteen thirty"),
    ("March 5th", "March fifth"),
    ("March 5, 2024, it", "March fifth, twenty twenty-four, it"),
    ("5 March 2024", "the fifth of March, twenty twenty-four"),
    ("the 5th of March", "the fifth of March"),
    ("5/3/2024", "May third, twenty twenty-four"),
    ("5.3.2024", "March fifth, twenty twenty-four"),
    ("Mon–Fri", "Monday to Friday"),
    ("31/12/2023", "December thirty-first, twenty twenty-three"),
    ("Jan. 5", "January fifth"),
    ("In May 2024", "In May twenty twenty-four"),
    ("1999", "nineteen ninety-nine"),
    ("in 1066", "in ten sixty-six"),
    ("2005", "two thousand and five"),
    ("1905", "nineteen oh five"),
    ("1999–2004", "nineteen ninety-nine to two thousand and four"),
    ("the 1990s", "the nineteen nineties"),
    ("the '80s", "the eighties"),
]

NUMBERS = [
    ("21st", "twenty-first"),
    ("3.14", "three point one four"),
    ("23.5", "twenty-three point five"),
    (".5", "zero point five"),
    ("-5", "minus five"),
    ("−3.5", "minus three point five"),
    ("1,000,000", "one million"),
    ("20%", "twenty percent"),
    ("10-20%", "ten to twenty percent"),
    ("1/2", "one half"),
    ("2½ cups", "two and a half cups"),
    ("3/4", "three quarters"),
    ("7/13", "seven over thirteen"),
    ("3–5", "three to five"),
    ("007", "zero zero seven"),
    ("3.", "three."),
    ("I have 3. Then 4.", "I have three. Then four."),
    ("12345678901234567", "one two three four five six seven eight nine zero one two three four five six seven"),
    ("٣ apples", "three apples"),
    ("v1.2.3", "version one point two point three"),
    ("3.11.4", "three point eleven point four"),
    ("call 555-0123", "call five five five, zero one two three"),
    ("+44 20 7946 0958", "plus four four, two zero, seven nine four six, zero nine five eight"),
    ("#1", "number one"),
    ("10 - 3 = 7", "ten minus three equals seven"),
    ("2+2=4", "two plus two equals four"),
    ("3*4", "three times four"),
    ("5 × 10^-8", "five times ten to the power of minus eight"),
    ("x < 5, <5, >90%", "x less than five, less than five, greater than ninety percent"),
    (">90%", "greater than ninety percent"),
    ("1 000 000", "one million"),
    ("2^10", "two to the power of ten"),
    ("x²", "x squared"),
    ("1️⃣ first", "one first"),
]

UNITS = [
    ("5 km", "five kilometers"),
    ("1 kg", "one kilogram"),
    ("3kg", "three kilograms"),
    ("20 °C", "twenty degrees Celsius"),
    ("-5°F", "minus five degrees Fahrenheit"),
    ("60 mph", "sixty miles per hour"),
    ("100 km/h", "one hundred kilometers per hour"),
    ("16 GB", "sixteen gigabytes"),
    ("3.5GHz", "three point five gigahertz"),
    ("5 m²", "five square meters"),
    ("5'10\"", "five foot ten"),
    ("a 5-km run", "a five kilometer run"),
    ("$3 per kg", "three dollars per kilogram"),
    ("wait 30s", "wait thirty seconds"),
]

WORDS = [
    ("Dr. Smith", "Doctor Smith"),
    ("Mr. and Mrs. Green", "Mister and Missus Green"),
    ("e.g. apples", "for example apples"),
    ("pens, paper, etc.", "pens, paper, et cetera."),
    ("cats vs. dogs", "cats versus dogs"),
    ("St. John", "Saint John"),
    ("123 Main St.", "one hundred and twenty-three Main Street"),
    ("J.K. Rowling", "J K Rowling"),
    ("J. K. Rowling", "J K Rowling"),
    ("the U.S. Army", "the U S Army"),
    ("Henry VIII", "Henry the eighth"),
    ("World War II", "World War two"),
    ("Vitamin C", "Vitamin C"),
    ("No. 5", "number five"),
    ("No. I won't.", "No. I won't."),
    ("AT&T & C++", "A T and T and C plus plus"),
    ("#python @home", "python at home"),
    ("GPT-4", "GPT-four"),
    ("MP3", "MP three"),
    ("naïve café", "naïve café"),
    ("foo@bar.com", "foo at bar dot com"),
    ("See https://www.example.com/foo?x=1.", "See a link to example dot com."),
    ("on example.com", "on example dot com"),
    ("main.py", "main dot py"),
    ("snake_case", "snake case"),
]

MARKUP = [
    ("**bold**, *it*, __b__, `code`, ~~x~~", "bold, it, b, code, x"),
    ("**cut in the", "cut in the"),
    ("# Heading", "Heading."),
    ("- milk", "milk."),
    ("- [x] milk", "milk."),
    ("3. Add salt", "three: Add salt."),
    ("**1. Open**\n**2. Close**", "one: Open. two: Close."),
    ("**Title**\ntext", "Title. text"),
    ("> quoted", "quoted"),
    ("[the text](http://x.y/z_(w))", "the text"),
    ("![a cat](cat.png)", "a cat"),
    ("known [1] fact[^2]", "known fact"),
    ("| a | b |\n|---|---|\n| 1 | 2 |", "a, b. one, two."),
    ("one\ntwo\n\nthree", "one two. three"),
    ("So:\n```\nx = 1\n```\nDone.", "So: Done."),
    ("a<br>b &amp; c", "a b and c"),
    ("Hi 🙂 there!", "Hi there!"),
    ("“Hello,” she said.", "Hello, she said."),
    ("Well... maybe", "Well, maybe"),
    ("Wait…", "Wait."),
    ("What?!", "What?"),
    ("No!!!", "No!"),
    ("foo—bar – baz", "foo, bar, baz"),
    ("(see above) ok", "see above, ok"),
    ("don’t 'quote' well-known", "don't quote well-known"),
    ("ok :)", "ok"),
    ("soft\u00adhyphen", "softhyphen"),
    ("See <https://voiced.org/x> or <me@voiced.org>.", "See a link to voiced dot org or me at voiced dot org."),
]


SIGNS = [
    ("10 / 2 = 5", "ten divided by two equals five"),
    ("4.5/5 on average", "four point five over five on average"),
    ("5 x 3 = 15", "five times three equals fifteen"),
    ("10 x 15 cm", "ten by fifteen centimeters"),
    ("length * width", "length times width"),
    ("x <= 5", "x is at most five"),
    ("x >= 5", "x is at least five"),
    ("So\n>= 18 is fine.", "So is at least eighteen is fine."),
    ("if a<b, then b>a", "if a b, then b a"),
    ("It is +10°C.", "It is plus ten degrees Celsius."),
    ("the +50 bonus", "the plus fifty bonus"),
    ("+12.5 percent", "plus twelve point five percent"),
    ("+44 20 7946 0958", "plus four four, two zero, seven nine four six, zero nine five eight"),
    ("~5 km and ~$20", "about five kilometers and about twenty dollars"),
    ("~15% of ~50", "about fifteen percent of about fifty"),
    ("1-1/2 cups", "one and a half cups"),
    ("10⁻⁹ meters", "ten to the power of minus nine meters"),
    ("1h30m, or 2h 15m", "one hour thirty minutes, or two hours fifteen minutes"),
    ("1h05m", "one hour five minutes"),
    ("2 tbsp. sugar, 6 ft. tall", "two tablespoons sugar, six feet tall"),
    ("It is 6 ft. He", "It is six feet. He"),
    ("approx. $5", "approximately five dollars"),
    ("both PS5s", "both PS five s"),
    ("two F-16s", "two F-sixteen s"),
]


@pytest.mark.parametrize(("text", "spoken"), [*MONEY, *TIMES, *DATES, *NUMBERS, *UNITS, *WORDS, *SIGNS])
def test_figures_and_short_forms_are_read_as_people_read_them(text: str, spoken: str) -> None:
    """S3."""
    assert speakable(text) == spoken


@pytest.mark.parametrize(("text", "spoken"), MARKUP)
def test_markup_is_not_read_aloud(text: str, spoken: str) -> None:
    """S1."""
    assert speakable(text) == spoken


@pytest.mark.parametrize(
    "text",
    ["", ".", "…", "***", "🙂", "---", " \n", "?!", "$", "&", "# ", "- ", "|--|--|", "```\ncode\n```", "\u0301", "'"],
)
def test_nothing_to_pronounce_is_empty(text: str) -> None:
    """S4."""
    assert speakable(text) == ""


def test_a_british_reader_puts_the_day_first() -> None:
    assert speakable("5/3/2024", "en-GB") == "March fifth, twenty twenty-four"


def test_a_language_without_a_table_is_read_in_english() -> None:
    assert speakable("5 km", "tlh") == "five kilometers"


NASTY = st.lists(
    st.sampled_from(
        [
            "$",
            "€",
            "500",
            "3.14",
            "1,000",
            ":",
            "/",
            "-",
            "–",
            "%",
            "°C",
            " km",
            "pm",
            "a.m.",
            "th",
            "s",
            "Mar. ",
            "V",
            "XIV",
        ]
    )
    | st.sampled_from(
        ["Dr.", "St.", "J.", "etc.", "e.g.", "Henry ", "No.", "www.", "http://", ".com", "@", "#", "v", "x", "'"]
    )
    | st.sampled_from(
        ["*", "_", "`", "```", "\n", "- ", "| ", "> ", "[", "](", ")", "<b>", "&amp;", "\\", "=", "+", "^", "²", "½"]
    )
    | st.sampled_from(
        [
            "word",
            "Word",
            "a",
            " ",
            " ",
            "🙂",
            "\u0301",
            "\u00ad",
            "\u200d",
            "…",
            "—",
            "’",
            "“",
            "٣",
            "ﬁ",
            "№",
            "Ⅳ",
            "\0",
        ]
    )
    | st.text(max_size=4),
    max_size=20,
).map("".join)


def basic(character: str) -> bool:
    return character.isalpha() or character in " ,.?!;:'-" or unicodedata.category(character) in ("Mn", "Mc")


@given(NASTY | st.text())
@settings(max_examples=500, deadline=None)
@example("foo*.com")
@example("a*\u0301")
def test_whatever_comes_in_only_letters_and_basic_punctuation_come_out(text: str) -> None:
    """S1, S3, S4: and nothing at all, or something that begins with a letter."""
    spoken = speakable(text)

    assert all(map(basic, spoken))
    assert spoken == " ".join(spoken.split())
    assert spoken == "" or spoken[0].isalpha()


@given(NASTY | st.text())
@settings(max_examples=500, deadline=None)
def test_what_is_speakable_stays_as_it_is(text: str) -> None:
    assert speakable(speakable(text)) == speakable(text)


@given(st.integers(0, 10**15 - 1))
@settings(deadline=None)
def test_every_figure_of_an_amount_becomes_words(amount: int) -> None:
    assert speakable(f"{amount:,} apples").endswith(" apples")
    assert not any(map(str.isdigit, speakable(f"{amount:,} apples")))


NONSENSE = (
    "a 1 1, 1. 1/ 1- 1: [ ]( [a]( <a * ` | $ a. A. @ a@ http:// - ' . # \\ &amp; X () a_ www. ~ = ^2 (( _( [^ <!--"
)


@pytest.mark.parametrize(
    "unit", [*NONSENSE.split(), " ", "\n", "> ", "1 ", "+1 ", "e\u0301", "🙂", "½", "- \n", "```\n"]
)
def test_a_hundred_kilobytes_of_nonsense_are_no_trouble(unit: str) -> None:
    """An outcome within the suite's time limit, which no quadratic rule would reach."""
    assert all(map(basic, speakable(unit * (100_000 // len(unit)))))
