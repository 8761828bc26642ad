"""`voiced transcribe`: recordings flow in, words flow out."""

import argparse
import json
import os
import sys
import time
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from voiced.audio.files import read_pcm
from voiced.clock import SystemClock
from voiced.compose import commands_of, settle
from voiced.engines import Engines
from voiced.errors import AudioError
from voiced.stages import Recogniser


def run(options: argparse.Namespace) -> int:
    """Transcribes each recording with the best recogniser that works; 1 when one of them cannot be read, after the
    others, which do not suffer from it."""
    setting = settle(options.config, options.profile, os.environ)

    failed = False
    with ExitStack() as stack:

        @cache
        def recogniser() -> Recogniser:
            commands, _ = stack.enter_context(commands_of(setting, SystemClock()))
            return Engines(setting).recogniser(commands)

        for path in options.recordings:
            try:
                speech = read_pcm(path)
                engine = recogniser()
                begin = time.perf_counter()
                text = engine.transcribe(speech).text
            except AudioError as error:
                failed = True
                print(f"voiced: {error}", file=sys.stderr)
            else:
                _tell(path, text, (time.perf_counter() - begin) * 1000, as_json=options.json)
    return 1 if failed else 0


def _tell(path: Path, text: str, ms: float, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"file": str(path), "text": text, "ms": round(ms, 1)}, ensure_ascii=False), flush=True)
    else:
        print(f"{path}: {text or '(no words)'}", flush=True)
