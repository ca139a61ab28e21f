"""The gateway of embeddings: which texts there are to embed, and what was made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jophiel.database.rows import UnembeddedItem
from jophiel.database.statements import Statements

if TYPE_CHECKING:
    from collections.abc import Sequence


class EmbeddingGateway(Statements):
    """Statements over one connection, whose transactions are the caller's business."""

    def model(self) -> str | None:
        """Return the model whose embeddings are in the vectors in use, None where none are."""
        found = self._scalar("embedding_model")
        return None if found is None else str(found)

    def count_unembedded(self, model: str, *, everything: bool) -> int:
        """Return how many items a model has not embedded as they are now; with `everything`, how many there are."""
        return int(self._scalar("count_unembedded", model=model, all=everything))

    def unembedded_items(self, model: str, *, after: int | None, everything: bool, limit: int) -> list[UnembeddedItem]:
        """Return the next of those items, by id."""
        return self._all(UnembeddedItem, "unembedded_items", model=model, after=after, all=everything, limit=limit)

    def put_embeddings(
        self, model: str, items: Sequence[UnembeddedItem], embeddings: Sequence[Sequence[float] | None]
    ) -> int:
        """Store embeddings (None: an empty text, or one that is embedded already); return how many were new."""
        done = self._scalar(
            "put_embeddings",
            model=model,
            item_ids=[item.item_id for item in items],
            updated_at=[item.updated_at for item in items],
            hashes=[item.text_sha256 for item in items],
            embeddings=[None if numbers is None else _vector(numbers) for numbers in embeddings],
        )
        return int(done)

    def forget_embeddings(self, model: str, *, length: int) -> int:
        """Delete a model's embeddings that are of another length; return how many."""
        return int(self._scalar("forget_embeddings", model=model, length=length))

    def projection_is_due(self, model: str) -> bool:
        """Return whether a model's embeddings need a projection."""
        return bool(self._scalar("projection_is_due", model=model))

    def sample(self, model: str, limit: int) -> list[list[float]]:
        """Return up to `limit` embeddings, of the same items each time."""
        return self._column("embedding_sample", model=model, limit=limit)

    def count(self, model: str) -> int:
        """Return how many texts a model has embedded."""
        return int(self._scalar("count_embeddings", model=model))

    def dimensions(self) -> int:
        """Return how many coordinates embeddings have in the content block."""
        return int(self._scalar("embedding_dimensions"))

    def put_projection(self, model: str, components: Sequence[Sequence[float]], item_count: int) -> None:
        """Put a projection, fitted on that many embeddings, into use; the batch makes the vectors anew."""
        self._scalar(
            "put_projection", model=model, components=[_vector(row) for row in components], item_count=item_count
        )


def _vector(numbers: Sequence[float]) -> str:
    """Return a vector as pgvector writes it."""
    return f"[{','.join(f'{number:.7g}' for number in numbers)}]"
