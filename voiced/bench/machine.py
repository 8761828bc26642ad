"""Nothing flows in, what a figure was measured on flows out."""

import os
import platform
from importlib.metadata import version
from typing import Any, Final

import voiced
from voiced.hardware import look_at
from voiced.setting import Setting

ENGINES: Final = ("openwakeword", "faster-whisper", "ctranslate2", "llama-cpp-python", "piper-tts", "onnxruntime")


def machine(setting: Setting) -> dict[str, Any]:
    """The processor, the memory, the versions, the profile, and how busy the machine was."""
    found = look_at()
    return {
        "processor": found.board or found.processor,
        "architecture": found.architecture,
        "cores": found.cores,
        "cpus": len(os.sched_getaffinity(0)),
        "memory_mb": found.memory_mb,
        "system": f"{_system()}, Linux {platform.release()}",
        "python": platform.python_version(),
        "versions": {"voiced": voiced.__version__} | {name: version(name) for name in ENGINES},
        "profile": setting.profile.name,
        "threads": {
            name: getattr(setting.profile.threads, name) for name in ("wake", "stt", "llm_prefill", "llm_decode", "tts")
        },
        "load": round(os.getloadavg()[0], 2),
    }


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()
