"""A conversation flows in, the pieces of an answer flow out: llama.cpp in this process, behind `LanguageModel`.

What the model has read stays in its KV cache. A turn compares its prompt with that, token by token, keeps what both
begin with and reads only the rest: the system prompt and the history are read once. What an interrupted answer wrote
is remembered like any other, so the next turn need not read it again.

Laws:

1. The newest stream owns the model. An older one, whoever holds it, ends at its next token, so no turn ever waits for
   another, and a generator that nobody reads on blocks nobody.
2. The lock is held for one batch or one token at a time, never across a `yield`.
3. Reading ahead gives way to a stream, and never disturbs one that somebody still listens to.
"""

import codecs
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path

from voiced.errors import EngineError
from voiced.llm.memory import Memory
from voiced.llm.native import BATCH, Loading, Native, Sampler, Sampling
from voiced.llm.prompt import shortened
from voiced.llm.reuse import aligned, common
from voiced.llm.template import MARK, ChatTemplate
from voiced.stages import Cancelled, Message, never

MARKS = ".?!"
"""What may stand at the end of a sentence."""

QUESTION = 100
"""Tokens of a question for which room is made beforehand; one of 30 s has about as many."""


class LlamaModel:
    """A GGUF with a chat template. Safe to use from several threads."""

    name: str = "llama.cpp"

    def __init__(
        self,
        path: Path,
        how: Loading | None = None,
        *,
        sampling: Sampling | None = None,
        memory: Path | None = None,
        capitals: bool = True,
    ) -> None:
        """Loads the model at `path`. What conversations begin with is kept in the folder `memory`, if one is given, and
        not read again at the next start. Without `capitals`, what a person wrote in nothing else is read in small
        letters: a small model knows hardly a word by them.

        Raises EngineError when the file is missing, broken, or not made for conversation."""
        self.sampling = sampling or Sampling()
        self._native = Native(path, how or Loading())
        try:
            # No template is guessed: a model that was not trained for conversation answers with more questions.
            if (source := self._native.template) is None:
                raise EngineError(f"{path} holds no chat template: choose a model made for conversation (instruct).")
            self._template = ChatTemplate(source, bos=self._native.bos, eos=self._native.eos)
        except EngineError:
            self._native.close()
            raise
        self._memory = None if memory is None else Memory(memory, path)
        self._capitals = capitals
        single = [self._native.tokenize(mark) for mark in MARKS]
        self._marks = [tokens[0] for tokens in single if len(tokens) == 1]
        self._lock = threading.Lock()  # guards the native model, between two steps
        # Guards the next two; never held while the model works. Re-entrant, because the collector may end a forgotten
        # generator, which takes it, in the middle of anything.
        self._turns = threading.RLock()
        self._turn = 0
        self._listener: Cancelled | None = None  # of the stream that has begun and not ended
        self._first_kept: Message | None = None  # where the history began when it was last shortened
        self._closed = False
        self.evaluated_tokens = 0
        """Tokens of the prompt that the last `stream` or `warm` had to read; what it wrote is not counted."""
        self.read_tokens = 0
        """The same of all so far."""
        self.ahead_tokens = 0
        """Of these, tokens of what somebody was still saying."""
        self.vain_tokens = 0
        """Of these, such as were forgotten again, because the words were others in the end."""
        self._judged: tuple[list[int], float] = ([], 0.0)  # what `finished` was last asked about, and what it said
        self._followed = (0, 0)  # from which token to which the conversation was read while somebody said it
        self.written_tokens = 0
        """Tokens written by all streams so far."""
        self.dictate: Callable[[Sequence[Message]], str | None] = lambda _: None
        """Asked at the beginning of each stream for the answer to write instead of the model's own; None for none. Each
        of its tokens takes the place of one that the model has computed and chosen, so it costs the same. For
        benchmarks, whose models have the shape of real ones and have learnt nothing."""

    def stream(self, messages: Sequence[Message], cancelled: Cancelled = never) -> Generator[str, None, None]:
        """Pieces of the answer to the last message; whole characters, at least one in each piece. May be closed early.

        Ends at the model's end of turn, after `sampling.max_tokens`, within one token of `cancelled`, and when a newer
        stream begins. When the conversation outgrows the context, the oldest turns are left out. Raises EngineError
        when the last message alone is too long, or llama.cpp fails."""
        turn = self._begin(cancelled)

        def over() -> bool:
            return cancelled() or self._turn != turn

        try:
            with self._lock:
                if over():
                    return
                if self._closed:
                    raise EngineError("The language model has been closed: start voiced again.")
                plain = self._plain(messages)
                if (found := self._fitting(plain, self._template.prompt)) is None:
                    raise EngineError(
                        f"The text is too long for the language model ({self._least(plain)} tokens, and it can "
                        f"remember {self._native.size}): shorten it, or give the model a larger context."
                    )
                _, prompt = found
                self._rewind_before(prompt)
            if self._read(prompt, over):
                self._followed = (0, 0)
                yield from self._write(over, self._dictated(messages))
        finally:
            self._end(turn)

    def warm(self, messages: Sequence[Message], cancelled: Cancelled = never) -> None:
        """Reads `messages` ahead, so that a later `stream` that begins with them starts at once: without their oldest
        turns where a question would not fit behind them. Gives up when a stream begins or it is `cancelled`, and does
        nothing while one is listened to. Raises EngineError when llama.cpp fails."""
        over = self._give_way(cancelled)
        with self._lock:
            if over() or self._closed:
                return
            answering = bool(messages) and messages[-1].role == "user"
            plain, text = self._plain(messages), self._template.prompt if answering else self._template.prefix
            found = self._fitting(plain, text, 0 if answering else QUESTION) or self._fitting(plain, text)
            beginning = [each for each in plain if each.role == "system"]
            prompt = found[1] if found else self._tokens(self._template.prefix(beginning))[: self._native.size]
            self.evaluated_tokens = 0
            self._native.reserve(len(prompt) + self.sampling.max_tokens + QUESTION)  # now that nobody waits
            if common(prompt, self._native.tokens) == len(prompt):
                return  # known already, perhaps with more behind it that is worth keeping
            first = all(message.role == "system" for message in messages)
            if first and self._memory and not self._native.tokens and self._memory.recall(self._native, prompt):
                return
            self._rewind(prompt)
        if self._read(prompt, over) and first and self._memory:
            with self._lock:
                if self._native.tokens == prompt:
                    self._memory.keep(self._native)

    def follow(self, messages: Sequence[Message], cancelled: Cancelled = never) -> None:
        """Reads ahead how the last message begins, of which more is still to come, so that a later `stream` has only
        the rest to read. It must end with a whole word; a tokenizer never joins two. Gives way as `warm` does, and does
        nothing where turns would have to be left out, or a wrong word would cost all of the conversation. Raises
        EngineError when llama.cpp fails."""
        if not self._native.rewinds:
            return
        over = self._give_way(cancelled)
        with self._lock:
            if over() or self._closed:
                return
            *before, last = self._from_first_kept(self._plain(messages))
            head = self._tokens(self._template.prefix(before))
            prompt = self._tokens(self._template.prefix(before) + last.content.strip())
            self.evaluated_tokens = 0
            if len(prompt) > self._room or common(prompt, self._native.tokens) == len(prompt):
                return
            self._rewind(prompt)
            self._followed = (common(head, prompt), len(prompt))
        self._read(prompt, over, ahead=True)

    def finished(self, messages: Sequence[Message], cancelled: Cancelled = never) -> float | None:
        """The probability, by the model, that the last message ends where it ends; marks at its end are left out, since
        recognisers put one there whether it is the end or not. Reads nothing that `stream` would not read, and owns
        the model like a stream. None when it was cancelled, is not to be told, or there is nothing to tell it from.

        Raises EngineError when llama.cpp fails."""
        turn = self._begin(cancelled)

        def over() -> bool:
            return cancelled() or self._turn != turn

        try:
            with self._lock:
                asked = None if over() or self._closed else self._asked(messages)
                if asked is None:
                    return None
                kept, known, ends = asked
                if known == self._judged[0]:
                    return self._judged[1]
                self._rewind_before(known)
                if self._native.tokens == known:
                    return self._native.chance(ends)
                prompt = self._around(known, kept)
                ahead = min(len(known) - 1, max(len(self._native.tokens), len(prompt) - BATCH))
            if not self._read(prompt[:ahead], over):
                return None
            with self._lock:
                if over() or self._native.tokens != prompt[:ahead]:
                    return None
                self._add(prompt[ahead:], score=len(known) - 1 - ahead)
                self._judged = (known, self._native.chance(ends, len(known) - 1 - ahead))
                return self._judged[1]
        finally:
            self._end(turn)

    def _asked(self, messages: Sequence[Message]) -> tuple[list[Message], list[int], list[int]] | None:
        """What `finished` is asked: `messages` as they are kept, the tokens of it up to the end of the words, and those
        that may end them; None where that cannot be told."""
        if (found := self._fitting(self._plain(messages), self._template.prompt)) is None:
            return None
        *before, last = found[0]
        words = last.content.strip().rstrip(MARKS + " \N{HORIZONTAL ELLIPSIS}")
        whole = self._template.prompt([*before, Message(last.role, MARK)])
        tail = self._native.tokenize(whole[whole.rfind(MARK) + len(MARK) :])
        if not words or not tail or not self._native.control(tail[0]):
            return None
        return found[0], self._tokens(self._template.prefix(before) + words), [tail[0], *self._marks]

    def _around(self, known: list[int], messages: Sequence[Message]) -> list[int]:
        """The prompt for `messages`, which begins with `known`, so that both are read in one pass: two would load all
        weights twice. `known` itself where that cannot be, or would have to be read again if the person goes on."""
        prompt = self._tokens(self._template.prompt(messages))
        # The last of the words has to be in one batch with all that stands behind them.
        fits = len(prompt) <= self._room and len(prompt) - len(known) < BATCH and prompt[: len(known)] == known
        return prompt if fits and self._native.rewinds else known

    def close(self) -> None:
        """Frees the memory; streams that still run end. May be called twice."""
        with self._turns:
            self._turn += 1
        with self._lock:
            self._closed = True
            self._native.close()

    def _begin(self, cancelled: Cancelled) -> int:
        with self._turns:
            self._turn += 1
            self._listener = cancelled
            return self._turn

    def _give_way(self, cancelled: Cancelled) -> Cancelled:
        """Begins to read ahead; tells when that is over, which it is at once while a stream is listened to."""
        with self._turns:
            if self._listener is not None and not self._listener():
                return lambda: True
            self._turn += 1
            self._listener = None
            turn = self._turn
        return lambda: cancelled() or self._turn != turn

    def _end(self, turn: int) -> None:
        with self._turns:
            if self._turn == turn:
                self._listener = None

    def _plain(self, messages: Sequence[Message]) -> list[Message]:
        """`messages` as they are read."""
        return [Message(message.role, self._native.plain(self._lettered(message))) for message in messages]

    def _lettered(self, message: Message) -> str:
        small = not self._capitals and message.role == "user" and message.content.isupper()
        return message.content.lower() if small else message.content

    def _tokens(self, text: str) -> list[int]:
        tokens = self._native.tokenize(text, begin=True)
        return aligned(tokens, self._native.tokens, self._native)

    @property
    def _room(self) -> int:
        """Tokens that a prompt may have: a quarter of the context, at most, is kept free for the answer."""
        return self._native.size - min(self.sampling.max_tokens, self._native.size // 4)

    def _from_first_kept(self, plain: list[Message]) -> list[Message]:
        """`plain` from where the history began when it was last shortened; all of it, where that is not in it."""
        kept = None if self._first_kept is None else next(shortened(plain, self._first_kept), None)
        if kept is None:
            self._first_kept = None
            return plain
        return kept

    def _fitting(
        self, plain: list[Message], text: Callable[[Sequence[Message]], str], spare: int = 0
    ) -> tuple[list[Message], list[int]] | None:
        """`plain` without the oldest turns if need be, so that the `text` of it fits with `spare` more tokens, and that
        text's tokens; None where not even the last turn fits. Whoever reads asks here, for what one keeps and another
        does not is read again by each."""
        kept = self._from_first_kept(plain)
        if len(prompt := self._tokens(text(kept))) + spare <= self._room:
            return kept, prompt
        # Half of the room is freed at once: were it one turn at a time, every turn would begin differently from the
        # last, and be read whole. Moving the cache's positions instead would spare even that, but the remembered
        # turns would have been read in the light of those that were dropped, and hybrid models cannot do it.
        for limit in (self._room // 2, self._room - spare):
            for kept in shortened(plain):
                if len(prompt := self._tokens(text(kept))) <= limit:
                    self._first_kept = next(message for message in kept if message.role != "system")
                    return kept, prompt
        return None

    def _least(self, plain: list[Message]) -> int:
        """Tokens of the last of `plain` alone, with the system prompt."""
        *_, kept = [plain, *shortened(plain)]
        return len(self._tokens(self._template.prompt(kept)))

    def _rewind(self, prompt: Sequence[int]) -> None:
        """Forgets what `prompt` does not begin with. The lock is held."""
        kept = common(prompt, self._native.tokens)
        begin, end = self._followed
        end = min(end, len(self._native.tokens))
        self.vain_tokens += max(0, end - max(begin, kept))
        self._followed = (begin, min(end, kept))
        self._native.forget(kept)
        self.evaluated_tokens = 0

    def _rewind_before(self, prompt: Sequence[int]) -> None:
        """The same, so that reading `prompt` ends with the scores of what follows it: where they are not at hand, its
        last token is read again."""
        known = self._native.scored and self._native.tokens == prompt
        self._rewind(prompt if known else prompt[:-1])

    def _read(self, prompt: Sequence[int], over: Cancelled, *, ahead: bool = False) -> bool:
        """Reads what is missing of `prompt`, unless it is `over` before; `ahead` of its end."""
        while True:
            with self._lock:
                if over():
                    return False
                done = len(self._native.tokens)
                if done == len(prompt):
                    return True
                batch = prompt[done : done + BATCH]
                self._add(batch)
                self.ahead_tokens += len(batch) if ahead else 0

    def _add(self, batch: Sequence[int], score: int | None = None) -> None:
        """Reads one batch and counts it; see `Native.read`. The lock is held."""
        self._native.read(batch, score)
        self.evaluated_tokens += len(batch)
        self.read_tokens += len(batch)

    def _dictated(self, messages: Sequence[Message]) -> Iterator[int]:
        """The tokens to write instead of the model's own, the one that ends the answer among them; none, mostly."""
        text = self.dictate(messages)
        return iter(() if text is None else self._native.tokenize(text + self._native.eos))

    def _write(self, over: Cancelled, dictated: Iterator[int]) -> Generator[str, None, None]:
        """The answer to the prompt that was just read."""
        # "ignore": bytes that are no character cannot be spoken either.
        decoder = codecs.getincrementaldecoder("utf-8")("ignore")
        sampler: Sampler = self._native.sampler(self.sampling)
        pending: list[int] = []
        try:
            for _ in range(self.sampling.max_tokens):
                with self._lock:
                    if over() or len(self._native.tokens) + len(pending) >= self._native.size:
                        return
                    if pending:
                        self._native.read(pending)
                    token = self._native.choose(sampler)
                    token = next(dictated, token)
                    self.written_tokens += 1
                    # Any control token ends the answer: what follows would be somebody else's turn, made up.
                    if self._native.control(token):
                        return
                    pending = [token]
                    piece = decoder.decode(self._native.piece(token))
                if piece:
                    yield piece  # spoken while the next token is still to be computed
        finally:
            sampler.close()
