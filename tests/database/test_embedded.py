"""The embedded server: started by many, killed, moved, and kept apart from others."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
import pytest

from jophiel.database import binaries
from jophiel.database.accounts import Account, is_root
from jophiel.database.embedded import EmbeddedServer
from jophiel.errors import EmbeddedServerError
from jophiel.settings import Settings
from tests.conftest import SCRIPT
from tests.support.services import private_home

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
as_root = pytest.mark.skipif(not is_root(), reason="needs root to become somebody else")


@pytest.fixture
def home() -> Iterator[Path]:
    """A fresh home whose server is destroyed afterwards."""
    with private_home() as folder:
        yield folder


@pytest.fixture(scope="module")
def running() -> Iterator[EmbeddedServer]:
    """A running server that tests only look at."""
    with private_home() as folder:
        server = server_of(folder)
        server.start()
        yield server


def server_of(home: Path) -> EmbeddedServer:
    return EmbeddedServer(Settings(home=home, embedded_shared_buffers="32MB"))


def environment_of(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JOPHIEL_")}
    return {**kept, "JOPHIEL_HOME": str(home), "JOPHIEL_EMBEDDED_SHARED_BUFFERS": "32MB"}


def jophiel(home: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(SCRIPT), *arguments],
        env=environment_of(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def answer(home: Path, *arguments: str) -> str:
    process = jophiel(home, *arguments)
    output, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "")
    return output


def value(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement.encode()).fetchone()
    return row[0] if row else None


def pid_of(server: EmbeddedServer) -> int:
    postmaster = server.status().postmaster
    assert postmaster is not None
    return postmaster.pid


# Many commands at once


def test_commands_that_start_it_at_once_share_one_server(home: Path) -> None:
    started = [jophiel(home, "db", "url") for _ in range(6)]
    answers = [(*process.communicate(timeout=120), process.returncode) for process in started]
    assert {code for _, _, code in answers} == {0}
    assert {errors for _, errors, _ in answers} == {""}
    assert len({url for url, _, _ in answers}) == 1
    assert value(answers[0][0].strip(), "select 1") == 1


def test_it_outlives_its_starter_and_stops_when_told(home: Path) -> None:
    assert answer(home, "db", "start").startswith("running on 127.0.0.1:")
    assert server_of(home).status().postmaster is not None
    assert answer(home, "db", "stop") == "stopped\n"
    assert server_of(home).status().postmaster is None
    assert server_of(home).stop() is False


def test_a_command_that_stays_waits_for_a_server_that_was_stopped_and_does_not_start_it(home: Path) -> None:
    assert jophiel(home, "db", "install").communicate(timeout=120)[0] == "installed\n"
    watching = jophiel(home, "batch", "run", "--watch", "0.1")
    try:
        assert watching.stdout is not None
        assert watching.stderr is not None
        watching.stdout.readline()  # the first cycle
        assert answer(home, "db", "stop") == "stopped\n"
        while "is not running" not in watching.stderr.readline():
            assert watching.poll() is None
        time.sleep(0.5)
        assert server_of(home).status().postmaster is None
        answer(home, "db", "start")
        # The cycles between the start and the stop were lines that nobody read: one of now answers for itself.
        with psycopg.connect(server_of(home).url(), autocommit=True) as connection:
            deadline = time.monotonic() + 30
            while not connection.execute(
                "select from pg_stat_activity where application_name = 'jophiel batch'"
            ).fetchall():
                assert time.monotonic() < deadline
    finally:
        watching.terminate()
        watching.communicate(timeout=60)
    assert watching.returncode == 0


def test_its_own_psql_is_used_and_its_version_is_said(home: Path) -> None:
    version = answer(home, "db", "psql", "-X", "-A", "-t", "-c", "show server_version").strip()
    assert answer(home, "db", "psql", "--version").split()[2] == version
    assert f"postgresql  {version}\n" in answer(home, "db", "status")


def test_the_port_stays_the_same_over_a_restart_and_moves_when_taken(home: Path) -> None:
    server = server_of(home)
    server.start()
    first = server.url()
    server.stop()
    server.start()
    assert server.url() == first
    server.stop()
    with socket.create_server(("127.0.0.1", urlsplit(first).port or 0)):
        server.start()
        assert server.url() != first
        assert value(server.url(), "select 1") == 1


# Killed


def test_a_server_killed_by_9_is_recovered_with_its_data(home: Path) -> None:
    server = server_of(home)
    server.start()
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("create table kept as select 42 as answer")
    os.kill(pid_of(server), signal.SIGKILL)
    while server.status().postmaster:  # the kernel takes its time
        time.sleep(0.01)
    server = server_of(home)
    server.start()
    assert value(server.url(), "select answer from kept") == 42


def test_the_pid_of_another_process_after_a_reboot_is_not_taken_for_the_server(home: Path) -> None:
    server = server_of(home)
    server.start()
    data = server.status().folder / "data"
    text = (data / "postmaster.pid").read_text()
    server.stop()
    sleeper = subprocess.Popen(["sleep", "60"], user=data.stat().st_uid if is_root() else None)
    try:
        (data / "postmaster.pid").write_text("\n".join([str(sleeper.pid), *text.splitlines()[1:]]) + "\n")
        assert server.status().postmaster is None
        server.start()
        assert value(server.url(), "select 1") == 1
    finally:
        sleeper.kill()
        sleeper.wait()


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("seconds", [0.3, 0.5, 0.8, 1.1])
def test_a_first_start_that_was_killed_is_completed_by_the_next(
    home: Path, sent: signal.Signals, seconds: float
) -> None:
    process = jophiel(home, "db", "start")
    time.sleep(seconds)
    os.killpg(process.pid, sent)
    process.communicate(timeout=60)
    server = server_of(home)
    server.start()
    assert value(server.url(), "select 1") == 1
    assert value(server.url(), "select current_database()") == "jophiel"


def test_a_running_transaction_does_not_hold_up_the_stop(home: Path) -> None:
    server = server_of(home)
    server.start()
    with psycopg.connect(server.url()) as connection:
        connection.execute("select 1")
        begun = time.monotonic()
        assert server.stop()
        assert time.monotonic() - begun < 20
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")


# Paths


@pytest.mark.parametrize("name", ["with a space", "it's 100 % sure", "ü" + "x" * 120])
def test_any_path_will_do(home: Path, name: str) -> None:
    server = server_of(home / name)
    server.start()
    try:
        assert value(server.url(), "select 1") == 1
        sockets = Path(str(value(server.url(), "show unix_socket_directories")).strip('"'))
        if len(name) > 100:
            assert len(str(sockets)) < 100
            assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
            shutil.rmtree(sockets, ignore_errors=True)
    finally:
        server.destroy()


def test_a_quoted_path_will_do_where_the_programs_need_no_copy(home: Path) -> None:
    server = server_of(home / 'the "quoted" $HOME')
    try:
        server.start()
        assert value(server.url(), "select 1") == 1
    except EmbeddedServerError as error:
        # The wheel lies below a closed home, so that its programs had to be copied into this path.
        if 'initdb takes no " $ in its own path' not in str(error):
            raise
    finally:
        server.destroy()


# Closed to others


def test_everybody_needs_the_password(running: EmbeddedServer) -> None:
    rules = (running.status().folder / "data" / "pg_hba.conf").read_text()
    methods = {line.split()[-1] for line in rules.splitlines() if line and not line.startswith("#")}
    assert methods == {"scram-sha-256"}
    parts = urlsplit(running.url())
    assert str(value(running.url(), "select rolpassword from pg_authid where rolname = 'postgres'")).startswith("SCRAM")
    sockets = value(running.url(), "show unix_socket_directories")
    for host in ("127.0.0.1", str(sockets).strip('"')):
        for password in ("", "wrong"):
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(host=host, port=parts.port, user="postgres", password=password, dbname="jophiel")
        psycopg.connect(host=host, port=parts.port, user="postgres", password=parts.password, dbname="jophiel").close()


def test_only_the_owner_reads_the_password_and_the_data(running: EmbeddedServer) -> None:
    folder = running.status().folder
    password = (folder / "password").stat()
    assert (stat.S_IMODE(password.st_mode), password.st_uid) == (0o600, os.geteuid())
    assert stat.S_IMODE((folder / "data").stat().st_mode) == 0o700


def test_it_listens_on_the_loopback_only(running: EmbeddedServer) -> None:
    assert value(running.url(), "show listen_addresses") == "127.0.0.1"
    port = urlsplit(running.url()).port
    listening = [
        line.split()[1]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        if Path(table).exists()
        for line in Path(table).read_text().splitlines()[1:]
        if line.split()[3] == "0A" and int(line.split()[1].rsplit(":", 1)[1], 16) == port
    ]
    assert listening == [f"0100007F:{port:04X}"]


def test_settings_are_those_of_the_design(running: EmbeddedServer) -> None:
    shown = {
        name: value(running.url(), f"show {name}")
        for name in ("work_mem", "maintenance_work_mem", "random_page_cost", "max_wal_size", "shared_buffers")
    }
    assert shown == {
        "work_mem": "64MB",
        "maintenance_work_mem": "512MB",
        "random_page_cost": "1.1",
        "max_wal_size": "4GB",
        "shared_buffers": "32MB",
    }
    provider = "select datlocprovider::text || ' ' || datlocale from pg_database where datname = 'jophiel'"
    assert value(running.url(), provider) == "b C.UTF-8"


# Accounts


def other_python() -> str | None:
    """An interpreter of our version that everybody may run."""
    nobody = pwd.getpwnam("nobody")
    account = Account("nobody", nobody.pw_uid, nobody.pw_gid)
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, shutil.which(name, path="/usr/local/bin:/usr/bin")):
        if (
            candidate
            and account.can_reach(Path(candidate).parent)
            and account.can_reach(Path(candidate).resolve().parent)
        ):
            return candidate
    return None


def run_as(name: str, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `jophiel` as another user, in a process that was never root."""
    python = other_python()
    packages = os.pathsep.join(
        [str(Path(__file__).parents[2]), *(path for path in sys.path if "site-packages" in path)]
    )
    entry = pwd.getpwnam(name)
    account = Account(name, entry.pw_uid, entry.pw_gid)
    if python is None or not all(account.can_reach(Path(path)) for path in packages.split(os.pathsep)):
        pytest.skip("the interpreter or its packages lie below root's closed home")
    return subprocess.run(
        [python, "-m", "jophiel", *arguments],
        env={**environment_of(home), "PYTHONPATH": packages, "HOME": str(home)},
        user=entry.pw_uid,
        group=entry.pw_gid,
        extra_groups=[],
        cwd="/",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@as_root
def test_as_root_it_runs_as_somebody_else(running: EmbeddedServer) -> None:
    assert Path(f"/proc/{pid_of(running)}").stat().st_uid != 0
    assert running.status().account in ("postgres", "nobody")


@as_root
def test_two_users_have_a_server_each_and_cannot_use_the_others(home: Path) -> None:
    urls = []
    for name in ("nobody", "daemon"):
        folder = home / name
        folder.mkdir(mode=0o700)
        os.chown(folder, pwd.getpwnam(name).pw_uid, pwd.getpwnam(name).pw_gid)
        done = run_as(name, folder, "db", "url")
        assert (done.returncode, done.stderr) == (0, "")
        urls.append(done.stdout.strip())
    assert urlsplit(urls[0]).port != urlsplit(urls[1]).port
    assert [value(url, "select 1") for url in urls] == [1, 1]

    intruder = run_as("daemon", home / "nobody", "db", "url")
    assert intruder.returncode == 1
    assert intruder.stdout == ""
    assert intruder.stderr.count("\n") == 1
    for name in ("nobody", "daemon"):
        assert run_as(name, home / name, "db", "stop").stdout == "stopped\n"


@as_root
def test_a_closed_home_of_root_stays_closed(home: Path) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    server = server_of(closed / "jophiel")
    server.start()
    try:
        assert value(server.url(), "select 1") == 1
        folder = server.status().folder
        assert folder.parent == Path("/var/lib")
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        # The data decide, not the folder's present mode.
        closed.chmod(0o755)
        assert server_of(closed / "jophiel").status().folder == folder
    finally:
        server.destroy()


@as_root
def test_binaries_below_a_closed_home_are_copied_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    wheel = binaries._wheel_folder()
    (closed / wheel.name).symlink_to(wheel)
    monkeypatch.setattr(binaries, "_wheel_folder", lambda: closed / wheel.name)
    for _ in range(2):
        server = server_of(home / "jophiel")
        server.start()
        assert value(server.url(), "select 1") == 1
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("create extension if not exists vector")
        assert [path.name for path in server.status().folder.glob("binaries-*")] == [
            f"binaries-{server._binaries.version()}"
        ]
        server.stop()


# Errors


def test_a_home_that_is_a_file_is_an_error_of_one_line(home: Path) -> None:
    (home / "file").touch()
    done = jophiel(home / "file", "db", "url")
    output, errors = done.communicate(timeout=60)
    assert (done.returncode, output, errors.count("\n")) == (1, "", 1)
    assert errors.startswith("jophiel: ")


def test_data_of_another_major_version_are_refused_and_kept(home: Path) -> None:
    server = server_of(home)
    server.start()
    server.stop()
    version = server.status().folder / "data" / "PG_VERSION"
    mine = version.read_text()
    version.write_text("15\n")
    with pytest.raises(EmbeddedServerError, match="PostgreSQL 15"):
        server.start()
    version.write_text(mine)
    server.start()


def test_the_url_of_a_stopped_server_is_an_error(home: Path) -> None:
    with pytest.raises(EmbeddedServerError, match="not running"):
        server_of(home).url()
