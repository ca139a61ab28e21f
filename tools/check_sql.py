"""Parses every SQL file as PostgreSQL does, PL/pgSQL bodies included, and runs squawk over the migrations.

python tools/check_sql.py [folder with sql/ and migrations/]
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pglast
from pglast.parser import ParseError

# What squawk would like and this project does not: migrations run in yoyo's transaction, on a schema that is theirs
# alone, and design 11 asks for bigint keys without identity.
_SQUAWK_EXCEPTIONS = (
    "prefer-robust-stmts",
    "prefer-text-field",
    "prefer-bigint-over-int",
    "prefer-identity",
    "require-timeout-settings",
    "require-concurrent-index-creation",
    "require-concurrent-index-deletion",
    "adding-foreign-key-constraint",
    "constraint-missing-not-valid",
    "ban-drop-table",
)


def parse(path: Path) -> list[str]:
    """Return what the parser says against a file."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    # psql's own commands, of install.sql alone; as empty lines, so that positions stay right
    text = "".join("\n" if line.startswith("\\") else line for line in lines)
    try:
        statements = pglast.parse_sql(text)
        for statement in statements:
            node = statement.stmt
            if isinstance(node, pglast.ast.CreateFunctionStmt) and "plpgsql" in str(node.options):
                start = statement.stmt_location or 0
                end = start + statement.stmt_len if statement.stmt_len else None
                parse_body(text[start:end])
    except (ParseError, ValueError) as error:
        return [f"{path}: {error}"]
    return []


def parse_body(statement: str) -> None:
    """Parse the body of a PL/pgSQL function. Raises ParseError."""
    try:
        pglast.parse_plpgsql(statement)
    except ParseError as error:
        # The parser knows no tables, so no `jophiel.items.item_id%type`, and no types, so no `halfvec[]`; the
        # installation checks those bodies.
        if not any(limit in str(error) for limit in ("Not implemented", "has pseudo-type")):
            raise


def main() -> int:
    """Return 1 where a file does not parse or squawk complains."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    files = sorted([*(root / "sql").rglob("*.sql"), *(root / "migrations").glob("*.sql")])
    complaints = [complaint for path in files for complaint in parse(path)]
    named = {line.split()[1] for line in _lines(root / "sql" / "install.sql") if line.startswith("\\ir")}
    complaints += [
        f"{path}: not in install.sql"
        for path in sorted((root / "sql").rglob("*.sql"))
        if path.name != "install.sql"
        and path.parent.name != "examples"  # configuration to copy from, not part of an installation
        and path.relative_to(root / "sql").as_posix() not in named
    ]
    print(*complaints, sep="\n", end="\n" if complaints else "")
    squawk = subprocess.run(
        [
            str(Path(sys.executable).with_name("squawk")),
            "--pg-version=17.0",
            f"--exclude={','.join(_SQUAWK_EXCEPTIONS)}",
            *map(str, sorted((root / "migrations").glob("*.sql"))),
        ],
        check=False,
    )
    print(f"{len(files)} SQL files parsed")
    return int(bool(complaints) or squawk.returncode != 0)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


if __name__ == "__main__":
    sys.exit(main())
