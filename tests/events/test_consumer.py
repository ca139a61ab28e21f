"""The consumer on a real broker and a real database: what is applied, what is buried, and what survives which death."""

from __future__ import annotations

import json
import signal
import time
import urllib.request
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pika
import psycopg
import pytest

from jophiel.events.broker import connect
from jophiel.events.messages import Outgoing
from tests.support.consumers import ready, send, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jophiel.settings import Settings
    from tests.conftest import RunCli
    from tests.events.conftest import StartConsumer
    from tests.support.broker import Broker

NOW = datetime.now(UTC) - timedelta(days=1)


def like(user: int, item: int = 1, number: int = 0) -> dict[str, Any]:
    return {
        "event_name": "user.interaction.like",
        "event_id": str(uuid.UUID(int=(4 << 76) | (2 << 62) | (user << 96) | number)),
        "event_timestamp": (NOW + timedelta(seconds=number)).isoformat().replace("+00:00", "Z"),
        "source": "test",
        "payload": {"user_id": user, "sample_id": item},
    }


def message(event: object, key: str = "user.interaction.like") -> Outgoing:
    return Outgoing(key, event if isinstance(event, bytes) else json.dumps(event).encode())


def likes(users: int, a_user: int = 1) -> Iterator[Outgoing]:
    return (message(like(user + 1, n + 1, n)) for n in range(a_user) for user in range(users))


def logged(db: psycopg.Connection[Any]) -> int:
    (count,) = db.execute("select count(*) from jophiel.interactions").fetchone() or (0,)
    return int(count)


def dead(run_cli: RunCli, amqp: dict[str, str]) -> list[dict[str, Any]]:
    done = run_cli("events", "dead-letters", "list", "--json", env=amqp)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


POISON: dict[str, tuple[bytes, str]] = {
    "not JSON": (b'{"event_name":', "not JSON"),
    "not UTF-8": (b"\xff\xfe\x00", "not UTF-8"),
    "empty": (b"", "not JSON"),
    "nested": (b"[" * 50_000 + b"]" * 50_000, "not JSON"),
    "no object": (b"[1, 2]", "object"),
    "too large": (json.dumps({**like(1), "more": "x" * 2_000_000}).encode(), "too large"),
    "large": (json.dumps({**like(1), "payload": {"more": [*range(100_000)]}}).encode(), "too much"),
    # Python reads these, PostgreSQL refuses them, with the whole batch.
    "a zero byte": (json.dumps({**like(1), "source": "\x00"}).encode(), "cannot hold"),
    "half a surrogate": (b'{"event_id": "\\ud800"}', "cannot hold"),
    "a number beyond": (b'{"event_id": 1e999999}', "22003"),
    "no id": (json.dumps({**like(1), "event_id": None}).encode(), "event_id"),
    "unknown name": (json.dumps({**like(1), "event_name": "user.interaction.hug"}).encode(), "hug"),
    "a missing field": (json.dumps({**like(1), "payload": {"user_id": 1}}).encode(), "sample_id"),
    "a wrong type": (json.dumps({**like(1), "payload": {"user_id": {}, "sample_id": 1}}).encode(), "user_id"),
    "no time": (json.dumps({**like(1), "event_timestamp": "yesterday"}).encode(), "event_timestamp"),
}


def test_events_are_applied_once(consume: StartConsumer, settings: Settings, db: psycopg.Connection[Any]) -> None:
    consumer = consume()
    send(settings, [*likes(50, 4), *likes(50, 4)])
    until(lambda: logged(db) == 200)
    send(settings, likes(50, 4))
    until(lambda: ready(settings, settings.broker.queue) == 0)
    assert consumer.terminate() == 0
    assert logged(db) == 200
    stopped = consumer.log()[-1]
    assert stopped["message"] == "stopped"
    assert stopped["applied"] + stopped["pending"] == 200
    # What it had been sent and had not begun when it was told to stop has gone back.
    until(lambda: stopped["duplicate"] + (ready(settings, settings.broker.queue) or 0) == 400)


