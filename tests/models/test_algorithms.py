"""The algorithms: against their formulas on examples, on planted groups, and the same for the same seed."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.sparse as sp

from jophiel.errors import InputError
from jophiel.models.algorithms import NAMES, fit, neighbours, parts, svd
from jophiel.models.log import Log

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jophiel.models.model import Model

GROUPS = 4
ITEMS = 12


def planted(users: int = 240, seed: int = 1) -> Log:
    """Users of four groups who choose five of the twelve items of their own group."""
    generator = np.random.default_rng(seed)
    rows = [
        (user, 100 + ITEMS * (user % GROUPS) + item)
        for user in range(users)
        for item in generator.choice(ITEMS, 5, replace=False)
    ]
    user_ids, item_ids = np.array(rows, dtype=np.int64).T
    return Log(user_ids, item_ids, np.ones(len(rows), dtype=np.float32), np.arange(len(rows), dtype=np.float64))


def scores(model: Model, item_ids: list[int]) -> NDArray[np.float64]:
    """The score of every item for who acted on these."""
    acted = np.isin(model.item_ids, item_ids).astype(np.float64)
    if model.neighbours is not None:
        return np.asarray(acted @ model.neighbours.toarray())
    assert model.in_vectors is not None
    assert model.out_vectors is not None
    return np.asarray((acted @ model.in_vectors) @ model.out_vectors.T)


@pytest.mark.parametrize("name", [*NAMES, "svd+neighbours"])
def test_who_chose_two_of_a_group_is_offered_the_rest_of_it(name: str) -> None:
    if name in {"als", "bpr"}:
        pytest.importorskip("implicit", reason="needs the extra and the system's libgomp", exc_type=ImportError)
    model = fit(name, planted(), dimensions=8, seed=3)

    for group in range(GROUPS):
        first = 100 + ITEMS * group
        found = scores(model, [first, first + 1])
        found[np.isin(model.item_ids, [first, first + 1])] = -np.inf
        best = model.item_ids[np.argsort(-found)[:8]]
        assert np.mean((best >= first) & (best < first + ITEMS)) >= 0.7
    again = fit(name, planted(), dimensions=8, seed=3)
    assert np.array_equal(scores(model, [100, 101]), scores(again, [100, 101]))


def test_svd_is_its_formula() -> None:
    log = planted(40)
    model = fit("svd", log, dimensions=6, parameters={"b": 0.3})

    values = log.matrix().values.toarray().astype(np.float64)
    users, items = values.sum(axis=1), np.maximum(values.sum(axis=0), 1)
    _, _, rows = np.linalg.svd(values / np.sqrt(users)[:, None] / items**0.3, full_matrices=False)
    expected = (rows[:6].T / items[:, None] ** 0.3) @ (rows[:6] * items**0.3)
    assert model.in_vectors is not None
    assert model.out_vectors is not None
    assert model.in_vectors @ model.out_vectors.T == pytest.approx(expected, abs=1e-4)


def test_large_and_small_matrices_have_the_same_singular_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    values = planted(400).matrix().values.astype(np.float64)
    dense = svd.right_vectors(values, 5, seed=0)
    monkeypatch.setattr(svd, "_DENSE", 0)

    assert svd.right_vectors(values, 5, seed=1) == pytest.approx(dense, abs=1e-6)


def test_neighbours_are_their_formula_whatever_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    log = planted(40)
    values = log.matrix().values.toarray().astype(np.float64)
    users, items = values.sum(axis=1), values.sum(axis=0)
    normalised = values / np.sqrt(users)[:, None] / np.sqrt(items)
    expected = items[:, None] ** -0.5 * (normalised.T @ normalised) * items[None, :] ** 0.2
    np.fill_diagonal(expected, 0)
    monkeypatch.setattr(neighbours, "_BLOCK_NUMBERS", 200)

    model = fit("neighbours", log, dimensions=1, parameters={"out": 0.2})

    assert model.neighbours is not None
    assert model.neighbours.toarray() == pytest.approx(expected, abs=1e-6)


def test_users_with_endless_histories_are_cut_to_what_they_chose_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "_ITEMS_A_USER", 2)
    values = sp.csr_array(np.array([[0.5, 1, 0.9], [0, 1, 0]], dtype=np.float32))

    assert neighbours._longest_cut(values).toarray() == pytest.approx(np.array([[0, 1, 0.9], [0, 1, 0]]))


def test_ease_is_its_formula_where_nothing_is_cut() -> None:
    log = planted(40)
    gram = log.matrix().values.toarray().astype(np.float64)
    gram = gram.T @ gram + 20 * np.eye(gram.shape[1])
    inverse = np.linalg.inv(gram)
    expected = np.maximum(-inverse / np.diag(inverse), 0)
    np.fill_diagonal(expected, 0)

    model = fit("ease", log, dimensions=1, parameters={"lambda": 20})

    assert model.neighbours is not None
    assert model.neighbours.toarray() == pytest.approx(expected, abs=1e-5)


def test_ease_of_a_large_catalogue_is_of_what_is_chosen_most() -> None:
    log = planted(40)
    most = log.matrix().item_ids[np.argsort(-log.matrix().values.sum(axis=0), kind="stable")[:10]]

    model = fit("ease", log, dimensions=1, parameters={"items": 10})

    assert model.neighbours is not None
    assert set(model.item_ids[np.unique(model.neighbours.nonzero()[1])]) <= set(most)


def test_the_strongest_of_each_row_are_kept_and_ties_go_to_the_lower_column() -> None:
    block = np.array([[3, 1, 3, 3], [-1, 0, 2, -5]], dtype=np.float32)

    assert parts.strongest(block.copy(), 2).toarray().tolist() == [[3, 0, 3, 0], [0, 0, 2, 0]]


def test_what_is_too_small_for_the_dimensions_has_fewer() -> None:
    log = Log(np.array([1, 2]), np.array([5, 5]), np.ones(2, dtype=np.float32), np.zeros(2))

    model = fit("svd", log, dimensions=64)

    assert model.out_vectors is not None
    assert model.out_vectors.shape == (1, 1)
    assert model.parameters["dimensions"] == 1


@pytest.mark.parametrize(
    ("name", "parameters", "says"),
    [
        ("magic", {}, "no model"),
        ("svd", {"lambda": 1.0}, "no parameter"),
        ("ease+svd", {}, "cannot be one model"),
        ("svd+als", {}, "cannot be one model"),
        ("svd", {"b": float("nan")}, "out of range"),
    ],
)
def test_what_cannot_be_fitted_is_an_error(name: str, parameters: dict[str, float], says: str) -> None:
    with pytest.raises(InputError, match=says):
        fit(name, planted(8), dimensions=4, parameters=parameters)


def test_nothing_to_learn_from_is_an_error() -> None:
    dislikes = Log(np.array([1]), np.array([1]), -np.ones(1, dtype=np.float32), np.zeros(1))

    with pytest.raises(InputError, match="nothing to learn"):
        fit("svd", dislikes, dimensions=4)


def test_a_missing_extra_is_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)

    with pytest.raises(InputError, match=r"jophiel\[models\]"):
        fit("als", planted(8), dimensions=4)
