"""Frames of heard sound flow in, wake words flow out: openWakeWord's networks, with rules against phantom wakes.

Laws, which the tests name:

1. No wake in the first `WARM_UP` frames after construction or a reset: the window must hold heard sound alone (W1).
2. A wake needs `CONSECUTIVE` frames in a row at or over the threshold.
3. One utterance, one wake: none follows before every score has fallen under the threshold and `REFRACTORY` frames have
   passed (W2).
4. After a reset nothing that was heard before has any effect (W3).
5. While the room is silent the networks rest. They hear the last of the silence once something breaks it, so that the
   word's first sound stands where it stood in training, behind silence.
6. A frame in which a word's verifiers all find a stranger's voice counts for no wake. They are asked about frames at or
   over the threshold, and about no others.
"""

import json
import sys
import types
import warnings
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from voiced import models, onnx
from voiced.errors import EngineError
from voiced.events import WakeDetected
from voiced.paths import Paths
from voiced.stages import FRAME, RATE, Pcm
from voiced.verifier import EMBEDDING, Verifier

if TYPE_CHECKING:
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]

WARM_UP = 16
"""Frames without a wake after construction and reset: the 1.28 s that a wake network looks at."""

CONSECUTIVE = 2
"""Frames in a row over the threshold: a single one is as often a slammed door as a word."""

REFRACTORY = 20
"""Frames (1.6 s) after a wake in which there is no other: the network's window and a little more."""

QUIET = 20.0
"""Root mean square of a frame, in steps of 16 bits (-64 dBFS), under which the room is silent: the noise of a good
microphone is below it. "hey jarvis" by nine synthetic voices, as loud as 1,000 and as soft as 12 steps, in four levels
of noise: of 288 words one was missed that would not have been without this, of the softest."""

SETTLED = 24
"""Silent frames after which the networks rest: more than they look at, and than it takes to be ready after a wake."""

RECALLED = 10
"""Silent frames that are heard when the silence is broken: 0.8 s, the length of one embedding's window."""

MEL_CONTEXT = 480
"""Samples before a frame that openWakeWord's streaming mel spectrogram reads again."""

MEL_WINDOW = 76
"""Mel frames (10 ms each) that make one embedding."""


@dataclass(frozen=True, slots=True)
class _Network:
    """One wake network."""

    session: "InferenceSession"
    input: str
    frames: int
    """Embeddings that it looks at."""
    labels: Mapping[int, str]
    """Position in its output -> the word reported."""

    def scores(self, features: Any) -> dict[str, float]:
        output = self.session.run(None, {self.input: features.get_features(self.frames)})[0]
        return {label: float(output[0][position]) for position, label in self.labels.items()}


