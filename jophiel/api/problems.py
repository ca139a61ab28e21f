"""Errors as RFC 9457 problem details: the one place where an error of the engine becomes a status."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jophiel import errors
from jophiel.api.models import PATTERN_WORDS

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

CONTENT_TYPE = b"application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its status, the end of its type `urn:jophiel:problem:<slug>`, and its title."""

    status: int
    slug: str
    title: str
    retry_after: int | None = None


BAD_REQUEST = Kind(400, "bad-request", "The request is malformed")
UNAUTHENTICATED = Kind(401, "unauthenticated", "A valid token is needed")
FORBIDDEN = Kind(403, "forbidden", "The token does not allow this")
NOT_FOUND = Kind(404, "not-found", "What was asked for does not exist")
NO_ROUTE = Kind(404, "no-such-route", "There is nothing at this address")
WRONG_METHOD = Kind(405, "method-not-allowed", "The method is not allowed here")
TIMEOUT = Kind(408, "request-timeout", "The request took too long to arrive")
CONFLICT = Kind(409, "conflict", "The request conflicts with what is there")
GONE = Kind(410, "page-gone", "The feed has been made anew since this page")
TOO_LARGE = Kind(413, "too-large", "The body is too large")
WRONG_TYPE = Kind(415, "unsupported-media-type", "The body is not JSON")
INVALID = Kind(422, "invalid", "The request is not valid")
MISDIRECTED = Kind(421, "misdirected", "This server is not known by that name")
TOO_MANY = Kind(429, "too-many-requests", "Too many requests", retry_after=1)
INTERNAL = Kind(500, "internal", "Something went wrong")
UNAVAILABLE = Kind(503, "unavailable", "The service is not available at the moment", retry_after=1)

# The most special class that matches decides. What a caller can do nothing about is a 500 or 503.
_KINDS: dict[type[errors.JophielError], Kind] = {
    errors.UnknownPolicyError: INVALID,
    errors.UnknownInteractionTypeError: INVALID,
    errors.NotFoundError: NOT_FOUND,
    errors.PageGoneError: GONE,
    errors.KeyCollisionError: CONFLICT,
    errors.TrainingWaitingError: CONFLICT,
    errors.EngineError: INVALID,
    errors.BusyError: UNAVAILABLE,
    errors.DatabaseUnreachableError: UNAVAILABLE,
    errors.NotInstalledError: UNAVAILABLE,
    errors.ReadOnlyError: UNAVAILABLE,
    errors.PermissionDeniedError: UNAVAILABLE,
    errors.StorageFullError: UNAVAILABLE,
    errors.LoginRefusedError: UNAVAILABLE,
    errors.DatabaseMissingError: UNAVAILABLE,
    errors.BrokerError: UNAVAILABLE,
    errors.JophielError: INTERNAL,
}
# Values that PostgreSQL cannot hold (22: a zero byte, a number too large), and limits that they exceed (54).
_INPUT_STATES = ("22", "54")


class Problem(Exception):  # noqa: N818 - the RFC's word
    """A request that cannot be answered as its caller hopes."""

    def __init__(
        self,
        kind: Kind,
        detail: str,
        *,
        hint: str | None = None,
        code: str | None = None,
        faults: list[dict[str, Any]] | None = None,
        headers: tuple[tuple[bytes, bytes], ...] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.hint = hint
        self.code = code
        self.faults = faults
        seconds = kind.retry_after if retry_after is None else retry_after
        self.headers = headers if seconds is None else (*headers, (b"retry-after", str(seconds).encode()))

    def body(self, request_id: str) -> bytes:
        """Return the document; `request_id` leads to the log."""
        document: dict[str, Any] = {
            "type": f"urn:jophiel:problem:{self.kind.slug}",
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
            "instance": f"urn:jophiel:request:{request_id}",
        }
        more = {"code": self.code, "hint": self.hint, "errors": self.faults}
        document |= {name: value for name, value in more.items() if value}
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def from_error(error: errors.JophielError) -> Problem:
    """Return the problem that an error of ours is to a caller; what only an operator should read stays out of it."""
    kind = next(_KINDS[parent] for parent in type(error).__mro__ if parent in _KINDS)
    state = error.sqlstate or ""
    if kind is INTERNAL and state.startswith(_INPUT_STATES):
        return Problem(INVALID, error.message, code=state)
    if kind is INTERNAL:
        return Problem(kind, "The request could not be carried out; the log has the reason.")
    if kind is UNAVAILABLE:
        what = "broker" if isinstance(error, errors.BrokerError) else "database"
        return Problem(kind, f"The {what} cannot be used at the moment. Try again.")
    return Problem(kind, error.message, hint=error.hint or None, code=state or None)


def from_validation(error: ValidationError, where: str) -> Problem:
    """Return the problem of a request that does not fit its model; `where` is query, path or body."""
    faults = [
        {"field": ".".join(str(part) for part in fault["loc"]) or where, "in": where, "message": _message(fault)}
        for fault in error.errors(include_url=False, include_input=False)[:100]
    ]
    first = faults[0] if faults else {"field": where, "message": "is not valid"}
    return Problem(INVALID, f"{first['field']}: {first['message']}", faults=faults)


def _message(fault: ErrorDetails) -> str:
    """Return what is wrong; a pattern in words."""
    pattern = fault.get("ctx", {}).get("pattern")
    return PATTERN_WORDS.get(pattern, fault["msg"]) if isinstance(pattern, str) else fault["msg"]
