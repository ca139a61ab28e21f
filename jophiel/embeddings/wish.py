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
    from typing import Any, TypeAlias

    from jophiel.embeddings.encoder import Encoder
    from jophiel.settings import EmbeddingSettings

    Options: TypeAlias = dict[str, Any]

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

    def options(self, text: str, model: str | None) -> Options:
        """Return the options of `jophiel.recommend` that carry a text's vector: query_embedding and query_model.

        None of them where the items' vectors are of another model (`model`) or of none, or where an endpoint does not
        answer, which the log says: the words of the text are left. Raises SettingsError where the model is not
        installed.
        """
        if not self._is_for(text, model):
            return {}
        found = self._known.get(text)
        return self._named(self._ask(text) if found is None and not self._is_resting() else found)

    async def options_soon(self, text: str, model: str | None) -> Options:
        """Return the same within the seconds of the settings, or none; none too where two texts are on their way.

        Never raises: a feed by words is better than none.
        """
        if not self._is_for(text, model):
            return {}
        found = self._known.get(text)
        if found is None and not self._is_resting() and self._places.acquire(blocking=False):
            found = await self._soon(text)
        return self._named(found)

    async def _soon(self, text: str) -> list[float] | None:
        """Ask in a thread, which gives the place back that it has taken."""
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

    def _named(self, vector: list[float] | None) -> Options:
        return {} if vector is None else {"query_embedding": vector, "query_model": self._settings.model}

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
