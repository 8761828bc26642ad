"""The demonstration: a screenplay flows in, a spoken conversation flows out, live and as files.

`person` gives the human part a voice, `screenplay` says what happens, `show` prints it.
"""
