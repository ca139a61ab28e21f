"""By which names this server is known where there is no key.

A page of elsewhere whose name is made to mean this machine (DNS rebinding) is of the same origin to a browser, which
then lets it read: only the header Host tells.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jophiel.api.operation import header
from jophiel.api.problems import MISDIRECTED, Problem

if TYPE_CHECKING:
    from starlette.types import Scope

    from jophiel.api.settings import ApiSettings

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Hosts:
    """Refuses other names; none at all, as no browser leaves it out, is no browser."""

    def __init__(self, settings: ApiSettings) -> None:
        self._known: re.Pattern[bytes] | None = None
        # With a key the token decides; and what any page may read needs no protection.
        if settings.is_open and "*" not in settings.cors_origins:
            names = {*_LOOPBACK, *(urlsplit(origin).hostname or "" for origin in settings.cors_origins)} - {""}
            written = (re.escape(f"[{name}]" if ":" in name else name) for name in sorted(names))
            self._known = re.compile(rf"({'|'.join(written)})(:\d+)?".encode(), re.IGNORECASE)

    def knows(self, host: bytes | None) -> bool:
        """Return whether a request may name this host."""
        return self._known is None or host is None or self._known.fullmatch(host) is not None

    def refusal(self, scope: Scope) -> Problem | None:
        """Return the problem that a request has with its host."""
        if self.knows(header(scope["headers"], b"host")):
            return None
        return Problem(
            MISDIRECTED,
            "Without a key this server answers to the names of this machine only.",
            hint="Name the page's origin in JOPHIEL_CORS_ORIGINS, or set a key and send tokens.",
        )
