"""`jophiel serve`: the HTTP API."""

from __future__ import annotations

import logging
import signal
import socket
from functools import partial
from typing import TYPE_CHECKING

import click

from jophiel.api.app import create_app
from jophiel.api.server import make_server
from jophiel.api.settings import ApiSettings
from jophiel.cli import pass_settings
from jophiel.database.asynchronous import AsyncGateway
from jophiel.database.connection import connect_installed, database_url
from jophiel.database.gateway import Gateway
from jophiel.errors import InputError
from jophiel.events.topology import depths
from jophiel.logs import get_logger

if TYPE_CHECKING:
    from jophiel.settings import Settings

_EMBEDDED_ROLE = "jophiel_api"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 for a free one.")
@pass_settings
def serve(settings: Settings, *, host: str, port: int) -> None:
    """Serve the HTTP API until SIGTERM or Ctrl-C; /docs lists the routes.

    Without JOPHIEL_JWT_SECRET or JOPHIEL_JWT_JWKS everybody on this machine may do everything, and it listens on
    loopback only.
    """
    api = ApiSettings.from_environment()
    url = database_url(settings)
    role = api.role
    with connect_installed(settings, application_name="jophiel serve") as connection:
        gateway = Gateway(connection)
        if role is None and settings.database_url is None:
            # The embedded server is ours: the API takes the least privileged role by itself.
            role = _EMBEDDED_ROLE
            if not gateway.has_role(role):
                gateway.create_api_role()
            gateway.grant_api(role)
    gateway_of_app = AsyncGateway(url, size=api.pool, role=role, statement_seconds=api.statement_seconds)
    read_depths = partial(depths, settings) if settings.broker.url else None
    server = make_server(create_app(gateway_of_app, api, read_depths=read_depths), api, host, port)
    listener = _listen(host, port)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    # uvicorn stops at these signals and then sends them to us again, for whom they are a good end.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    bound = listener.getsockname()[1]
    get_logger("api").info("starting", extra={"host": host, "port": bound, "open": api.is_open})
    if api.is_open:
        click.echo("No key is configured: whoever reaches this address may do everything.", err=True)
    click.echo(f"Jophiel listens on http://{f'[{host}]' if ':' in host else host}:{bound} (documentation: /docs)")
    server.run(sockets=[listener])
    get_logger("api").info("stopped")


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens. Raises InputError where the address cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        raise InputError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    return listener
