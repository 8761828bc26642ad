"""voiced: a local voice assistant daemon. Sound flows in from a microphone, sound flows out of a speaker.

Importing this package does nothing: no thread, no download, no look at the environment.
"""

__version__ = "0.1.0"
