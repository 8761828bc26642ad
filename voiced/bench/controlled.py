"""Paths of models flow in, how quickly programs are answered flows out: by the daemon over D-Bus, and by `voicectl`.

The benchmark starts this module as a program: the daemon, on a bus of its own and in a room without hardware, so that
it is asked as any other program asks it. It says each state on its standard output.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import TYPE_CHECKING, Any, Final

import voiced
from voiced.activity import Activity
from voiced.audio.room import Pace, Room
from voiced.bench.alone import Job
from voiced.bench.lines import LONG
from voiced.bench.person import Air
from voiced.bench.recipes import Models
from voiced.bench.setting import settled
from voiced.compose import Composer
from voiced.conversation.chain import Chain
from voiced.conversation.floor import Event
from voiced.daemon import Daemon
from voiced.errors import BusError, EngineError
from voiced.events import StateChanged
from voiced.remembered import Remembered

if TYPE_CHECKING:
    from voiced.voicectl.remote import Remote

QUESTION: Final = LONG[0][0].replace(" | ", " ")

ANSWER: Final = " ".join(answer for _, answer in LONG)
"""What a model that has learnt nothing writes: more than it may, so that it writes from the first call to the last."""

CALLS: Final[dict[Pace, int]] = {"realtime": 100, "fast": 10}
"""How often the daemon is asked while it answers."""

STARTS: Final[dict[Pace, int]] = {"realtime": 20, "fast": 1}
"""How often `voicectl status` is started."""

GAP_S: Final = 0.05
"""Seconds between two calls: what asks without a pause takes time from what it measures."""

PATIENCE_S: Final = 60.0
"""Seconds in which the answer must begin."""

LEAVE_S: Final = 20.0
"""Seconds in which the daemon leaves; it may be loading an engine."""

FAILED: Final = "The daemon that was to be asked over D-Bus failed"

VOICECTL: Final = "import sys; from voiced.voicectl import main; sys.exit(main())"
"""What the installed program does."""

CONFIG: Final = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir={folder}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


@dataclass(slots=True)
class Answers:
    """What was measured, in milliseconds."""

    properties: list[float] = field(default_factory=list)
    """From asking for all properties to having them, while the language model writes and the voice speaks."""
    voicectl: list[float] = field(default_factory=list)
    """From the start of `voicectl status` to its end, while nobody speaks."""
    missing: str = ""
    """Why there are none, in a sentence."""


def measure(job: Job) -> Answers:
    """Starts a bus and a daemon for `job`, and asks it. Raises EngineError when the daemon fails."""
    if shutil.which("dbus-daemon") is None:
        return Answers(missing="There is no dbus-daemon on this machine; install it (Debian: the package dbus-daemon).")
    try:
        from voiced.voicectl.remote import Remote
    except (ImportError, ValueError) as error:  # ValueError: GLib's description is not installed
        return Answers(missing=f"D-Bus cannot be used ({error}); install voiced again.")
    with _daemon(job) as address:
        if not address:
            return Answers(missing="dbus-daemon does not start on this machine; see what `dbus-run-session true` says.")
        try:
            remote = Remote("session", address)
            properties = list(_asked(remote, CALLS[job.pace]))
            remote.call("Stop")
        except BusError as error:
            raise EngineError(f"{FAILED}: {error}") from error
        _status(address)  # reads its files from the disk
        return Answers(properties, [_status(address) for _ in range(STARTS[job.pace])])


def _asked(remote: "Remote", calls: int) -> Iterator[float]:
    """Asks for an answer, and meanwhile for the properties, up to `calls` times."""
    remote.call("Ask", "(s)", QUESTION)
    begun, until = 0, time.monotonic() + PATIENCE_S
    while begun < calls:
        begin = time.perf_counter()
        state = remote.properties()["State"]
        passed = (time.perf_counter() - begin) * 1000
        if state in ("thinking", "speaking"):
            begun += 1
            yield passed
        elif begun or time.monotonic() > until:  # the answer is over, or none comes
            return
        remote.run(GAP_S)


def _status(address: str) -> float:
    """What one `voicectl status` takes."""
    environment = _environment() | {"DBUS_SESSION_BUS_ADDRESS": address}
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", VOICECTL, "--bus", "session", "status"],
        env=environment, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    passed = (time.perf_counter() - begin) * 1000
    if done.returncode:
        raise EngineError(f"`voicectl status`, which was to be measured, failed: {_last(done.stderr)}")
    return passed


@contextmanager
def _daemon(job: Job) -> Iterator[str]:
    """A process with the daemon for `job`, once it listens; the address of its bus, empty where that does not start.
    Raises EngineError when it fails."""
    command = [sys.executable, "-m", __name__, json.dumps(asdict(job))]
    with subprocess.Popen(
        command, env=_environment(), stdin=PIPE, stdout=PIPE, stderr=PIPE, encoding="utf-8"
    ) as child:  # fmt: skip
        try:
            assert child.stdout is not None
            address = child.stdout.readline()
            if not address or (address.strip() and child.stdout.readline() != "asleep\n"):
                raise EngineError(f"{FAILED}: {_last(child.communicate()[1])}")
            yield address.strip()
        finally:
            with suppress(subprocess.TimeoutExpired):
                child.communicate(timeout=LEAVE_S)  # closes its standard input, and so ends it
            child.kill()


def _environment() -> dict[str, str]:
    """That of a process that imports what this one does."""
    return os.environ | {"PYTHONPATH": f"{Path(voiced.__file__).parent.parent}:{os.getenv('PYTHONPATH', '')}"}


def _last(complaint: str) -> str:
    return (complaint.strip().splitlines() or ["it says nothing"])[-1]


# --- the other process -----------------------------------------------------------------------------------------------


def main(job: Job) -> None:
    """Says the address of its bus, and then each state, until its standard input is closed: so it leaves nothing
    behind, however whoever started it ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # unwinds whatever is being done

    def leave() -> None:
        sys.stdin.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=leave, daemon=True).start()
    with _bus() as address:
        print(address, flush=True)  # noqa: T201 - what `measure` waits for
        if address:
            _serve(job, address)


