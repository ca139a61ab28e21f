"""What a wish may cost where the endpoint is slow, down or busy."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from jophiel.embeddings.wish import Wishes
from jophiel.errors import SettingsError
from jophiel.settings import EmbeddingSettings, Settings
from tests.embeddings.serving import serving

if TYPE_CHECKING:
    from tests.embeddings.serving import Server


def wishes_of(provider: Server, seconds: float = 0.3) -> Wishes:
    return Wishes(EmbeddingSettings(model="m", url=provider.url, wish_seconds=seconds))


def test_a_slow_endpoint_is_waited_for_once_and_not_by_who_is_known(provider: Server) -> None:
    async def scenario() -> None:
        wishes = wishes_of(provider)
        known = await wishes.options_soon("known", "m")
        assert known["query_model"] == "m"
        provider.busy_seconds = 3
        started = time.monotonic()
        asked = asyncio.create_task(wishes.options_soon("slow", "m"))
        await asyncio.sleep(0.05)
        assert await wishes.options_soon("known", "m") == known
        assert not asked.done(), "nobody waits for another's wish"
        assert await asked == {}
        assert time.monotonic() - started < 2
        assert await wishes.options_soon("again", "m") == {}
        assert wishes.options("again", "m") == {}
        assert [body["input"] for _, _, body in provider.requests] == [["known"], ["slow"]], "no wish asks meanwhile"
        assert wishes.options("known", "m") == known

    asyncio.run(scenario())


def test_two_ask_at_once_and_the_third_goes_without(provider: Server) -> None:
    async def scenario() -> None:
        provider.busy_seconds = 0.5
        wishes = wishes_of(provider, seconds=20)
        found = await asyncio.gather(*(wishes.options_soon(text, "m") for text in ("a", "b", "c")))
        assert [bool(options) for options in found] == [True, True, False]
        assert await wishes.options_soon("c", "m"), "their places are free again"

    asyncio.run(scenario())


def test_a_failure_is_remembered_and_forgotten(provider: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        monkeypatch.setattr("jophiel.embeddings.wish._REST_SECONDS", 0.2)
        wishes = wishes_of(provider, seconds=10)
        provider.queue(503)
        assert await wishes.options_soon("a", "m") == {}
        assert len(provider.requests) == 1, "one attempt"
        assert await wishes.options_soon("a", "m") == {}
        assert len(provider.requests) == 1
        await asyncio.sleep(0.25)
        assert await wishes.options_soon("a", "m")

    asyncio.run(scenario())


def test_what_is_not_installed_leaves_the_words() -> None:
    async def scenario() -> None:
        wishes = Wishes(EmbeddingSettings(model="not there"))
        assert await wishes.options_soon("a", "not there") == {}
        with pytest.raises(SettingsError):
            Wishes(EmbeddingSettings(model="not there")).options("a", "not there")

    asyncio.run(scenario())


def test_a_process_ends_while_a_wish_waits() -> None:
    program = (
        "import asyncio, sys\n"
        "from jophiel.embeddings.wish import Wishes\n"
        "from jophiel.settings import EmbeddingSettings\n"
        "wishes = Wishes(EmbeddingSettings(model='m', url=sys.argv[1], wish_seconds=60))\n"
        "async def stop():\n"
        "    asyncio.get_running_loop().add_signal_handler(15, asyncio.current_task().cancel)\n"
        "    print('asking', flush=True)\n"
        "    await wishes.options_soon('a', 'm')\n"
        "try:\n"
        "    asyncio.run(stop())\n"
        "except asyncio.CancelledError:\n"
        "    print('stopped', flush=True)\n"
    )
    with serving() as provider:
        provider.busy_seconds = 8
        with subprocess.Popen([sys.executable, "-c", program, provider.url], stdout=subprocess.PIPE, text=True) as run:
            deadline = time.monotonic() + 30
            while not provider.requests:
                assert run.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.02)
            os.kill(run.pid, signal.SIGTERM)
            out, _ = run.communicate(timeout=5)
        assert out.splitlines() == ["asking", "stopped"]


@pytest.mark.parametrize("wrong", ["0", "-1", "61", "nan", "soon"])
def test_the_seconds_are_a_setting(wrong: str) -> None:
    environment = {"JOPHIEL_HOME": "/x", "JOPHIEL_EMBEDDINGS_WISH_SECONDS": "0.5"}
    assert Settings.from_environment(environment).embeddings.wish_seconds == 0.5
    with pytest.raises(SettingsError, match="JOPHIEL_EMBEDDINGS_WISH_SECONDS"):
        Settings.from_environment({**environment, "JOPHIEL_EMBEDDINGS_WISH_SECONDS": wrong})
