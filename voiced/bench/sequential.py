"""Frames flow in, one stage works after the other, an answer flows out: what voiced is compared with.

The same models, used as the engines' own documentation shows: 700 ms of silence, then `WhisperModel.transcribe` on the
recording, then the whole answer from `create_chat_completion`, then Piper on the whole text, then playback. It hears
the same lines, remembers the conversation as voiced does, and each of its engines is loaded once.
"""

import io
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import soundfile  # type: ignore[import-untyped]

from voiced import onnx
from voiced.activity import Activity
from voiced.audio.room import STEP
from voiced.bench.person import Utterance
from voiced.bench.prompted import Prompter
from voiced.conversation.chain import Chain
from voiced.endpoint import Endpointer, EndpointRules
from voiced.engines import WAKE_WORD
from voiced.llm.prompt import Conversation
from voiced.setting import Setting
from voiced.stages import RATE, Clock, Message, Pcm, Sound, VoiceActivity
from voiced.wakeword import without_wake_word
from voiced.worker import Worker

SILENCE_MS: Final = 700.0
"""Milliseconds of silence after which it begins."""

AUDIBLE: Final = 0.01
"""Amplitude from which a sample is heard: -40 dBFS."""


class Stages(Protocol):
    """The three engines."""

    def transcribe(self, speech: Pcm) -> str:
        """The words."""

    def answer(self, messages: Sequence[Message], dictated: str | None) -> str:
        """The whole answer; `dictated` takes its place, token by token."""

    def speak(self, text: str) -> Sound:
        """All of `text`."""


@dataclass(slots=True)
class Exchange:
    """One utterance and its answer; seconds on the room's clock."""

    utterance: Utterance
    decided: float | None = None
    """When the silence had lasted."""
    spans: dict[str, tuple[float, float]] = field(default_factory=dict)
    """From when to when each stage worked."""
    stages_ms: dict[str, float] = field(default_factory=dict)
    """Milliseconds of real time that each took."""
    audible: float | None = None
    """When the first audible sample of the answer left the speaker; None when there was none."""
    over: bool = False


class Sequential:
    """A listener whose turn is over when `busy` is False."""

    def __init__(
        self,
        stages: Stages,
        vad: VoiceActivity,
        conversation: Conversation,
        prompter: Prompter,
        clock: Clock,
        activity: Activity,
    ) -> None:
        self._stages, self._vad, self._conversation = stages, vad, conversation
        self._prompter, self._clock = prompter, clock
        self._endpointer = Endpointer(EndpointRules(silence_ms=SILENCE_MS, chunk_ms=vad.chunk / RATE * 1000))
        self._worker = Worker("sequential", activity)
        self._frames: list[Pcm] = []
        self._judged = 0
        self._exchange: Exchange | None = None

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._exchange is not None and not self._exchange.over

    def listen(self, utterance: Utterance) -> Exchange:
        """Begins a turn, in which `utterance` is to be heard; what becomes of it."""
        self._frames, self._judged = [], 0
        self._vad.reset()
        self._endpointer.reset()
        self._exchange = Exchange(utterance)
        return self._exchange

    def hear(self, frame: Pcm) -> None:
        """Takes the next frame; returns at once."""
        exchange = self._exchange
        if exchange is None or exchange.decided is not None:
            return
        self._frames.append(frame)
        recording = np.concatenate(self._frames)
        while exchange.decided is None and len(recording) - self._judged >= self._vad.chunk:
            chunk = recording[self._judged : self._judged + self._vad.chunk]
            self._judged += len(chunk)
            if self._endpointer.hear(self._vad.probability(chunk)) == "ended":
                exchange.decided = self._clock.monotonic()
                self._worker.submit(lambda: self._work(exchange, recording))

    def close(self) -> None:
        """Waits for what is under way."""
        self._worker.close()

    def _work(self, exchange: Exchange, recording: Pcm) -> None:
        """One stage after the other."""
        try:
            with self._stage(exchange, "stt"):
                heard = self._stages.transcribe(recording)
            line = exchange.utterance.line
            text = " ".join(line.parts) if self._prompter.telling else without_wake_word(heard, (WAKE_WORD,))
            messages = self._conversation.messages(text)
            with self._stage(exchange, "llm"):
                answer = self._stages.answer(messages, line.answer if self._prompter.telling else None)
            with self._stage(exchange, "tts"):
                sound = self._stages.speak(answer)
            self._conversation.commit(text, answer)
            exchange.audible = self._played(sound)
        finally:
            exchange.over = True

    def _played(self, sound: Sound) -> float | None:
        """When the first audible sample of `sound` leaves a speaker that takes its next block now. Nobody needs to hear
        the rest."""
        loud = np.flatnonzero(np.abs(sound.samples) > AUDIBLE)
        if not len(loud):
            return None
        block = STEP / RATE
        begin = np.ceil(self._clock.monotonic() / block) * block
        return float(begin + loud[0] / sound.rate)

    @contextmanager
    def _stage(self, exchange: Exchange, name: str) -> Iterator[None]:
        begin, at = time.perf_counter(), self._clock.monotonic()
        yield
        exchange.stages_ms[name] = (time.perf_counter() - begin) * 1000
        exchange.spans[name] = at, self._clock.monotonic()


