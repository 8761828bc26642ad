"""A file's name on the hub flows in, the whole and checked file flows out, resumed at any byte.

The only part of voiced that opens a connection to the internet, and only when somebody says so; the daemon never
imports it. What the server says about a file is not believed: size and digest of what arrived are compared.

A file is fetched into NAME.part, with NAME.part.json beside it for what the server called it, so that the rest can be
asked for later. A part that turns out wrong is thrown away, never used.
"""

import errno
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.request import getproxies, proxy_bypass

import httpx2

from voiced import __version__
from voiced.config.rules import show
from voiced.errors import ModelError
from voiced.models.answers import Broken, Source, refuse, unreachable, web_page
from voiced.models.catalogue import HubFile
from voiced.models.digests import Digests, digests
from voiced.models.part import Part, Tell
from voiced.models.store import megabytes

ADDRESS: Final = "https://huggingface.co"
"""Where the catalogue's models are: the one place that names it."""

MIRROR_VARIABLES: Final = ("VOICED_MODELS_MIRROR", "HF_ENDPOINT")
"""Environment variables that name another address, the first one first; the second is the hub's own."""

HTML: Final = re.compile(rb"\s*(<!doctype html|<html)", re.I)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a server."""

    connect_s: float = 15
    """Seconds for a connection."""
    read_s: float = 30
    """Seconds without any byte after which a connection is given up."""
    tries: int = 5
    """Connections in a row that bring nothing new before the file is given up."""
    pause_s: float = 1
    """Seconds before the second try; doubled before each further one."""


class StoppedError(ModelError):
    """Raised when `Hub.stop` was called meanwhile. What has arrived stays, to be resumed."""


class Hub:
    """A model hub, or a mirror of one. Safe to use from several threads; to be closed."""

    def __init__(self, address: str = ADDRESS, patience: Patience | None = None, proxy: str = "") -> None:
        """`proxy` is used where the environment says nothing of any. Raises ModelError when `address`, or that of the
        proxy, is none."""
        self._patience = patience or Patience()
        self._stopped = threading.Event()
        self._reached = False
        self.address = address.rstrip("/")
        """As messages name it."""
        try:
            url = httpx2.URL(self.address)
            if url.scheme not in ("http", "https"):
                raise httpx2.InvalidURL("no scheme")
            said = getproxies()
            of_environment = said.get(url.scheme) or said.get("all", "")
            used = "" if proxy_bypass(url.host) else of_environment or proxy
            self._proxy = _without_password(used)
            self._client = httpx2.Client(
                timeout=httpx2.Timeout(self._patience.read_s, connect=self._patience.connect_s),
                follow_redirects=True,
                proxy=None if of_environment else used or None,  # the client reads the environment by itself
                headers={"User-Agent": f"voiced/{__version__}", "Accept-Encoding": "identity"},
            )
        except (httpx2.InvalidURL, ValueError) as error:
            raise ModelError(
                f"{show(self.address)}, or that of the proxy, is no address; write it like {ADDRESS}."
            ) from error

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def stop(self) -> None:
        """Ends every `fetch` at its next piece."""
        self._stopped.set()

    def fetch(self, repo: str, revision: str, file: HubFile, target: Path, tell: Tell = lambda _: None) -> Digests:
        """Puts the file at `target` once it is whole and right; what came before in `target`.part is used.

        Raises ModelError; then there is nothing at `target`, and a part only where it may be resumed."""
        source = Source(
            f"{self.address}/{repo}/resolve/{revision}/{file.path}", file, self.address,
            self.address != ADDRESS, self._proxy,
        )  # fmt: skip
        part = Part(target)
        try:
            if found := _fetched(file, target):
                tell(found.size)
                return found
            tell(part.size)
            for attempt in ("resumed", "new"):
                resumed = part.size > 0
                resumed |= self._complete(source, part, tell)
                found = digests(part.path, self._check_stop)
                wrong = _wrong(file, part.linked, found)
                if not wrong:
                    part.path.rename(target)
                    part.note.unlink(missing_ok=True)
                    return found
                tell(-part.size)
                part.discard()
                # Pieces of different files may have met; what came in one piece is what the server has.
                if attempt == "new" or not resumed:
                    raise ModelError(f"{source.title} {wrong}.")
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise ModelError(
                    f"The disk is full, with {megabytes(part.size)} of {source.title} on it; make room, and try again."
                ) from error
            raise ModelError(f"{part.path} cannot be written ({error.strerror or error}); make it writable.") from error
        raise AssertionError  # the second attempt returns or raises

    def _complete(self, source: Source, part: Part, tell: Tell) -> bool:
        """Fetches until the part is whole; whether that took more than one connection."""
        fruitless, connections = 0, 0
        while (before := part.size) < source.file.size:
            self._check_stop()
            connections += 1
            try:
                self._connect(source, part, tell)
            except Broken as broken:
                fruitless = 1 if part.size > before else fruitless + 1
                if not self._reached or fruitless >= self._patience.tries:
                    raise ModelError(f"{source.title} cannot be fetched: {broken}") from broken
                self._stopped.wait(min(self._patience.pause_s * 2 ** (fruitless - 1), 30))
        return connections > 1

    def _connect(self, source: Source, part: Part, tell: Tell) -> None:
        """One connection. Raises Broken when it ends too early, ModelError when another would not help."""
        try:
            with self._client.stream("GET", source.url, headers=part.range()) as response:
                self._reached = True
                refuse(source, response)
                part.accept(source, response, tell)
                self._receive(source, response, part, tell)
        except httpx2.TimeoutException as error:
            raise Broken(
                f"nothing came from {source.address} for {self._patience.read_s:g} s; say it again to go on from there."
            ) from error
        except httpx2.ConnectError as error:
            raise Broken(unreachable(source, str(error))) from error
        except httpx2.ProxyError as error:
            raise Broken(f"the proxy {source.proxy} refuses ({error}); look at HTTPS_PROXY.") from error
        except httpx2.TooManyRedirects as error:
            raise ModelError(f"{source.address} sends {source.title} in circles; try again later.") from error
        except (httpx2.UnsupportedProtocol, httpx2.InvalidURL) as error:
            raise ModelError(f"{source.address} sends {source.title} to no address; name another mirror.") from error
        except httpx2.HTTPError as error:
            raise Broken(
                f"the connection to {source.address} keeps breaking; say it again to go on from there."
            ) from error

    def _receive(self, source: Source, response: httpx2.Response, part: Part, tell: Tell) -> None:
        """Appends what comes to the part."""
        with part.path.open("ab") as stream:
            for piece in response.iter_raw():
                self._check_stop()
                if stream.tell() == 0 and HTML.match(piece):
                    raise ModelError(web_page(source))
                if stream.tell() + len(piece) > source.file.size:
                    stream.close()
                    tell(-part.size)
                    part.discard()
                    raise Broken(f"{source.address} sends more than the file has; try again later.")
                stream.write(piece)
                tell(len(piece))
        if part.size < source.file.size:
            raise Broken(f"{source.address} ends before the file does; try again later.")

    def _check_stop(self) -> None:
        if self._stopped.is_set():
            raise StoppedError("It was stopped; say it again to go on from there.")


def _fetched(file: HubFile, target: Path) -> Digests | None:
    """The file from an earlier time, when another file of its model did not come; None when it has to be fetched."""
    if not target.is_file():
        return None
    found = digests(target)
    if (file.sha256 or file.md5) and not _wrong(file, "", found):
        return found
    target.unlink()
    return None


def _wrong(file: HubFile, linked: str, found: Digests) -> str:
    """What is wrong with what arrived, as the end of a sentence; empty when it is right."""
    known = [(file.sha256, found.sha256), (file.md5, found.md5)]
    if not (file.sha256 or file.md5):
        known = [(linked, found.sha256 if len(linked) == 64 else found.git)]
    if not any(wanted for wanted, _ in known):
        return "has no digest, neither in the catalogue nor from that address; fetch it from the hub itself"
    if found.size != file.size or any(wanted and wanted != is_ for wanted, is_ in known):
        return "arrived damaged, or is not the file that it should be (its digest differs); try again, or elsewhere"
    return ""


def find_address(environment: Mapping[str, str], wanted: str | None = None, configured: str = "") -> str:
    """Where to fetch from: what the command line says, else the environment, else the configuration, else the hub."""
    return next(filter(None, (wanted, *(environment.get(name) for name in MIRROR_VARIABLES), configured)), ADDRESS)


def _without_password(address: str) -> str:
    """For messages. Raises InvalidURL."""
    url = httpx2.URL(address)
    return str(url.copy_with(username="", password="")) if url.userinfo else address
