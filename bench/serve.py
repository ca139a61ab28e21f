"""The HTTP API under wrk, against a Starlette route that answers a constant text, everything on the same processors.

Needs wrk (Debian: apt-get install wrk). One worker of each, on the same uvicorn, loop and parser.
"""

from __future__ import annotations

import http.client
import os
import re
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench import synthetic
from bench.databases import connect, installed, pgbench
from bench.report import Row
from jophiel.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

USERS, ITEMS, CONNECTIONS, ROUNDS, SECONDS = 2000, 5000, 32, 5, 3
SERIAL = 3000
EARLY = 10_000

PLAIN = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

async def plain(request):
    return PlainTextResponse("Hello, world!")

uvicorn.run(Starlette(routes=[Route("/plain", plain)]), host="127.0.0.1", port=int(sys.argv[1]),
            http="httptools", loop="uvloop", log_level="critical", access_log=False)
"""
# A path of the list for each request, in an order of its own; the same script for both servers.
LUA = """
local count = tonumber(os.getenv("WRK_COUNT"))
local n = 0
request = function()
  n = (n * 1103515245 + 12345) % 2147483648
  return wrk.format(nil, (string.gsub(os.getenv("WRK_PATH"), "ID", tostring(1 + n % count))))
end
"""
EVENTS = """
local n = 0
local run = os.getenv("WRK_RUN")
local count = tonumber(os.getenv("WRK_COUNT"))
local items = tonumber(os.getenv("WRK_ITEMS"))
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
request = function()
  n = n + 1
  return wrk.format(nil, "/v1/events", nil, string.format(
    '{"event_name": "user.interaction.like", "event_id": "%s-%04x-4000-8000-%012x", '
    .. '"event_timestamp": "2026-01-01T00:00:00Z", "source": "bench", "payload": {"user_id": %d, "sample_id": %d}}',
    run, math.floor(n / 65536) % 65536, n, 1 + math.random(count) % count, 1 + math.random(items) % items))
end
"""


@dataclass(frozen=True)
class Load:
    """What wrk saw, and the processor time that the server took for a request, which a busy machine disturbs less."""

    requests: int
    rate: float
    p50_ms: float
    p99_ms: float
    cpu_us: float


@dataclass(frozen=True)
class Server:
    """A server under test."""

    address: str
    pid: int

    def resident_mb(self) -> float:
        """Return the memory that its process holds."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) / 1024

    def cpu_seconds(self) -> float:
        """Return the processor time that its process has used."""
        stat = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def run(server_url: str, sizes: Sequence[int]) -> Iterator[Row]:
    """Measure pages, events and a serial client; memory over as many requests as the largest size."""
    if shutil.which("wrk") is None:
        raise InputError("wrk is not installed", hint="Debian and Ubuntu: apt-get install wrk")
    with installed(server_url) as url, tempfile.TemporaryDirectory() as folder, plain() as plaintext:
        with connect(url) as connection:
            synthetic.load(connection, synthetic.Sizes(items=ITEMS, users=USERS))
        _make_feeds(url)
        with served(url, Path(folder)) as address:
            yield from _pages(url, address, plaintext)
            yield _serial(address)
            yield from _events(url, address, Path(folder))
        # The events have made all feeds stale; their readers would measure how feeds are computed.
        _make_feeds(url)
        with served(url, Path(folder)) as address:
            yield _memory(address, max(sizes))


def _make_feeds(url: str) -> None:
    with connect(url) as connection:
        connection.execute("select jophiel.recompute_feeds(array(select u.user_id from jophiel.users as u))")
        connection.execute("vacuum analyze")


def _pages(url: str, address: Server, plaintext: Server) -> Iterator[Row]:
    pages, plains, database = [], [], 0.0
    for _ in range(ROUNDS):
        plains.append(wrk(plaintext, "/plain"))
        before = backend_seconds(url)
        pages.append(wrk(address, "/v1/feed/ID?per_page=20"))
        database += backend_seconds(url) - before
    rates = [page.rate / base.rate for page, base in zip(pages, plains, strict=True)]
    tails = [page.p99_ms / base.p99_ms for page, base in zip(pages, plains, strict=True)]
    rate, base = statistics.median(p.rate for p in pages), statistics.median(p.rate for p in plains)
    yield Row("serve", "GET of a page of 20: requests a second", f"{rate:,.0f}", f"Starlette plaintext: {base:,.0f}",
              statistics.median(rates), 0.8)  # fmt: skip
    ours, theirs = statistics.median(p.cpu_us for p in pages), statistics.median(p.cpu_us for p in plains)
    yield Row(
        "serve",
        "GET of a page of 20: the server's CPU, microseconds a request",
        f"{ours:.0f}",
        f"plaintext: {theirs:.0f}",
        theirs / ours,
    )
    below = database / sum(page.requests for page in pages) * 1e6
    yield Row("serve", "GET of a page of 20: PostgreSQL's CPU, microseconds a request", f"{below:.0f}",
              f"the server's: {ours:.0f}", below / ours)  # fmt: skip
    half, calm = statistics.median(p.p50_ms for p in pages), statistics.median(p.p50_ms for p in plains)
    yield Row("serve", f"p50 at {CONNECTIONS} connections", f"{half:.2f} ms", f"plaintext: {calm:.2f} ms",
              half / calm, at_most=True)  # fmt: skip
    tail, calm = statistics.median(p.p99_ms for p in pages), statistics.median(p.p99_ms for p in plains)
    yield Row("serve", f"p99 at {CONNECTIONS} connections", f"{tail:.2f} ms", f"plaintext: {calm:.2f} ms",
              statistics.median(tails), 2, at_most=True)  # fmt: skip


