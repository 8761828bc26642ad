"""Nothing flows in, ONNX Runtime flows out, with nothing to tell its makers.

Since 1.29 its official builds for Linux send reports of their use to their makers, from the moment it is imported; seen
with 1.32, half a minute after. Its switch at run time comes too late for the first of them, but this variable is read
before anything is collected: with it there is no report, no number for the machine, and no file that keeps either.
docs/decisions/telemetry.md says more.
"""

import os
from typing import Any, Final

VARIABLE: Final = "ORT_DISABLE_TELEMETRY"

_SHRINK: Final = "memory.enable_memory_arena_shrinkage"
"""From onnxruntime_run_options_config_keys.h; its value is the device."""


def quieten() -> None:
    """To be called before whatever imports ONNX Runtime; it decides at its import, once."""
    os.environ[VARIABLE] = "1"


def runtime() -> Any:
    """The module `onnxruntime`. Raises ImportError."""
    quieten()
    import onnxruntime  # type: ignore[import-untyped]

    return onnxruntime


def final() -> Any:
    """Options for the last run for a while: behind it the session keeps no room for intermediate results. Without them
    it keeps what its largest run has needed for good. Raises ImportError."""
    options = runtime().RunOptions()
    options.add_run_config_entry(_SHRINK, "cpu:0")
    return options
