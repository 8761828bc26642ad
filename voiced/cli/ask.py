"""`voiced ask`: texts flow in, answers flow out in writing, command or language model as in a conversation."""

import argparse
import json
import os
import time

from voiced.clock import SystemClock
from voiced.compose import commands_of, conversation_of, settle
from voiced.engines import Engines
from voiced.errors import EngineError, VoicedError
from voiced.mind import Hearing, Mind, Understanding
from voiced.stages import Cancelled, Pcm, Transcription, never
from voiced.tts.silence import pronounceable


class Deaf:
    """The `Recogniser` of somebody who is only written to: loading a real one would take longer than the answer."""

    name = ""

    def transcribe(self, speech: Pcm, cancelled: Cancelled = never) -> Transcription:
        del speech, cancelled
        raise EngineError("Nothing can be heard here; write instead.")


def run(options: argparse.Namespace) -> int:
    """Answers each text in turn; later ones may refer to earlier ones."""
    if not all(map(pronounceable, options.text)):
        raise VoicedError("There is nothing to answer in an empty text; give some words.")
    setting = settle(options.config, options.profile, os.environ)
    with commands_of(setting, SystemClock()) as (commands, _):
        model, history = Engines(setting).model(), conversation_of(setting.voice)
        mind = Mind(Hearing(Deaf()), commands, model, history, setting.voice)
        last = ""
        for text in options.text:
            begin = time.perf_counter()
            reply, by = _answer(mind, text, last, live=not options.json)
            last = reply or last
            ms = (time.perf_counter() - begin) * 1000
            if options.json:
                told = {"text": text, "reply": reply, "by": by, "ms": round(ms, 1)}
                print(json.dumps(told, ensure_ascii=False), flush=True)
    return 0


def _answer(mind: Mind, text: str, last: str, *, live: bool) -> tuple[str, str]:
    """The answer and whose it is; printed clause by clause when `live`."""
    what = Understanding(text, mind.match(0, text, lambda _: None))
    thought = mind.think(what, 1.0, last)
    said: list[str] = []
    try:
        for clause in thought.clauses:
            if live:
                print(" " * bool(said) + clause.text, end="", flush=True)
            said.append(clause.text)
    finally:
        if live:
            print(flush=True)
    reply = " ".join(said)
    mind.history.commit(text, reply)
    return reply, thought.by
