"""From texts to vectors in the catalogue: in chunks, by hash, whatever is killed meanwhile."""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg
import pytest

from jophiel.batch.embedding import embed_if_configured
from jophiel.database.rows import BatchStage
from jophiel.embeddings.catalogue import embed_items, has_work, principal_directions
from jophiel.embeddings.endpoint import Endpoint
from jophiel.embeddings.wish import Wishes
from jophiel.engine import Engine
from jophiel.errors import EmbeddingError, SettingsError
from jophiel.settings import EmbeddingSettings, Settings
from tests.conftest import SCRIPT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import RunCli
    from tests.embeddings.serving import Server

Connection = psycopg.Connection[Any]
WORDS = ["rain night wind", "guitar song", "bread oven", "train station"]


def upsert(db: Connection, *items: dict[str, Any]) -> None:
    db.execute("select count(*) from jophiel.upsert_items(%s)", (json.dumps(items),))


def asked(provider: Server) -> list[str]:
    return [text for _, _, body in provider.requests for text in body["input"]]


@pytest.fixture
def catalogue(db: Connection) -> Connection:
    """Forty items, the forty-first without a text."""
    upsert(db, *({"item_id": n, "title": f"{WORDS[n % 4]} n{n}"} for n in range(1, 41)), {"item_id": 41})
    return db


@pytest.fixture
def env(provider: Server) -> dict[str, str]:
    return {
        "JOPHIEL_EMBEDDINGS_URL": provider.url,
        "JOPHIEL_EMBEDDINGS_MODEL": "counting",
        "JOPHIEL_EMBEDDINGS_KEY": "k",
    }


def test_embeds_what_is_not_embedded_and_nothing_twice(catalogue: Connection, provider: Server) -> None:
    endpoint = Endpoint(provider.url, "counting")
    told: list[tuple[int, int]] = []
    assert has_work(catalogue, "counting")
    done = embed_items(catalogue, endpoint, chunk=16, progress=lambda *so_far: told.append(so_far))
    assert replace(done, seconds=0) == type(done)("counting", 40, 0, 1, fitted=True, seconds=0)
    assert told == [(16, 41), (32, 41), (41, 41)]
    assert sorted(asked(provider)) == sorted(f"{WORDS[n % 4]} n{n}" for n in range(1, 41))
    assert not has_work(catalogue, "counting")

    provider.requests.clear()
    again = embed_items(catalogue, endpoint)
    assert (again.embedded, again.unchanged, again.empty, again.fitted) == (0, 0, 0, False)
    again = embed_items(catalogue, endpoint, everything=True)
    assert (again.embedded, again.unchanged, again.empty, again.fitted) == (0, 40, 1, False)
    assert asked(provider) == ["a"], "how long its vectors are"

    provider.requests.clear()
    upsert(catalogue, {"item_id": 1, "title": "another"}, {"item_id": 2, "title": f"{WORDS[2]} n2", "bpm": 120})
    again = embed_items(catalogue, endpoint)
    assert (again.embedded, again.unchanged) == (1, 1)
    assert asked(provider) == ["another"]


def test_what_was_embedded_is_in_the_vectors(catalogue: Connection, provider: Server) -> None:
    """Items that share no term: without embeddings those of one subject have only words of titles in common."""
    embed_items(catalogue, Endpoint(provider.url, "counting"))
    catalogue.execute("call jophiel.revectorise()")
    upsert(catalogue, {"item_id": 99, "title": "Station"})
    embed_items(catalogue, Endpoint(provider.url, "counting"))
    found = catalogue.execute("select item_id from jophiel.similar_items(99, 5)").fetchall()
    assert {row.item_id % 4 for row in found} == {3}


def test_an_error_half_way_keeps_what_was_done(catalogue: Connection, provider: Server) -> None:
    endpoint = Endpoint(provider.url, "counting")

    def refuse(done: int, _: int) -> None:
        if done == 20:
            provider.queue(403, "no more")

    with pytest.raises(EmbeddingError, match="no more"):
        embed_items(catalogue, endpoint, chunk=10, progress=refuse)
    assert catalogue.execute("select count(*) from jophiel.item_embeddings").fetchone() == (20,)
    assert embed_items(catalogue, endpoint, chunk=10).embedded == 20
    stopped = embed_items(catalogue, Endpoint(provider.url, "other"), chunk=10, stopped=lambda: True)
    assert (stopped.embedded, stopped.fitted) == (0, False)


def test_killed_half_way_nothing_is_lost(
    *, catalogue: Connection, provider: Server, env: dict[str, str], database_url: str, run_cli: RunCli, tmp_path: Path
) -> None:
    provider.busy_seconds = 0.5
    environment = {**os.environ, **env, "JOPHIEL_DATABASE_URL": database_url, "JOPHIEL_HOME": str(tmp_path / "home")}
    with subprocess.Popen([str(SCRIPT), "items", "embed", "--chunk", "5"], env=environment) as running:
        while len(provider.requests) < 4:
            assert running.poll() is None
            time.sleep(0.05)
        running.kill()
    row = catalogue.execute("select count(*) from jophiel.item_embeddings").fetchone()
    assert row is not None
    assert 10 <= row[0] < 41
    provider.busy_seconds = 0
    provider.requests.clear()
    done = json.loads(run_cli("items", "embed", "--json", env=env).stdout)
    assert (done["model"], done["embedded"], done["fitted"]) == ("counting", 40 - row[0], True)
    assert len(asked(provider)) == 40 - row[0]


