"""Settings of the HTTP API, from the environment and from nowhere else."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jophiel.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

# RFC 7518, 3.2: a key of HS256 has at least as many bits as its hash.
_SECRET_BYTES = 32
# The page is some thirty files, which its browser asks for at once; twice the rate may come at once.
_ADDRESS_RATE = 50


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """What the environment says about the API; docs/http.md has the variables.

    Without `jwt_secret` and `jwks_file` everybody who reaches the server may do everything, and it is bound to loopback
    only. Seconds are limits on receiving the head of a request, its body, and the next request of a connection.
    `rate` is requests a second and caller, `address_rate` those of an address that come without a token that is known
    to be good; 0 for no limit. `role` is the database role that connections take.
    `live_seconds` is how often the feeds of those who are connected to them are looked at, `live_connections` how many
    may be.
    """

    jwt_secret: str | None = field(default=None, repr=False)
    jwks_file: Path | None = None
    audience: str = "jophiel"
    issuer: str = "jophiel"
    cors_origins: tuple[str, ...] = ()
    body_limit: int = 4 * 1024 * 1024
    header_seconds: float = 10
    body_seconds: float = 30
    idle_seconds: float = 30
    stop_seconds: float = 10
    concurrency: int = 512
    rate: float = 0
    address_rate: float = 0
    pool: int = 4
    role: str | None = None
    statement_seconds: float = 10
    access_log: bool = True
    live_seconds: float = 0.5
    live_connections: int = 200

    @property
    def is_open(self) -> bool:
        """Return whether there is no key to check tokens with."""
        return self.jwt_secret is None and self.jwks_file is None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> ApiSettings:
        """Read the settings; an empty variable counts as unset. Raises SettingsError."""
        values = {k: v.strip() for k, v in (os.environ if environment is None else environment).items() if v.strip()}
        secret = values.get("JOPHIEL_JWT_SECRET")
        if secret is not None and len(secret.encode()) < _SECRET_BYTES:
            raise SettingsError(
                f"JOPHIEL_JWT_SECRET is shorter than {_SECRET_BYTES} bytes", hint="Make one with: openssl rand -hex 32"
            )
        jwks = values.get("JOPHIEL_JWT_JWKS")
        rate = _number(values, "JOPHIEL_RATE", 0, least=0)
        return cls(
            jwt_secret=secret,
            jwks_file=Path(jwks) if jwks else None,
            audience=values.get("JOPHIEL_JWT_AUDIENCE", "jophiel"),
            issuer=values.get("JOPHIEL_JWT_ISSUER", "jophiel"),
            cors_origins=tuple(o for o in values.get("JOPHIEL_CORS_ORIGINS", "").replace(",", " ").split() if o),
            body_limit=int(_number(values, "JOPHIEL_BODY_LIMIT", 4 * 1024 * 1024, least=1024)),
            header_seconds=_number(values, "JOPHIEL_HEADER_SECONDS", 10, least=0.1),
            body_seconds=_number(values, "JOPHIEL_BODY_SECONDS", 30, least=0.1),
            idle_seconds=_number(values, "JOPHIEL_IDLE_SECONDS", 30, least=0.1),
            stop_seconds=_number(values, "JOPHIEL_STOP_SECONDS", 10, least=0),
            concurrency=int(_number(values, "JOPHIEL_CONCURRENCY", 512, least=1)),
            rate=rate,
            address_rate=_number(values, "JOPHIEL_ADDRESS_RATE", _ADDRESS_RATE if rate else 0, least=0),
            pool=int(_number(values, "JOPHIEL_API_POOL", 4, least=1)),
            role=values.get("JOPHIEL_API_ROLE"),
            statement_seconds=_number(values, "JOPHIEL_STATEMENT_SECONDS", 10, least=0.1),
            live_seconds=_number(values, "JOPHIEL_LIVE_SECONDS", 0.5, least=0.05),
            live_connections=int(_number(values, "JOPHIEL_LIVE_CONNECTIONS", 200, least=0)),
            access_log=values.get("JOPHIEL_ACCESS_LOG", "on").lower() not in ("off", "0", "false", "no"),
        )


def _number(values: Mapping[str, str], name: str, default: float, *, least: float) -> float:
    text = values.get(name)
    if text is None:
        return default
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not least <= number < float("inf"):
        raise SettingsError(f"{name} is {text!r}", hint=f"Give a number, {least:g} or more.")
    return number
