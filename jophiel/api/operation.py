"""A route as data: what it takes, what it answers, who may call it; the application and OpenAPI read it."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, quote, unquote, urlencode

from pydantic import ValidationError

from jophiel.api import problems
from jophiel.api.models import Query
from jophiel.api.problems import Problem
from jophiel.errors import JophielError

if TYPE_CHECKING:
    import logging
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from pydantic import BaseModel
    from starlette.types import Message, Receive, Scope, Send

    from jophiel.api.authentication import Principal
    from jophiel.api.services import Services

_JSON = b"application/json"
_GZIP_FROM = 1000
_KEY_LENGTH = 500
_QUERY_LENGTH = 32_768
_SHORT = 200
# Python takes four separators for spaces that nobody else does, the engine included.
_BLANK = re.compile(r"[^\S\x1c-\x1f]*")
_LOCAL_ORIGIN = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?")


class Stream(Protocol):
    """Parts of a body that come as they come; `close` ends it from elsewhere."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the parts."""
        ...

    def close(self) -> None:
        """End it."""


@dataclass(slots=True)
class Answer:
    """What goes back: bytes, as they are, or a stream in their place."""

    body: bytes
    status: int = 200
    content_type: bytes = _JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()
    stream: Stream | None = None


def json_answer(body: bytes | None, status: int = 200) -> Answer:
    """Return an answer of JSON as PostgreSQL made it."""
    return Answer(body or b"null", status)


@dataclass(slots=True)
class Call:
    """A request that has been let in and checked."""

    services: Services
    scope: Scope
    principal: Principal
    path: dict[str, str]
    query: Any
    body: Any
    text: str

    @property
    def gateway(self) -> Any:
        """Return the gateway."""
        return self.services.gateway


def page_base(call: Call, **fixed: str | None) -> str:
    """Return what the address of another page begins with: our path, and what stays the same in the query."""
    # Encoded anew, as what a caller may have left as it is would end a JSON text; by part, as keys may have slashes.
    parts = call.scope["raw_path"].decode("ascii").split("/")
    path = "/".join(quote(unquote(part), safe="") for part in parts)
    kept = urlencode({name: value for name, value in fixed.items() if value is not None}, quote_via=quote)
    return f"{path}?{kept}&" if kept else f"{path}?"


Handler = "Callable[[Call], Awaitable[Answer]]"


@dataclass(frozen=True, slots=True)
class Operation:
    """A method at a path. `own`: the path's parameter that a user's token must equal; `cached`: has an ETag.

    Where `body_required` is false, an empty body stands for an empty object: all of its fields have defaults.
    """

    method: str
    path: str
    name: str
    summary: str
    handler: Callable[[Call], Awaitable[Answer]]
    answer: type[BaseModel] | None
    scope: str | None = None
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    body_required: bool = True
    status: int = 200
    own: str | None = None
    service_only: bool = False
    cached: bool = False
    tag: str = "feeds"
    raises: Sequence[problems.Kind] = field(default=())
    content_type: str = "application/json"

    @property
    def parameters(self) -> list[str]:
        """Return the names in the path."""
        return re.findall(r"{(\w+)}", self.path)

    def kinds(self) -> list[problems.Kind]:
        """Return the problems that it may answer with, for the document."""
        found = [*self.raises, problems.MISDIRECTED, problems.TOO_MANY, problems.UNAVAILABLE]
        if self.scope is not None:
            found += [problems.UNAUTHENTICATED, problems.FORBIDDEN]
        if self.parameters or self.body or self.scope is not None:
            found.append(problems.INVALID)
        if self.parameters:
            found.append(problems.NOT_FOUND)
        if self.body:
            found += [problems.BAD_REQUEST, problems.TIMEOUT, problems.TOO_LARGE, problems.WRONG_TYPE]
        return found