def test_the_command_and_the_batch(
    catalogue: Connection, env: dict[str, str], run_cli: RunCli, provider: Server
) -> None:
    without = run_cli("items", "embed")
    assert (without.returncode, without.stdout) == (1, "")
    assert "JOPHIEL_EMBEDDINGS_MODEL" in without.stderr
    first = run_cli("items", "embed", env=env)
    assert first.stdout.startswith("40 texts embedded by counting in ")
    assert first.stdout.endswith("next: jophiel batch run\n")
    assert run_cli("batch", "run", env=env).returncode == 0
    assert catalogue.execute("select jophiel._embedding_model()").fetchone() == ("counting",)

    upsert(catalogue, {"item_id": 50, "title": "Oven"})
    provider.queue(403, "who are you")
    cycle = run_cli("batch", "run", env=env)
    assert cycle.returncode == 0, "feeds are made all the same"
    assert "texts are not embedded: the endpoint for embeddings answers 403: who are you" in cycle.stderr
    assert run_cli("batch", "run", env=env).returncode == 0
    found = catalogue.execute("select item_id from jophiel.similar_items(50, 5)").fetchall()
    assert {row.item_id % 4 for row in found} == {2}


def test_a_model_that_changes_its_length_is_refused_until_all_is_embedded_anew(
    catalogue: Connection, env: dict[str, str], run_cli: RunCli, provider: Server
) -> None:
    run_cli("items", "embed", env=env)
    assert run_cli("batch", "run", env=env).returncode == 0
    provider.length = 20
    upsert(catalogue, {"item_id": 50, "title": "Oven"})
    refused = run_cli("items", "embed", env=env)
    assert refused.returncode == 1
    assert "makes vectors of 20 numbers, and those that are stored have 32" in refused.stderr
    assert "jophiel items embed --all" in refused.stderr
    cycle = run_cli("batch", "run", env=env)
    assert cycle.returncode == 0, "feeds are made all the same"
    assert "texts are not embedded: " in cycle.stderr
    assert "match" in cycle.stdout

    anew = json.loads(run_cli("items", "embed", "--all", "--json", env=env).stdout)
    assert (anew["embedded"], anew["fitted"]) == (41, True)
    again = run_cli("batch", "run", env=env)
    assert (again.returncode, "not embedded" in again.stderr) == (0, False)
    lengths = "select distinct vector_dims(embedding) from jophiel.item_embeddings where embedding is not null"
    assert catalogue.execute(lengths.encode()).fetchall() == [(20,)]
    assert not has_work(catalogue, "counting")


def test_no_fault_of_embeddings_stops_the_batch(catalogue: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def fail(*_: object, **__: object) -> None:
        raise ValueError("inhomogeneous shape")

    monkeypatch.setattr("jophiel.embeddings.catalogue.embed_items", fail)
    settings = EmbeddingSettings(model="all-MiniLM-L6-v2")
    assert not embed_if_configured(catalogue, settings, tell=told.append)
    assert not embed_if_configured(catalogue, EmbeddingSettings(model="not there"), tell=told.append)
    assert told[0] == "texts are not embedded: ValueError: inhomogeneous shape"
    assert "JOPHIEL_EMBEDDINGS_MODEL is 'not there'" in told[1]


def test_a_wish_is_embedded_by_the_model_of_the_items(
    *, catalogue: Connection, env: dict[str, str], run_cli: RunCli, provider: Server, database_url: str, tmp_path: Path
) -> None:
    settings = Settings.from_environment({**env, "JOPHIEL_HOME": str(tmp_path), "JOPHIEL_DATABASE_URL": database_url})
    with Engine(settings) as engine:
        engine.put_users([{"user_id": 1}])
        engine.recommend(1, query_text="oven")
        assert asked(provider) == [], "no item has an embedding"
        embed_items(catalogue, Endpoint(provider.url, "counting"))
        stages = engine.run_batch()
        assert {stage.stage for stage in stages} >= {BatchStage("feeds", 0).stage}
        provider.requests.clear()
        for _ in range(2):
            found = engine.recommend(1, query_text="an OVEN of bread", query_weight=9, limit=5)
            assert {int(item.item_id) % 4 for item in found} == {2}
        assert asked(provider) == ["an OVEN of bread"], "once"
        provider.queue(403)
        assert engine.recommend(1, query_text="guitar", query_weight=9, limit=5), "the words are left"
    shown = run_cli("feed", "show", "1", "--query", "station", "--query-weight", "9", "--limit", "5", "--json", env=env)
    assert {int(item["item_id"]) % 4 for item in json.loads(shown.stdout)["items"]} == {3}


def test_wishes_for_another_model_are_words(provider: Server) -> None:
    wishes = Wishes(EmbeddingSettings(model="m", url=provider.url))
    assert wishes.options("a", "n") == {}
    assert wishes.options("a", None) == {}
    assert wishes.options(" ", "m") == {}
    assert asked(provider) == []
    assert not Wishes(EmbeddingSettings()).is_configured
    with pytest.raises(SettingsError):
        Wishes(EmbeddingSettings(model="not there")).load()


def test_directions_keep_inner_products() -> None:
    """Of vectors that lie in five dimensions out of forty five directions keep everything."""
    draw = np.random.default_rng(3)
    vectors = draw.normal(size=(200, 5)) @ draw.normal(size=(5, 40))
    directions = principal_directions(vectors, 64)
    assert directions.shape == (5, 40)
    assert directions @ directions.T == pytest.approx(np.eye(5), abs=1e-9)
    projected = vectors @ directions.T
    assert projected @ projected.T == pytest.approx(vectors @ vectors.T, abs=1e-8)
    assert np.array_equal(directions, principal_directions(vectors.copy(), 64))
    assert principal_directions(vectors[:1], 64).shape == (1, 40)
