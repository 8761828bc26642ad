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
