"""The names of files to be written flow in; whether they can be is known before the work that fills them."""

import os
import tempfile
from pathlib import Path

from voiced.errors import StateError


def check_writable(path: Path) -> None:
    """Raises StateError when no file can be written at `path`. Leaves what is there as it is."""
    try:
        if path.is_dir():
            raise IsADirectoryError(0, "it is a folder")
        if path.exists():
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
        else:
            with tempfile.TemporaryFile(dir=path.parent):
                pass
    except OSError as error:
        raise StateError(f"{path} cannot be written ({error.strerror}); name a file in a folder of yours.") from error


def check_ours(path: Path, beginning: str) -> None:
    """Raises StateError when there is a file at `path` that does not begin as those that voiced writes there do."""
    try:
        if not path.is_file():  # new, or a device such as /dev/stdout
            return
        with path.open("rb") as file:
            head = file.read(len(beginning.encode()))
    except OSError as error:
        raise StateError(f"{path} cannot be read ({error.strerror}); name another file.") from error
    if head not in (b"", beginning.encode()):
        raise StateError(f"There is {path} already, which voiced did not write; name another file. It is as it was.")
