"""docs/configuration.md says what the code does."""

from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from voiced.config import Config, Voice, load_config
from voiced.config.reference import field_docs, renew, tables
from voiced.config.rules import FROM_FILE_NAME
from voiced.paths import find_paths

DOCUMENT = Path(__file__).parent.parent / "docs" / "configuration.md"


def test_the_document_is_what_the_code_says_today() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == renew(text), "run: python -m voiced.config.reference docs/configuration.md"
    assert tables(Config) in text
    assert tables(Voice) in text


@pytest.mark.parametrize("cls", [Config, Voice])
def test_every_key_has_a_row_with_a_meaning(cls: type) -> None:
    text = tables(cls)
    sections = [f.type for f in fields(cls) if isinstance(f.type, type) and is_dataclass(f.type)]
    for section in [cls, *sections]:
        for entry in fields(section):
            if entry.type not in sections and entry.metadata != FROM_FILE_NAME:
                assert f"| `{entry.name}` |" in text
                assert len(field_docs(section)[entry.name]) > 20


def test_a_document_that_fell_behind_is_noticed() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert renew(text.replace("| `0.5` |", "| `0.6` |")) == text


def test_the_first_example_is_a_configuration(tmp_path: Path) -> None:
    example = DOCUMENT.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    file = tmp_path / "config.toml"
    file.write_text(example)
    config = load_config(file, find_paths({"HOME": str(tmp_path)}))
    assert config.voice == "terse"
    assert config.wake_words == ("hey_jarvis", str(tmp_path / "words/computer.onnx"))
