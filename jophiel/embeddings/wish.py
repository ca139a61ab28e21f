"""The text of a request as a vector, where that is configured and the items have such vectors."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from threading import BoundedSemaphore, Lock, Thread
from typing import TYPE_CHECKING

from jophiel.embeddings.encoder import open_encoder
from jophiel.errors import EmbeddingError, SettingsError
from jophiel.logs import get_logger

if TYPE_CHECKING:
    from jophiel.embeddings.encoder import Encoder
    from jophiel.settings import EmbeddingSettings

_LOGGER = get_logger("embeddings")
_KEPT = 1000
_AT_ONCE = 2
_REST_SECONDS = 30.0


class Wishes:
    """Embeds texts of requests, the newest thousand of them once. After a failure nobody asks for thirty seconds.

    The model is loaded with the first text. No request waits for another's: what is asked is asked without a lock.
    """

    def __init__(self, settings: EmbeddingSettings) -> None:
        self._settings = settings
        self._encoder: Encoder | None = None
        self._known: dict[str, list[float]] = {}
        self._lock = Lock()
        self._loading = Lock()
        self._places = BoundedSemaphore(_AT_ONCE)
        self._rests_until = 0.0

    @property
    def is_configured(self) -> bool:
        """Return whether there is anything to ask."""
        return self._settings.model is not None

    def load(self) -> None:
        """Load the model now, where one is configured. Raises SettingsError where it is not installed."""
        if self.is_configured:
            self._open()

    def embedding(self, text: str, model: str | None) -> list[float] | None:
        """Return the vector of a text, None where the items' vectors are of another model (`model`) or of none.

        None too, and a line in the log, where an endpoint does not answer: the words of the text are left. Raises
        SettingsError where the model is not installed.
        """
        if not self._is_for(text, model):
            return None
        found = self._known.get(text)
        return self._ask(text) if found is None and not self._is_resting() else found

    async def embedding_soon(self, text: str, model: str | None) -> list[float] | None:
        """Return the same within the seconds of the settings, or None; None too where two texts are on their way.

        Never raises: a feed by words is better than none.
        """
        if not self._is_for(text, model):
            return None
        found = self._known.get(text)
        if found is not None or self._is_resting() or not self._places.acquire(blocking=False):
            return found
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[float] | None] = loop.create_future()

        def settle(vector: list[float] | None) -> None:
            if not answer.done():
                answer.set_result(vector)

        def ask() -> None:
            vector = None
            try:
                vector = self._ask(text)
            except SettingsError as error:
                self._rest(str(error))
            finally:
                self._places.release()
                # The loop may have ended: nobody waits any more.
                with suppress(RuntimeError):
                    loop.call_soon_threadsafe(settle, vector)

        # A daemon, and no pool of the interpreter's, which would be waited for when the server stops.
        Thread(target=ask, name="wish", daemon=True).start()
        try:
            return await asyncio.wait_for(answer, self._settings.wish_seconds)
        except TimeoutError:
            self._rest(f"no vector within {self._settings.wish_seconds:g} s")
            return None

    def _is_for(self, text: str, model: str | None) -> bool:
        return model is not None and model == self._settings.model and bool(text.strip())

    def _is_resting(self) -> bool:
        return time.monotonic() < self._rests_until

    def _rest(self, reason: str) -> None:
        self._rests_until = time.monotonic() + _REST_SECONDS
        _LOGGER.error("wishes count by their words alone for %d s: %s", _REST_SECONDS, reason)

    def _open(self) -> Encoder:
        with self._loading:
            if self._encoder is None:
                self._encoder = open_encoder(self._settings, in_request=True)
            return self._encoder

    def _ask(self, text: str) -> list[float] | None:
        try:
            found: list[float] = self._open().encode([text])[0].tolist()
        except EmbeddingError as error:
            self._rest(str(error))
            return None
        with self._lock:
            if len(self._known) >= _KEPT:
                del self._known[next(iter(self._known))]
            self._known[text] = found
        return found