class OpenWakeWord:
    """A `WakeDetector`. Owned by one thread; 2 % of one core for one word (1.6 ms per frame of 80 ms), next to nothing
    in silence.

    openWakeWord's own `Model` is passed over for its feature extractor alone: `Model` keeps the background class of a
    many-worded network as if it were a word, misreads class mappings, and has no reset of its window.
    """

    def __init__(self, words: Sequence[str], *, threshold: float = 0.5, consecutive: int = CONSECUTIVE) -> None:
        """`words` are bundled names ("hey_jarvis" or "hey jarvis") and paths of `.onnx` wake networks.

        Raises EngineError for an unknown word, a file that is missing, damaged or of another kind, and for no word."""
        if not words:
            raise EngineError("There is no wake word; name at least one, such as hey_jarvis.")
        paths = dict.fromkeys(find_model(word) for word in words)
        self.threshold = threshold
        """Score, 0 to 1, that a frame must reach; may be raised while the assistant itself speaks."""
        self._consecutive = consecutive
        self._networks = [_load(path) for path in paths]
        self.words = tuple(label for network in self._networks for label in network.labels.values())
        """What can be reported."""
        self.commands = tuple(next(iter(each.labels.values())) for each in self._networks if len(each.labels) > 1)
        """Of each network that reports several words, the first."""
        self._verifiers: dict[str, tuple[Verifier, ...]] = {}
        self._features = _features(max(network.frames for network in self._networks))
        self._silence = (self._features.melspectrogram_buffer, self._features.feature_buffer)
        self.reset()

    def reset(self) -> None:
        """Forgets what it heard: the window is silence again, and the warm-up begins anew."""
        # Both arrays are replaced, never written to, by the extractor, so the snapshot stays as it is.
        self._features.melspectrogram_buffer, self._features.feature_buffer = self._silence
        self._features.raw_data_buffer.extend([0] * (FRAME + MEL_CONTEXT))
        self._features.accumulated_samples = 0
        self._silent: deque[Pcm] = deque(maxlen=RECALLED)
        self._silent_for = 0
        self._heard = 0
        self._since_wake = REFRACTORY
        self._fallen_below: float | None = None  # the threshold of the last wake, until every score is under it
        self._run = dict.fromkeys(self.words, 0)
        self._peak = dict.fromkeys(self.words, 0.0)

    def verify(self, word: str, verifiers: Sequence[Verifier]) -> None:
        """From now on `word` wakes in a voice that one of `verifiers` knows, and in no other; in any, when there are
        none. Raises EngineError when one was made for another network."""
        size = self._network(word).frames * EMBEDDING
        if any(len(verifier.weights) != size for verifier in verifiers):
            raise EngineError(f"What was learnt of your voice is for another model of {word}; learn it again.")
        self._verifiers[word] = tuple(verifiers)

    def embeddings(self, word: str) -> NDArray[np.float32]:
        """What the network of `word` saw in the last frame, as one row of numbers: what verifiers are asked about."""
        seen: NDArray[np.float32] = self._features.get_features(self._network(word).frames).reshape(-1)
        return seen

    def _network(self, word: str) -> _Network:
        return next(network for network in self._networks if word in network.labels.values())

    def hear(self, frame: Pcm) -> WakeDetected | None:
        """Takes the next frame of 1,280 samples; the wake word, when it has just been said.

        Of a network with many words the word is the label, such as "5_minute_timer". Raises EngineError when a network
        fails."""
        if frame.shape == (FRAME,) and np.square(frame, dtype=np.float32).mean() < QUIET**2:
            self._silent_for += 1
            if self._silent_for > SETTLED:
                self._silent.append(frame)
                return None
        else:
            self._silent_for = 0
            while self._silent:
                self._listen(self._silent.popleft())
        return self._listen(frame)

    def _listen(self, frame: Pcm) -> WakeDetected | None:
        scores = self.scores(frame)
        return self._judge(scores, self._strange(scores))

    def _strange(self, scores: Mapping[str, float]) -> set[str]:
        """The words that came in a stranger's voice, if any."""
        asked = {word for word in scores if scores[word] >= self.threshold and self._verifiers.get(word)}
        return {word for word in asked if not any(each.knows(self.embeddings(word)) for each in self._verifiers[word])}

    def scores(self, frame: Pcm) -> dict[str, float]:
        """Takes the next frame; the plain score of every word, 0 to 1."""
        if frame.shape != (FRAME,) or frame.dtype != np.int16:
            raise EngineError(f"The wake word detector takes frames of {FRAME} int16 samples, not {frame.shape}.")
        try:
            self._features(frame)
            return {word: score for network in self._networks for word, score in network.scores(self._features).items()}
        except Exception as error:
            raise EngineError("The wake word detector failed; restart voiced.") from error

    def _judge(self, scores: Mapping[str, float], strange: Collection[str] = ()) -> WakeDetected | None:
        """The rules, without any sound: the scores of one frame in, and which words a stranger said; the wake out."""
        self._heard += 1
        self._since_wake += 1
        if self._fallen_below is not None and max(scores.values()) < self._fallen_below:
            self._fallen_below = None
        if self._heard <= WARM_UP or self._since_wake <= REFRACTORY or self._fallen_below is not None:
            self._run = dict.fromkeys(self._run, 0)
            return None
        for word, score in scores.items():
            over = score >= self.threshold and word not in strange
            self._run[word] = self._run[word] + 1 if over else 0
            self._peak[word] = max(self._peak[word], score) if over else 0.0
        word = max(self._run, key=lambda each: (self._run[each] >= self._consecutive, self._peak[each]))
        if self._run[word] < self._consecutive:
            return None
        wake = WakeDetected(word, self._peak[word])
        self._since_wake = 0
        self._fallen_below = self.threshold
        self._run = dict.fromkeys(self._run, 0)
        self._peak = dict.fromkeys(self._peak, 0.0)
        return wake


def bundled_words() -> dict[str, Path]:
    """The wake networks in openWakeWord's wheel, by name. Raises EngineError when it is not installed."""
    spec = find_spec("openwakeword")
    if spec is None or spec.origin is None:
        raise EngineError("openwakeword is not installed; install openwakeword 0.4.0.")
    folder = Path(spec.origin).parent / "resources" / "models"
    return {path.name.rsplit("_v", 1)[0]: path for path in sorted(folder.glob("*_v[0-9]*.onnx"))}


def find_word(word: str, paths: Paths) -> Path:
    """The file of a word: that of one's own before the bundled. Raises EngineError with a suggestion."""
    own = models.find("wake", word, paths)
    return own or find_model(word, [each.stem for each in models.others("wake", "", paths)])


