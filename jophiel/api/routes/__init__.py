"""The routes of `/v1` as data, each with what it does, a module a noun.

To add one: a function, and an `Operation` in `operations()` of its module. A noun of its own gets a module in `_NOUNS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jophiel.api.routes import admin, boards, feeds, interactions, items, sync, training, users

if TYPE_CHECKING:
    from jophiel.api.operation import Operation

# In this order they are tried: /v1/users/ids is none of a user called ids.
_NOUNS = (feeds, sync, users, items, interactions, boards, admin, training)


def operations() -> list[Operation]:
    """Return the routes of `/v1`."""
    return [operation for noun in _NOUNS for operation in noun.operations()]
