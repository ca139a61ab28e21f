"""What an operator asks of the broker over HTTP; `jophiel serve` gives it to the API, which knows nothing of events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jophiel.events import dead_letters, topology
from jophiel.events.broker import connect

if TYPE_CHECKING:
    from jophiel.events.dead_letters import DeadLetter
    from jophiel.events.topology import QueueDepth
    from jophiel.settings import Settings

_NAME = "jophiel api"


@dataclass(frozen=True, slots=True)
class BrokerControl:
    """Each call opens a connection and closes it; all raise BrokerError and SettingsError, and none declares anything.

    Where the queue of dead letters does not exist there are none.
    """

    settings: Settings

    def depths(self) -> tuple[QueueDepth, QueueDepth]:
        """Return the depths of the queue of events and of that of dead letters."""
        names = self.settings.broker
        with connect(self.settings, _NAME) as connection:
            return topology.depth(connection, names.queue), topology.depth(connection, names.dead_letter_queue)

    def dead_letters(self, limit: int) -> tuple[list[DeadLetter], int]:
        """Return up to `limit` dead letters, which stay where they are, and how many there are."""
        names = self.settings.broker
        with connect(self.settings, _NAME) as connection:
            total = topology.depth(connection, names.dead_letter_queue).ready
            return (dead_letters.find(connection, names, limit), total) if total else ([], 0)

    def replay(self, limit: int) -> tuple[int, int]:
        """Send up to `limit` dead letters to Jophiel's queue again; return how many, and how many are left."""
        name = self.settings.broker.dead_letter_queue
        with connect(self.settings, _NAME) as connection:
            if not topology.depth(connection, name).ready:
                return 0, 0
            count = dead_letters.replay(connection, self.settings, limit)
            return count, topology.depth(connection, name).ready or 0

    def purge(self) -> int:
        """Throw all dead letters away; return how many."""
        names = self.settings.broker
        with connect(self.settings, _NAME) as connection:
            is_there = topology.depth(connection, names.dead_letter_queue).ready is not None
            return dead_letters.purge(connection, names) if is_there else 0
