"""Nothing but programs flows in, the three starter models flow out: a recogniser, a language model and a voice.

Everything is made here: the text by grammars, the speech by the synthesisers that Debian packages, the weights by
training. One folder per model, and beside them what they share: `run` (work folder, seeds, checkpoints, progress).
"""
