"""`jophiel consume` as a process that can be watched, ended and killed; and waiting for what it brings about."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jophiel.events import topology
from jophiel.events.broker import connect
from jophiel.events.publisher import Publisher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from jophiel.events.messages import Outgoing
    from jophiel.settings import Settings

SCRIPT = Path(sys.executable).with_name("jophiel")
PATIENCE_SECONDS = 90


class ConsumerProcess:
    """A running `jophiel consume`; its log is what it writes to stderr."""

    def __init__(self, environment: Mapping[str, str], *arguments: str) -> None:
        # A file, as a pipe that nobody reads is full one day.
        handle, name = tempfile.mkstemp(prefix="jophiel-consume-", suffix=".log")
        self._path = Path(name)
        self.process = subprocess.Popen(
            [str(SCRIPT), "consume", *arguments],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=handle,
        )
        os.close(handle)

    def log(self) -> list[dict[str, Any]]:
        """What was logged so far."""
        return [json.loads(line) for line in self.text().splitlines() if line.startswith("{") and line.endswith("}")]

    def text(self) -> str:
        """What was written so far."""
        return self._path.read_text() if self._path.exists() else ""

    def wait_for(self, words: str) -> None:
        """Wait until a message with these words was logged."""
        until(lambda: any(words in line["message"] for line in self.log()) or self._must_live())

    def kill(self) -> None:
        """Kill it with -9."""
        self.process.kill()
        self.process.wait()
        self._path.unlink(missing_ok=True)

    def terminate(self) -> int:
        """Ask it to end; return its exit status."""
        self.process.terminate()
        return self.process.wait(PATIENCE_SECONDS)

    def _must_live(self) -> bool:
        assert self.process.poll() is None, self.text()
        return False


def until(condition: Callable[[], object], patience: float = PATIENCE_SECONDS) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def send(settings: Settings, messages: Iterable[Outgoing]) -> int:
    """Publish messages; return how many the broker has confirmed."""
    return Publisher(settings, settings.broker.exchange).publish(messages).confirmed


def ready(settings: Settings, queue: str) -> int | None:
    """How many messages of a queue wait to be delivered; None where there is no such queue."""
    with connect(settings, "test") as connection:
        return topology.depth(connection, queue).ready
