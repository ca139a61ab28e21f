"""PostgreSQL 17 and RabbitMQ 4 in containers, from the images of docker/ (`make images`), by testcontainers.

Nothing here pulls an image: testcontainers' own helper (Ryuk) is switched off, so that no registry is needed.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testcontainers.core.container import DockerContainer

POSTGRES_IMAGE = "jophiel-postgres:17"
RABBITMQ_IMAGE = "jophiel-rabbitmq:4"

_PASSWORD = "of-a-test"
_START_SECONDS = 120


def why_not() -> str | None:
    """Return why there can be no containers, None where there can."""
    for image in (POSTGRES_IMAGE, RABBITMQ_IMAGE):
        try:
            done = subprocess.run(
                ["docker", "image", "inspect", image], capture_output=True, text=True, check=False, timeout=30
            )
        except (OSError, subprocess.TimeoutExpired):
            return "there is no Docker here"
        if done.returncode:
            if "no such image" in done.stderr.lower():
                return f"there is no image {image}; run: make images"
            return "no Docker engine answers"
    return None


@contextmanager
def postgres() -> Iterator[str]:
    """Run a PostgreSQL for as long as the block lasts; yield the address of its superuser's database.

    It never waits for the disk: no test of ours cuts a container's power.
    """
    environment = {"POSTGRES_PASSWORD": _PASSWORD}
    settings = ["postgres", "-c", "fsync=off", "-c", "shared_buffers=128MB"]
    with _running(POSTGRES_IMAGE, 5432, environment, command=settings, shm_size="1g") as address:
        yield f"postgresql://postgres:{_PASSWORD}@{address}/postgres"


@contextmanager
def rabbitmq() -> Iterator[str]:
    """Run a RabbitMQ for as long as the block lasts; yield its address."""
    environment = {"RABBITMQ_DEFAULT_USER": "jophiel", "RABBITMQ_DEFAULT_PASS": _PASSWORD}
    with _running(RABBITMQ_IMAGE, 5672, environment) as address:
        yield f"amqp://jophiel:{_PASSWORD}@{address}/%2F"


@contextmanager
def _running(
    image: str, port: int, environment: dict[str, str], *, command: list[str] | None = None, **options: Any
) -> Iterator[str]:
    """Yield "host:port" of a container once its health check says that it is up."""
    container = _container(image).with_envs(**environment).with_exposed_ports(port).with_kwargs(**options)
    if command:
        container = container.with_command(command)
    with container:
        yield f"127.0.0.1:{container.get_exposed_port(port)}"


def _container(image: str) -> DockerContainer:
    # Read at import.
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415
    from testcontainers.core.wait_strategies import HealthcheckWaitStrategy  # noqa: PLC0415

    healthy = HealthcheckWaitStrategy().with_startup_timeout(_START_SECONDS)
    return DockerContainer(image).waiting_for(healthy)
