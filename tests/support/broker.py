"""The RabbitMQ that the tests run on (services.py says in which order), and a node of the distribution's broker.

Such a node has its own name, ports, cookie, epmd and files, all on loopback and in one folder, and nothing of the
machine's configuration; it can be killed and started again. `python -m tests.support.broker` runs one until it is
interrupted.
"""

from __future__ import annotations

import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pika
import pika.exceptions

from tests.support import containers
from tests.support.services import BROKER_VARIABLE, place

if TYPE_CHECKING:
    from collections.abc import Iterator

_START_SECONDS = 120
_STOP_SECONDS = 60
_SETTLE_SECONDS = 3
_PROGRAM = "/usr/lib/rabbitmq/bin/rabbitmq-server"


class Broker:
    """A broker that somebody else runs: it can be used, not stopped."""

    can_restart = False

    def __init__(self, url: str) -> None:
        self.url = url

    def start(self) -> None:
        """Start a broker that was stopped or killed, and wait until it answers."""
        raise NotImplementedError

    def kill(self) -> None:
        """Kill it as the kernel would."""
        raise NotImplementedError

    def settle(self) -> None:
        """Wait until queues that were just declared survive a kill.

        A node that is killed within moments of declaring a quorum queue comes back with a queue that answers nobody
        (seen with 3.10 and 4.0: its members are written to disk a little later). There is nothing to ask for that.
        """
        time.sleep(_SETTLE_SECONDS)

    def answers(self) -> bool:
        """Whether it takes connections."""
        try:
            pika.BlockingConnection(pika.URLParameters(self.url)).close()
        except (pika.exceptions.AMQPError, OSError):
            return False
        return True


class Node(Broker):
    """A node of our own in a folder of our own."""

    can_restart = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._password = secrets.token_urlsafe(12)
        self._ports = free_ports(3)
        self._process: subprocess.Popen[bytes] | None = None
        super().__init__(f"amqp://jophiel:{self._password}@127.0.0.1:{self._ports[0]}/")
        lines = ("default_user = jophiel", f"default_pass = {self._password}", "loopback_users = none")
        (folder / "rabbitmq.conf").write_text("\n".join(lines) + "\n")
        (folder / "plugins").write_text("[].\n")
        (folder / "environment.conf").touch()

    def start(self) -> None:
        """Start the node, and wait until it answers."""
        environment = self._environment()
        subprocess.run(["epmd", "-daemon"], env=environment, check=True)
        with (self._folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                [program()],
                env=environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self.answers():
            assert self._process.poll() is None, (self._folder / "output").read_text()
            assert time.monotonic() < deadline, "the broker does not start"
            time.sleep(0.1)

    def kill(self) -> None:
        """Kill the node and everything it started, but not its epmd."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """End the node and its epmd."""
        try:
            self._signal(signal.SIGTERM)
        except subprocess.TimeoutExpired:
            self.kill()
        subprocess.run(["epmd", "-kill"], env=self._environment(), capture_output=True, check=False)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        os.killpg(self._process.pid, number)
        self._process.wait(_STOP_SECONDS)

    def _environment(self) -> dict[str, str]:
        # The program's own variables of the machine must not lead it to the machine's broker.
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("RABBITMQ_", "ERL_", "MNESIA_"))}
        amqp, distribution, epmd = self._ports
        return {
            **kept,
            "HOME": str(self._folder),
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(epmd),
            "ERL_CRASH_DUMP": str(self._folder / "crash"),
            "RABBITMQ_NODENAME": f"jophiel-{amqp}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(amqp),
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_CONF_ENV_FILE": str(self._folder / "environment.conf"),
            "RABBITMQ_CONFIG_FILE": str(self._folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self._folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._folder / "plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(self._folder / "generated"),
            "RABBITMQ_MNESIA_BASE": str(self._folder / "data"),
            "RABBITMQ_LOG_BASE": str(self._folder / "log"),
            "RABBITMQ_PID_FILE": str(self._folder / "pid"),
            # Two schedulers that do not spin: the tests share the machine with a database.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none",
        }


def program() -> str:
    """The distribution's program; not the one on the PATH, which insists on the package's account."""
    found = _PROGRAM if Path(_PROGRAM).exists() else shutil.which("rabbitmq-server")
    assert found, f"there is no RabbitMQ: sh tools/broker.sh installs one, or set {BROKER_VARIABLE}"
    return found


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody uses, all different; below those that the kernel gives to outgoing connections."""
    sockets: list[socket.socket] = []
    while len(sockets) < count:
        with suppress(OSError):
            sockets.append(socket.create_server(("127.0.0.1", random.randint(15_000, 32_000))))
    ports = [found.getsockname()[1] for found in sockets]
    for found in sockets:
        found.close()
    return ports


@contextmanager
def node() -> Iterator[Node]:
    """A node of our own, gone at the end with all it wrote."""
    folder = Path(tempfile.mkdtemp(prefix="jophiel-broker-"))
    started = Node(folder)
    try:
        started.start()
        yield started
    finally:
        started.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def broker() -> Iterator[Broker]:
    """The broker that the tests use."""
    match place(BROKER_VARIABLE):
        case "address":
            yield Broker(os.environ[BROKER_VARIABLE])
        case "container":
            with containers.rabbitmq() as address:
                yield Broker(address)
        case "embedded":
            with node() as started:
                yield started


def main() -> None:
    """Run a broker until the process is told to end, by either signal and at any moment."""
    # SIGINT as well: who is started in the background inherits that it is ignored.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    with suppress(KeyboardInterrupt), broker() as running:
        print(f"export JOPHIEL_AMQP_URL='{running.url}'", flush=True)
        while True:
            # Not for ever: a signal that another thread is given does not wake this one.
            time.sleep(0.5)


if __name__ == "__main__":
    main()
