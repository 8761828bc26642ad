"""What a program ends with when a library lets an error of the system through."""

import errno
import os
import sys
from pathlib import Path

import pytest

from voiced.program import carry_out


def test_a_file_that_cannot_be_used_is_named_and_what_was_said_before_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def work() -> int:
        sys.stdout.write("Half of it.\n")
        return len((tmp_path / "missing").read_text())

    assert carry_out("voiced", work, lambda _: 2) == 1
    told = capsys.readouterr()
    assert told.out == "Half of it.\n"
    assert told.err == (
        f"voiced: {tmp_path}/missing cannot be used (No such file or directory); "
        "see that it is there, and that you may use it.\n"
    )


def test_what_names_no_file_is_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    assert carry_out("voiced", work, lambda _: 2) == 1
    sentence = "voiced: The output cannot be written (No space left on device); write elsewhere.\n"
    assert capsys.readouterr().err == sentence
