"""Who the embedded server runs as: PostgreSQL refuses root, and containers and CI are root."""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jophiel.errors import EmbeddedServerError

if TYPE_CHECKING:
    from pathlib import Path

_CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """An unprivileged account of this machine."""

    name: str
    uid: int
    gid: int

    def can_reach(self, path: Path) -> bool:
        """Return whether this account may pass through every folder down to `path` (access lists are not looked at)."""
        folders = {folder for way in (path, path.resolve()) for folder in (way, *way.parents)}
        return all(self._can_enter(folder) for folder in folders if folder.exists())

    def own(self, path: Path, mode: int) -> None:
        """Give `path` to this account."""
        os.chown(path, self.uid, self.gid, follow_symlinks=False)
        path.chmod(mode)

    def _can_enter(self, folder: Path) -> bool:
        status = folder.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


def is_root() -> bool:
    """Return whether this process is root."""
    return os.geteuid() == 0


def server_account(data: Path, wanted: str | None) -> Account | None:
    """Return the account to run the server as: None for ourselves, otherwise somebody who is not root.

    An existing data folder decides by its owner, so that an account created later does not lock us out of it.
    """
    if not is_root():
        return None
    if data.exists() and (owner := data.stat().st_uid) != 0:
        entry = _entry(owner)
        if entry is None:
            raise EmbeddedServerError(f"{data} belongs to the user id {owner}, which has no account")
        return entry
    for name in (wanted,) if wanted else _CANDIDATES:
        account = _entry(name)
        if account is not None and account.uid != 0:
            return account
    raise EmbeddedServerError(
        f"there is no unprivileged account {wanted or ' or '.join(_CANDIDATES)} to run the server as",
        hint="Create one and name it in JOPHIEL_EMBEDDED_USER, or set JOPHIEL_DATABASE_URL.",
    )


def as_account(account: Account | None) -> dict[str, Any]:
    """Return the arguments of subprocess that run a program as `account`."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def _entry(key: str | int) -> Account | None:
    try:
        entry = pwd.getpwuid(key) if isinstance(key, int) else pwd.getpwnam(key)
    except KeyError:
        return None
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)
