"""What can go wrong, one class per layer. Every message is a sentence for the person who runs voiced.

Exceptions of the libraries are turned into these where the library is called; they do not travel inward.
"""


class VoicedError(Exception):
    """Base of all errors that voiced raises on purpose; its text is one sentence that says what to do."""


class ConfigError(VoicedError):
    """Raised when a configuration, voice or hardware file is unreadable or wrong; lists every mistake at once."""


class AudioError(VoicedError):
    """Raised when a sound file or device cannot be opened, read or written."""


class EngineError(VoicedError):
    """Raised when an engine (wake word, recogniser, model, synthesiser) cannot be loaded or fails at its work."""


class StateError(VoicedError):
    """Raised when the timers' database or other state on disk cannot be read or written."""


class TurnError(VoicedError):
    """Raised when an event has no place in the present state of the turn; names both."""


class BusError(VoicedError):
    """Raised when D-Bus cannot be used as it was asked for, such as when another daemon is on the bus already."""


class InstallError(VoicedError):
    """Raised when installing, removing, backing up or restoring fails; everything is as it was before."""


class ModelError(VoicedError):
    """Raised when a model cannot be fetched, checked, taken in or given away; what was installed is as it was."""
