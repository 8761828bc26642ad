"""A place for a file flows in, what has arrived of it and how to ask for the rest flow out."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx2

from voiced.models.answers import Broken, Source, first_byte, linked

Tell = Callable[[int], None]
"""Called with how many bytes of a file have come since the last call; fewer than 0 when they are thrown away."""


class Part:
    """What has arrived of a file, and what the server called it."""

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f"{target.name}.part")
        self.note = target.with_name(f"{target.name}.part.json")
        self.validator = ""
        """The server's strong ETag, by which the rest is asked for."""
        self.linked = ""
        """What the hub says the file's digest is: SHA-256 of a large one, git's of a small one; empty if nothing."""
        try:
            told = json.loads(self.note.read_text("utf-8"))
            self.validator, self.linked = str(told["validator"]), str(told["linked"])
        except (OSError, ValueError, KeyError, TypeError):
            self.discard()  # of what nobody knows the origin, no rest can be asked for

    @property
    def size(self) -> int:
        """Bytes that are there."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def discard(self) -> None:
        """Begins again."""
        self.path.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)
        self.validator = self.linked = ""

    def range(self) -> dict[str, str]:
        """The headers that ask for the rest, if it is still the same file."""
        if self.size == 0 or not self.validator:
            return {}
        return {"Range": f"bytes={self.size}-", "If-Range": self.validator}

    def accept(self, source: Source, response: httpx2.Response, tell: Tell) -> None:
        """Keeps what is there if the response goes on from its end, else throws it away."""
        named = linked(response)
        if self.size and (response.status_code != 206 or first_byte(response) != self.size):
            tell(-self.size)
            self.discard()
            if response.status_code != 200:
                raise Broken(f"{source.address} sends another part than it was asked for; try again later.")
        if response.status_code != 200 and not self.size and first_byte(response) != 0:
            raise Broken(f"{source.address} sends a part that it was not asked for; try again later.")
        if self.size and named and self.linked and named != self.linked:
            tell(-self.size)
            self.discard()
            raise Broken(f"{source.address} has another file now; try again later.")
        etag = response.headers.get("etag", "")
        self.validator = etag if etag.startswith('"') else ""  # a weak one does not promise the same bytes
        self.linked = named or self.linked
        self.note.write_text(json.dumps({"validator": self.validator, "linked": self.linked}), "utf-8")
