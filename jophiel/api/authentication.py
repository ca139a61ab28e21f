"""Who calls: bearer tokens (JWT), their scopes, and whose feed they may read.

A token with a subject (`sub`) is a user's and reads and writes what is that user's; one without is a service's and may
name anybody. `admin` includes every scope.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import jwt

from jophiel.api.problems import FORBIDDEN, UNAUTHENTICATED, Problem
from jophiel.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from jophiel.api.settings import ApiSettings

FEED_READ: Final = "feed:read"
EVENTS_WRITE: Final = "events:write"
CATALOGUE_WRITE: Final = "catalogue:write"
ADMIN: Final = "admin"
SCOPES: Final = (FEED_READ, EVENTS_WRITE, CATALOGUE_WRITE, ADMIN)

_REMEMBERED = 4096
_LONGEST_TOKEN = 8192
_PUBLIC_ALGORITHMS = {"RSA": "RS256", "EC": "ES256"}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls. `subject` is the key of the user that a token is bound to, None for a service."""

    subject: str | None
    scopes: frozenset[str]
    name: str

    def require(self, scope: str | None) -> None:
        """Raise a 403 where the scope is missing."""
        if scope is not None and scope not in self.scopes and ADMIN not in self.scopes:
            raise Problem(
                FORBIDDEN,
                f"The token lacks the scope {scope}.",
                headers=((b"www-authenticate", f'Bearer error="insufficient_scope", scope="{scope}"'.encode()),),
            )

    @property
    def may_name_anybody(self) -> bool:
        """Return whether the token is bound to no user."""
        return self.subject is None or ADMIN in self.scopes

    def require_user(self, user: str | None) -> None:
        """Raise a 403 where the token is another user's; None stands for nobody in particular."""
        if not self.may_name_anybody and user != self.subject:
            raise Problem(FORBIDDEN, "The token is another user's.")


ANYBODY = Principal(subject=None, scopes=frozenset(SCOPES), name="anybody")


class Authenticator:
    """Checks tokens against the configured keys; remembers those that it has checked until they expire."""

    def __init__(self, settings: ApiSettings) -> None:
        self._settings = settings
        self._keys = _read_keys(settings)
        self._remembered: dict[bytes, tuple[Principal, float]] = {}

    def remembered(self, header: bytes | None) -> Principal | None:
        """Return who calls where that is known already, which costs next to nothing."""
        if not self._keys:
            return ANYBODY
        known = None if header is None else self._remembered.get(header)
        return known[0] if known is not None and known[1] > time.time() else None

    def authenticate(self, header: bytes | None) -> Principal:
        """Return who calls, by the header Authorization. Raises a 401."""
        known = self.remembered(header)
        if known is not None:
            return known
        if header is None:
            raise _refusal("There is no bearer token.", error=None)
        principal, expires = self._check(header)
        if len(self._remembered) >= _REMEMBERED:
            self._remembered.clear()
        self._remembered[header] = (principal, expires)
        return principal

    def _check(self, header: bytes) -> tuple[Principal, float]:
        kind, _, text = header.decode("latin-1").partition(" ")
        token = text.strip()
        if kind.lower() != "bearer" or not token or len(token) > _LONGEST_TOKEN:
            raise _refusal("The header Authorization has no bearer token.")
        try:
            head = jwt.get_unverified_header(token)
            key = self._key(head)
            claims: dict[str, Any] = jwt.decode(
                token,
                key.key,
                # The key decides, never the token.
                algorithms=[key.algorithm],
                audience=self._settings.audience,
                issuer=self._settings.issuer,
                options={"require": ["exp", "aud", "iss"], "strict_aud": False},
            )
            return _principal(claims)
        except jwt.PyJWTError as error:
            raise _refusal(_reason(error)) from error
        except (ValueError, TypeError, RecursionError) as error:
            # What a hostile token does to the parser below PyJWT.
            raise _refusal("The token cannot be read.") from error

    def _key(self, head: dict[str, Any]) -> Key:
        algorithm, name = head.get("alg"), head.get("kid")
        for key in self._keys:
            if key.algorithm == algorithm and (key.name is None or name is None or key.name == name):
                return key
        raise jwt.InvalidAlgorithmError


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """A key and the one algorithm that it is for."""

    key: Any
    algorithm: str
    name: str | None


