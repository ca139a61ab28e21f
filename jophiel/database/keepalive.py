"""A server that vanishes without a word is noticed within about a minute, and not after the system's two hours.

Its host has lost power, say, or a firewall forgot the connection: nothing comes back, not even a refusal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# Seconds, but for the last one: milliseconds that what was sent may stay unacknowledged.
_KEEPALIVES = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000}


def unless_given(address: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a connection that its address, as `conninfo_to_dict` reads it, says nothing of."""
    return {name: value for name, value in _KEEPALIVES.items() if name not in address}
