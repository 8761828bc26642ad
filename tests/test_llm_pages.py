"""Real mappings of real files."""

import mmap
import os
from pathlib import Path

from voiced.llm.llama import LlamaModel
from voiced.llm.pages import hand_back
from voiced.resources import starter_dir


def resident(file: Path) -> int:
    """Kilobytes that this process holds of `file`."""
    held, ours = 0, False
    for line in Path("/proc/self/smaps").read_text("utf-8", "replace").splitlines():
        if "-" in line.split(" ", 1)[0]:
            ours = line.endswith(f" {file.resolve()}")
        elif ours and line.startswith("Rss:"):
            held += int(line.split()[1])
    return held


def test_what_is_only_read_is_handed_back_and_comes_again(tmp_path: Path) -> None:
    file = tmp_path / "a name with spaces"
    content = os.urandom(100 * mmap.PAGESIZE)
    file.write_bytes(content)

    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, prot=mmap.PROT_READ) as mapped:
        assert mapped[:] == content
        before = resident(file)
        hand_back(file)

        assert (before, resident(file)) == (400, 0)
        assert mapped[:] == content


def test_what_was_changed_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "changed"
    file.write_bytes(bytes(mmap.PAGESIZE))

    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, flags=mmap.MAP_PRIVATE) as mapped:
        mapped[:5] = b"voice"
        hand_back(file)

        assert mapped[:5] == b"voice"


def test_a_file_that_is_not_mapped_or_not_there_is_no_matter(tmp_path: Path) -> None:
    hand_back(tmp_path / "nothing")


def test_a_model_that_was_loaded_holds_nothing_of_its_file() -> None:
    file = starter_dir() / "language.gguf"
    model = LlamaModel(file, threads=1, batch_threads=1, context=512)

    assert resident(file) * 1024 < file.stat().st_size / 10
    model.close()
