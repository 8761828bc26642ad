"""Text flows in, sound flows out as espeak-ng makes it: the voice that needs no download.

espeak-ng runs as a program of its own, because its library keeps one voice per process and Piper uses that one already.
It reads the text from its standard input, never from the command line, which every user of the machine can read.
"""

import re
import struct
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from difflib import get_close_matches
from shutil import which

import numpy as np
from numpy.typing import NDArray

from voiced.errors import EngineError
from voiced.stages import Cancelled, Sound, never
from voiced.tts.silence import pronounceable, trimmed

HEADER = 44
"""Bytes of the WAV header that espeak-ng writes; its length fields are meaningless in a stream."""

BLOCK = 8_820
"""Bytes per piece: 200 ms at 22,050 Hz. espeak-ng makes 1,000 s of sound in a second, so a smaller piece comes no
sooner."""

WORDS_PER_MINUTE = 175
"""espeak-ng's own default rate."""

SLOWEST, FASTEST = 0.5, 2.5
"""Limits of `speed`: espeak-ng refuses rates under 80 words per minute and sounds like nothing over 450."""


class EspeakSynthesiser:
    """A `Synthesiser`. Any number of threads may call it; each call is a process of its own."""

    name: str = "espeak-ng"

    def __init__(self, voice: str = "en-us", *, speed: float = 1.0) -> None:
        """`voice` is a language or voice of espeak-ng, with or without a variant: "en-us", "de", "en-gb+f3"; `speed` 2
        is twice as fast.

        Raises EngineError when espeak-ng is not installed, has no such voice, or `speed` is outside 0.5 to 2.5."""
        program = which("espeak-ng")
        if program is None:
            raise EngineError("espeak-ng is not installed; install the package espeak-ng.")
        if not SLOWEST <= speed <= FASTEST:
            raise EngineError(f"espeak-ng speaks at {SLOWEST} to {FASTEST} times its normal speed, not {speed}.")
        file = _voice_file(program, voice)
        rate = round(WORDS_PER_MINUTE * speed)
        self._command = [program, "-b", "1", "-v", file, "-s", str(rate), "--stdin", "--stdout"]

    def synthesise(self, text: str, cancelled: Cancelled = never) -> Iterator[Sound]:
        """`text` as sound at espeak-ng's rate (22,050 Hz), in pieces of at most 200 ms; ends within one piece of
        `cancelled`. Raises EngineError when espeak-ng fails."""
        if pronounceable(text):
            yield from trimmed(self._pieces(text, cancelled))

    def _pieces(self, text: str, cancelled: Cancelled) -> Iterator[Sound]:
        # "[[" begins phoneme codes and NUL ends the input; neither is meant in a sentence.
        source = text.replace("[[", "[ [").replace("\0", " ").encode("utf-8", "replace")
        try:
            process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            raise EngineError("espeak-ng cannot be started; install the package espeak-ng again.") from error
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            # espeak-ng reads all of its input before it speaks, so writing first cannot deadlock.
            process.stdin.write(source)
            process.stdin.close()
            rate = _rate(process.stdout.read(HEADER))
            while not cancelled() and (block := process.stdout.read(BLOCK)):
                yield Sound(_samples(block), rate)
            if not cancelled() and process.wait() != 0:
                raise EngineError("espeak-ng failed while it spoke; try another voice.")
        except BrokenPipeError as error:
            raise EngineError("espeak-ng did not take the text; try another voice.") from error
        finally:
            process.kill()
            process.stdout.close()
            with suppress(BrokenPipeError):
                process.stdin.close()
            process.wait()


def _samples(block: bytes) -> NDArray[np.float32]:
    """int16 bytes as float32 in [-1, 1)."""
    whole = np.frombuffer(block[: len(block) // 2 * 2], np.dtype("<i2"))
    return np.multiply(whole, np.float32(1 / 32768), dtype=np.float32)


def _rate(header: bytes) -> int:
    """Samples per second, from the WAV header. Raises EngineError when it is not mono int16 sound."""
    if len(header) == HEADER and header[:4] == b"RIFF" and header[36:40] == b"data":
        channels, rate, bits = struct.unpack_from("<HI6xH", header, 22)
        if channels == 1 and bits == 16:
            return int(rate)
    raise EngineError("espeak-ng made no sound that can be read; update the package espeak-ng.")


def _voice_file(program: str, voice: str) -> str:
    """What to call `voice` so that espeak-ng finds it exactly: its file, with the variant. Raises EngineError.

    Left to itself, espeak-ng speaks "en-uss" as English, takes an unknown variant in silence, and drops any variant of
    a language that is not also the name of a file ("en-gb+f3" becomes "en-gb")."""
    language, _, variant = voice.partition("+")
    files = _files(_run(program, "--voices").stdout)
    wanted = language.casefold()
    region = re.fullmatch(r"(\w{2,3})-(\w\w|\d{3})", wanted)  # "de-at" is German, wherever it is spoken
    file = files.get(wanted) or (files.get(region[1]) if region else None)
    if file is None or _run(program, "-q", "-v", file, "--stdin").returncode != 0:
        raise EngineError(f'espeak-ng has no voice "{language}"{_meant(wanted, files)}; see espeak-ng --voices.')
    if not variant:
        return file
    table = _run(program, "--voices=variant").stdout
    variants = [fields[4].removeprefix("!v/") for line in table.splitlines()[1:] if len(fields := line.split()) > 4]
    if variant not in variants:
        raise EngineError(
            f'espeak-ng has no variant "{variant}"{_meant(variant, variants)}; see espeak-ng --voices=variant.'
        )
    return f"{file}+{variant}"


def _files(table: str) -> dict[str, str]:
    """Every name in lower case -> the file of the voice that answers to it best, out of the table of `--voices`.

    A row is: priority, language, age/gender, name, file, and other languages with priorities, such as "(en 2)". Voices
    of MBROLA, which are listed whether or not they are installed, answer to nothing but their own name."""
    ranked: list[tuple[int, str, str]] = []
    for line in table.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 5:
            continue
        file = fields[4]
        ranked += [(100, name.casefold(), file) for name in (fields[3], file)]
        if not file.startswith("mb/"):
            others = re.findall(r"\((\S+) (\d+)\)", line)
            ranked += [(int(priority) + 10, name.casefold(), file) for name, priority in others]
            ranked.append((int(fields[0]), fields[1].casefold(), file))
    return {name: file for _, name, file in sorted(ranked, reverse=True)}


def _run(program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """A short run of espeak-ng with nothing to say."""
    try:
        return subprocess.run(
            [program, *arguments], input="", capture_output=True, check=False, timeout=10, encoding="utf-8"
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise EngineError("espeak-ng cannot be started; install the package espeak-ng again.") from error


def _meant(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1)
    return f', did you mean "{close[0]}"?' if close else ""
