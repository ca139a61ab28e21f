"""Checksums of whole tables, so that an application can tell whether it and Jophiel know the same.

They are the ones of `jophiel.sync_checksum()` in SQL, which has to hold the list it hashes; here it streams, so that
a list of any length takes the memory of one page.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jophiel.database.gateway import Gateway


@dataclass(frozen=True, slots=True)
class Checksum:
    """SHA-256 in hex of the sorted ids joined by commas, None where there are none; and how many they are."""

    checksum: str | None
    count: int


def checksum(gateway: Gateway, kind: str) -> Checksum:
    """Return the checksum of the kind items, users, likes or follows. Raises EngineError for another."""
    digest = hashlib.sha256()
    count = 0
    with gateway.connection.transaction():
        for row in gateway.sync_keys(kind):
            digest.update(f",{row.key}".encode() if count else row.key.encode())
            count += 1
    return Checksum(digest.hexdigest() if count else None, count)
