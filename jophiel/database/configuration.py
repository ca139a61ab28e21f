"""How the embedded server is set up: who may connect, and the settings for the machine it runs on."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_GIGABYTE = 1024**3

HBA = """\
# Written by Jophiel. A password for everybody, from this machine only.
local all all scram-sha-256
host  all all 127.0.0.1/32 scram-sha-256
"""


def settings(port: int, socket_folder: str, shared_buffers: str | None) -> str:
    """Return the text of jophiel.conf. `socket_folder`: quoted for a list; `shared_buffers`: None to compute it."""
    values = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": socket_folder,
        "unix_socket_permissions": "0700",
        "password_encryption": "scram-sha-256",
        "shared_buffers": shared_buffers or _shared_buffers(),
        "work_mem": "64MB",
        "maintenance_work_mem": "512MB",
        "random_page_cost": "1.1",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "max_parallel_workers_per_gather": "1",
        "timezone": "UTC",
        "log_timezone": "UTC",
        # A week of logs, each day's file begun anew.
        "logging_collector": "on",
        "log_filename": "postgresql-%a.log",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
    }
    if _shared_memory_bytes() < _GIGABYTE:  # a container's 64 MB would fail parallel queries
        values["dynamic_shared_memory_type"] = "mmap"
    lines = ["# Written by Jophiel at every start; put settings of your own into postgresql.auto.conf."]
    for name, value in values.items():
        quoted = value.replace("'", "''")
        lines.append(f"{name} = '{quoted}'")
    return "\n".join(lines) + "\n"


def _shared_buffers() -> str:
    """Return a quarter of the memory that we may use, at least 32 MB and at most 2 GB."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):  # "max" is no number
        memory = min(memory, int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    return f"{min(max(memory // 4, 32 * 1024**2), 2 * _GIGABYTE) // 1024**2}MB"


def _shared_memory_bytes() -> int:
    try:
        status = os.statvfs("/dev/shm")  # noqa: S108
    except OSError:
        return 0
    return status.f_frsize * status.f_blocks
