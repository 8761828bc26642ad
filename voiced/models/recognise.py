"""A file or folder flows in, the kind of model that it is flows out: by its content, whatever it is called.

Nothing is loaded here; that is what voiced.models.trial is for.
"""

import struct
from pathlib import Path
from typing import Any, Final

from voiced.errors import ModelError
from voiced.models import Kind

WHISPER_FILES: Final = ("model.bin", "config.json", "tokenizer.json")
"""What a recogniser cannot do without; tests hold it to what the engine says."""

LARGEST_ONNX: Final = 1 << 29
"""Bytes: four times Piper's largest voices; it is read into memory to be looked at."""

WANTED: Final = (
    "a GGUF language model, the folder of a CTranslate2 Whisper, a Piper voice with its .onnx.json beside it, a wake "
    "word's .onnx, or a bundle"
)


def recognise(path: Path) -> Kind:
    """The kind of the model at `path`, a folder for a recogniser. Raises ModelError when it is none."""
    try:
        return _recognise(path)
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror or error}); make it readable.") from error


def _recognise(path: Path) -> Kind:
    if path.is_dir():
        missing = [name for name in WHISPER_FILES if not (path / name).is_file()]
        if missing:
            raise ModelError(f"{path} lacks {missing[0]}, without which it is no recogniser; give {WANTED}.")
        if not is_whisper(path / "model.bin"):
            raise ModelError(f"{path / 'model.bin'} is no Whisper that CTranslate2 wrote; give {WANTED}.")
        return "stt"
    if not path.is_file():  # a device or a pipe would be read for ever
        raise ModelError(f"There is no file or folder {path}; give {WANTED}.")
    with path.open("rb") as file:
        magic = file.read(4)
    if magic == b"GGUF":
        return "llm"
    if path.suffix == ".onnx" or magic[:1] == b"\x08":  # the tag of an ONNX file's first field
        return _onnx(path)
    raise ModelError(f"{path} is no model that voiced knows; give {WANTED}.")


def is_whisper(path: Path) -> bool:
    """Whether `path` begins as CTranslate2 begins a Whisper: a version, and the name of its kind with its length."""
    with path.open("rb") as file:
        head = file.read(64)
    if len(head) < 6:
        return False
    _version, length = struct.unpack_from("<IH", head)
    return bool(head[6 : 6 + length].rstrip(b"\0") == b"WhisperSpec")


def _onnx(path: Path) -> Kind:
    """What network it is, by what it takes."""
    import onnx

    refused = ModelError(f"{path} is damaged, or no ONNX file; get it again.")
    if path.stat().st_size >= LARGEST_ONNX:
        raise refused
    try:
        graph: Any = onnx.load(str(path), load_external_data=False).graph
    except Exception as error:  # protobuf has errors of its own in each of its implementations
        raise refused from error
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in graph.initializer):
        raise ModelError(f"{path} keeps its numbers in another file; give a model that is one file.")
    weights = {tensor.name for tensor in graph.initializer}
    inputs = [each for each in graph.input if each.name not in weights]
    if {each.name for each in inputs} >= {"input", "input_lengths", "scales"}:
        if not Path(f"{path}.json").is_file():
            raise ModelError(f"{path} is a Piper voice, but {path.name}.json is not beside it; put it there.")
        return "tts"
    shapes = [[dim.dim_value for dim in each.type.tensor_type.shape.dim] for each in inputs]
    if len(shapes) == 1 and len(shapes[0]) == 3 and shapes[0][2] == 96 and shapes[0][1] > 0:
        return "wake"
    raise ModelError(f"{path} is an ONNX file, but neither a Piper voice nor a wake word; give {WANTED}.")
