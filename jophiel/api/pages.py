"""What a browser gets: the portal page, the API's documentation, and the few files that they are made of.

Everything is in the folder `static`, as it is: no build, nothing from elsewhere. The policy of both pages allows no
inline script or style, and no text to become markup (trusted types).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jophiel.api import problems
from jophiel.api.operation import Answer, Operation
from jophiel.api.problems import Problem

if TYPE_CHECKING:
    from jophiel.api.operation import Call

FOLDER: Final = Path(__file__).with_name("static")

_TYPES: Final = {
    ".html": b"text/html; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
}
_POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    b"form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS: Final = (
    (b"content-security-policy", _POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


@cache
def _files() -> dict[str, tuple[bytes, bytes]]:
    """Return type and content by name; read once, so that no name ever becomes a path."""
    return {file.name: (_TYPES[file.suffix], file.read_bytes()) for file in FOLDER.iterdir() if file.suffix in _TYPES}


def _file(name: str) -> Answer:
    kind, body = _files()[name]
    return Answer(body, content_type=kind, headers=_HEADERS)


async def _page(_call: Call) -> Answer:
    return _file("index.html")


async def _docs(_call: Call) -> Answer:
    return _file("docs.html")


async def _static(call: Call) -> Answer:
    name = call.path["name"]
    if name not in _files():
        raise Problem(problems.NO_ROUTE, f"There is no file {name[:200]}.")
    return _file(name)


def operations() -> list[Operation]:
    """Return the routes of the pages; open to everybody, as nothing in them is about anybody."""
    html = "text/html"
    return [
        Operation("GET", "/", "page", "The page for people", _page, None, tag="pages", content_type=html, cached=True),
        Operation(
            "GET",
            "/docs",
            "docs",
            "This document for people",
            _docs,
            None,
            tag="pages",
            content_type=html,
            cached=True,
        ),
        Operation(
            "GET",
            "/static/{name}",
            "file",
            "What the pages are made of",
            _static,
            None,
            tag="pages",
            content_type="*/*",
            cached=True,
            raises=(problems.NO_ROUTE,),
        ),
    ]