@contextmanager
def _bus() -> Iterator[str]:
    """A bus that nobody else is on; its address, empty where it does not start."""
    with tempfile.TemporaryDirectory(prefix="voiced-bus-") as folder:
        file = Path(folder) / "bus.conf"
        file.write_text(CONFIG.format(folder=folder), "utf-8")
        command = ["dbus-daemon", f"--config-file={file}", "--nofork", "--print-address"]
        # It complains about limits that a daemon and a program do not meet.
        with subprocess.Popen(command, stdout=PIPE, stderr=DEVNULL, encoding="utf-8") as bus:
            try:
                assert bus.stdout is not None
                yield bus.stdout.readline().strip()
            finally:
                bus.kill()


def _serve(job: Job, address: str) -> None:
    from voiced.dbus.bus import Bus

    shapes = Models(*map(Path, job.shapes)) if job.shapes else None
    setting = settled(Path(job.config) if job.config else None, job.profile, os.environ, shapes)
    activity, silence = Activity(), Air().silence
    room = Room(lambda: next(silence(0)), activity, "realtime")

    def told(chain: Chain) -> Chain:
        if shapes is not None:
            model: Any = chain.mind.model
            model.dictate = lambda _: ANSWER
        return chain

    def tell(event: Event, _at: float) -> None:
        if isinstance(event, StateChanged):
            print(event.state, flush=True)  # noqa: T201

    with ExitStack() as stack:
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voiced-bench-")))
        apart = replace(setting, paths=replace(setting.paths, state=state))  # the user's timers are not touched
        bus = Bus("session", address, room.clock)
        stack.callback(bus.close)
        bus.start()
        parts = Composer(room.clock, activity, lambda _: room, lambda _: room.speaker, told)
        composer = stack.enter_context(closing(parts))
        remembered = stack.enter_context(closing(Remembered(state / "remembered.json", activity)))
        daemon = Daemon(lambda: apart, composer, remembered, [bus.tell, tell], room.clock, activity)
        bus.serve(daemon)
        daemon.run()


if __name__ == "__main__":
    main(Job(**json.loads(sys.argv[1])))