def test_poison_of_every_kind_is_buried_with_its_reason_and_stops_nothing(
    consume: StartConsumer, settings: Settings, amqp: dict[str, str], db: psycopg.Connection[Any], run_cli: RunCli
) -> None:
    consumer = consume()
    bodies = [message(body) for body, _ in POISON.values()]
    good = list(likes(100))
    mixed = [*good[:30], *bodies[:8], *good[30:60], *bodies[8:], *good[60:]]
    send(settings, mixed)
    until(lambda: logged(db) == 100)
    until(lambda: ready(settings, settings.broker.dead_letter_queue) == len(POISON))
    found = {letter["body"]: letter for letter in dead(run_cli, amqp)}
    assert len(found) == len(POISON)
    for name, (body, reason) in POISON.items():
        letter = found[body[:2000].decode(errors="replace")]
        assert reason in letter["reason"], name
        assert letter["routing_key"] == "user.interaction.like"
        assert letter["dead_lettered_at"].startswith(f"{datetime.now(UTC):%Y-}")
        assert letter["bytes"] == len(body)
    assert found[POISON["unknown name"][0].decode()]["event_id"] == like(1)["event_id"]
    assert consumer.terminate() == 0
    assert consumer.log()[-1]["rejected"] == len(POISON)
    assert ready(settings, settings.broker.queue) == 0


def test_dead_letters_are_listed_replayed_and_purged(
    consume: StartConsumer, settings: Settings, amqp: dict[str, str], db: psycopg.Connection[Any], run_cli: RunCli
) -> None:
    consumer = consume()
    mended = {**like(7), "event_name": "film.seen"}
    send(settings, [message(b"rubbish"), message(mended)])
    until(lambda: ready(settings, settings.broker.dead_letter_queue) == 2)
    assert [len(dead(run_cli, amqp)) for _ in range(2)] == [2, 2]
    done = run_cli("events", "dead-letters", "list", "--limit", "1", env=amqp)
    assert (done.returncode, done.stdout.count("not JSON"), done.stdout.count("film")) == (0, 1, 0)

    # What was wrong with the second is put right.
    db.execute(
        "insert into jophiel.event_types (event_name, action, interaction_type, user_field, item_field) "
        "values ('film.seen', 'interact', 'like', 'user_id', 'sample_id')"
    )
    done = run_cli("events", "dead-letters", "replay", "--json", env=amqp)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"replayed": 2}), done.stderr
    until(lambda: logged(db) == 1)
    until(lambda: ready(settings, settings.broker.dead_letter_queue) == 1)
    (letter,) = dead(run_cli, amqp)
    assert (letter["body"], letter["routing_key"]) == ("rubbish", "user.interaction.like")

    done = run_cli("events", "dead-letters", "purge", env=amqp, stdin="n\n")
    assert done.returncode == 1
    done = run_cli("events", "dead-letters", "purge", "--yes", env=amqp)
    assert (done.returncode, done.stdout) == (0, "1 purged\n"), done.stderr
    assert dead(run_cli, amqp) == []
    assert run_cli("events", "dead-letters", "list", env=amqp).stdout == "no dead letters\n"
    assert consumer.terminate() == 0


def test_an_exchange_that_routes_no_dead_letter_stops_nothing(
    consume: StartConsumer, settings: Settings, amqp: dict[str, str], db: psycopg.Connection[Any], run_cli: RunCli
) -> None:
    with connect(settings, "test") as connection:
        channel = connection.channel()
        channel.exchange_delete(settings.broker.dead_letter_exchange)
        # Somebody else's, in which "#" is a key like any other.
        channel.exchange_declare(settings.broker.dead_letter_exchange, "direct", durable=True)
    consumer = consume()
    send(settings, [message(b"rubbish"), *likes(10)])
    until(lambda: logged(db) == 10 and ready(settings, settings.broker.dead_letter_queue) == 1)
    assert [(letter["body"], letter["routing_key"]) for letter in dead(run_cli, amqp)] == [
        ("rubbish", "user.interaction.like")
    ]
    assert consumer.terminate() == 0
    assert consumer.log()[-1]["reconnects"] == 0


