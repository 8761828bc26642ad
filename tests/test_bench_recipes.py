"""Models in the shape of real ones: written once, checked, written again."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.toys import TOY
from voiced.bench.recipes import RECIPES, Models, prepare
from voiced.errors import StateError


def made(cache: Path, words: str = "some words") -> tuple[Models, list[str]]:
    told: list[str] = []
    models = prepare(TOY, cache, words, lambda name, done, total: told.append(f"{name} {done <= total}"))
    return models, told


def test_they_are_written_once(tmp_path: Path) -> None:
    models, told = made(tmp_path)
    before = [file.stat().st_mtime_ns for file in models.files()]
    again, nothing = made(tmp_path)

    assert again == models
    assert told
    assert nothing == []
    assert [file.stat().st_mtime_ns for file in models.files()] == before


@pytest.mark.parametrize("which", [0, 1, 2])
def test_one_that_is_damaged_or_gone_is_written_again(tmp_path: Path, which: int) -> None:
    models, _ = made(tmp_path)
    contents = [file.read_bytes() for file in models.files()]
    file = models.files()[which]
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    made(tmp_path)
    assert [file.read_bytes() for file in models.files()] == contents
    file.unlink()
    made(tmp_path)
    assert [file.read_bytes() for file in models.files()] == contents


def test_others_take_the_place_of_those_of_another_recipe(tmp_path: Path) -> None:
    one, _ = made(tmp_path)
    other, _ = made(tmp_path, "other words entirely")

    assert other != one
    assert not one.llm.exists()
    assert len(list((tmp_path / "bench").iterdir())) == 1


def test_without_room_for_them_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(StateError, match=r"need 1100000000 MB in .*, where \d+ MB are free; make room"):
        prepare(replace(TOY, megabytes=10**9), tmp_path, "", lambda *_: None)
    assert list((tmp_path / "bench").iterdir()) == []


def test_what_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "bench").write_text("in the way")
    with pytest.raises(StateError, match="in the way"):
        made(tmp_path)


def test_there_is_a_recipe_for_a_pc_and_one_for_a_small_board() -> None:
    assert {name: recipe.name for name, recipe in RECIPES.items()} == {"shapes": "shapes", "tiny": "tiny"}
