"""Events against plain inserts, and how soon a like is seen.

The plain peers write the same columns into a table with a primary key, in the same session (synchronous_commit off) and
in turns with what they are compared with. Seconds are the processor time of the connection's server process.
"""

from __future__ import annotations

import random
import threading
import time
import uuid
from dataclasses import replace
from functools import partial
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from bench import synthetic
from bench.databases import connect, cpu_seconds, installed
from bench.report import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bench.databases import Connection

USERS, ROUNDS, SINGLES, BATCHES, BATCH, LIKES = 2000, 9, 1000, 20, 100, 300
SINGLE_GOAL, BATCH_GOAL = 0.25, 0.1

# As a music service has them: mostly plays, some of what feeds react to.
KINDS = ("like", "like", "share", "add_to_board", *("play",) * 8, *("view",) * 3, "skip")

PLAIN_TABLE = """
create table public.plain (
  user_id          bigint      not null,
  event_id         uuid        not null,
  item_id          bigint      not null,
  interaction_type text        not null,
  weight           real,
  is_active        boolean     not null default true,
  happened_at      timestamptz not null,
  received_at      timestamptz not null,
  details          jsonb,
  primary key (user_id, event_id)
)
"""
# The peers read the same JSON: what is compared is the work, not the parsing.
PLAIN_BATCH = """
insert into public.plain (user_id, event_id, item_id, interaction_type, happened_at, received_at)
select (e.value -> 'payload' ->> 'user_id')::bigint, (e.value ->> 'event_id')::uuid,
       (e.value -> 'payload' ->> 'sample_id')::bigint, e.value ->> 'event_name',
       (e.value ->> 'event_timestamp')::timestamptz, now()
  from jsonb_array_elements(%s) as e (value)
"""
PLAIN_SINGLE = """
insert into public.plain (user_id, event_id, item_id, interaction_type, happened_at, received_at)
values (%s, %s, %s, %s, %s, now())
"""
WHEN = "2026-01-01T00:00:00Z"


def run(server_url: str, sizes: Sequence[int]) -> Iterator[Row]:
    """Measure writing at the first size, and the reaction at each."""
    for number, items in enumerate(sizes):
        with installed(server_url) as url, connect(url) as connection:
            _load(connection, items)
            if number == 0:
                yield from _writing(connection, items)
            yield from _seeing(url, items)


def _load(connection: Connection, items: int) -> None:
    synthetic.load(connection, synthetic.Sizes(items=items, users=USERS))
    connection.execute("insert into jophiel.item_signals select item_id, 0, offer from jophiel.item_vectors")
    connection.execute(PLAIN_TABLE)
    if items > 10_000:
        connection.execute("select jophiel.build_cells('default')")
    connection.execute("select jophiel.recompute_feeds(array(select u.user_id from jophiel.users as u))")
    connection.execute("vacuum analyze")
    connection.execute("set synchronous_commit = off")


def one_event(draw: random.Random, items: int, kind: str | None = None) -> dict[str, Any]:
    """Return an event of the contract, of a kind as a music service has them."""
    kind = kind or draw.choice(KINDS)
    payload: dict[str, Any] = {"user_id": draw.randint(1, USERS), "sample_id": draw.randint(1, items)}
    if kind == "add_to_board":
        payload["board_id"] = payload["user_id"]
    return {
        "event_name": f"user.interaction.{kind}",
        "event_id": str(uuid.UUID(int=draw.getrandbits(128), version=4)),
        "event_timestamp": WHEN,
        "source": "bench",
        "payload": payload,
    }


def _singles(draw: random.Random, items: int, kind: str) -> list[dict[str, Any]]:
    return [one_event(draw, items, kind) for _ in range(SINGLES)]


def _batches(draw: random.Random, items: int, kinds: Sequence[str]) -> list[list[dict[str, Any]]]:
    return [[one_event(draw, items, draw.choice(kinds)) for _ in range(BATCH)] for _ in range(BATCHES)]


def _plain(connection: Connection, event: dict[str, Any]) -> None:
    payload = event["payload"]
    values = (payload["user_id"], event["event_id"], payload["sample_id"], event["event_name"], WHEN)
    connection.execute(PLAIN_SINGLE, values, prepare=True)


def _ingest(connection: Connection, event: dict[str, Any]) -> None:
    connection.execute("select outcome from jophiel.ingest_event(%s)", (Jsonb(event),), prepare=True)


def _record(connection: Connection, event: dict[str, Any]) -> None:
    payload, kind = event["payload"], event["event_name"].rpartition(".")[2]
    connection.execute(
        "select jophiel.record_interaction(%s::bigint, %s::bigint, %s, null, %s, %s)",
        (payload["user_id"], payload["sample_id"], kind, WHEN, event["event_id"]),
        prepare=True,
    )


def _plain_batch(connection: Connection, events: list[dict[str, Any]]) -> None:
    connection.execute(PLAIN_BATCH, (Jsonb(events),), prepare=True)


