"""`jophiel serve`: the page and the HTTP API."""

from __future__ import annotations

import errno
import gc
import logging
import signal
import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import click
from psycopg.conninfo import make_conninfo

from jophiel.api.app import create_app
from jophiel.api.server import make_server
from jophiel.api.settings import ApiSettings
from jophiel.cli import pass_settings
from jophiel.database.asynchronous import AsyncGateway
from jophiel.database.connection import connect_installed, database_url
from jophiel.database.gateway import Gateway
from jophiel.embeddings.wish import Wishes
from jophiel.errors import InputError
from jophiel.events.control import BrokerControl
from jophiel.logs import get_logger

if TYPE_CHECKING:
    from jophiel.settings import Settings

_EMBEDDED_ROLE = "jophiel_api"
_PORT = 8000


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--database", help="Another database of the same server, such as jophiel_demo.")
@click.option("--port", type=click.IntRange(0, 65535), default=_PORT, show_default=True, help="0 for a free one.")
@pass_settings
def serve(settings: Settings, *, host: str, port: int, database: str | None) -> None:
    """Serve the page and the HTTP API until SIGTERM or Ctrl-C; /docs lists the routes.

    Without JOPHIEL_JWT_SECRET or JOPHIEL_JWT_JWKS everybody on this machine may do everything, and it listens on
    loopback only.
    """
    api = ApiSettings.from_environment()
    url = database_url(settings)
    if database is not None:
        url = make_conninfo(url, dbname=database)
    with connect_installed(replace(settings, database_url=url), application_name="jophiel serve") as connection:
        api = with_role(Gateway(connection), settings, api)
    serve_database(settings, api, url, host=host, port=port)


def serve_database(
    settings: Settings, api: ApiSettings, url: str, *, host: str, port: int | None, path: str = ""
) -> None:
    """Serve a database until a signal. Port: None for 8000, or a free one where that is taken; path: of the page."""
    gateway = AsyncGateway(url, size=api.pool, role=api.role, statement_seconds=api.statement_seconds)
    # Made before it listens: it is refused where it would be open to others without a key.
    control = BrokerControl(settings) if settings.broker.url else None
    wishes = Wishes(settings.embeddings)
    # Now, and not with somebody's request: it takes a second, and says what is not installed.
    wishes.load()
    server = make_server(create_app(gateway, api, control=control, wishes=wishes), api, host, port or 0)
    listener = _listen(host, port)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)

    def stop(*_: object) -> None:
        server.should_exit = True

    # While uvicorn runs it has handlers of its own, and sends the signals to us again when it has stopped, for
    # whom they are a good end. What comes before it runs is not lost: it then stops as soon as it has started.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    bound = listener.getsockname()[1]
    get_logger("api").info("starting", extra={"host": host, "port": bound, "open": api.is_open})
    if api.is_open:
        click.echo("No key is configured: whoever reaches this address may do everything.", err=True)
    address = f"http://{f'[{host}]' if ':' in host else host}:{bound}{path}"
    click.echo(f"Jophiel listens on {address} (Ctrl-C ends it; documentation of the API: /docs)")
    # What is loaded by now stays until the end: nobody has to look through it for garbage while requests wait.
    gc.collect()
    gc.freeze()
    server.run(sockets=[listener])
    get_logger("api").info("stopped")


def with_role(gateway: Gateway, settings: Settings, api: ApiSettings) -> ApiSettings:
    """Return the settings with the role that the API's connections take."""
    if api.role is not None or settings.database_url is not None:
        return api
    # The embedded server is ours: the API takes the least privileged role by itself.
    if not gateway.has_role(_EMBEDDED_ROLE):
        gateway.create_api_role()
    gateway.grant_api(_EMBEDDED_ROLE)
    return replace(api, role=_EMBEDDED_ROLE)


def _listen(host: str, port: int | None) -> socket.socket:
    """Return a socket that listens. Raises InputError where the address cannot be had."""
    try:
        return _bind(host, _PORT if port is None else port)
    except OSError as error:
        if port is None and error.errno == errno.EADDRINUSE:
            return _bind(host, 0)
        raise InputError(
            f"cannot listen on {host}:{_PORT if port is None else port}: {error.strerror}",
            hint="Choose another with --port." if error.errno == errno.EADDRINUSE else "",
        ) from error


def _bind(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    return listener