def _principal(claims: dict[str, Any]) -> tuple[Principal, float]:
    subject = claims.get("sub")
    if subject is not None and (not isinstance(subject, str) or not subject.strip()):
        raise jwt.InvalidTokenError
    scope = claims.get("scope", "")
    names = scope.split() if isinstance(scope, str) else scope
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise jwt.InvalidTokenError
    name = "service" if subject is None else f"user {subject}"
    return Principal(subject, frozenset(names) & frozenset(SCOPES), name), float(claims["exp"])


def _reason(error: jwt.PyJWTError) -> str:
    reasons: tuple[tuple[type[jwt.PyJWTError], str], ...] = (
        (jwt.ExpiredSignatureError, "The token has expired."),
        (jwt.ImmatureSignatureError, "The token is not valid yet."),
        (jwt.InvalidAudienceError, "The token is for another audience."),
        (jwt.InvalidIssuerError, "The token is of another issuer."),
        (jwt.MissingRequiredClaimError, "The token lacks a claim: exp, aud and iss are needed."),
        (jwt.InvalidAlgorithmError, "The token's algorithm is not accepted."),
        (jwt.InvalidSignatureError, "The token's signature does not match."),
    )
    return next((text for kind, text in reasons if isinstance(error, kind)), "The token cannot be read.")


def _refusal(detail: str, *, error: str | None = "invalid_token") -> Problem:
    challenge = 'Bearer realm="jophiel"' + (f', error="{error}"' if error else "")
    return Problem(UNAUTHENTICATED, detail, headers=((b"www-authenticate", challenge.encode()),))


def _read_keys(settings: ApiSettings) -> list[Key]:
    keys = [Key(settings.jwt_secret, "HS256", None)] if settings.jwt_secret else []
    if settings.jwks_file:
        keys += _read_jwks(settings.jwks_file)
    return keys


def _read_jwks(path: Path) -> list[Key]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        found = [
            Key(
                jwt.PyJWK(entry, _PUBLIC_ALGORITHMS[entry["kty"]]).key,
                _PUBLIC_ALGORITHMS[entry["kty"]],
                entry.get("kid"),
            )
            for entry in document["keys"]
            # A symmetric key in a file of public keys is a mistake that would let anybody sign.
            if entry.get("kty") in _PUBLIC_ALGORITHMS
            and entry.get("use", "sig") == "sig"
            and entry.get("alg", _PUBLIC_ALGORITHMS[entry["kty"]]) == _PUBLIC_ALGORITHMS[entry["kty"]]
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, jwt.PyJWTError) as error:
        raise SettingsError(
            f"{path} is no usable set of public keys ({type(error).__name__})",
            hint="JOPHIEL_JWT_JWKS names a JWKS file.",
        ) from None
    if not found:
        raise SettingsError(f"{path} has no RSA or P-256 key to check signatures with")
    return found


def issue_token(settings: ApiSettings, *, user: str | None, scopes: tuple[str, ...], seconds: int) -> str:
    """Return a token signed with the secret, for development. Raises SettingsError where there is no secret."""
    if settings.jwt_secret is None:
        raise SettingsError("there is no JOPHIEL_JWT_SECRET to sign with", hint="Make one with: openssl rand -hex 32")
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": settings.issuer,
        "aud": settings.audience,
        "iat": now,
        "exp": now + seconds,
        "scope": " ".join(scopes),
    }
    if user is not None:
        claims["sub"] = user
    return jwt.encode(claims, settings.jwt_secret, algorithm="HS256")