class Resource:
    """The ASGI application of one path."""

    def __init__(self, operations: Sequence[Operation], services: Services) -> None:
        self._services = services
        self._by_method = {operation.method: operation for operation in operations}
        if "GET" in self._by_method:
            self._by_method["HEAD"] = self._by_method["GET"]
        self._allow = ", ".join(sorted({*self._by_method, "OPTIONS"})).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; whatever goes wrong becomes a problem document."""
        operation = self._by_method.get(scope["method"])
        scope["jophiel.route"] = operation.path if operation else "(method)"
        if operation is None:
            answer = await answered(self._without_method(scope), scope, self._services.logger)
        else:
            answer = await answered(self._answer(operation, scope, receive), scope, self._services.logger)
        if answer.stream is None:
            await respond(answer, scope, send)
        else:
            await _pour(answer, answer.stream, scope, receive, send)

    async def _without_method(self, scope: Scope) -> Answer:
        self._services.admit_anybody(scope)
        headers = ((b"allow", self._allow),)
        if scope["method"] == "OPTIONS":
            return Answer(b"", 204, headers=headers)
        raise Problem(problems.WRONG_METHOD, f"{scope['method'][:20]} is not allowed here.", headers=headers)

    async def _answer(self, operation: Operation, scope: Scope, receive: Receive) -> Answer:
        services = self._services
        headers = scope["headers"]
        if services.settings.is_open and operation.method != "GET":
            _refuse_strangers(headers, services.settings.cors_origins)
        if operation.scope is None:
            principal = services.admit_anybody(scope)
        else:
            principal = services.admit(scope, header(headers, b"authorization"))
            principal.require(operation.scope)
            if operation.service_only and not principal.may_name_anybody:
                raise Problem(problems.FORBIDDEN, "A user's token does not reach this.")
        path: dict[str, str] = scope["path_params"]
        for name, value in path.items():
            check_key(name, value)
        if operation.own is not None:
            principal.require_user(path[operation.own])
        # What is open to everybody, the page too, may be asked for by addresses to which others have added something.
        query = None
        if operation.query or (operation.scope is not None and scope["query_string"]):
            query = parse_query(operation.query or Query, scope["query_string"])
        body, text = None, ""
        if operation.body is not None:
            text = await read_body(scope, receive, services.settings.body_limit, services.settings.body_seconds)
            body = _parse_body(operation.body, text if text or operation.body_required else "{}")
        answer = await operation.handler(Call(services, scope, principal, path, query, body, text))
        if operation.cached and answer.status == 200:  # noqa: PLR2004
            make_conditional(answer, header(headers, b"if-none-match"))
        return answer


async def answered(answer: Awaitable[Answer], scope: Scope, logger: logging.Logger) -> Answer:
    """Return an answer, or the problem that there is instead of one."""
    try:
        return await answer
    except Problem as problem:
        return problem_answer(problem, scope)
    except JophielError as error:
        found = problems.from_error(error)
        if found.kind.status >= problems.INTERNAL.status:
            # A line is enough: the database's reason is in it.
            extra = {"request_id": scope["jophiel.request_id"], "error": str(error), "sqlstate": error.sqlstate}
            logger.error("request failed", extra=extra)  # noqa: TRY400
        return problem_answer(found, scope)


def problem_answer(problem: Problem, scope: Scope) -> Answer:
    """Return the document of a problem."""
    return Answer(
        problem.body(scope["jophiel.request_id"]), problem.kind.status, problems.CONTENT_TYPE, problem.headers
    )


async def respond(answer: Answer, scope: Scope, send: Send) -> None:
    """Send an answer."""
    headers, body = encode(answer, header(scope["headers"], b"accept-encoding"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def encode(answer: Answer, accepted: bytes | None) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Return headers and body, compressed where that saves something and the caller takes it."""
    body = answer.body
    headers = [(b"content-type", answer.content_type), *answer.headers]
    if len(body) >= _GZIP_FROM:
        headers.append((b"vary", b"Accept-Encoding"))
        if accepted is not None and _takes_gzip(accepted):
            body = gzip.compress(body, 5, mtime=0)
            headers.append((b"content-encoding", b"gzip"))
    if answer.status not in (204, 304):
        headers.append((b"content-length", b"%d" % len(body)))
    return headers, body


