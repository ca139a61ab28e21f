"""A real endpoint on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.embeddings.serving import Server, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def provider() -> Iterator[Server]:
    with serving() as found:
        yield found
