"""A log with groups in it, imported and not vectorised."""

from __future__ import annotations

from typing import Any

import numpy as np
import psycopg
import pytest

Connection = psycopg.Connection[Any]
USERS, ITEMS, GROUPS = 150, 120, 6


@pytest.fixture
def imported(db: Connection) -> Connection:
    """Users who like items of their group, whose tags tell half of it; nothing is vectorised yet."""
    draw = np.random.default_rng(11)
    db.execute(
        "insert into jophiel.items (item_id, tags, created_at, updated_at) "
        "select n, array['g' || case when n %% 2 = 0 then n %% %s else 100 end], '2025-01-01', '2025-01-01' "
        "from generate_series(1, %s) as n",
        (GROUPS, ITEMS),
    )
    db.execute(
        "insert into jophiel.item_changes (item_id, stage, changed_at) "
        "select item_id, 'vectorise', now() from jophiel.items"
    )
    rows = [
        (user, int(item) * GROUPS + user % GROUPS + 1, draw.integers(0, 90))
        for user in range(1, USERS + 1)
        for item in draw.choice(ITEMS // GROUPS, 8, replace=False)
    ]
    with db.cursor().copy(
        "copy jophiel.interactions (user_id, event_id, item_id, interaction_type, happened_at, received_at) from stdin"
    ) as copy:
        for number, (user, item, day) in enumerate(rows):
            when = f"2026-{1 + day // 30:02}-{1 + day % 28:02}T{number % 24:02}:00:00Z"
            copy.write_row((user, f"00000000-0000-4000-8000-{number:012}", item, "like", when, when))
    db.execute("select jophiel._settle_interactions()")
    return db
