"""The text of a request as a vector, where that is configured and the items have such vectors."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from jophiel.embeddings.encoder import open_encoder
from jophiel.errors import EmbeddingError
from jophiel.logs import get_logger

if TYPE_CHECKING:
    from jophiel.embeddings.encoder import Encoder
    from jophiel.settings import EmbeddingSettings

_LOGGER = get_logger("embeddings")
_KEPT = 1000


class Wishes:
    """Embeds texts of requests, the newest thousand of them once; threads take turns.

    The model is loaded with the first text. Raises SettingsError then, where it is not installed.
    """

    def __init__(self, settings: EmbeddingSettings) -> None:
        self._settings = settings
        self._encoder: Encoder | None = None
        self._known: dict[str, list[float]] = {}
        self._lock = Lock()

    @property
    def is_configured(self) -> bool:
        """Return whether there is anything to ask."""
        return self._settings.model is not None

    def load(self) -> None:
        """Load the model now, where one is configured. Raises SettingsError where it is not installed."""
        if self.is_configured and self._encoder is None:
            self._encoder = open_encoder(self._settings)

    def embedding(self, text: str, model: str | None) -> list[float] | None:
        """Return the vector of a text, None where the items' vectors are of another model (`model`) or of none.

        None too, and a line in the log, where an endpoint does not answer: the words of the text are left.
        """
        if model is None or model != self._settings.model or not text.strip():
            return None
        with self._lock:
            if text not in self._known:
                encoder = self._encoder = self._encoder or open_encoder(self._settings)
                try:
                    found: list[float] = encoder.encode([text])[0].tolist()
                except EmbeddingError as error:
                    _LOGGER.error("a wish counts by its words alone: %s", error)  # noqa: TRY400 - one line is enough
                    return None
                if len(self._known) >= _KEPT:
                    del self._known[next(iter(self._known))]
                self._known[text] = found
            return self._known[text]
