"""A sound card without hardware: PulseAudio with two null sinks, in a private home, and nothing left afterwards.

What is played into the sink `room` is what a microphone hears; what is said can be recorded from the sink `speaker`.
PortAudio reads the home folder of its process, so whatever is to use the card is run as a child, in its environment.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voiced.stages import RATE, Pcm

ROOM_RATE = 44_100
SPEAKER_RATE = 48_000
"""Neither is 16 kHz, nor the rate of any voice, nor are they alike: sound must be converted on both ways."""

RECORD_RATE = 24_000
"""At which recordings of the speaker are handed out: half the card's."""

PATIENCE_S = 60.0
"""Seconds after which a child that says nothing fails the test; loading the engines on a slow machine takes some."""

ASOUNDRC = "pcm.!default { type pulse }\nctl.!default { type pulse }\n"


class Child:
    """A program on the card, whose standard error, and output with it, is read line by line."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            command, env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self.lines: list[str] = []
        self._rest = b""
        self._unread: list[str] = []  # came together with a line that somebody waited for

    def wait_for(self, words: str | tuple[str, ...], patience_s: float = PATIENCE_S) -> str:
        """The first line from now on that contains `words`, or one of them."""
        wanted = (words,) if isinstance(words, str) else words
        for line in self._read(patience_s):
            if any(words in line for words in wanted):
                return line
        raise AssertionError(f'no "{words}" in:\n' + "\n".join(self.lines))

    def wait_for_news(self, cause: Callable[[], None]) -> None:
        """Does `cause` again and again until a line comes."""
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            for _ in range(int(PATIENCE_S * 10)):
                cause()
                if selector.select(0.1):
                    return
        raise AssertionError("no news")

    def tell(self, line: str) -> None:
        """Writes `line` to its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def end(self, number: int | None = None, patience_s: float = 20.0) -> int:
        """Sends the signal `number`, reads to the end, and returns the exit status."""
        if number is not None:
            self.process.send_signal(number)
        for _ in self._read(patience_s):
            pass
        return self.process.wait(patience_s)

    def _next(self) -> Iterator[str]:
        while self._unread:
            self.lines.append(self._unread.pop(0))
            yield self.lines[-1]

    def _read(self, patience_s: float) -> Iterator[str]:
        assert self.process.stdout is not None
        until = time.monotonic() + patience_s
        yield from self._next()
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while selector.select(max(0.0, until - time.monotonic())):
                chunk = os.read(self.process.stdout.fileno(), 65_536)
                *lines, self._rest = (self._rest + chunk).split(b"\n")
                self._unread += [line.decode(errors="replace") for line in lines]
                yield from self._next()
                if not chunk:
                    return
        raise AssertionError(f"silent for {patience_s:.0f} s after:\n" + "\n".join(self.lines))


