from __future__ import annotations

import gzip
import os
import signal
import subprocess
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from jophiel.errors import BrokerError, BrokerUnreachableError
from jophiel.events.messages import Outgoing
from jophiel.events.publisher import Publisher
from jophiel.settings import Settings
from tests.support.broker import free_ports
from tests.support.consumers import SCRIPT, ready, send, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import RunCli
    from tests.support.broker import Broker


def test_everything_is_confirmed(settings: Settings) -> None:
    heard: list[int] = []
    publisher = Publisher(settings, settings.broker.exchange)
    published = publisher.publish((Outgoing("user.interaction.like", b"{}") for _ in range(5000)), heard.append)
    assert (published.confirmed, published.unroutable) == (5000, 0)
    assert heard[-1] == 5000
    assert publisher.publish([]).confirmed == 0
    until(lambda: ready(settings, settings.broker.queue) == 5000)


def test_what_no_queue_is_bound_to_is_counted(settings: Settings) -> None:
    published = Publisher(settings, settings.broker.exchange).publish([Outgoing("elsewhere", b"{}")] * 3)
    assert (published.confirmed, published.unroutable) == (3, 3)


def test_an_exchange_that_is_not_there_is_an_error(settings: Settings) -> None:
    with pytest.raises(BrokerError, match="no exchange"):
        Publisher(settings, "nowhere").publish([Outgoing("a", b"{}")] * 3)


def test_a_broker_that_is_not_there_is_an_error_after_a_while(tmp_path: Path) -> None:
    url = f"amqp://127.0.0.1:{free_ports(1)[0]}/"
    settings = Settings.from_environment({"JOPHIEL_AMQP_URL": url, "JOPHIEL_HOME": str(tmp_path)})
    heard: list[str] = []
    with pytest.raises(BrokerUnreachableError, match=url[len("amqp://") : -1]):
        Publisher(settings, "any", patience=0.5, waiting=heard.append).publish([Outgoing("a", b"{}")])
    assert len(heard) == 1
    assert "trying again" in heard[0]


def test_nothing_is_lost_when_the_broker_is_killed(settings: Settings, broker: Broker) -> None:
    if not broker.can_restart:
        pytest.skip("the broker is not ours to kill")
    total, killed = 20_000, threading.Event()
    broker.settle()

    def kill() -> None:
        broker.kill()
        broker.start()

    killer = threading.Thread(target=kill)

    def messages() -> Iterator[Outgoing]:
        for number in range(total):
            if number == total // 2:
                killer.start()
            yield Outgoing("user.interaction.like", b"%d" % number)
        killed.set()

    assert send(settings, messages()) == total
    killer.join()
    assert killed.is_set()
    until(lambda: (ready(settings, settings.broker.queue) or 0) >= total)