class Documented:
    """`Stages` on three model files; where there is none of a kind, voiced's own engine works whole utterances."""

    def __init__(self, setting: Setting, chain: Chain, stt: Path | None, llm: Path, tts: Path | None) -> None:
        """Loads them. The language model gets as many tokens of context and threads as voiced's own."""
        onnx.quieten()
        from faster_whisper import WhisperModel  # type: ignore[import-untyped]
        from llama_cpp import Llama
        from piper import PiperVoice

        llm_settings, profile = setting.config.llm, setting.profile
        self._own = chain
        self._whisper = WhisperModel(str(stt), device="cpu", local_files_only=True) if stt else None
        self._llama = Llama(
            str(llm),
            n_ctx=llm_settings.context_tokens or profile.budget.context_tokens,
            n_threads=profile.threads.llm_decode,
            n_threads_batch=profile.threads.llm_prefill,
            verbose=False,
        )
        self._voice = PiperVoice.load(str(tts)) if tts else None
        self._max_tokens = llm_settings.max_tokens

    def transcribe(self, speech: Pcm) -> str:
        if self._whisper is None:
            return self._own.mind.hearing.recogniser.transcribe(speech).text
        segments, _ = self._whisper.transcribe(speech.astype(np.float32) / 32768)
        return "".join(segment.text for segment in segments).strip()

    def answer(self, messages: Sequence[Message], dictated: str | None) -> str:
        answer: Any = self._llama.create_chat_completion(
            [{"role": message.role, "content": message.content} for message in messages],  # type: ignore[misc]
            max_tokens=self._max_tokens,
            logits_processor=None if dictated is None else self._dictation(dictated),
        )
        return str(answer["choices"][0]["message"]["content"])

    def speak(self, text: str) -> Sound:
        import wave

        if self._voice is None:
            sounds = list(self._own.mouth.synthesiser.synthesise(text))
            return Sound(np.concatenate([sound.samples for sound in sounds]), sounds[0].rate)
        file = io.BytesIO()
        with wave.open(file, "wb") as writer:
            self._voice.synthesize_wav(text, writer)
        file.seek(0)
        samples, rate = soundfile.read(file, dtype="float32")
        return Sound(samples, rate)

    def tokens(self, text: str) -> int:
        """How many tokens the language model reads in `text`, names of control tokens included."""
        return len(self._llama.tokenize(text.encode(), add_bos=False, special=True))

    @property
    def read_and_written(self) -> int:
        """Tokens of the conversation that the language model holds."""
        return int(self._llama.n_tokens)

    @property
    def template(self) -> str:
        """The language model's chat template."""
        return str(self._llama.metadata["tokenizer.chat_template"])

    def _dictation(self, text: str) -> Any:
        """What has llama-cpp-python choose the tokens of `text`, one after the other, and the end."""
        from llama_cpp import LogitsProcessorList

        tokens = iter([*self._llama.tokenize(text.encode(), add_bos=False), self._llama.token_eos()])

        def choose(_: Any, scores: Any) -> Any:
            scores[next(tokens, self._llama.token_eos())] = 1e4
            return scores

        return LogitsProcessorList([choose])
