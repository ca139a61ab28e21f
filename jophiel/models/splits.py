"""Which part of a log is learnt from, and which part is foretold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jophiel.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jophiel.models.log import Log

_OTHER_SHARES = (0.3, 0.4)
NAMES = ("temporal", "leave-one-out", "k-shot")


def split(log: Log, name: str, *, share: float = 0.2, shots: int = 5, seed: int = 0) -> tuple[Log, Log]:
    """Return training and test part; of the test only what `foretold` leaves.

    temporal: the newest `share` of the log. leave-one-out: the newest of each user with at least two. k-shot: all but
    the oldest `shots` of each user. Equal times are ordered by the seed. Raises InputError for an unknown split.
    """
    order = _by_time(log, seed)
    if name == "temporal":
        later = order[len(order) - round(len(order) * share) :]
    elif name == "leave-one-out":
        place, count = _places(log, order)
        later = np.flatnonzero((place == count - 1) & (count > 1))
    elif name == "k-shot":
        place, _ = _places(log, order)
        later = np.flatnonzero(place >= shots)
    else:
        raise InputError(f'there is no split "{name}"', hint=f"The splits are {', '.join(NAMES)}.")
    is_test = np.zeros(len(log), dtype=bool)
    is_test[later] = True
    train = log.part(~is_test)
    return train, foretold(train, log.part(is_test))


def hold_out(log: Log, *, share: float = 0.2, users: int = 50, seed: int = 0) -> tuple[Log, Log]:
    """Return what settings are chosen by: the temporal split, where it leaves enough users to measure with.

    Otherwise (times that say nothing, a log of one day's import) the newest `share` of each user, at least one of
    those who have two.
    """
    train, test = split(log, "temporal", share=share, seed=seed)
    if (
        len(np.unique(test.user_ids)) >= min(users, len(np.unique(log.user_ids)) // 4)
        and len(np.unique(log.epochs)) > 1
    ):
        return train, test
    order = _by_time(log, seed)
    place, count = _places(log, order)
    is_test = (count > 1) & (place >= count - np.maximum(1, np.floor(count * share)))
    train = log.part(~is_test)
    return train, foretold(train, log.part(is_test))


def hold_outs(log: Log, *, users: int = 400, seed: int = 0) -> list[tuple[Log, Log]]:
    """Return the parts to choose settings by: one, or several of other sizes where it has few users."""
    first = hold_out(log, seed=seed)
    if len(np.unique(first[1].user_ids)) >= users:
        return [first]
    others = (hold_out(log, share=share, seed=seed + number) for number, share in enumerate(_OTHER_SHARES, 1))
    return [parts for parts in (first, *others) if len(parts[1])]


def foretold(train: Log, later: Log) -> Log:
    """Return what of `later` is to be foretold: likes of known users that are new to them, each once."""
    known = np.isin(later.user_ids, train.user_ids)
    liked = later.part(known & (later.weights > 0))
    seen = set(zip(train.user_ids.tolist(), train.item_ids.tolist(), strict=True))
    chosen = []
    for place, pair in enumerate(zip(liked.user_ids.tolist(), liked.item_ids.tolist(), strict=True)):
        if pair not in seen:
            seen.add(pair)
            chosen.append(place)
    return liked.part(np.array(chosen, dtype=np.intp))


def _by_time(log: Log, seed: int) -> NDArray[np.intp]:
    return np.lexsort((np.random.default_rng(seed).permutation(len(log)), log.epochs))


def _places(log: Log, order: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return for each event how many of its user came before it, and how many its user has."""
    _, user, counts = np.unique(log.user_ids, return_inverse=True, return_counts=True)
    by_user = order[np.argsort(user[order], kind="stable")]
    first = np.concatenate(([0], np.cumsum(counts)[:-1]))
    place = np.empty(len(log), dtype=np.intp)
    place[by_user] = np.arange(len(log)) - first[user[by_user]]
    return place, counts[user]
