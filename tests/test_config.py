"""config.toml, read for good and for bad."""

import json
import os
from dataclasses import FrozenInstanceError, fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voiced.config import Config, load_config
from voiced.config.reading import LIMIT
from voiced.errors import ConfigError
from voiced.paths import Paths, find_paths


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return find_paths({"HOME": str(tmp_path)})


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "config.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def mistakes(folder: Path, text: str | bytes) -> list[str]:
    """The lines of the error that `text` causes, without the file's name."""
    file = written(folder, text)
    with pytest.raises(ConfigError) as caught:
        load_config(file, find_paths({"HOME": str(folder)}))
    lines = str(caught.value).split("\n")
    assert all(line.startswith(f"{file}: ") for line in lines)
    return [line.removeprefix(f"{file}: ") for line in lines]


def test_no_file_means_the_defaults(paths: Paths) -> None:
    config = load_config(None, paths)
    assert (config.voice, config.wake_words, config.profile) == ("default", None, None)
    assert (config.endpointing.silence_ms, config.endpointing.pause_ms) == (750, 180)
    assert config.log.transcripts is False


def test_an_empty_file_means_the_defaults(tmp_path: Path, paths: Paths) -> None:
    assert load_config(written(tmp_path, ""), paths) == Config()


def test_the_usual_file_is_read_when_no_other_is_named(paths: Paths) -> None:
    paths.config.mkdir(parents=True)
    written(paths.config, 'voice = "terse"')
    assert load_config(None, paths).voice == "terse"


def test_a_named_file_wins_over_the_usual_one(tmp_path: Path, paths: Paths) -> None:
    paths.config.mkdir(parents=True)
    written(paths.config, 'voice = "terse"')
    assert load_config(written(tmp_path, 'voice = "german"'), paths).voice == "german"


def test_every_section_is_taken_from_the_file(tmp_path: Path, paths: Paths) -> None:
    text = """
        wake_words = ["alexa", "hey_mycroft"]
        [speaker]
        volume = 1
        [wake]
        threshold = 0.3
        [conversation]
        chimes = false
        [stt]
        engines = ["pocketsphinx"]
        [llm]
        context_tokens = 1024
        [log]
        level = "debug"
        """
    config = load_config(written(tmp_path, text), paths)
    assert config.wake_words == ("alexa", "hey_mycroft")
    assert config.speaker.volume == 1.0
    assert isinstance(config.speaker.volume, float)
    assert config.wake.threshold == 0.3
    assert config.conversation.chimes is False
    assert config.stt.engines == ("pocketsphinx",)
    assert config.llm.context_tokens == 1024
    assert config.log.level == "debug"


def test_a_configuration_cannot_be_changed_and_can_be_a_key() -> None:
    with pytest.raises(FrozenInstanceError):
        Config().voice = "other"  # type: ignore[misc]
    assert len({Config(), Config()}) == 1


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = """
        voise = "terse"
        [wake]
        threshhold = 0.4
        [endpointing]
        silence_ms = "long"
        no_speech_s = 0
        [log]
        level = "inf"
        """
    assert sorted(mistakes(tmp_path, text)) == [
        "endpointing.no_speech_s: 0 is out of range; choose a value from 1 to 60.",
        'endpointing.silence_ms: "long" is not a whole number.',
        'log.level: "inf" is not possible; did you mean `info`?',
        "voise: there is no such key; did you mean `voice`?",
        "wake.threshhold: there is no such key; did you mean `threshold`?",
    ]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("[wake]\nthreshold = nan", "wake.threshold: nan is not a finite number."),
        ("[wake]\nthreshold = -inf", "wake.threshold: -inf is not a finite number."),
        ("[wake]\nthreshold = true", "wake.threshold: true is not a number."),
        ("[wake]\nthreshold = 1.5", "wake.threshold: 1.5 is out of range; choose a value from 0.05 to 0.99."),
        ("[speaker]\nlead_in_ms = 1.0", "speaker.lead_in_ms: 1.0 is not a whole number."),
        ("[speaker]\nlead_in_ms = true", "speaker.lead_in_ms: true is not a whole number."),
        ("[conversation]\nchimes = 1", "conversation.chimes: 1 is not true or false."),
        ("voice = 1979-05-27", "voice: 1979-05-27 is not a text in quotes."),
        ('voice = "../x"', 'voice: "../x" is not understood; write it like "default".'),
        ("wake = 0.5", "wake: 0.5 is not a table; write it as a [section]."),
        ("[[wake]]\nthreshold = 0.5", "wake: the list is not a table; write it as a [section]."),
        ('wake_words = "alexa"', 'wake_words: "alexa" is not a list; write it in [ ].'),
        ("wake_words = []", "wake_words: the list must not be empty."),
        ('wake_words = ["a", 2]', "wake_words[1]: 2 is not a text in quotes."),
        ('wake_words = ["a", "a"]', "wake_words: the list names something twice; leave it out once."),
        ('[stt]\nengines = ["whisper"]', 'stt.engines[0]: "whisper" is not possible; did you mean `faster-whisper`?'),
        ("[llm]\nmax_tokens = 0x" + "f" * 9000, "llm.max_tokens: a huge number is out of range; "),
        ("[wake]\nthreshold = 0x" + "f" * 9000, "wake.threshold: a huge number is not a finite number."),
        ('[tts]\nmodel = "~nobody-here/x.onnx"', 'tts.model: "~nobody-here/x.onnx" begins with a home folder that '),
        ('[tts]\nmodel = "a\\u0000b"', 'tts.model: "a\\u0000b" must not hold a NUL character.'),
        ("threshold = 0.5", "threshold: there is no such key here; did you mean `threshold` in [wake]?"),
        ('[log]\nvoice = "x"', "log.voice: there is no such key here; move `voice` above the first [section]."),
        ("[wake]\nxyzzy = 1", "wake.xyzzy: there is no such key; choose one of `threshold`, `verifier`."),
        ('"a\\u001b[31mb" = 1', '"a\\u001b[31mb": there is no such key; '),
        (
            "[endpointing]\nsilence_ms = 300\npause_ms = 400",
            "endpointing.pause_ms: 400 is longer than silence_ms",
        ),
        ("[llm]\ncontext_tokens = 512\nmax_tokens = 400", "llm.max_tokens: 400 is more than half of context_tokens"),
    ],
)
def test_a_mistake_is_told_with_its_key_and_what_to_do(tmp_path: Path, text: str, mistake: str) -> None:
    (line,) = mistakes(tmp_path, text)
    assert line.startswith(mistake)


