"""Where the SQL is: at the top of a checkout, or inside the package of an installed wheel."""

from __future__ import annotations

from pathlib import Path

from jophiel.errors import JophielError

_PACKAGE = Path(__file__).resolve().parent.parent


def sql_folder() -> Path:
    """Return the folder of install.sql and all that it names."""
    return _folder("sql", "install.sql")


def migrations_folder() -> Path:
    """Return the folder of the numbered migrations."""
    return _folder("migrations", "")


def _folder(name: str, witness: str) -> Path:
    for parent in (_PACKAGE / "_data", _PACKAGE.parent):
        if (parent / name / witness).exists():
            return parent / name
    raise JophielError(f"the folder {name}/ of this installation is missing", hint="Install jophiel again.")
