"""What turns texts into vectors, whichever it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from jophiel.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from jophiel.settings import EmbeddingSettings

LOCAL = "all-MiniLM-L6-v2"


class Encoder(Protocol):
    """Makes vectors of texts; vectors of two names are never compared."""

    @property
    def name(self) -> str:
        """The model's name."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a vector of unit length for each text, in their order."""


def open_encoder(settings: EmbeddingSettings, *, in_request: bool = False) -> Encoder:
    """Return what the settings say; `in_request`: somebody waits, so an endpoint is asked once and for a short time.

    Raises SettingsError where the settings say nothing, or nothing that is installed.
    """
    # Inside: numpy and the rest take a second that commands without embeddings need not wait for.
    if settings.url and settings.model:
        from jophiel.embeddings.endpoint import Endpoint  # noqa: PLC0415

        if in_request:
            return Endpoint(settings.url, settings.model, key=settings.key, timeout=settings.wish_seconds, attempts=1)
        return Endpoint(settings.url, settings.model, key=settings.key)
    if settings.model == LOCAL:
        from jophiel.embeddings.minilm import MiniLM  # noqa: PLC0415

        return MiniLM()
    raise SettingsError(
        f"JOPHIEL_EMBEDDINGS_MODEL is {settings.model!r}, and there is no JOPHIEL_EMBEDDINGS_URL"
        if settings.model
        else "nothing says what is to make vectors of texts",
        hint=f"Set JOPHIEL_EMBEDDINGS_MODEL={LOCAL} for the local model, or JOPHIEL_EMBEDDINGS_URL for an endpoint.",
    )
