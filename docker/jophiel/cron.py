#!/opt/jophiel/bin/python
"""Runs the lines of a crontab in a container: as any user, with the container's environment, to the container's log.

Distributions' cron needs root, gives jobs an environment of its own and mails what they print.
"""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from cronsim import CronSim, CronSimError

_FIELDS = 5
_SECONDS_TO_STOP = 60


def read(path: Path) -> list[tuple[str, list[str]]]:
    """Return the schedule and the command of each line. Raises ValueError for one that is none."""
    jobs = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        *fields, command = line.split(maxsplit=_FIELDS)
        schedule = " ".join(fields)
        try:
            CronSim(schedule, datetime.now(UTC))
            jobs.append((schedule, shlex.split(command)))
        except (CronSimError, ValueError) as error:
            raise ValueError(f"{path}:{number}: {error}: {line}") from error
    return jobs


def run(schedule: str, command: list[str], stopping: threading.Event) -> None:
    """Run the command whenever it is due, one at a time, until told to stop; what runs then is told to stop too."""
    while not stopping.is_set():
        # From now, not from the last time: what was due while it ran is not made up for.
        due = next(CronSim(schedule, datetime.now(UTC)))
        if stopping.wait((due - datetime.now(UTC)).total_seconds()):
            return
        process = subprocess.Popen(command)
        while process.poll() is None and not stopping.wait(0.2):
            pass
        if stopping.is_set():
            process.terminate()
            try:
                process.wait(_SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                process.kill()
        elif process.returncode:
            print(f"cron: {shlex.join(command)}: exit status {process.returncode}", file=sys.stderr)


def main() -> int:
    """Run the crontab that is named, until SIGTERM; 1 where it is none."""
    try:
        jobs = read(Path(sys.argv[1] if len(sys.argv) > 1 else "/etc/jophiel/crontab"))
    except (OSError, ValueError) as error:
        print(f"cron: {error}", file=sys.stderr)
        return 1
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    threads = [threading.Thread(target=run, args=(*job, stopping)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 0


if __name__ == "__main__":
    sys.exit(main())