def _ingest_batch(connection: Connection, events: list[dict[str, Any]]) -> None:
    connection.execute("select count(*) from jophiel.ingest_events(%s)", (Jsonb(events),), prepare=True)


def _writing(connection: Connection, items: int) -> Iterator[Row]:
    draw = random.Random(7)
    # Both by the clock: a frozen one is parsed anew for each event, and the peer has none.
    connection.execute("reset jophiel.now")
    for kind in ("like", "play"):
        rates = _in_turns(
            connection,
            {"plain": _plain, "ingest": _ingest, "record": _record},
            partial(_singles, draw, items, kind),
            1,
        )
        against = "plain insert with a primary key"
        yield _ratio(f"{kind} through ingest_event, one a transaction", rates, "ingest", against, SINGLE_GOAL)
        yield _ratio(f"{kind} through record_interaction, one a transaction", rates, "record", against, SINGLE_GOAL)

    boards = [kind for kind in KINDS if kind != "add_to_board"]
    for what, kinds in (("mixed", boards), ("mixed with boards", list(KINDS))):
        rates = _in_turns(
            connection,
            {"plain": _plain_batch, "ingest": _ingest_batch},
            partial(_batches, draw, items, kinds),
            BATCH,
        )
        name = f"batches of {BATCH}, {what}, through ingest_events"
        yield _ratio(name, rates, "ingest", "plain set-based insert of the same batch", BATCH_GOAL)


def _in_turns(
    connection: Connection,
    ways: dict[str, Callable[[Connection, Any], None]],
    make: Callable[[], list[Any]],
    of_each: int,
) -> dict[str, list[float]]:
    """Return the events a processor second of each way, round by round: what disturbs one disturbs its neighbour."""
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            given = make()
            begin = cpu_seconds(connection)
            for one in given:
                way(connection, one)
            rates[name].append(len(given) * of_each / max(cpu_seconds(connection) - begin, 0.005))
    return rates


def _ratio(what: str, rates: dict[str, list[float]], name: str, against: str, goal: float) -> Row:
    ratio = median(rate / plain for rate, plain in zip(rates[name], rates["plain"], strict=True))
    return Row(
        "events",
        f"{what}: events a CPU second",
        f"{median(rates[name]):,.0f}",
        f"{against}: {median(rates['plain']):,.0f}",
        ratio,
        goal,
    )


def _seeing(url: str, items: int) -> Iterator[Row]:
    """From the begin of a like to the page that shows it, on another connection; alone, and beside a writer."""
    yield from _seen(url, items, "idle")
    stop, written = threading.Event(), [0]
    writer = threading.Thread(target=_write_until, args=(url, items, stop, written))
    writer.start()
    try:
        begin = time.monotonic()
        tail, _ = _seen(url, items, "beside a writer")
        rate = written[0] / (time.monotonic() - begin)
    finally:
        stop.set()
        writer.join()
    yield replace(tail, against=f"{rate:,.0f} events a second in batches of {BATCH}")


def _write_until(url: str, items: int, stop: threading.Event, written: list[int]) -> None:
    draw = random.Random(11)
    with connect(url) as connection:
        connection.execute("set synchronous_commit = off")
        while not stop.is_set():
            _ingest_batch(connection, [one_event(draw, items, draw.choice(KINDS[4:])) for _ in range(BATCH)])
            written[0] += BATCH


def _seen(url: str, items: int, beside: str) -> tuple[Row, Row]:
    """By the clock, which a busy machine disturbs, and by the processor time of both connections."""
    draw = random.Random(beside)
    milliseconds, processor = [], []
    with connect(url) as one, connect(url) as other:
        one.execute("set synchronous_commit = off")
        for user in draw.sample(range(1, USERS + 1), LIKES):
            shown = _page(other, user)
            event = one_event(draw, items, "like")
            event["payload"] |= {"user_id": user, "sample_id": shown[0]}
            begin, used = time.perf_counter(), cpu_seconds(one) + cpu_seconds(other)
            _ingest(one, event)
            reacted = _page(other, user)
            milliseconds.append((time.perf_counter() - begin) * 1000)
            processor.append((cpu_seconds(one) + cpu_seconds(other) - used) * 1000)
            assert shown[0] not in reacted
    name = f"like to visible, {items:,} items, {beside}"
    return _tail(f"{name}: p99 in ms", milliseconds), _tail(f"{name}: p99 in processor ms", processor)


def _tail(what: str, milliseconds: list[float]) -> Row:
    cuts = quantiles(milliseconds, n=100)
    return Row("events", what, f"{cuts[98]:.1f}", f"p50 {cuts[49]:.1f} ms", cuts[98])


def _page(connection: Connection, user: int) -> list[int]:
    rows = connection.execute("select item_id from jophiel.get_feed(%s::bigint)", (user,), prepare=True)
    return [row[0] for row in rows]
