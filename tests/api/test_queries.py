"""What a request is told of a query that does not fit its route."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from jophiel.api import models, routes
from jophiel.api.models import PATTERN_WORDS
from tests.api.conftest import furnish

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from tests.api.conftest import Serve


@pytest.fixture
def client(serve: Serve, db: psycopg.Connection[Any]) -> Iterator[httpx2.Client]:
    furnish(db)
    with httpx2.Client(base_url=serve().address) as client:
        yield client


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("/v1/feed/1", "page, per_page"),
        ("/v1/feed/%31", "page, per_page"),
        ("/v1/items/1/similar", "limit, reasons"),
        ("/v1/users/1", None),
        ("/v1/admin/status", None),
    ],
)
def test_an_unknown_parameter_is_refused_by_name(client: httpx2.Client, address: str, known: str | None) -> None:
    answer = client.get(f"{address}?pge=2")
    problem = answer.json()
    assert (answer.status_code, problem["detail"]) == (422, 'There is no parameter "pge".')
    assert problem["errors"] == [{"field": "pge", "in": "query", "message": "is not known"}]
    assert problem["hint"] == (f"Those of this route are {known}." if known else "This route has none.")


def test_the_page_and_what_is_open_may_have_any(client: httpx2.Client) -> None:
    assert [client.get(f"{path}?from=elsewhere").status_code for path in ("/", "/health/live", "/docs")] == [200] * 3


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/v1/users/1/feeds/main?models=content,x", "a list of one or more of content, collaborative,"),
        ("/v1/users/1/feeds/main?weights=novelty", "a list such as novelty:0,popularity:0.5"),
        ("/v1/users/1/feeds/main?cursor=x", "the next_cursor of the page before"),
        ("/v1/items?cursor=x", "the next_cursor of the page before"),
        ("/v1/users/ids?after=x", "the value after of the page before"),
    ],
)
def test_what_does_not_fit_a_pattern_is_told_in_words(client: httpx2.Client, address: str, words: str) -> None:
    answer = client.get(address)
    problem = answer.json()
    assert answer.status_code == 422
    assert words in problem["detail"]
    assert "^" not in answer.text


def test_a_body_is_told_in_words_too(client: httpx2.Client) -> None:
    answer = client.post("/v1/training", json={"model": "bogus"})
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        "model: must be one of svd, neighbours, ease, als, bpr, or two of them, as svd+ease",
    )


def test_every_pattern_has_words() -> None:
    def patterns(schema: object) -> Iterator[str]:
        if isinstance(schema, dict):
            if isinstance(schema.get("pattern"), str):
                yield schema["pattern"]
            for value in schema.values():
                yield from patterns(value)
        elif isinstance(schema, list):
            for value in schema:
                yield from patterns(value)

    taken = {operation.query or models.Query for operation in routes.operations()}
    taken |= {operation.body for operation in routes.operations() if operation.body}
    found = {pattern for model in taken for pattern in patterns(model.model_json_schema())}
    assert found == set(PATTERN_WORDS)