def test_what_the_broker_takes_off_the_queue_is_a_dead_letter_too(
    settings: Settings, amqp: dict[str, str], run_cli: RunCli
) -> None:
    send(settings, [message(like(1))])
    with connect(settings, "test") as connection:
        channel = connection.channel()
        until(
            lambda: (
                (got := channel.basic_get(settings.broker.queue)[0])
                and not channel.basic_reject(got.delivery_tag, False)
            )
        )
    until(lambda: len(dead(run_cli, amqp)) == 1)
    (letter,) = dead(run_cli, amqp)
    assert (letter["reason"], letter["routing_key"]) == ("the broker: rejected", "user.interaction.like")
    assert json.loads(letter["body"]) == like(1)


def test_a_consumer_that_is_killed_loses_nothing_and_counts_nothing_twice(
    consume: StartConsumer, settings: Settings, db: psycopg.Connection[Any]
) -> None:
    # The batch waits for a lock: it dies before its commit, with its messages unacknowledged.
    victim = consume()
    with psycopg.connect(db.info.dsn, password=db.info.password) as locker:
        locker.execute("lock table jophiel.interactions in share mode")
        send(settings, likes(300))
        until(lambda: waiting(db) == 1)
        victim.kill()
    consume()
    send(settings, likes(300))
    until(lambda: logged(db) == 300 and ready(settings, settings.broker.queue) == 0)


def waiting(db: psycopg.Connection[Any]) -> int:
    (count,) = db.execute(
        "select count(*) from pg_stat_activity where application_name = 'jophiel consume' and wait_event_type = 'Lock' "
        "and datname = current_database()"
    ).fetchone() or (0,)
    return int(count)


def test_sigterm_finishes_the_batch_in_hand(
    consume: StartConsumer, settings: Settings, db: psycopg.Connection[Any]
) -> None:
    consumer = consume("--batch", "100")
    with psycopg.connect(db.info.dsn, password=db.info.password) as locker:
        locker.execute("lock table jophiel.interactions in share mode")
        send(settings, likes(300))
        until(lambda: waiting(db) == 1)
        consumer.process.send_signal(signal.SIGTERM)
        with pytest.raises(Exception, match="timed out"):
            consumer.process.wait(1)
    assert consumer.process.wait(60) == 0
    committed = logged(db)
    assert 1 <= committed <= 100
    # Each of them was acknowledged, and the others are back in the queue.
    until(lambda: ready(settings, settings.broker.queue) == 300 - committed)


def test_a_second_signal_is_deadly(consume: StartConsumer, settings: Settings, db: psycopg.Connection[Any]) -> None:
    consumer = consume()
    with psycopg.connect(db.info.dsn, password=db.info.password) as locker:
        locker.execute("lock table jophiel.interactions in share mode")
        send(settings, likes(3))
        until(lambda: waiting(db) == 1)
        consumer.process.send_signal(signal.SIGTERM)
        with pytest.raises(Exception, match="timed out"):
            consumer.process.wait(1)
        consumer.process.send_signal(signal.SIGTERM)
        assert consumer.process.wait(60) == -signal.SIGTERM
    until(lambda: ready(settings, settings.broker.queue) == 3)


def test_a_database_that_is_away_is_waited_for(
    consume: StartConsumer, settings: Settings, db: psycopg.Connection[Any], server: str
) -> None:
    name = db.info.dbname
    consumer = consume()
    send(settings, likes(10))
    until(lambda: logged(db) == 10)
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'alter database "{name}" allow_connections false'.encode())
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'jophiel consume' "
            "and datname = %s",
            (name,),
        )
        send(settings, likes(20))
        consumer.wait_for("the database failed")
        admin.execute(f'alter database "{name}" allow_connections true'.encode())
    until(lambda: logged(db) == 20)
    assert ready(settings, settings.broker.dead_letter_queue) == 0
    assert consumer.terminate() == 0
    assert consumer.log()[-1]["failures"] > 0


def test_a_database_that_is_away_does_not_keep_it_from_ending(consume: StartConsumer, settings: Settings) -> None:
    consumer = consume(env={"JOPHIEL_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"})
    send(settings, likes(10))
    consumer.wait_for("the database failed")
    assert consumer.terminate() == 0
    until(lambda: ready(settings, settings.broker.queue) == 10)


