"""Where a model would put what nobody has acted on."""

from __future__ import annotations

import numpy as np
import pytest

from jophiel.models.content_map import fit_content_map


def world(items: int = 400, noise: float = 0.05) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(3)
    content = draw.normal(size=(items, 6)).astype(np.float32)
    content /= np.linalg.norm(content, axis=1, keepdims=True)
    factors = draw.normal(size=(4, 6)) / 4
    outs = content @ factors.T + [0.1, 0, 0, 0.2] + noise * draw.normal(size=(items, 4))
    return content, outs.astype(np.float32), factors


def test_a_linear_relation_is_found() -> None:
    content, outs, factors = world()
    found = fit_content_map(content, outs)
    assert found is not None
    assert found.factors == pytest.approx(factors, abs=0.03)
    assert found.bias == pytest.approx([0.1, 0, 0, 0.2], abs=0.02)


def test_what_content_says_nothing_about_has_no_map() -> None:
    content, outs, _ = world(noise=0)
    shuffled = np.random.default_rng(1).permutation(outs)
    assert fit_content_map(content, shuffled) is None
    assert fit_content_map(content[:49], outs[:49]) is None
    assert fit_content_map(np.zeros_like(content), outs) is None


def test_items_without_content_are_no_evidence() -> None:
    content, outs, _ = world()
    padded = np.vstack([content, np.zeros((100, 6), dtype=np.float32)])
    more = np.vstack([outs, np.full((100, 4), 9, dtype=np.float32)])
    one, other = fit_content_map(content, outs), fit_content_map(padded, more)
    assert one is not None
    assert other is not None
    assert other.bias == pytest.approx(one.bias)
