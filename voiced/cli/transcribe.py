"""`voiced transcribe`: recordings flow in, words flow out."""

import argparse
import json
import os
import time

from voiced.audio.files import read_pcm
from voiced.clock import SystemClock
from voiced.compose import commands_of, settle
from voiced.engines import Engines


def run(options: argparse.Namespace) -> int:
    """Transcribes each recording with the best recogniser that works."""
    recordings = [(path, read_pcm(path)) for path in options.recordings]
    setting = settle(options.config, options.profile, os.environ)
    with commands_of(setting, SystemClock()) as (commands, _):
        recogniser = Engines(setting).recogniser(commands)
    for path, speech in recordings:
        begin = time.perf_counter()
        text = recogniser.transcribe(speech).text
        ms = (time.perf_counter() - begin) * 1000
        if options.json:
            print(json.dumps({"file": str(path), "text": text, "ms": round(ms, 1)}, ensure_ascii=False), flush=True)
        else:
            print(f"{path}: {text or '(no words)'}", flush=True)
    return 0
