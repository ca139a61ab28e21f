"""Drops what Jophiel has in a database, and nothing of anybody else's."""

from __future__ import annotations

from jophiel.database.connection import connect
from jophiel.database.gateway import Gateway
from jophiel.database.migrations import installer_lock
from jophiel.errors import driver_errors


def drop(url: str) -> None:
    """Drop the schema and the installer's bookkeeping, in one transaction; not the extension, which others may use."""
    with connect(url, application_name="jophiel reset") as connection:
        gateway = Gateway(connection)
        with driver_errors(), installer_lock(gateway), connection.transaction():
            gateway.quiet_notices()
            gateway.drop_schemas()