@pytest.mark.parametrize(
    ("content", "mistake"),
    [
        (b"voice = \n", "line 1: `voice` has no value; add one, or remove the line."),
        (b"[llm]\nmodel = # mine", "line 2: `model` has no value; add one, or remove the line."),
        (b'voice = "a"\nvoice = "b"\n\n', "line 2: `voice` is there twice; remove one of them."),
        (b'voice = "a"\nvoice = "b"', "line 2: `voice` is there twice; remove one of them."),
        (b"\r\nvoice = british\r\n", 'line 2: a text stands in quotes: "british".'),
        (b"wake_words = [alexa, hey_jarvis]", 'line 1: a text stands in quotes: "alexa".'),
        (b"[wake]\nthreshold = 0,4\n", "line 2: a decimal number has a point: threshold = 0.4."),
        (b"[wake]\n[wake]\n", "line 2: [wake] is there twice; put everything under one of them."),
        (b"[wake]\nverifier = True", "line 2: write true in small letters."),
        (b"[wake]\nverifier = yes", "line 2: yes is no value; write true or false, or a text in quotes."),
        (b'voice = "british\n', "line 1: a text has no quote at its end; add it."),
        (b"voice = 'british", "line 1: a text has no quote at its end; add it."),
        ("voice = “british”".encode(), 'line 1: a text stands in straight quotes, like "this".'),
        (b'voice: "british"', "line 1: this is no `key = value`; a key is one word, followed by =."),
        (
            b"[llm]\nmax_tokens = 20 words",
            "line 2: words is too much; a text stands in quotes, and a remark behind a #.",
        ),
        (b"[llm\n", "is not valid TOML: Expected ']' at the end of a table declaration (at line 1, column 5)."),
        (b"\n\n\x80\xff", "line 3 is not UTF-8 text; save the file as UTF-8."),
        (bytes(range(256)), "line 2 is not UTF-8 text; save the file as UTF-8."),
        (b"a = " + b"[" * 20_000, "its values are nested too deeply; write them as plain tables."),
        (b"a = " + b"1" * 5_000, "is not valid TOML: "),
        (b"#" * (LIMIT + 1), "is larger than a megabyte; it cannot be meant as a configuration."),
    ],
)
def test_a_file_that_is_no_toml_is_told_in_one_line(tmp_path: Path, content: bytes, mistake: str) -> None:
    (line,) = mistakes(tmp_path, content)
    assert line.startswith(mistake)


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path, paths: Paths) -> None:
    assert load_config(written(tmp_path, b'\xef\xbb\xbfvoice = "terse"'), paths).voice == "terse"


def test_a_named_file_that_is_missing_is_an_error(tmp_path: Path, paths: Paths) -> None:
    with pytest.raises(ConfigError, match=r"other\.toml: cannot be read \(No such file or directory\)"):
        load_config(tmp_path / "other.toml", paths)


