"""The command, as an operator runs it."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.conftest import SCRIPT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import RunCli

SECRET = "0123456789abcdef0123456789abcdef"
Start = "Callable[..., tuple[subprocess.Popen[str], str]]"


@pytest.fixture
def start(database_url: str, tmp_path: Path) -> Iterator[Any]:
    running: list[subprocess.Popen[str]] = []

    def run(*arguments: str, **environment: str) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [str(SCRIPT), "serve", "--port", "0", *arguments],
            env={
                **os.environ,
                "JOPHIEL_DATABASE_URL": database_url,
                "JOPHIEL_HOME": str(tmp_path / "home"),
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert process.stdout is not None
        assert select.select([process.stdout], [], [], 60)[0]
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, line + (process.stderr.read() if process.stderr else "")
        return process, found[0]

    yield run
    for process in running:
        process.kill()
        process.communicate()


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_serves_and_stops_with_zero_at_sigterm(start: Any, tmp_path: Path) -> None:
    process, address = start()

    def ready() -> bool:
        try:
            return httpx2.get(f"{address}/health/ready").status_code == 200
        except httpx2.TransportError:
            return False

    wait_for(ready)
    assert httpx2.get(f"{address}/v1/feed/1?x=canary-in-the-query").status_code == 422
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "No key is configured" in err
    log = (tmp_path / "home" / "logs" / "access.log").read_text()
    assert '"route": "/v1/feed/{user_id}", "status": 422' in log
    assert "canary" not in log


def test_without_a_key_it_binds_to_loopback_only(run_cli: RunCli) -> None:
    done = run_cli("serve", "--host", "0.0.0.0", "--port", "0")  # noqa: S104
    assert done.returncode == 1
    assert "JOPHIEL_JWT_SECRET" in done.stderr


def test_a_port_that_is_taken_is_one_line(start: Any, run_cli: RunCli) -> None:
    _, address = start()
    done = run_cli("serve", "--port", address.rsplit(":", 1)[1])
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("jophiel: cannot listen on 127.0.0.1:")
    assert "Choose another with --port." in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JOPHIEL_JWT_SECRET", "short"),
        ("JOPHIEL_JWT_JWKS", "/nowhere/keys.json"),
        ("JOPHIEL_RATE", "many"),
        ("JOPHIEL_BODY_LIMIT", "1"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_line(run_cli: RunCli, name: str, value: str) -> None:
    done = run_cli("serve", "--port", "0", env={name: value})
    assert done.returncode == 1
    assert done.stderr.startswith("jophiel: ")
    assert len(done.stderr.splitlines()) == 1


def test_no_secret_reaches_a_log_or_the_screen(start: Any, run_cli: RunCli, tmp_path: Path) -> None:
    canary = "canary-" + SECRET
    token = run_cli("token", "--user", "1", env={"JOPHIEL_JWT_SECRET": canary}).stdout.strip()
    assert token.count(".") == 2
    process, address = start(JOPHIEL_JWT_SECRET=canary, JOPHIEL_LOG_LEVEL="DEBUG")
    headers = {"authorization": f"Bearer {token}"}
    assert httpx2.get(f"{address}/v1/feed/1", headers=headers).status_code == 404
    assert httpx2.get(f"{address}/v1/feed/1", headers={"authorization": f"Bearer {token}x"}).status_code == 401
    assert httpx2.get(f"{address}/v1/feed/1?access_token={token}").status_code == 401
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    logs = "".join(file.read_text() for file in (tmp_path / "home" / "logs").glob("*.log"))
    assert '"status": 401' in logs
    for secret in (canary, token, token.split(".")[2]):
        assert secret not in out + err + logs


def test_a_token_needs_an_owner_and_a_secret(run_cli: RunCli) -> None:
    assert run_cli("token", "--user", "1").returncode == 1
    both = run_cli("token", "--user", "1", "--service", env={"JOPHIEL_JWT_SECRET": SECRET})
    assert both.returncode == 1
    assert run_cli("token", "--scope", "everything").returncode == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_right_after_the_first_line_is_not_lost(start: Any, number: signal.Signals) -> None:
    process, _ = start()
    process.send_signal(number)
    process.communicate(timeout=20)
    assert process.returncode == 0
