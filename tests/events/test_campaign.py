"""Small editions of the campaigns of docs/reliability.md."""

from __future__ import annotations

import pytest

from tests.support.campaign import Plan, deadlocks, run


@pytest.mark.slow
def test_nothing_is_lost_and_nothing_counts_twice_whatever_is_killed() -> None:
    plan = Plan(
        events=2000,
        users=100,
        items=200,
        consumer_kills=4,
        database_stops=1,
        broker_kills=1,
        malformed=12,
        consumers=2,
    )
    result = run(plan)
    assert result.published == 2000 + 100 + 12
    assert (result.lost, result.applied_twice, result.users_that_differ) == (0, 0, 0)
    assert result.malformed_found == plan.malformed


def test_writers_of_the_same_users_never_deadlock() -> None:
    assert deadlocks(2000, writers=8) == (0, 0)