def test_a_folder_is_an_error(tmp_path: Path, paths: Paths) -> None:
    with pytest.raises(ConfigError, match=r"cannot be read \(Is a directory\)"):
        load_config(tmp_path, paths)


def test_a_path_that_no_file_can_have_is_an_error(tmp_path: Path, paths: Paths) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "a\0b", paths)


def test_an_endless_device_is_an_error(paths: Paths) -> None:
    with pytest.raises(ConfigError, match="larger than a megabyte"):
        load_config(Path("/dev/zero"), paths)


def test_a_usual_file_that_links_to_nowhere_is_an_error(paths: Paths) -> None:
    paths.config.mkdir(parents=True)
    paths.config_file.symlink_to(paths.config / "gone.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(None, paths)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_an_error(tmp_path: Path, paths: Paths) -> None:
    file = written(tmp_path, "")
    file.chmod(0)
    with pytest.raises(ConfigError, match=r"cannot be read \(Permission denied\)"):
        load_config(file, paths)


def test_relative_models_start_at_the_folder_of_the_file(tmp_path: Path, paths: Paths) -> None:
    text = 'wake_words = ["hey_jarvis", "mine.onnx"]\n[stt]\nmodel = "./whisper"\n[llm]\nmodel = "/m/a.gguf"'
    config = load_config(written(tmp_path, text), paths)
    assert config.wake_words == ("hey_jarvis", str(tmp_path / "mine.onnx"))
    assert config.stt.model == str(tmp_path / "whisper")
    assert config.llm.model == "/m/a.gguf"


def test_a_relative_file_gives_absolute_models(tmp_path: Path, paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, '[llm]\nmodel = "a.gguf"')
    monkeypatch.chdir(tmp_path)
    assert load_config(Path("config.toml"), paths).llm.model == str(tmp_path / "a.gguf")


def test_the_home_folder_is_expanded(tmp_path: Path, paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    config = load_config(written(tmp_path, '[llm]\nmodel = "~/a.gguf"\n[stt]\nmodel = "base.en"'), paths)
    assert (config.llm.model, config.stt.model) == ("/home/someone/a.gguf", "base.en")


SECTIONS: dict[str, list[str]] = {
    section.name: [key.name for key in fields(section.type)]
    for section in fields(Config)
    if isinstance(section.type, type) and is_dataclass(section.type)
}
KEYS = st.sampled_from(sorted({key for keys in SECTIONS.values() for key in keys} | {"voice", "wake_words", "x"}))
VALUES = st.recursive(
    st.one_of(
        st.integers().map(str),
        st.floats().map(lambda x: f"{x!r}"),
        st.booleans().map(lambda x: str(x).lower()),
        st.text(st.characters(codec="utf-8", exclude_characters="\x7f")).map(json.dumps),
        st.sampled_from(['"piper"', '"~"', '"~x/"', "1979-05-27", "07:32:00", "[[]]", "{}", "1e999", '"info"', "0.5"]),
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "]")
        | st.dictionaries(KEYS, inner, max_size=2).map(
            lambda d: "{" + ", ".join(f"{k} = {v}" for k, v in d.items()) + "}"
        )
    ),
    max_leaves=4,
)
TABLES = st.dictionaries(KEYS, VALUES, max_size=4).map(lambda d: "\n".join(f"{k} = {v}" for k, v in d.items()))
DOCUMENTS = st.tuples(TABLES, st.dictionaries(st.sampled_from([*SECTIONS, "x"]), TABLES, max_size=3)).map(
    lambda parts: parts[0] + "\n" + "\n".join(f"[{name}]\n{body}" for name, body in parts[1].items())
)
RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)


def read_or_refuse(file: Path, content: bytes) -> Any:
    file.write_bytes(content)
    try:
        return load_config(file, find_paths({"HOME": str(file.parent)}))
    except ConfigError as error:
        strays = [line for line in str(error).split("\n") if not line.startswith(f"{file}: ")]
    assert strays == []
    return None


@RELAXED
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_nonsense_is_refused_in_lines_that_name_the_file(tmp_path: Path, content: bytes) -> None:
    read_or_refuse(tmp_path / "config.toml", content)


@RELAXED
@given(DOCUMENTS)
def test_nonsense_in_valid_toml_is_refused_or_yields_usable_values(tmp_path: Path, text: str) -> None:
    config = read_or_refuse(tmp_path / "config.toml", text.encode())
    if config is not None:
        assert 0.05 <= config.wake.threshold <= 0.99
        assert config.endpointing.pause_ms <= config.endpointing.silence_ms
        assert set(config.tts.engines) <= {"piper", "espeak-ng"}
        assert config.tts.engines
