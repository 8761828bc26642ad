"""A language model that is still being loaded flows in, and out to whoever has a question for it meanwhile."""

import threading
from typing import Final

from voiced.stages import Cancelled, LanguageModel, never

LOOK_S: Final = 0.1
"""Seconds between two looks at whether the question still matters."""


class Coming:
    """A language model that will be there in a moment. Settled in one thread, awaited in another."""

    def __init__(self) -> None:
        self._settled = threading.Event()
        self._model: LanguageModel | None = None

    def settle(self, model: LanguageModel | None) -> None:
        """Here it is; None when there is none after all."""
        self._model = model
        self._settled.set()

    def wait(self, cancelled: Cancelled = never) -> LanguageModel | None:
        """The model, once that is settled; None when there is none, or when nobody wants it any more."""
        while not self._settled.wait(LOOK_S):
            if cancelled():
                return None
        return self._model
