"""The process of a PostgreSQL server, as its data folder's postmaster.pid tells of it."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_FILE = "postmaster.pid"
_NO_PID = 2**31 - 1  # above every kernel's highest


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What a postmaster.pid says."""

    pid: int
    port: int
    ready: bool


def find_postmaster(data: Path) -> Postmaster | None:
    """Return the server of a data folder; None where the process that is named is not it (killed, or rebooted)."""
    try:
        lines = (data / _FILE).read_text(encoding="utf-8").splitlines()
        pid, port = int(lines[0]), int(lines[3])
    except FileNotFoundError:
        return None
    except (IndexError, ValueError):  # the server is just writing it, or the disk was full
        return None
    if not is_server(pid, data):
        return None
    return Postmaster(pid=pid, port=port, ready=len(lines) > 7 and lines[7].strip() == "ready")  # noqa: PLR2004


def is_server(pid: int, data: Path) -> bool:
    """Return whether a process is a server on a data folder: after a reboot its number may be anybody's."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        return Path(f"/proc/{pid}/cwd").samefile(data)
    except PermissionError:
        return False  # not of our account, so not ours
    except FileNotFoundError:
        return not Path("/proc/self").exists()  # where there is no /proc, believe the number


def disown(data: Path) -> None:
    """Replace the process number that a killed server left by one that no process can have.

    After a reboot the number may be another process's, and the server would refuse to start. The file itself
    stays: by its last lines the server finds out whether processes of the killed one still use the data.
    """
    file = data / _FILE
    with suppress(FileNotFoundError):
        lines = file.read_text(encoding="utf-8").splitlines()
        if lines:
            file.write_text("\n".join([str(_NO_PID), *lines[1:]]) + "\n", encoding="utf-8")
        else:
            file.unlink()
