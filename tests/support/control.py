"""A broker for who tests what is made of its answers: dead letters in a list."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from jophiel.events.dead_letters import DeadLetter
from jophiel.events.topology import QueueDepth


def letter(number: int, reason: str = "the payload lacks sample_id") -> DeadLetter:
    body = json.dumps({"event_name": "user.interaction.like", "event_id": f"{number:032x}", "payload": {"user_id": 7}})
    return DeadLetter(
        reason, f"{number:032x}", "user.interaction.like", "2026-01-01T12:00:00.000+00:00", len(body), body
    )


@dataclass
class FakeControl:
    """Replayed letters with a reason that begins with "again" come back."""

    letters: list[DeadLetter] = field(default_factory=list)

    def depths(self) -> tuple[QueueDepth, QueueDepth]:
        return QueueDepth("events", 0, 1), QueueDepth("dead", len(self.letters), 0)

    def dead_letters(self, limit: int) -> tuple[list[DeadLetter], int]:
        return self.letters[:limit], len(self.letters)

    def replay(self, limit: int) -> tuple[int, int]:
        sent = self.letters[:limit]
        self.letters = self.letters[limit:] + [one for one in sent if one.reason.startswith("again")]
        return len(sent), len(self.letters)

    def purge(self) -> int:
        count, self.letters = len(self.letters), []
        return count