def find_model(word: str, own: Sequence[str] = ()) -> Path:
    """The file of a bundled word or of a path. Raises EngineError with a suggestion when there is none; `own` are the
    words that may be suggested beside the bundled."""
    if word.endswith(".onnx") or "/" in word:
        path = Path(word).expanduser()
        if not (models.there(path) and path.is_file()):
            raise EngineError(f"There is no wake word model {path}; give the path of an .onnx file.")
        return path
    bundled = bundled_words()
    name = "_".join(word.casefold().replace("-", " ").replace("_", " ").split())
    if name in bundled:
        return bundled[name]
    close = get_close_matches(name, [*own, *bundled], n=1)
    meant = f'did you mean "{close[0]}"? There' if close else "there"
    raise EngineError(
        f'There is no wake word "{word}"; {meant} are {", ".join([*own, *bundled])}; for any other, '
        "give the path of its .onnx file."
    )


def _load(path: Path) -> _Network:
    """Loads a wake network and checks that it is one. Raises EngineError."""
    onnxruntime = onnx.runtime()
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = 1
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(str(path), sess_options=options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise EngineError(f"The wake word model {path} is damaged or not an ONNX file; get it again.") from error
    inputs, outputs = session.get_inputs(), session.get_outputs()
    shape = inputs[0].shape if len(inputs) == 1 else []
    output = outputs[0].shape
    if len(shape) != 3 or shape[2] != EMBEDDING or not isinstance(shape[1], int) or len(output) != 2:
        raise EngineError(f"{path} is an ONNX file, but not a wake word model of openWakeWord's kind.")
    word = path.name.rsplit("_v", 1)[0] if path in bundled_words().values() else path.stem
    return _Network(session, inputs[0].name, shape[1], _labels(word, int(output[1]), outputs[0].name))


def _labels(word: str, classes: int, output: str) -> dict[int, str]:
    """What the positions of a network's output mean.

    A network with several classes is trained with "none of them" at position 0, and openWakeWord writes the others
    into the output's name as JSON, such as {"1": "1_minute_timer"}; without that they are numbered."""
    if classes == 1:
        return {0: word}
    try:
        return {int(position): str(label) for position, label in json.loads(output).items()}
    except (ValueError, AttributeError):
        return {position: f"{word}_{position}" for position in range(1, classes)}


def _features(frames: int) -> Any:
    """openWakeWord's feature extractor on one thread, its window full of silence."""
    features = _extractor()
    for name in ("melspec_model", "embedding_model"):
        session = getattr(features, name)
        if session.get_providers()[0] != "CPUExecutionProvider":
            session.set_providers(["CPUExecutionProvider"])  # a GPU would be kept awake for 2 % of a core
    # The library keeps ten seconds of everything and copies them in every frame, a quarter of its work: 2.1 ms per
    # frame against 1.6. A frame needs itself and 480 samples of context, one window of mel frames, and the longest
    # network's embeddings.
    features.raw_data_buffer = deque([0] * (FRAME + MEL_CONTEXT), maxlen=FRAME + MEL_CONTEXT)
    features.melspectrogram_max_len = MEL_WINDOW
    features.feature_buffer_max_len = frames
    # Its mel window starts as all ones, a loud noise to the network; twelve frames of silence push that out.
    silence: NDArray[np.int16] = np.zeros(FRAME, np.int16)
    for _ in range(12):
        features(silence)
    features.feature_buffer = np.repeat(features.feature_buffer[-1:], frames, axis=0)
    return features


def _extractor() -> Any:
    """An `openwakeword.utils.AudioFeatures`, built without scikit-learn and without its ten seconds of silence.

    openWakeWord's `__init__` imports its speaker verifier, and that scikit-learn and scipy: 100 MB of memory and
    seconds of start-up for something never used here. A placeholder stands in for that one module while the package
    is imported, and is taken away again."""
    onnx.quieten()
    verifier = "openwakeword.custom_verifier_model"
    stand_in = verifier not in sys.modules
    if stand_in:
        placeholder = types.ModuleType(verifier)
        placeholder.__dict__["train_custom_verifier"] = None
        sys.modules[verifier] = placeholder
    try:
        from openwakeword.utils import AudioFeatures  # type: ignore[import-untyped]
    except ImportError as error:
        raise EngineError("openwakeword cannot be loaded; install openwakeword 0.4.0.") from error
    finally:
        if stand_in:
            del sys.modules[verifier]

    class LeanFeatures(AudioFeatures):  # type: ignore[misc]
        """Fills its window from one second of silence: ten in one batch take 120 MB that are never given back."""

        def _get_embeddings(self, x: Pcm, *args: Any, **kwargs: Any) -> Any:
            return super()._get_embeddings(x[:RATE], *args, **kwargs)

    with warnings.catch_warnings():
        # It asks for CUDA first; without a GPU that is a warning, and the CPU is what is wanted anyway.
        warnings.filterwarnings("ignore", message=".*CUDAExecutionProvider.*")
        return LeanFeatures()
