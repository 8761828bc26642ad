"""A model hub for the tests: files flow in, a server on this machine flows out that sends them, badly on order.

It behaves as the real one does: a large file's address answers with a redirect that names size and digest
(X-Linked-Size, X-Linked-ETag), and the file comes from elsewhere, with an ETag, in parts where a part is asked for.
"""

import hashlib
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Literal, TypeAlias

Fault: TypeAlias = Literal[
    "", "cut", "reset", "stall", "short", "long", "corrupt", "more", "html", "login", "403", "404", "416", "429", "500",
    "ignores range", "wrong part", "no etag", "other etag", "circle", "packed", "unchunked", "other digest",
]  # fmt: skip

FAULTS: Final[tuple[Fault, ...]] = (
    "cut", "reset", "stall", "short", "long", "corrupt", "more", "html", "login", "403", "404", "416", "429", "500",
    "ignores range", "wrong part", "no etag", "other etag", "circle", "packed", "unchunked", "other digest",
)  # fmt: skip

PAGE: Final = b"<!DOCTYPE html><html><body>Welcome to this network. Log in.</body></html>"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a file's bytes."""

    path: str
    range: str
    if_range: str


@dataclass(frozen=True, slots=True)
class Order:
    """How the next answer goes wrong."""

    fault: Fault = ""
    at: float = 0.5
    """How far into what is sent, 0 to 1."""


Plan: TypeAlias = Callable[[str, int], Order]
"""What goes wrong with a path's request of that number (0 is the first)."""


class LocalHub:
    """The hub. `files` are by REPO/PATH."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = dict(files)
        self.plan: Plan = lambda _path, _number: Order()
        self.asked: list[Asked] = []
        self.digests = True
        """Whether it says what the files' digests are."""
        self.released = threading.Event()
        """Ends every stall."""
        self.stalled = threading.Event()
        """Set when it fell silent in the middle of a file."""
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()
        self.address = ""

    def begin(self, plan: Plan) -> None:
        """Forgets what was asked, and goes wrong as `plan` says from now on."""
        with self._lock:
            self.plan, self._counts = plan, {}
            self.asked.clear()

    def next_order(self, path: str) -> Order:
        with self._lock:
            number = self._counts.get(path, 0)
            self._counts[path] = number + 1
            return self.plan(path, number)


@contextmanager
def serving(files: Mapping[str, bytes]) -> Iterator[LocalHub]:
    """The hub, answering."""
    hub = LocalHub(files)

    class Handler(_Handler):
        house = hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def always(fault: Fault, at: float = 0.5) -> Plan:
    """Every request goes wrong."""
    return lambda _path, _number: Order(fault, at)


def once(fault: Fault, at: float = 0.5) -> Plan:
    """The first request of each file goes wrong."""
    return lambda _path, number: Order(fault, at) if number == 0 else Order()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    house: LocalHub

    def do_GET(self) -> None:
        try:
            self._answer()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def _answer(self) -> None:
        if self.path.startswith("/cdn/"):
            self._send(self.path.removeprefix("/cdn/"))
            return
        found = re.fullmatch(r"/([^/]+/[^/]+)/resolve/[^/]+/(.+)", self.path)
        path = f"{found[1]}/{found[2]}" if found else ""
        if path not in self.house.files:
            self._plain(404, b"Entry not found")
            return
        order = self.house.next_order(path)
        if order.fault in ("403", "404", "429", "500"):
            self._plain(int(order.fault), b"<html>No.</html>", "text/html")
        elif order.fault == "login":
            self._plain(200, PAGE, "text/html; charset=utf-8")
        elif order.fault == "circle":
            self._redirect(path, self.path)
        else:
            self._redirect(path, f"/cdn/{path}?{order.fault.replace(' ', '+')}&{order.at}", order.fault)

    def _redirect(self, path: str, to: str, fault: str = "") -> None:
        self.send_response(302)
        self.send_header("Location", to)
        if self.house.digests:
            content = self.house.files[path] + (b"!" if fault == "other digest" else b"")
            self.send_header("X-Linked-Size", str(len(self.house.files[path])))
            self.send_header("X-Linked-ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _plain(self, status: int, body: bytes, kind: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send(self, rest: str) -> None:
        path, _, query = rest.partition("?")
        fault, _, at = query.replace("+", " ").partition("&")
        content = self.house.files[path]
        asked = Asked(path, self.headers.get("Range", ""), self.headers.get("If-Range", ""))
        self.house.asked.append(asked)
        etag = '"other"' if fault == "other etag" else f'"{hashlib.md5(content).hexdigest()}"'
        wanted = re.fullmatch(r"bytes=(\d+)-", asked.range)
        first = int(wanted[1]) if wanted and asked.if_range in ("", etag) and fault != "ignores range" else None
        if fault == "416" or (first is not None and first >= len(content)):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(content)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if fault == "wrong part" and first is not None:
            first //= 2
        self._body(content, first, etag, fault, float(at))

    def _body(self, content: bytes, first: int | None, etag: str, fault: str, at: float) -> None:
        body = bytearray(content[first or 0 :])
        cut = int(len(body) * at)
        if fault == "corrupt":
            body[min(cut, len(body) - 1)] ^= 0x10
        if fault == "html":
            body = bytearray(PAGE.ljust(len(body))[: len(body)])
        length = {"short": cut, "long": len(body) + 1000}.get(fault, len(body))
        self.send_response(200 if first is None else 206)
        self.send_header("Content-Type", "binary/octet-stream")
        if fault != "no etag":
            self.send_header("ETag", etag)
        if first is not None:
            self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        if fault == "packed":
            self.send_header("Content-Encoding", "gzip")
        if fault in ("more", "unchunked"):
            self.send_header("Connection", "close")
            self.close_connection = True
            body += b"and more" * 100 if fault == "more" else b""
        else:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body[:cut] if fault in ("cut", "reset", "stall", "short") else body)
        self.wfile.flush()
        if fault == "stall":
            self.house.stalled.set()
            self.house.released.wait(60)
        if fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if fault in ("cut", "reset", "stall", "long"):
            self.close_connection = True
            self.connection.close()
