"""What is wrong with a call flows in, the D-Bus error flows out.

pydbus answers a call with the name of the exception's class when that holds a dot, so the classes are called as the
errors are.
"""

from typing import Final, cast

from voiced.errors import VoicedError


class Refused(VoicedError):  # noqa: N818 - the answer to a call, named as the errors on the bus are
    """Base of what calls are refused with; its text is the sentence that the caller reads."""


def _called(name: str) -> type[Refused]:
    return cast(type[Refused], type(f"org.voiced.Error.{name}", (Refused,), {"__doc__": f"Raised as {name}."}))


NotReady: Final = _called("NotReady")
ShuttingDown: Final = _called("ShuttingDown")
Busy: Final = _called("Busy")
Muted: Final = _called("Muted")
InvalidArgument: Final = _called("InvalidArgument")
TooLong: Final = _called("TooLong")
UnknownTimer: Final = _called("UnknownTimer")
UnknownVoice: Final = _called("UnknownVoice")
Configuration: Final = _called("Configuration")
State: Final = _called("State")
Failed: Final = _called("Failed")