async def _pour(answer: Answer, stream: Stream, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a stream until it ends or its reader has gone; uncompressed, as a part must not wait for the next."""
    # To the edge the request is answered with this head: its seconds and its place among the running ones end here.
    scope["jophiel.streams"] = True
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": [(b"content-type", answer.content_type), *answer.headers],
        }
    )

    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        stream.close()

    watcher = asyncio.create_task(watch())
    try:
        if scope["method"] != "HEAD":
            async for part in stream:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        watcher.cancel()
        stream.close()


@lru_cache(maxsize=64)
def _takes_gzip(accepted: bytes) -> bool:
    for part in accepted.lower().split(b","):
        coding, _, weight = part.strip().partition(b";")
        if coding.strip() in (b"gzip", b"*"):
            return not re.fullmatch(rb"\s*q\s*=\s*0(\.0*)?\s*", weight)
    return False


def make_conditional(answer: Answer, wanted: bytes | None) -> None:
    """Give an answer its ETag, or make it a 304 where the caller has it, by the header If-None-Match."""
    # Weak: the same page compressed or not. Private: it is one user's.
    tag = b'W/"' + hashlib.blake2b(answer.body, digest_size=9).hexdigest().encode() + b'"'
    answer.headers = (*answer.headers, (b"etag", tag), (b"cache-control", b"private, no-cache"))
    if wanted is not None and (
        wanted.strip() == b"*" or tag[2:] in (t.strip().removeprefix(b"W/") for t in wanted.split(b","))
    ):
        answer.status, answer.body = 304, b""


def header(headers: list[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    """Return the first value of a header."""
    for key, value in headers:
        if key == name:
            return value
    return None


def _refuse_strangers(headers: list[tuple[bytes, bytes]], allowed: Sequence[str]) -> None:
    """Raise a 403 where a browser sends this for a page of elsewhere: without a token nothing else would stop it."""
    origin = header(headers, b"origin")
    if origin is None:
        return
    text = origin.decode("latin-1")
    if not (_LOCAL_ORIGIN.fullmatch(text) or text in allowed or "*" in allowed):
        raise Problem(
            problems.FORBIDDEN,
            "A page of another origin may not write here.",
            hint="Name it in JOPHIEL_CORS_ORIGINS, or set a key and send tokens.",
        )


def check_key(name: str, value: str) -> None:
    """Raise a 422 for what can be nobody's key."""
    if len(value) > _KEY_LENGTH or "\0" in value or _BLANK.fullmatch(value):
        raise Problem(
            problems.INVALID,
            f"{name} must be an integer or a text of at most {_KEY_LENGTH} characters.",
            faults=[{"field": name, "in": "path", "message": "is no key"}],
        )


def parse_query(model: type[BaseModel], text: bytes) -> Any:
    """Return a checked query; a short one is remembered, as most callers ask for the same pages. Raises a 422."""
    return _parse_short(model, text) if len(text) <= _SHORT else _parse(model, text)


def _parse(model: type[BaseModel], text: bytes) -> BaseModel:
    if len(text) > _QUERY_LENGTH:
        raise Problem(problems.INVALID, "The query is too long.", faults=[{"field": "query", "in": "query"}])
    try:
        values = dict(parse_qsl(text.decode("latin-1"), keep_blank_values=True, max_num_fields=100))
    except ValueError as error:
        raise Problem(problems.INVALID, "The query has too many fields.") from error
    if unknown := [name for name in values if name not in model.model_fields]:
        known = ", ".join(model.model_fields)
        raise Problem(
            problems.INVALID,
            f'There is no parameter "{unknown[0][:100]}".',
            hint=f"Those of this route are {known}." if known else "This route has none.",
            faults=[{"field": name[:100], "in": "query", "message": "is not known"} for name in unknown],
        )
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise problems.from_validation(error, "query") from error


_parse_short = lru_cache(maxsize=4096)(_parse)


def _parse_body(model: type[BaseModel], text: str) -> BaseModel:
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        if error.errors(include_url=False, include_input=False)[0]["type"] == "json_invalid":
            raise Problem(problems.BAD_REQUEST, "The body is not JSON.") from error
        raise problems.from_validation(error, "body") from error


async def read_body(scope: Scope, receive: Receive, most: int, seconds: float) -> str:
    """Return the body as text. Raises problems for one that is too large, too slow, not JSON or not UTF-8."""
    kind = header(scope["headers"], b"content-type")
    if kind is not None:
        essence = kind.split(b";", 1)[0].strip().lower()
        if essence != _JSON and not essence.endswith(b"+json"):
            raise Problem(problems.WRONG_TYPE, "The body must be application/json.")
    length = header(scope["headers"], b"content-length")
    if length is not None and length.isdigit() and int(length[:20]) > most:
        raise _too_large(most)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            more = True
            while more:
                message: Message = await receive()
                if message["type"] == "http.disconnect":
                    raise Problem(problems.BAD_REQUEST, "The caller has gone.")
                part: bytes = message.get("body", b"")
                size += len(part)
                if size > most:
                    raise _too_large(most)
                parts.append(part)
                more = message.get("more_body", False)
    except TimeoutError:
        raise Problem(
            problems.TIMEOUT,
            f"The body did not arrive within {seconds:g} seconds.",
            headers=((b"connection", b"close"),),
        ) from None
    try:
        return b"".join(parts).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(problems.BAD_REQUEST, "The body is not UTF-8.") from error


def _too_large(most: int) -> Problem:
    # The rest is not read: the connection cannot be used again.
    return Problem(problems.TOO_LARGE, f"A body has at most {most} bytes.", headers=((b"connection", b"close"),))
