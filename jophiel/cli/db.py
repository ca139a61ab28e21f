"""`jophiel db`: the server and the schema."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click
from psycopg import conninfo

from jophiel.cli import LazyGroup, pass_settings
from jophiel.cli.output import json_option, print_json
from jophiel.database import connection, embedded, migrations, reset
from jophiel.database.fingerprint import fingerprint
from jophiel.database.gateway import Gateway
from jophiel.errors import DatabaseInvalidError, JophielError, without_secrets

if TYPE_CHECKING:
    from jophiel.settings import Settings

SUBCOMMANDS = {"seed": "jophiel.cli.seed:seed"}


@click.group(cls=LazyGroup, lazy=SUBCOMMANDS)
def db() -> None:
    """Run the database: the server, the schema, sample data."""


@db.command()
@pass_settings
def start(settings: Settings) -> None:
    """Start the embedded server; it stays up until `jophiel db stop`."""
    server = _embedded(settings)
    server.start()
    postmaster = server.status().postmaster
    click.echo(f"running on 127.0.0.1:{postmaster.port if postmaster else '?'}")


@db.command()
@pass_settings
def stop(settings: Settings) -> None:
    """Stop the embedded server; unfinished transactions are rolled back."""
    click.echo("stopped" if _embedded(settings).stop() else "was not running")


@db.command()
@json_option
@pass_settings
def status(settings: Settings, *, as_json: bool) -> None:
    """Show which server is used, and whether it runs and has Jophiel."""
    facts: dict[str, object] = {"home": str(settings.home)}
    url = settings.database_url
    if url is None:
        state = embedded.EmbeddedServer(settings).status()
        facts |= {"server": "embedded", "folder": str(state.folder), "account": state.account}
        facts["running"] = state.postmaster is not None
        if state.postmaster:
            facts |= {"pid": state.postmaster.pid, "port": state.postmaster.port}
            url = embedded.EmbeddedServer(settings).url() if state.postmaster.ready else None
    else:
        facts |= {"server": "JOPHIEL_DATABASE_URL", "address": without_secrets(url)}
    if url is not None:
        try:
            with connection.connect(url) as conn:
                version = Gateway(conn).server_version()
                facts |= {
                    "running": True,
                    "postgresql": f"{version.server_version // 10000}.{version.server_version % 10000}",
                    "pgvector": version.pgvector_available,
                    "installed": Gateway(conn).is_installed(),
                }
        except JophielError as error:
            facts |= {"running": False, "reason": str(error)}
    if as_json:
        print_json(facts)
        return
    for name, value in facts.items():
        if value is not None:
            shown = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
            click.echo(f"{name:<11} {shown}")


@db.command()
@pass_settings
def url(settings: Settings) -> None:
    """Print the connection URL and nothing else, starting the server if need be."""
    click.echo(connection.database_url(settings))


@db.command(context_settings={"ignore_unknown_options": True})
@click.option("--database", help="Another database of the same server, such as jophiel_demo.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@pass_settings
def psql(settings: Settings, *, database: str | None, arguments: tuple[str, ...]) -> None:
    """Open psql on the database; ARGUMENTS are psql's."""
    # On our own server the psql that came with it: an older one lacks what the server can do.
    own = embedded.psql() if settings.database_url is None else None
    program = own or shutil.which("psql") or embedded.psql()
    if program is None:
        raise JophielError("there is no psql on this machine", hint="Install PostgreSQL's client programs.")
    address = connection.database_url(settings)
    parts = conninfo.conninfo_to_dict(address, dbname=database)
    # With ARGUMENTS it may be another database, or another login.
    if sys.stdin.isatty() and not arguments:
        _hint_at_install(conninfo.make_conninfo(address, dbname=database))
    # The password by the environment: arguments are visible to every user of the machine.
    password = parts.pop("password", None)
    environment = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}
    target = conninfo.make_conninfo("", **{name: str(value) for name, value in parts.items() if value is not None})
    os.execve(program, ["psql", target, *arguments], environment)  # noqa: S606 - it takes our place and the terminal


@db.command()
@pass_settings
def migrate(settings: Settings) -> None:
    """Apply new migrations and replay changed functions; nothing to do is fine."""
    _migrate(connection.database_url(settings))


@db.command()
@pass_settings
def install(settings: Settings) -> None:
    """Make an empty database ready; the same as migrate, after creating an embedded database."""
    if settings.database_url is None:
        server = embedded.EmbeddedServer(settings)
        server.start()
        server.create_database()
    _migrate(connection.database_url(settings))


@db.command(name="reset")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_settings
def reset_command(settings: Settings, *, yes: bool) -> None:
    """Delete all of Jophiel's data in the database and install it anew."""
    address = connection.database_url(settings)
    parts = urlsplit(address)
    where = f"{parts.hostname or 'the local server'}{parts.path}"
    if not yes:
        click.confirm(f"Delete everything that Jophiel has in {where}?", abort=True, err=True)
    if settings.database_url is None:
        embedded.EmbeddedServer(settings).create_database()
    reset.drop(address)
    _migrate(address)


@db.command(name="fingerprint")
@click.option("--lines", is_flag=True, help="Print what the hash is made of.")
@pass_settings
def fingerprint_command(settings: Settings, *, lines: bool) -> None:
    """Print a hash of the schema, equal for every way of installing this release."""
    with connection.connect(connection.database_url(settings)) as conn:
        found = fingerprint(conn)
    if lines:
        for kind, name, definition in found.lines:
            click.echo(f"{kind} {name}: {definition}")
    else:
        click.echo(found.digest)


def _hint_at_install(address: str) -> None:
    """Say that the schema is missing, to somebody who is about to type. Raises DatabaseInvalidError."""
    try:
        with connection.connect(address) as conn:
            if not Gateway(conn).is_installed():
                click.echo("Jophiel is not installed in this database: run jophiel db install first", err=True)
    except DatabaseInvalidError:
        raise
    except JophielError:
        # psql says so itself, or asks for the password.
        return


def _embedded(settings: Settings) -> embedded.EmbeddedServer:
    if settings.database_url is not None:
        raise JophielError(
            "JOPHIEL_DATABASE_URL names a server that is not Jophiel's to start or stop",
            hint="Unset it to use the embedded server.",
        )
    return embedded.EmbeddedServer(settings)


def _migrate(address: str) -> None:
    outcome = migrations.migrate(address, progress=lambda step: click.echo(step, err=True))
    if outcome.adopted:
        click.echo(f"adopted {len(outcome.adopted)} migrations of an installation by psql")
    click.echo("installed" if outcome.applied or outcome.replayed else "up to date")
