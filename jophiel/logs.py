"""Logs in JSON under JOPHIEL_HOME/logs: `jophiel.log` has everything, `<feature>.log` what one feature wrote.

A logger is named `jophiel.<feature>[...]`; use `get_logger("batch")`. Times are UTC, passwords are struck out.
"""

from __future__ import annotations

import logging
import os
import re
import time
from contextlib import suppress
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

from pythonjsonlogger.json import JsonFormatter

from jophiel.errors import without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jophiel.settings import Settings

_ROOT = "jophiel"
_CENTRAL = "jophiel"
_BYTES_A_FILE = 10 * 1024 * 1024
_OLD_FILES = 5
_COMPLAINT_SECONDS = 60


def get_logger(feature: str) -> logging.Logger:
    """Return the logger of a feature: `get_logger("batch").info("cycle ended", extra={"users": 12})`."""
    return logging.getLogger(f"{_ROOT}.{feature}")


class Lines(str):
    """A message of whole lines of JSON without secrets, written as they are; for a log of many lines a second."""

    __slots__ = ()

    @classmethod
    def of(cls, lines: Iterable[str]) -> Lines:
        """Return lines as a message, with the passwords in them struck out."""
        text = "\n".join(lines)
        # Looked for once, and not by every file that the record goes to.
        return cls(without_secrets(text) if "://" in text or "password" in text.lower() else text)


class _Formatter(JsonFormatter):
    """One JSON object a line, with a UTC time and without secrets."""

    def __init__(self) -> None:
        super().__init__(
            "{asctime}{levelname}{name}{message}{process}",
            style="{",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        )

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802
        """Return the time as ISO 8601 with milliseconds, in UTC."""
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, or the lines that are already there."""
        if isinstance(record.msg, Lines):
            return str(record.msg)
        return without_secrets(super().format(record))


class _SharedRotatingFile(RotatingFileHandler):
    """A rotating file that several processes may write to: it is reopened when another one has rotated it."""

    _complained_at = float("-inf")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Say on stderr that a file cannot be written, once a minute and not for every line."""
        if self.stream is not None and self.stream.closed:
            # It was closed for a rotation, with an error as the disk was full: the next line opens another.
            self.stream = None
        now = time.monotonic()
        if now - self._complained_at > _COMPLAINT_SECONDS:
            self._complained_at = now
            super().handleError(record)

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802
        """Reopen a file that was moved away, then ask whether the present one is full."""
        if self.stream is not None:
            ours = os.fstat(self.stream.fileno())
            try:
                theirs = Path(self.baseFilename).stat()
                moved = (ours.st_dev, ours.st_ino) != (theirs.st_dev, theirs.st_ino)
            except FileNotFoundError:
                moved = True
            if moved:
                self.stream.close()
                self.stream = self._open()
        return bool(super().shouldRollover(record))


class _FeatureFiles(logging.Handler):
    """Writes each record to the central file and to its feature's own."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._files: dict[str, _SharedRotatingFile] = {}

    def emit(self, record: logging.LogRecord) -> None:
        parts = record.name.split(".")
        self._file(_CENTRAL).handle(record)
        if len(parts) > 1:
            self._file(re.sub(r"[^a-z0-9_-]", "_", parts[1].lower())).handle(record)

    def close(self) -> None:
        for file in self._files.values():
            # What a full disk did not take has been complained of.
            with suppress(OSError):
                file.close()
        self._files.clear()
        super().close()

    def _file(self, name: str) -> _SharedRotatingFile:
        if name not in self._files:
            file = _SharedRotatingFile(
                self._folder / f"{name}.log",
                maxBytes=_BYTES_A_FILE,
                backupCount=_OLD_FILES,
                encoding="utf-8",
                delay=True,
            )
            file.setFormatter(_Formatter())
            self._files[name] = file
        return self._files[name]


def configure(settings: Settings) -> None:
    """Send Jophiel's logs to its files. A second call replaces the first; an unwritable folder is skipped."""
    logger = logging.getLogger(_ROOT)
    for handler in list(logger.handlers):
        if isinstance(handler, _FeatureFiles):
            logger.removeHandler(handler)
            handler.close()
    try:
        settings.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return  # a read-only home must not stop a command that needs no home
    if not os.access(settings.logs, os.W_OK):
        return
    logger.addHandler(_FeatureFiles(settings.logs))
    logger.setLevel(settings.log_level)
    logger.propagate = False


def show_on_stderr() -> None:
    """Write Jophiel's logs to stderr too, for services whose supervisor collects it."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter())
    logging.getLogger(_ROOT).addHandler(handler)
