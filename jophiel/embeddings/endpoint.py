"""Vectors from an OpenAI-compatible endpoint: POST /v1/embeddings."""

from __future__ import annotations

import math
import random
import time
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ValidationError

from jophiel.errors import EmbeddingError, SettingsError, one_line
from jophiel.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import httpx2
    from numpy.typing import NDArray

_LOGGER = get_logger("embeddings")
_BATCH = 64
_ATTEMPTS = 5
_LONGEST_WAIT = 30.0
_TOO_MANY, _BROKEN = 429, 500


class _Vector(BaseModel):
    index: int
    embedding: list[float]


class _Answer(BaseModel):
    data: list[_Vector]


class Endpoint:
    """An endpoint and the model to ask it for. `url`: up to and with /v1; `timeout`: seconds for one request.

    The key goes into a header and nowhere else. What is busy, broken or out of reach is asked `attempts` times, with
    growing pauses. Raises SettingsError where the extra is not installed.
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        key: str | None = None,
        timeout: float = 30,
        attempts: int = _ATTEMPTS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        try:
            import httpx2  # noqa: PLC0415 - comes with an extra
        except ImportError as error:
            raise SettingsError(
                f"an endpoint for embeddings needs httpx2 ({error})", hint="pip install 'jophiel[embeddings]'"
            ) from None
        self.name = model
        self._unreachable: type[Exception] = httpx2.TransportError
        self._attempts = attempts
        self._sleep = sleep
        self._http = httpx2.Client(timeout=timeout, headers={"authorization": f"Bearer {key}"} if key else {})
        self._address = f"{url.rstrip('/')}/embeddings"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a vector of unit length for each text, in their order. Raises EmbeddingError."""
        parts = [self._encode(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)]
        if not parts:
            return np.zeros((0, 0), dtype=np.float32)
        if len({part.shape[1] for part in parts}) > 1:
            raise EmbeddingError("the endpoint for embeddings answers with vectors of several lengths")
        return np.concatenate(parts)

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        answer = self._ask({"model": self.name, "input": list(texts), "encoding_format": "float"})
        try:
            rows = sorted(_Answer.model_validate_json(answer.content).data, key=lambda row: row.index)
        except ValidationError as error:
            fault = error.errors()[0]
            raise EmbeddingError(f"the endpoint for embeddings answers with something else: {fault['msg']}") from None
        if [row.index for row in rows] != list(range(len(texts))):
            raise EmbeddingError(f"the endpoint for embeddings has {len(rows)} vectors for {len(texts)} texts")
        if len({len(row.embedding) for row in rows}) > 1:
            raise EmbeddingError("the endpoint for embeddings answers with vectors of several lengths")
        vectors = np.array([row.embedding for row in rows], dtype=np.float64)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(lengths) & (lengths > 0)).all():
            raise EmbeddingError("the endpoint for embeddings answers with a vector of zeros, NaN or infinity")
        return np.asarray(vectors / lengths, dtype=np.float32)

    def _ask(self, body: dict[str, object]) -> httpx2.Response:
        for attempt in range(1, self._attempts + 1):
            try:
                answer = self._http.post(self._address, json=body)
            except self._unreachable as error:
                problem, asked_for = f"cannot be reached: {type(error).__name__}", None
            else:
                if answer.is_success:
                    return answer
                problem = f"answers {answer.status_code}: {_words(answer)}"
                asked_for = answer.headers.get("retry-after")
                if answer.status_code != _TOO_MANY and answer.status_code < _BROKEN:
                    break
            if attempt < self._attempts:
                pause = _pause(attempt, asked_for)
                _LOGGER.warning("the endpoint for embeddings %s; asked again in %.1f s", problem, pause)
                self._sleep(pause)
        raise EmbeddingError(f"the endpoint for embeddings {problem}")


def _pause(attempt: int, asked_for: str | None) -> float:
    """Return seconds: what the answer asks for, else doubling, with chance, so that many do not come back at once."""
    try:
        seconds = float(asked_for or "nan")
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds) or seconds < 0:
        seconds = 0.5 * 2**attempt * random.uniform(0.5, 1)  # noqa: S311 - no secret
    return min(seconds, _LONGEST_WAIT)


def _words(answer: httpx2.Response) -> str:
    """Return the beginning of what an answer says, without the key, which an endpoint may repeat in its complaint."""
    words = one_line(answer.text[:10_000])
    key = answer.request.headers.get("authorization", "").removeprefix("Bearer ")
    return (words.replace(key, "***") if key else words)[:200]
