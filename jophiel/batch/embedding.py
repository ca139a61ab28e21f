"""What the batch does for texts: new ones are embedded where that is configured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jophiel.embeddings.encoder import open_encoder
from jophiel.errors import JophielError
from jophiel.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    import psycopg

    from jophiel.settings import EmbeddingSettings

_LOGGER = get_logger("batch")


def embed_if_configured(
    connection: psycopg.Connection[Any],
    settings: EmbeddingSettings,
    *,
    tell: Callable[[str], None] = lambda _: None,
    progress: Callable[[int, int], None] = lambda *_: None,
    stopped: Callable[[], bool] = lambda: False,
) -> bool:
    """Embed the items that wait for it; return whether there was anything to ask.

    Whatever goes wrong is told, and the batch goes on: feeds do not wait for embeddings, and the next cycle tries
    again. Raises DatabaseError only where the connection is lost.
    """
    if settings.model is None:
        return False
    # Looked at first: the model is loaded only where there is a text for it.
    from jophiel.embeddings.catalogue import embed_items, has_work  # noqa: PLC0415 - numpy, which a batch seldom needs

    try:
        if not has_work(connection, settings.model):
            return False
        embed_items(connection, open_encoder(settings), progress=progress, stopped=stopped)
    except JophielError as error:
        if connection.closed:
            raise
        _LOGGER.error("texts are not embedded", extra={"reason": str(error)})  # noqa: TRY400 - one line is enough
        tell(f"texts are not embedded: {error}")
        return False
    except Exception as error:
        # A fault of ours, or of a library: worth a trace, and not worth the feeds.
        _LOGGER.exception("texts are not embedded")
        tell(f"texts are not embedded: {type(error).__name__}: {error}")
        return False
    return True
