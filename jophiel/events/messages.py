"""Messages: what a body must be before the database is asked, and how a batch of them becomes one argument."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn
from uuid import UUID, uuid4

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to publish. `headers` are the broker's, not the envelope's."""

    routing_key: str
    body: bytes
    headers: Mapping[str, Any] | None = None
    # Where it comes from, to be named.
    line: int | None = None


# Only so that no message fills the memory: what an event may have is `event_settings.event_bytes`.
LARGEST_BYTES = 1024 * 1024
# Escapes that are JSON and nothing that PostgreSQL can hold: NUL, and half of a surrogate pair. Whole pairs and escaped
# backslashes are matched first, so that what is captured is none of these.
_UNHOLDABLE = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u0000|u[dD][89a-fA-F]..)|.)")


def fault(body: bytes) -> str | None:
    """Return why a body is no JSON that could be an event, None where it could be one.

    Whether it is one is the database's to say; this only keeps one bad body from spoiling the batch it is sent with.
    """
    if len(body) > LARGEST_BYTES:
        return f"too large: {len(body)} bytes, at most {LARGEST_BYTES} are read"
    try:
        _DECODER.decode(body.decode())
    except UnicodeDecodeError:
        return "not JSON: the body is not UTF-8"
    except (ValueError, RecursionError) as error:
        return f"not JSON: {error}"
    escape = next((found[1].decode() for found in _UNHOLDABLE.finditer(body) if found[1]), None)
    return f"text that PostgreSQL cannot hold: \\{escape}" if escape else None


def batch(bodies: Iterable[bytes]) -> str:
    """Return bodies that have no fault as one JSON array."""
    return f"[{b','.join(bodies).decode()}]"


def event_id(body: bytes) -> str | None:
    """Return the id of an event, malformed or not; None where there is none to be read."""
    try:
        return str(UUID(json.loads(body)["event_id"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def event(name: str, payload: Mapping[str, object], happened_at: datetime, source: str) -> dict[str, object]:
    """Return an event in its envelope, with an id of its own."""
    return {
        "event_name": name,
        "event_id": str(uuid4()),
        "event_timestamp": happened_at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "source": source,
        "payload": payload,
    }


def outgoing(line: bytes, routing_key: str | None = None, number: int | None = None) -> Outgoing:
    """Return the message of a line of NDJSON; without `routing_key` it is the event's name. Raises ValueError."""
    if routing_key is not None:
        return Outgoing(routing_key, line, line=number)
    try:
        found = json.loads(line.decode())
    except UnicodeDecodeError as error:
        raise ValueError("not UTF-8") from error
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    name = found.get("event_name") if isinstance(found, dict) else None
    # 255 bytes is what AMQP has for a routing key.
    if not isinstance(name, str) or not 0 < len(name.encode()) <= 255:  # noqa: PLR2004
        raise ValueError("no event_name")
    return Outgoing(name, line, line=number)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


# Made once: json.loads() makes one for each call that has such an argument.
_DECODER = json.JSONDecoder(parse_constant=_refuse)
