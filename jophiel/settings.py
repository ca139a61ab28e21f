"""Settings: one frozen dataclass, read from the environment and from nowhere else."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jophiel.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_WISH = 60
_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True)
class BrokerSettings:
    """The message broker and what Jophiel declares there.

    `url` (JOPHIEL_AMQP_URL) is None where there is no broker. `exchange` (JOPHIEL_EXCHANGE) is where publishers send,
    `queue` (JOPHIEL_QUEUE) what is consumed, bound by `bindings` (JOPHIEL_BINDINGS, separated by commas). What cannot
    be used goes through `dead_letter_exchange` (JOPHIEL_DEAD_LETTER_EXCHANGE) to `dead_letter_queue`
    (JOPHIEL_DEAD_LETTER_QUEUE); both are named after the queue where they are not set.
    """

    url: str | None = None
    exchange: str = "sword_events"
    queue: str = "jophiel_consumer_queue"
    bindings: tuple[str, ...] = ("user.interaction.*", "user.lifecycle.*", "sample.lifecycle.*")
    dead_letter_exchange: str = "jophiel_consumer_queue.dead_letters"
    dead_letter_queue: str = "jophiel_consumer_queue.dead_letters"


@dataclass(frozen=True, slots=True)
class EmbeddingSettings:
    """What makes vectors of texts.

    `model` (JOPHIEL_EMBEDDINGS_MODEL) is None where texts are not embedded. Without a `url` it is the local model
    all-MiniLM-L6-v2; with one (JOPHIEL_EMBEDDINGS_URL, up to and with /v1) it is what an OpenAI-compatible endpoint
    there calls it, and `key` (JOPHIEL_EMBEDDINGS_KEY) opens it. The text of a request waits `wish_seconds`
    (JOPHIEL_EMBEDDINGS_WISH_SECONDS) at most for its vector.
    """

    model: str | None = None
    url: str | None = None
    key: str | None = field(default=None, repr=False)
    wish_seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says.

    `home` (JOPHIEL_HOME, absolute) holds the embedded server and the logs. `database_url` (JOPHIEL_DATABASE_URL)
    is None where the embedded server is to be used. `embedded_user` (JOPHIEL_EMBEDDED_USER) is the account that the
    embedded server runs as when Jophiel runs as root; `embedded_shared_buffers` (JOPHIEL_EMBEDDED_SHARED_BUFFERS)
    replaces the computed setting. `log_level` is JOPHIEL_LOG_LEVEL. `broker` is where events come from,
    `embeddings` what makes vectors of texts.
    """

    home: Path
    database_url: str | None = None
    embedded_user: str | None = None
    embedded_shared_buffers: str | None = None
    log_level: str = "INFO"
    broker: BrokerSettings = BrokerSettings()
    embeddings: EmbeddingSettings = EmbeddingSettings()

    @property
    def logs(self) -> Path:
        """The folder of the log files."""
        return self.home / "logs"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the settings; an empty variable counts as unset. Raises SettingsError."""
        values = {k: v for k, v in (os.environ if environment is None else environment).items() if v.strip()}
        level = values.get("JOPHIEL_LOG_LEVEL", "INFO").upper()
        if level not in _LOG_LEVELS:
            raise SettingsError(f"JOPHIEL_LOG_LEVEL is {level!r}", hint=f"Use one of {', '.join(_LOG_LEVELS)}.")
        return cls(
            home=_home(values),
            database_url=values.get("JOPHIEL_DATABASE_URL"),
            embedded_user=values.get("JOPHIEL_EMBEDDED_USER"),
            embedded_shared_buffers=values.get("JOPHIEL_EMBEDDED_SHARED_BUFFERS"),
            log_level=level,
            broker=_broker(values),
            embeddings=_embeddings(values),
        )


def _broker(values: Mapping[str, str]) -> BrokerSettings:
    default = BrokerSettings()
    queue = values.get("JOPHIEL_QUEUE", default.queue)
    dead_queue = values.get("JOPHIEL_DEAD_LETTER_QUEUE", f"{queue}.dead_letters")
    exchange = values.get("JOPHIEL_EXCHANGE", default.exchange)
    dead_exchange = values.get("JOPHIEL_DEAD_LETTER_EXCHANGE", f"{queue}.dead_letters")
    for name, other, same in (("QUEUE", queue, dead_queue), ("EXCHANGE", exchange, dead_exchange)):
        if other == same:
            # What cannot be used would come back for ever.
            raise SettingsError(
                f"JOPHIEL_{name} and JOPHIEL_DEAD_LETTER_{name} are both {same!r}", hint="Give them different names."
            )
    bindings = tuple(key.strip() for key in values.get("JOPHIEL_BINDINGS", "").split(",") if key.strip())
    return BrokerSettings(
        url=values.get("JOPHIEL_AMQP_URL"),
        exchange=exchange,
        queue=queue,
        bindings=bindings or default.bindings,
        dead_letter_exchange=dead_exchange,
        dead_letter_queue=dead_queue,
    )


def _embeddings(values: Mapping[str, str]) -> EmbeddingSettings:
    found = EmbeddingSettings(
        model=values.get("JOPHIEL_EMBEDDINGS_MODEL"),
        url=values.get("JOPHIEL_EMBEDDINGS_URL"),
        key=values.get("JOPHIEL_EMBEDDINGS_KEY"),
        wish_seconds=_seconds(values, "JOPHIEL_EMBEDDINGS_WISH_SECONDS", EmbeddingSettings().wish_seconds),
    )
    if found.url and not found.model:
        raise SettingsError(
            "JOPHIEL_EMBEDDINGS_URL is set, and JOPHIEL_EMBEDDINGS_MODEL is not", hint="Name the model to ask for."
        )
    if found.url and not found.url.startswith(("http://", "https://")):
        raise SettingsError(
            "JOPHIEL_EMBEDDINGS_URL is no address of HTTP", hint="For example https://api.example.com/v1"
        )
    return found


def _seconds(values: Mapping[str, str], name: str, default: float) -> float:
    try:
        seconds = float(values.get(name, default))
    except ValueError:
        seconds = 0
    # NaN is not between either.
    if not 0 < seconds <= _LONGEST_WISH:
        raise SettingsError(f"{name} is {values[name]!r}", hint=f"Seconds, above 0 and up to {_LONGEST_WISH}.")
    return seconds


def _home(values: Mapping[str, str]) -> Path:
    try:
        if chosen := values.get("JOPHIEL_HOME"):
            return Path(chosen).expanduser().absolute()
        data_home = Path(values.get("XDG_DATA_HOME", ""))
        # The XDG specification: a relative path is invalid and to be ignored.
        if not data_home.is_absolute():
            data_home = Path.home() / ".local" / "share"
    except RuntimeError as error:
        raise SettingsError("this account has no home folder", hint="Set JOPHIEL_HOME.") from error
    return data_home / "jophiel"
