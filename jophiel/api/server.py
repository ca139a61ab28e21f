"""uvicorn with limits that it lacks: on the time and the size that the head of a request may take, and on its body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from jophiel.errors import SettingsError

if TYPE_CHECKING:
    import asyncio
    import socket

    from jophiel.api.app import Application
    from jophiel.api.hot import HotPages
    from jophiel.api.settings import ApiSettings

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_HEAD_BYTES = 65_536


def make_server(app: Application, settings: ApiSettings, host: str, port: int) -> uvicorn.Server:
    """Return a server. Raises SettingsError where it would be open to others without a key."""
    if settings.is_open and host not in _LOOPBACK:
        raise SettingsError(
            f"without a key for tokens the server binds to 127.0.0.1 only, not to {host}",
            hint="Set JOPHIEL_JWT_SECRET (openssl rand -hex 32) or JOPHIEL_JWT_JWKS.",
        )
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=type(
            "Connection",
            (_Connection,),
            {
                "head_seconds": settings.header_seconds,
                "body_seconds": settings.body_seconds,
                # Those that wait for their next request too; requests are limited by the application.
                "most_connections": settings.concurrency * 4,
                "hot_pages": app.hot_pages,
            },
        ),
        loop=_loop(),
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_keep_alive=int(max(1, settings.idle_seconds)),
        timeout_graceful_shutdown=int(settings.stop_seconds),
        backlog=2048,
    )
    return _Server(config)


class _Server(uvicorn.Server):
    """Ends streams before it waits for the requests that run: nothing else ever would."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop."""
        app: Any = self.config.app
        app.state.services.live.close()
        await super().shutdown(sockets)


def _loop() -> Any:
    try:
        import uvloop  # noqa: F401, PLC0415 - faster where it is installed
    except ImportError:
        return "asyncio"
    return "uvloop"


class _Connection(HttpToolsProtocol):
    """Takes pages of feeds a shorter way, and closes a connection whose request does not arrive in time.

    The body has a timeout of its own where it is read, which answers; this one is for those who send a body that
    nobody reads, so it waits somewhat longer.
    """

    head_seconds: ClassVar[float]
    body_seconds: ClassVar[float]
    most_connections: ClassVar[int]
    hot_pages: ClassVar[HotPages]
    _timer: asyncio.TimerHandle | None = None
    _stage: Literal["idle", "head", "body"] = "idle"
    _has_moved = False
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        before, self._has_moved = self._stage, False
        self._head_bytes += len(data)
        super().data_received(data)
        if self._stage == "idle" and self._has_moved:
            # Requests that arrive whole, as most do, never have a timer.
            self._stop()
        elif self._stage != before or self._timer is None:
            self._start()
        if self._stage == "body" or self._has_moved:
            self._head_bytes = 0
        elif self._head_bytes > _HEAD_BYTES and not self.transport.is_closing():
            self.transport.write(
                b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            )
            self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._stage = "head"

    def on_headers_complete(self) -> None:
        self._stage = "body"
        if len(self.connections) > self.most_connections:
            # The application answers, so that the caller is told as always, and the log and the metrics know.
            self.scope["jophiel.is_crowded"] = True  # type: ignore[typeddict-unknown-key]
            super().on_headers_complete()
            return
        hot = self.hot_pages.take(self)
        if hot is None:
            super().on_headers_complete()
        else:
            self.cycle = hot  # type: ignore[assignment]

    def on_message_complete(self) -> None:
        self._stage, self._has_moved = "idle", True
        super().on_message_complete()

    def _start(self) -> None:
        self._stop()
        seconds = self.head_seconds + (self.body_seconds if self._stage == "body" else 0)
        self._timer = self.loop.call_later(seconds, self._too_late)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_late(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