def test_a_database_without_jophiel_is_waited_for_too(
    consume: StartConsumer, settings: Settings, empty_database_url: str
) -> None:
    consumer = consume(env={"JOPHIEL_DATABASE_URL": empty_database_url})
    send(settings, likes(1))
    consumer.wait_for("Jophiel is not installed")
    assert consumer.terminate() == 0
    assert ready(settings, settings.broker.dead_letter_queue) == 0


def test_the_broker_may_be_killed(
    consume: StartConsumer, settings: Settings, db: psycopg.Connection[Any], broker: Broker
) -> None:
    if not broker.can_restart:
        pytest.skip("the broker is not ours to kill")
    consumer = consume()
    send(settings, likes(10))
    until(lambda: logged(db) == 10)
    broker.settle()
    broker.kill()
    consumer.wait_for("lost the broker")
    broker.start()
    send(settings, likes(20))
    until(lambda: logged(db) == 20)
    assert consumer.terminate() == 0


def test_a_queue_that_is_deleted_is_declared_again(
    consume: StartConsumer, settings: Settings, db: psycopg.Connection[Any]
) -> None:
    consumer = consume()
    with connect(settings, "test") as connection:
        connection.channel().queue_delete(settings.broker.queue)
    consumer.wait_for("was deleted")
    until(lambda: sum(line["message"] == "consuming" for line in consumer.log()) == 2)
    send(settings, likes(5))
    until(lambda: logged(db) == 5)


def test_several_share_the_queue(consume: StartConsumer, settings: Settings, db: psycopg.Connection[Any]) -> None:
    # Users in opposite orders: whoever took locks as the events come would deadlock.
    consumers = [consume("--batch", "50", "--prefetch", "100") for _ in range(2)]
    forth = [message(like(user, number + 1, number)) for number in range(20) for user in range(1, 51)]
    back = [message(like(user, number + 1, number)) for number in range(20, 40) for user in range(50, 0, -1)]
    send(settings, [one for pair in zip(forth, back, strict=True) for one in pair])
    until(lambda: logged(db) == 2000)
    assert [consumer.terminate() for consumer in consumers] == [0, 0]
    ends = [consumer.log()[-1] for consumer in consumers]
    assert all(end["batches"] > 0 for end in ends)
    assert sum(end["applied"] + end["pending"] + end["duplicate"] for end in ends) == 2000
    assert [end["failures"] for end in ends] == [0, 0]


def test_heartbeats_go_on_while_a_transaction_waits(
    consume: StartConsumer, settings: Settings, db: psycopg.Connection[Any]
) -> None:
    # The broker gives up a connection after two seconds without a heartbeat.
    consumer = consume(env={"JOPHIEL_AMQP_URL": f"{settings.broker.url}?heartbeat=1"})
    with psycopg.connect(db.info.dsn, password=db.info.password) as locker:
        locker.execute("lock table jophiel.interactions in share mode")
        send(settings, likes(3))
        until(lambda: waiting(db) == 1)
        with pytest.raises(Exception, match="timed out"):
            consumer.process.wait(5)
    until(lambda: logged(db) == 3)
    assert consumer.terminate() == 0
    assert consumer.log()[-1]["reconnects"] == 0
    assert consumer.log()[-1]["duplicate"] == 0


def test_the_contracts_own_names(
    consume: StartConsumer, broker: Broker, settings: Settings, db: psycopg.Connection[Any], run_cli: RunCli
) -> None:
    names = dict.fromkeys(
        ("JOPHIEL_EXCHANGE", "JOPHIEL_QUEUE", "JOPHIEL_DEAD_LETTER_EXCHANGE", "JOPHIEL_DEAD_LETTER_QUEUE"), ""
    )
    consume(env=names)
    with connect(settings, "test") as connection:
        channel = connection.channel()
        channel.basic_publish("sword_events", "user.interaction.like", json.dumps(like(1)).encode())
        channel.basic_publish("sword_events", "user.interaction.like", b"rubbish", pika.BasicProperties())
        until(lambda: logged(db) == 1)
        environment = {"JOPHIEL_AMQP_URL": broker.url}
        until(lambda: len(dead(run_cli, environment)) == 1)
        status = json.loads(run_cli("events", "status", "--json", env=environment).stdout)
        assert status["queue"] == {"queue": "jophiel_consumer_queue", "ready": 0, "consumers": 1}
        assert status["dead_letters"]["ready"] == 1
        channel.queue_delete("jophiel_consumer_queue")
        channel.queue_delete("jophiel_consumer_queue.dead_letters")


