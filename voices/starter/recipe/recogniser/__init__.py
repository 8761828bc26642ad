"""Sentences flow in, a small Whisper that faster-whisper loads flows out.

`words` and the shared `sentences` make text, the shared `speech` says it, `hearing` spoils it and turns it into
features, `supply` makes batches of it in a process of its own, `network` learns from them as `training` says, `export`
writes the folder and `measure` says what it is worth.
"""
