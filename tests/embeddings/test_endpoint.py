"""The endpoint's client against a small real provider."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jophiel.embeddings.encoder import open_encoder
from jophiel.embeddings.endpoint import Endpoint
from jophiel.errors import EmbeddingError, SettingsError
from jophiel.settings import EmbeddingSettings, Settings
from tests.embeddings.serving import numbers, serving

if TYPE_CHECKING:
    from tests.embeddings.serving import Server

KEY = "sk-very-secret"


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def endpoint(provider: Server, pauses: list[float]) -> Endpoint:
    return Endpoint(provider.url, "some-model", key=KEY, timeout=5, sleep=pauses.append)


def test_asks_as_the_contract_says(endpoint: Endpoint, provider: Server) -> None:
    vectors = endpoint.encode(["a", "bb"])
    assert provider.requests == [
        ("/v1/embeddings", f"Bearer {KEY}", {"model": "some-model", "input": ["a", "bb"], "encoding_format": "float"})
    ]
    assert vectors.dtype == np.float32
    expected = np.array([numbers("a"), numbers("bb")]) / np.sqrt(2)
    assert vectors == pytest.approx(expected, abs=1e-6)


def test_asks_for_many_texts_in_parts_and_for_none_not_at_all(endpoint: Endpoint, provider: Server) -> None:
    assert len(endpoint.encode([])) == 0
    assert provider.requests == []
    vectors = endpoint.encode(["x " * n for n in range(1, 131)])
    assert [len(body["input"]) for _, _, body in provider.requests] == [64, 64, 2]
    assert np.argsort(-vectors[:, 0]).tolist() == list(range(130))


def test_asks_again_while_the_endpoint_is_busy_or_broken(
    endpoint: Endpoint, provider: Server, pauses: list[float]
) -> None:
    provider.queue(429, Retry_After="7")
    provider.queue(503)
    provider.queue(500, Retry_After="soon")
    assert endpoint.encode(["a"]).shape == (1, 32)
    assert pauses[0] == 7
    assert 1 <= pauses[1] <= 2
    assert 2 <= pauses[2] <= 4


def test_gives_up_and_says_what_it_was_told_without_the_key(
    endpoint: Endpoint, provider: Server, pauses: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(5):
        provider.queue(429, f"slow down, {KEY}", Retry_After="3600")
    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises(EmbeddingError, match=r"answers 429: slow down, \*\*\*") as caught,
    ):
        endpoint.encode(["a"])
    assert pauses == [30] * 4
    assert KEY not in caplog.text + str(caught.value) + repr(caught.value.__cause__)


def test_does_not_repeat_what_was_refused(endpoint: Endpoint, provider: Server, pauses: list[float]) -> None:
    provider.queue(401, {"error": {"message": "who are you"}})
    with pytest.raises(EmbeddingError, match=r"answers 401: .*who are you.*JOPHIEL_EMBEDDINGS_KEY"):
        endpoint.encode(["a"])
    assert len(provider.requests) == 1
    assert pauses == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<html>", "something else"),
        ({"data": [{"index": 0, "embedding": ["x"]}]}, "something else"),
        ({"data": []}, "0 vectors for 2 texts"),
        ({"data": [{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [1]}]}, "2 vectors for 2 texts"),
        ({"data": [{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [1, 2]}]}, "several lengths"),
        ({"data": [{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [0]}]}, "zeros"),
        ('{"data": [{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [1e999]}]}', "infinity|something else"),
    ],
)
def test_believes_no_answer_that_is_none(endpoint: Endpoint, provider: Server, body: object, words: str) -> None:
    provider.queue(200, body)
    with pytest.raises(EmbeddingError, match=words):
        endpoint.encode(["a", "b"])


def test_says_that_nobody_is_there(pauses: list[float]) -> None:
    with serving() as gone:
        url = gone.url
    with pytest.raises(EmbeddingError, match=r"cannot be reached: ConnectError"):
        Endpoint(url, "m", sleep=pauses.append).encode(["a"])
    assert len(pauses) == 4


def test_settings_choose_the_encoder(provider: Server) -> None:
    environment = {"JOPHIEL_HOME": "/x", "JOPHIEL_EMBEDDINGS_URL": provider.url, "JOPHIEL_EMBEDDINGS_KEY": KEY}
    with pytest.raises(SettingsError, match="JOPHIEL_EMBEDDINGS_MODEL is not"):
        Settings.from_environment(environment)
    settings = Settings.from_environment({**environment, "JOPHIEL_EMBEDDINGS_MODEL": "m"})
    assert KEY not in repr(settings)
    encoder = open_encoder(settings.embeddings)
    assert encoder.name == "m"
    assert encoder.encode(["a"]).shape == (1, 32)
    with pytest.raises(SettingsError, match="no address of HTTP"):
        Settings.from_environment({**environment, "JOPHIEL_EMBEDDINGS_MODEL": "m", "JOPHIEL_EMBEDDINGS_URL": "x:/y"})


def test_settings_name_the_local_model_or_nothing() -> None:
    assert open_encoder(EmbeddingSettings(model="all-MiniLM-L6-v2")).name == "all-MiniLM-L6-v2"
    with pytest.raises(SettingsError, match="nothing says"):
        open_encoder(EmbeddingSettings())
    with pytest.raises(SettingsError, match="no JOPHIEL_EMBEDDINGS_URL"):
        open_encoder(EmbeddingSettings(model="other"))