class Tape:
    """What a recorder writes, as it comes."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            command, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._data = bytearray()
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def samples(self) -> NDArray[np.float32]:
        """All until now: `RECORD_RATE`, in [-1, 1]."""
        with self._changed:  # a re-entrant lock: `wait_for` holds it too
            data = bytes(self._data[: len(self._data) // 2 * 2])
        samples = np.frombuffer(data, "<i2").astype(np.float32)
        return samples / np.float32(32768)

    def wait_for(self, seconds: float, *, loud: bool = False) -> None:
        """Waits until so much has been recorded, of what is loud if that is asked for."""

        def enough() -> bool:
            samples = self.samples()
            return len(sounding(samples) if loud else samples) >= seconds * RECORD_RATE

        with self._changed:
            assert self._changed.wait_for(enough, PATIENCE_S), "the recorder heard nothing"

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._thread.join(10)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as pipe:
            while chunk := os.read(pipe.fileno(), 65_536):
                with self._changed:
                    self._data += chunk
                    self._changed.notify_all()


class SoundCard:
    """The card; its server can be stopped and started again, as when a device is unplugged and plugged in."""

    def __init__(self, folder: Path) -> None:
        self._runtime = folder / "run"
        self.home = folder / "home"
        for place in (self._runtime, self.home):
            place.mkdir(mode=0o700)
        (self.home / ".asoundrc").write_text(ASOUNDRC, encoding="utf-8")
        self.environment = environment(self.home) | {
            "XDG_RUNTIME_DIR": str(self._runtime),
            "PULSE_SERVER": f"unix:{self._runtime}/card",
        }
        self._server: subprocess.Popen[bytes] | None = None
        self._tapes: dict[str, Tape] = {}
        self._children: list[Child] = []

    def start(self) -> None:
        """Starts the server, and waits until both sinks are there and run."""
        modules = (
            f"module-native-protocol-unix socket={self._runtime}/card auth-anonymous=1",
            f"module-null-sink sink_name=room rate={ROOM_RATE} channels=2",
            f"module-null-sink sink_name=speaker rate={SPEAKER_RATE} channels=2",
        )
        options = ["--exit-idle-time=-1", "--daemonize=no", "--use-pid-file=no", "--disable-shm=yes"]
        loads = [option for module in modules for option in ("-L", module)]
        self._server = subprocess.Popen(
            ["pulseaudio", "-n", *options, *loads, "--log-target=stderr", "--log-level=info"],
            env=self.environment,
            stderr=subprocess.PIPE,
        )
        assert self._server.stderr is not None
        for line in self._server.stderr:
            if b"Daemon startup complete" in line:
                break
        else:
            raise AssertionError("pulseaudio did not start")
        self._server.stderr.close()  # a pulseaudio that cannot write its log goes on without
        self._run("pactl", "set-default-source", "room.monitor")
        self._run("pactl", "set-default-sink", "speaker")
        # A null sink sleeps for two seconds at a time unless somebody listens in smaller steps; a real card does not.
        self._tapes = {name: Tape(self._parec(name), self.environment) for name in ("room", "speaker")}
        for tape in self._tapes.values():
            tape.wait_for(0.1)

    def stop(self) -> None:
        """Ends the server: its devices are gone."""
        if self._server is not None:
            self._server.terminate()
            self._server.wait(10)
        self._server = None
        for tape in self._tapes.values():
            tape.close()

    def close(self) -> None:
        """Ends the server and every child."""
        for child in self._children:
            with contextlib.suppress(ProcessLookupError):
                child.process.kill()
            child.process.wait(10)
        self.stop()

    def child(self, *arguments: str) -> Child:
        """A Python on the card with `arguments`, such as "-m", "voiced", "run"."""
        return self.program(sys.executable, "-u", *arguments)

    def program(self, *command: str) -> Child:
        """Any program on the card."""
        self._children.append(Child(command, self.environment))
        return self._children[-1]

    def watch_for_microphones(self) -> Child:
        """What the server says of its clients, from now on: "'new' on source-output" is somebody who listens."""
        # Its first line of news is that of a client of our own, so that none is missed for its being slow to start.
        self._children.append(Child(["stdbuf", "-oL", "pactl", "subscribe"], self.environment))
        self._children[-1].wait_for_news(lambda: self._run("pactl", "info"))
        return self._children[-1]

    def play(self, pcm: Pcm) -> None:
        """Plays 16 kHz sound into the room, and returns when it has been played."""
        self._run("pacat", "--playback", "-d", "room", "--raw", "--format=s16le", "--channels=1", f"--rate={RATE}",
                  "--latency-msec=500", data=pcm.tobytes())  # fmt: skip

    def recorded(self) -> NDArray[np.float32]:
        """What the speaker has played since the start: `RECORD_RATE`, in [-1, 1]."""
        return self._tapes["speaker"].samples()

    def listen(self, seconds: float, sink: str = "room") -> None:
        """Waits until so much more of the room, or of what the speaker plays, has been recorded."""
        tape = self._tapes[sink]
        tape.wait_for(len(tape.samples()) / RECORD_RATE + seconds)

    def wait_for_sound(self) -> None:
        """Waits until the speaker has played something that is no silence, since the start."""
        self._tapes["speaker"].wait_for(0.01, loud=True)

    def ask(self, *command: str) -> str:
        """What a program on the card prints."""
        return subprocess.run(
            command, env=self.environment, check=True, capture_output=True, timeout=60
        ).stdout.decode()

    def _parec(self, sink: str) -> list[str]:
        return ["parec", "-d", f"{sink}.monitor", "--raw", "--format=s16le", "--channels=1", f"--rate={RECORD_RATE}",
                "--latency-msec=20"]  # fmt: skip

    def _run(self, *command: str, data: bytes = b"") -> None:
        subprocess.run(command, env=self.environment, input=data, check=True, capture_output=True, timeout=60)


def environment(home: Path) -> dict[str, str]:
    """That of a person with the home folder `home` and nothing else: no sound card."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8"}


@contextmanager
def soundcard(folder: Path) -> Iterator[SoundCard]:
    """A card whose files lie in `folder`, which must be short: the path of a socket has 107 bytes at most."""
    card = SoundCard(folder)
    try:
        card.start()
        yield card
    finally:
        card.close()


def pitch(samples: NDArray[np.float32], rate: int) -> float:
    """The frequency, in Hz, of the loudest tone in `samples`."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate / len(samples))


def sounding(samples: NDArray[np.float32], level: float = 0.02) -> NDArray[np.float32]:
    """`samples` from the first to the last that is louder than `level`; none when there is none."""
    loud = np.flatnonzero(np.abs(samples) > level)
    return samples[loud[0] : loud[-1] + 1] if len(loud) else samples[:0]


SIGNALS = {"SIGTERM": signal.SIGTERM, "Ctrl-C": signal.SIGINT}