def _memory(server: Server, requests: int) -> Row:
    done, early = 0, 0.0
    while done < requests:
        done += wrk(server, "/v1/feed/ID?per_page=20").requests
        if not early and done >= EARLY:
            early = server.resident_mb()
    late = server.resident_mb()
    return Row("serve", f"memory of the server after {done:,} requests", f"{late:.0f} MB",
               f"after the first {EARLY:,} and some: {early:.0f} MB", late / early, 1.1, at_most=True)  # fmt: skip


def _serial(server: Server) -> Row:
    host = http.client.HTTPConnection(server.address.removeprefix("http://"))
    times = []
    for number in range(SERIAL):
        began = time.perf_counter()
        host.request("GET", f"/v1/feed/{1 + number % USERS}?per_page=10")
        answer = host.getresponse()
        body = answer.read()
        times.append(time.perf_counter() - began)
        assert answer.status == 200, body
    milliseconds = statistics.median(times) * 1000
    return Row("serve", "10 items, one serial client, p50", f"{milliseconds:.2f} ms", "Gorse's published: 0.76 ms",
               milliseconds / 0.76, 1, at_most=True)  # fmt: skip


def _events(url: str, address: Server, folder: Path) -> Iterator[Row]:
    script = folder / "event.sql"
    script.write_text(
        f"\\set user random(1, {USERS})\n\\set item random(1, {ITEMS})\n"
        "select e.outcome from jophiel.ingest_event(jsonb_build_object('event_name', 'user.interaction.like', "
        "'event_id', gen_random_uuid(), 'event_timestamp', '2026-01-01T00:00:00Z', 'source', 'bench', 'payload', "
        "jsonb_build_object('user_id', :user::bigint, 'sample_id', :item::bigint))) as e;\n",
        encoding="ascii",
    )
    rates = []
    for _ in range(3):
        direct = pgbench(url, script, SECONDS, 8)
        over = wrk(address, "/v1/events", script=EVENTS)
        rates.append((over.rate, direct, over.rate / direct))
    yield Row("serve", "POST of an event with reaction: a second", f"{statistics.median(r[0] for r in rates):,.0f}",
              f"ingest_event in pgbench, 8 clients: {statistics.median(r[1] for r in rates):,.0f}",
              statistics.median(r[2] for r in rates), 0.4)  # fmt: skip


def wrk(server: Server, path: str, *, script: str = LUA, seconds: int = SECONDS) -> Load:
    """Return what 32 connections of one thread get. Every answer must be a success."""
    before = server.cpu_seconds()
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        done = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", file.name, server.address],
            env={
                **os.environ,
                "WRK_PATH": path,
                "WRK_COUNT": str(USERS),
                "WRK_ITEMS": str(ITEMS),
                "WRK_RUN": uuid.uuid4().hex[:8],
            },
            capture_output=True,
            text=True,
            check=True,
        )
    assert "Non-2xx" not in done.stdout, done.stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    assert rate, done.stdout
    count = re.search(r"(\d+) requests in", done.stdout)
    assert count, done.stdout
    cpu = (server.cpu_seconds() - before) / int(count[1]) * 1e6
    return Load(int(count[1]), float(rate[1]), _percentile(done.stdout, 50), _percentile(done.stdout, 99), cpu)


def _percentile(text: str, percent: int) -> float:
    """Return the milliseconds that wrk says."""
    found = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)", text)
    assert found, text
    return float(found[1]) * {"us": 1e-3, "ms": 1, "s": 1e3}[found[2]]


def backend_seconds(url: str) -> float:
    """Return the processor time that the server's connections have used in PostgreSQL."""
    with connect(url) as connection:
        found = connection.execute(
            "select pid from pg_stat_activity where application_name = 'jophiel api' and datname = current_database()"
        ).fetchall()
    return sum(int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) for (pid,) in found) / 1e9


@contextmanager
def served(url: str, home: Path) -> Iterator[Server]:
    """The address of `jophiel serve`, as an operator runs it: access log on, as the least privileged role."""
    role = "jophiel_api_bench"
    with connect(url) as connection:
        if connection.execute("select to_regrole(%s)", (role,)).fetchone() == (None,):
            connection.execute(f"create role {role}".encode())
        connection.execute("select jophiel.grant_api(%s)", (role,))
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("jophiel")), "serve", "--port", "0"],
        env={**os.environ, "JOPHIEL_DATABASE_URL": url, "JOPHIEL_HOME": str(home), "JOPHIEL_API_ROLE": role},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert select.select([process.stdout], [], [], 60)[0]
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found
        yield Server(found[0], process.pid)
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def plain() -> Iterator[Server]:
    """The address of a Starlette application with one route."""
    port = 18_571
    process = subprocess.Popen([sys.executable, "-c", PLAIN, str(port)])
    try:
        for _ in range(200):
            try:
                http.client.HTTPConnection("127.0.0.1", port).request("GET", "/plain")
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        yield Server(f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        process.wait(30)