HUGE = {"x-huge": "x" * 130_950, "x-trace": "kept"}


def test_a_message_with_huge_headers_is_buried_without_them(
    consume: StartConsumer, settings: Settings, amqp: dict[str, str], db: psycopg.Connection[Any], run_cli: RunCli
) -> None:
    # With ours beside it the header frame would be larger than the broker takes: it would close the connection.
    consumer = consume()
    many = {f"x-{number}": "x" * 200 for number in range(500)}
    bodies = [Outgoing("user.interaction.like", b"huge", HUGE), Outgoing("user.interaction.like", b"many", many)]
    send(settings, [*bodies, message(like(1))])
    until(lambda: logged(db) == 1)
    until(lambda: ready(settings, settings.broker.dead_letter_queue) == 2)
    reasons = {letter["body"]: letter["reason"] for letter in dead(run_cli, amqp)}
    assert reasons["huge"].startswith("not JSON")
    assert reasons["huge"].endswith("(without the headers x-huge: too large)")
    assert reasons["many"].endswith(" more: too large)")
    with connect(settings, "test") as connection:
        _, properties, _ = connection.channel().basic_get(settings.broker.dead_letter_queue)
        assert properties.headers["x-trace"] == "kept"
    assert consumer.terminate() == 0
    assert consumer.log()[-1]["reconnects"] == 0
    assert ready(settings, settings.broker.queue) == 0


def test_what_the_broker_has_dead_lettered_with_huge_headers_is_replayed(
    consume: StartConsumer, settings: Settings, amqp: dict[str, str], db: psycopg.Connection[Any], run_cli: RunCli
) -> None:
    send(settings, [Outgoing("user.interaction.like", message(like(1)).body, HUGE)])
    with connect(settings, "test") as connection:
        channel = connection.channel()
        until(
            lambda: (
                (got := channel.basic_get(settings.broker.queue)[0])
                and not channel.basic_reject(got.delivery_tag, False)
            )
        )
    until(lambda: ready(settings, settings.broker.dead_letter_queue) == 1)
    done = run_cli("events", "dead-letters", "replay", "--json", env=amqp)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"replayed": 1}), done.stderr
    consumer = consume()
    until(lambda: logged(db) == 1)
    assert consumer.terminate() == 0


def test_metrics_are_served_where_asked_for(
    consume: StartConsumer, settings: Settings, db: psycopg.Connection[Any]
) -> None:
    consumer = consume("--metrics-port", "0")
    (port,) = [line["port"] for line in consumer.log() if line["message"] == "serving metrics"]

    def metrics() -> dict[str, float]:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            lines = answer.read().decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    assert metrics()["jophiel_consumer_last_commit_timestamp_seconds"] == 0
    event = message(like(1))
    send(settings, [event, message(b"rubbish"), event])
    until(lambda: metrics()["jophiel_consumer_dead_lettered_total"] == 1)
    until(lambda: metrics()['jophiel_consumer_events_total{outcome="duplicate"}'] == 1)
    found = metrics()
    assert found.pop("jophiel_consumer_last_commit_timestamp_seconds") == pytest.approx(time.time(), abs=600)
    assert found == {
        'jophiel_consumer_events_total{outcome="applied"}': 0,
        'jophiel_consumer_events_total{outcome="duplicate"}': 1,
        'jophiel_consumer_events_total{outcome="pending"}': 1,
        'jophiel_consumer_events_total{outcome="rejected"}': 1,
        "jophiel_consumer_dead_lettered_total": 1,
        "jophiel_consumer_retries_total": 0,
        "jophiel_consumer_reconnects_total": 0,
    }
    refused = consume("--metrics-port", str(port), wait=False)
    assert refused.process.wait(60) == 1
    assert f"metrics cannot be served on port {port}" in refused.text()
    assert consumer.terminate() == 0