def test_a_file_is_published(run_cli: RunCli, amqp: dict[str, str], settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson"
    file.write_text('{"event_name": "user.interaction.like"}\n\n{"event_name": "user.interaction.play"}\n')
    done = run_cli("events", "publish", str(file), env=amqp)
    assert (done.returncode, done.stdout) == (0, "2 published\n"), done.stderr
    done = run_cli("events", "publish", "-", "--json", env=amqp, stdin=file.read_text())
    assert done.returncode == 0, done.stderr
    done = run_cli("events", "publish", "-", "--routing-key", "user.interaction.like", env=amqp, stdin="rubbish\n")
    assert done.returncode == 0, done.stderr
    until(lambda: ready(settings, settings.broker.queue) == 5)


@contextmanager
def publish_a_pipe(amqp: dict[str, str], tmp_path: Path, query: str = "") -> Iterator[subprocess.Popen[str]]:
    environment = {
        **os.environ,
        **amqp,
        "JOPHIEL_AMQP_URL": amqp["JOPHIEL_AMQP_URL"] + query,
        "JOPHIEL_HOME": str(tmp_path),
    }
    pipe = subprocess.PIPE
    # As at a terminal: who is started in the background inherits that SIGINT is ignored.
    command = ["env", "--default-signal=INT", str(SCRIPT), "events", "publish", "-"]
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


def write(running: subprocess.Popen[str], text: str) -> None:
    assert running.stdin is not None
    running.stdin.write(text)
    running.stdin.flush()


def test_lines_of_a_pipe_are_sent_as_they_come_and_heartbeats_while_none_do(
    amqp: dict[str, str], settings: Settings, tmp_path: Path
) -> None:
    with publish_a_pipe(amqp, tmp_path, "?heartbeat=1") as running:
        write(running, '\ufeff{"event_name": "user.interaction.like"}\n{"event_name": ')
        until(lambda: ready(settings, settings.broker.queue) == 1, 15)
        # The broker closes a connection that was silent for two heartbeats.
        time.sleep(4)
        write(running, '"user.interaction.play"}\n\nrubbish\n{"event_name": "user.interaction.play"}')
        until(lambda: ready(settings, settings.broker.queue) == 2, 15)
        stdout, stderr = running.communicate(timeout=15)
    assert stdout == "3 published\n"
    assert "line 4: " in stderr
    assert "trying again" not in stderr
    assert running.returncode == 1, "for the refused line"


def test_interrupted_it_says_what_was_confirmed(amqp: dict[str, str], settings: Settings, tmp_path: Path) -> None:
    with publish_a_pipe(amqp, tmp_path) as running:
        write(running, '{"event_name": "user.interaction.like"}\n' * 2)
        until(lambda: ready(settings, settings.broker.queue) == 2, 15)
        time.sleep(0.5)
        running.send_signal(signal.SIGINT)
        # Its input is still open.
        assert running.wait(timeout=15) == 1
        stdout, stderr = running.communicate()
    assert stdout == "2 published\n"
    assert "Traceback" not in stderr


def test_a_silent_source_is_no_stalled_broker(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jophiel.events.publisher._STALL_SECONDS", 0.2)
    heard: list[str] = []

    def messages() -> Iterator[Outgoing | None]:
        until = time.monotonic() + 1
        while time.monotonic() < until:
            yield None
        yield Outgoing("user.interaction.like", b"{}")

    publisher = Publisher(settings, settings.broker.exchange, waiting=heard.append)
    assert publisher.publish(messages()).confirmed == 1
    assert not heard


def test_what_the_source_raises_is_raised(settings: Settings) -> None:
    def messages() -> Iterator[Outgoing]:
        yield Outgoing("user.interaction.like", b"{}")
        raise OSError("the disk")

    with pytest.raises(OSError, match="the disk"):
        Publisher(settings, settings.broker.exchange).publish(messages())


def test_lines_that_are_no_events_are_named(run_cli: RunCli, amqp: dict[str, str], settings: Settings) -> None:
    lines = 'rubbish\n{"event_name": "user.interaction.like"}\n{}\n{"event_name": "elsewhere"}\n'
    done = run_cli("events", "publish", "-", env=amqp, stdin=lines)
    assert done.returncode == 1
    assert "line 1: " in done.stderr
    assert "line 3: no event_name" in done.stderr
    assert "line 4: no queue takes elsewhere" in done.stderr
    assert "2 lines refused, 1 event without a queue to go to (JOPHIEL_BINDINGS" in done.stderr
    assert done.stdout == "1 published\n"
    until(lambda: ready(settings, settings.broker.queue) == 1)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (gzip.compress(b'{"event_name": "user.interaction.like"}\n', mtime=0), "gunzip"),
        ('{"event_name": "user.interaction.like"}\n'.encode("utf-16"), "iconv"),
        (b'[{"event_name": "user.interaction.like"}]', "jq"),
        (b'{"event_name": "user.interaction.like", "source": "\xf1"}\n', "line 1: not UTF-8"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_a_way_out(
    content: bytes, words: str, run_cli: RunCli, amqp: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "events"
    file.write_bytes(content)
    done = run_cli("events", "publish", str(file), env=amqp)
    assert done.returncode == 1
    assert words in done.stderr


def test_status_says_what_is_not_there_yet_and_then_what_is(run_cli: RunCli, amqp: dict[str, str]) -> None:
    done = run_cli("events", "status", env=amqp)
    assert done.returncode == 0, done.stderr
    assert f"{amqp['JOPHIEL_QUEUE']} does not exist yet" in done.stdout
    # A mark that some editors put first is no part of the event.
    line = '\ufeff{"event_name": "user.interaction.like"}\n'
    assert run_cli("events", "publish", "-", env=amqp, stdin=line).stdout == "1 published\n"
    assert "does not exist" not in run_cli("events", "status", env=amqp).stdout


def test_without_an_address_the_message_says_what_to_set(run_cli: RunCli) -> None:
    done = run_cli("events", "status", env={"JOPHIEL_AMQP_URL": ""})
    assert done.returncode == 1
    assert "JOPHIEL_AMQP_URL is not set" in done.stderr
