"""Connections to RabbitMQ, its errors as ours, and how long to wait before trying again."""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pika
import pika.exceptions

from jophiel.errors import BrokerError, BrokerUnreachableError, SettingsError, one_line, without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jophiel.settings import Settings

_HEARTBEAT_SECONDS = 30
_CONNECT_SECONDS = 10
# A broker short of memory or disk blocks who publishes; after this long the connection is given up and made anew.
_BLOCKED_SECONDS = 300
_SHORTEST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0
# Not as one address: its password would be struck out.
_ADDRESS = "It looks like amqp://HOST:5672/VHOST, with USER:PASSWORD@ before the host."


def parameters(settings: Settings, name: str) -> pika.URLParameters:
    """Return what to connect with; `name` is what the broker's own tools show. Raises SettingsError."""
    if settings.broker.url is None:
        raise SettingsError("JOPHIEL_AMQP_URL is not set", hint=_ADDRESS)
    try:
        parts = urlsplit(settings.broker.url)
        # pika takes any scheme for amqp, and no host for localhost.
        sound = parts.scheme in ("amqp", "amqps") and bool(parts.hostname)
        found = pika.URLParameters(settings.broker.url) if sound else None
    except (ValueError, TypeError, IndexError):
        found = None
    if found is None:
        # Without the parser's words, which may repeat the address and the password in it.
        raise SettingsError("JOPHIEL_AMQP_URL is no address of a broker", hint=_ADDRESS)
    if found.heartbeat is None:
        found.heartbeat = _HEARTBEAT_SECONDS
    found.socket_timeout = _CONNECT_SECONDS
    found.stack_timeout = 2 * _CONNECT_SECONDS
    found.blocked_connection_timeout = _BLOCKED_SECONDS
    found.client_properties = {"connection_name": name, "product": "jophiel"}
    return found


@contextmanager
def connect(settings: Settings, name: str) -> Iterator[pika.BlockingConnection]:
    """Open a connection for the block, which turns the broker's errors raised in it into errors of ours."""
    wanted = parameters(settings, name)
    with broker_errors(wanted):
        connection = pika.BlockingConnection(wanted)
        try:
            yield connection
        finally:
            close(connection)


def close(connection: pika.BlockingConnection) -> None:
    """Close a connection that may be broken."""
    if connection.is_open:
        try:
            connection.close()
        except pika.exceptions.AMQPError:
            return


@contextmanager
def broker_errors(address: pika.ConnectionParameters) -> Iterator[None]:
    """Turn the errors of pika raised in the block into errors of ours."""
    try:
        yield
    except (pika.exceptions.AMQPError, OSError) as error:
        raise from_pika(error, address) from error


def from_pika(error: BaseException, address: pika.ConnectionParameters) -> BrokerError:
    """Return the error of ours for one of pika's, which names host and port; ours stay as they are."""
    if isinstance(error, BrokerError):
        return error
    broker = f"the broker at {address.host}:{address.port}"
    if isinstance(error, pika.exceptions.ChannelClosedByBroker):
        return BrokerError(f"{broker} refused: {one_line(error.reply_text)}")
    if isinstance(error, pika.exceptions.ProbableAuthenticationError | pika.exceptions.AuthenticationError):
        return BrokerUnreachableError(
            f"{broker} refused the login", hint="Check user and password in JOPHIEL_AMQP_URL."
        )
    if isinstance(error, pika.exceptions.ProbableAccessDeniedError):
        return BrokerUnreachableError(f"{broker} refused the virtual host", hint="Check it in JOPHIEL_AMQP_URL.")
    reason = without_secrets(one_line(str(error)))
    return BrokerUnreachableError(f"{broker} cannot be reached{': ' if reason else ''}{reason}")


def pauses() -> Iterator[float]:
    """Yield seconds to wait between attempts, for ever: doubling up to 5.

    Each is drawn at random from a half to the whole of that, so that the processes that a restart has thrown out do
    not all come back at once.
    """
    longest = _SHORTEST_PAUSE
    while True:
        yield random.uniform(longest / 2, longest)  # noqa: S311 - no secret
        longest = min(longest * 2, _LONGEST_PAUSE)
