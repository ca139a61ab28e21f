"""Generates items, users, follows, collections and interactions: the same for the same seed, sizes and day.

Tastes are planted. Each of some forty groups prefers a few genres, emotions, instruments, tags and a tempo; an item
belongs to one group (metadata `planted_group`, which no feature reads), a user to one to three (profile
`planted_groups`), and most of what a user does is done to items of these. Made in chunks, each from a random stream of
its own; only a few numbers an item and a user are kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jophiel.seeding.vocabulary import COUNTRIES, EMOTIONS, GENRES, INSTRUMENTS, KINDS, LOCALES, SCALES, TAGS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from numpy.typing import NDArray

    Row = tuple[Any, ...]
    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

GROUPS = 40
FIRST_CREATOR = 1_000_000_000  # creators are not among the users that get a feed
_CHUNK = 10_000
_DAY = 86_400.0
_HISTORY_DAYS = 90.0
_CATALOGUE_DAYS = 365.0
_ITEMS_A_CREATOR = 25
_GROUPS_A_USER = 3
_COLD_SHARE = 0.1
_IN_TASTE = 0.88
_IN_STYLE = 0.88
_SECOND_STYLE = 0.25
_COLLECTION_ITEMS = 5

# Random streams: one for each kind of rows, so that a change of one leaves the others alone.
_GROUPS_STREAM, _CREATORS_STREAM, _ITEMS_STREAM, _USERS_STREAM, _FOLLOWS_STREAM, _COLLECTIONS_STREAM, _EVENTS_STREAM = (
    range(7)
)

_TYPES = ("play", "like", "view", "click", "share", "comment", "add_to_board", "skip", "dislike")
_LIKED = np.cumsum((0.38, 0.24, 0.12, 0.10, 0.03, 0.03, 0.05, 0.05, 0.0))
_DISLIKED = np.cumsum((0.26, 0.02, 0.17, 0.07, 0.0, 0.01, 0.0, 0.36, 0.11))


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many rows to make."""

    users: int
    items: int
    interactions: int


@dataclass(frozen=True, slots=True)
class Group:
    """What the items of a group are like; of each list the first is the most frequent."""

    genres: tuple[str, ...]
    emotions: tuple[str, ...]
    instruments: tuple[str, ...]
    tags: tuple[str, ...]
    bpm: float
    loop_share: float
    minor_share: float


class Generator:
    """The rows of one seed, in the order in which they refer to each other: items, users, then the rest."""

    def __init__(self, sizes: Sizes, *, seed: int, now: datetime, domain: str = "default") -> None:
        self._sizes = sizes
        self._seed = seed
        self._domain = domain
        # Midnight, so that two runs of a day give the same data.
        self._now = now.timestamp() // _DAY * _DAY
        self.groups = _draw_groups(self._stream(_GROUPS_STREAM))
        rng = self._stream(_CREATORS_STREAM)
        creators = max(sizes.items // _ITEMS_A_CREATOR, 10)
        self._styles = rng.integers(0, GROUPS, (creators, 2))
        self._creators_of = [np.flatnonzero((self._styles == group).any(axis=1)) for group in range(GROUPS)]
        self._item_group = np.zeros(sizes.items, np.int16)
        self._item_created = np.zeros(sizes.items)
        self._user_groups = np.zeros((sizes.users, _GROUPS_A_USER), np.int16)
        self._user_weights = np.zeros((sizes.users, _GROUPS_A_USER))
        self._activity = np.zeros(sizes.users)
        self._items_of: list[Integers] = []

    def items(self) -> Iterator[Row]:
        """Yield the rows of staged_items."""
        for start, count, rng in self._chunks(_ITEMS_STREAM, self._sizes.items):
            creator = _skewed(rng, len(self._styles), count, 1.6)
            style = self._styles[creator, (rng.random(count) < _SECOND_STYLE).astype(int)]
            group = np.where(rng.random(count) < _IN_STYLE, style, rng.integers(0, GROUPS, count))
            age = np.minimum(rng.exponential(60 * _DAY, count), _CATALOGUE_DAYS * _DAY * rng.random(count) ** 0.2)
            created = np.floor(self._now - age)
            self._item_group[start : start + count] = group
            self._item_created[start : start + count] = created
            draws = rng.random((count, 14))
            picks = zip(
                group.tolist(),
                creator.tolist(),
                created.tolist(),
                draws.tolist(),
                rng.normal(0, 6, count).tolist(),
                strict=True,
            )
            for number, (planted, maker, when, draw, tempo) in enumerate(picks, start + 1):
                yield self._item(number, planted, maker, when, draw, tempo)
        order = self._stream(_ITEMS_STREAM, -1).permutation(self._sizes.items)
        self._items_of = [order[self._item_group[order] == group] for group in range(GROUPS)]

    def users(self) -> Iterator[Row]:
        """Yield the rows of staged_users."""
        for start, count, rng in self._chunks(_USERS_STREAM, self._sizes.users):
            stop = start + count
            groups = rng.integers(0, GROUPS, (count, _GROUPS_A_USER))
            how_many = rng.integers(1, _GROUPS_A_USER + 1, count)
            weights = np.where(np.arange(_GROUPS_A_USER) < how_many[:, None], np.array([1.0, 0.6, 0.4]), 0.0)
            weights /= weights.sum(axis=1, keepdims=True)
            self._user_groups[start:stop] = groups
            self._user_weights[start:stop] = weights
            cold = rng.random(count) < _COLD_SHARE
            cold[0] &= start > 0  # user 1 is there to be looked at
            self._activity[start:stop] = np.where(cold, 0.0, rng.lognormal(0, 0.9, count))
            draws = rng.random((count, 6)).tolist()
            people = zip(groups.tolist(), how_many.tolist(), draws, cold.tolist(), strict=True)
            for number, (planted, many, draw, is_cold) in enumerate(people, start + 1):
                yield self._user(number, planted[:many], draw, is_cold=is_cold)

    def follows(self) -> Iterator[Row]:
        """Yield the rows of staged_follows."""
        line = 0
        for start, count, rng in self._chunks(_FOLLOWS_STREAM, self._sizes.users):
            many = np.where(self._activity[start : start + count] > 0, rng.poisson(5, count), 0)
            user = np.repeat(np.arange(start, start + count), many)
            group = self._groups_for(user, rng)
            place, when = rng.random(len(user)) ** 2, self._now - _HISTORY_DAYS * _DAY * rng.random(len(user))
            for one, liked, share, ts in zip(user.tolist(), group.tolist(), place.tolist(), when.tolist(), strict=True):
                creators = self._creators_of[liked]
                if len(creators):
                    line += 1
                    yield line, one + 1, FIRST_CREATOR + int(creators[int(share * len(creators))]), int(ts)

    def collections(self) -> Iterator[Row]:
        """Yield the rows of staged_collections: every seventh user has one, with items of the first group."""
        line = 0
        for start, count, rng in self._chunks(_COLLECTIONS_STREAM, self._sizes.users):
            for user in range(start, start + count):
                group = int(self._user_groups[user, 0])
                items = self._items_of[group]
                if user % 7 or not len(items):
                    continue
                for place in rng.random(_COLLECTION_ITEMS).tolist():
                    line += 1
                    title = f"{self.groups[group].genres[0]} ideas"
                    item = int(items[int(place * len(items))]) + 1
                    yield line, user + 1, user + 1, title, item, int(self._now - place * _DAY)

    def interactions(self) -> Iterator[Row]:
        """Yield the rows of staged_interactions."""
        if not self._activity.any() or not self._sizes.items:
            return
        bounds = np.floor(np.cumsum(self._activity) / self._activity.sum() * self._sizes.interactions + 0.5)
        for start, count, rng in self._chunks(_EVENTS_STREAM, self._sizes.interactions):
            user = np.searchsorted(bounds, np.arange(start, start + count), side="right")
            group = self._groups_for(user, rng)
            likes = rng.random(count) < _IN_TASTE
            item = self._pick_items(np.where(likes, group, rng.integers(0, GROUPS, count)), rng)
            draw = rng.random(count)
            kind = np.where(
                likes, np.searchsorted(_LIKED, draw, side="right"), np.searchsorted(_DISLIKED, draw, side="right")
            )
            since = np.maximum(self._item_created[item], self._now - _HISTORY_DAYS * _DAY)
            when = np.round(self._now - (self._now - since) * rng.random(count), 3)
            rows = zip((user + 1).tolist(), (item + 1).tolist(), kind.tolist(), when.tolist(), strict=True)
            for line, (one, what, how, ts) in enumerate(rows, start + 1):
                yield line, one, what, _TYPES[min(how, len(_TYPES) - 1)], None, f"{ts:.3f}"

    def _stream(self, *which: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, *(part & 0xFFFFFFFF for part in which)])

    def _chunks(self, stream: int, total: int) -> Iterator[tuple[int, int, np.random.Generator]]:
        for number, start in enumerate(range(0, total, _CHUNK)):
            yield start, min(_CHUNK, total - start), self._stream(stream, number)

    def _groups_for(self, user: Integers, rng: np.random.Generator) -> Integers:
        """Draw one of each user's groups by its weight."""
        place = (rng.random(len(user))[:, None] > np.cumsum(self._user_weights[user], axis=1)).sum(axis=1)
        chosen: Integers = self._user_groups[user, np.minimum(place, _GROUPS_A_USER - 1)].astype(np.int64)
        return chosen

    def _pick_items(self, group: Integers, rng: np.random.Generator) -> Integers:
        """Draw an item of each group, a few of them much more often than the others."""
        item = _skewed(rng, self._sizes.items, len(group), 1.0)
        place = rng.random(len(group)) ** 2.5
        for one in np.unique(group):
            members, where = self._items_of[one], group == one
            if len(members):
                item[where] = members[(place[where] * len(members)).astype(np.int64)]
        return item

    def _item(  # noqa: PLR0917 - called a million times
        self, number: int, planted: int, maker: int, when: float, draw: list[float], tempo: float
    ) -> Row:
        group = self.groups[planted]
        genres = _some(group.genres, draw[0], draw[1])
        emotions = _some(group.emotions, draw[2], draw[3])
        instruments = _some(group.instruments, draw[4], draw[5])
        kind = KINDS[draw[6] > group.loop_share]
        scale = SCALES[draw[7] < group.minor_share]
        tags = {group.tags[int(draw[place] ** 1.5 * len(group.tags))]: None for place in (8, 9, 10)}
        tags[TAGS[int(draw[11] ** 2 * len(TAGS))]] = None  # the long tail
        tags[instruments[0]] = None
        bpm = round(min(max(group.bpm + tempo, 60.0), 200.0), 1)
        name = next(iter(tags)).replace("-", " ").title()
        title = f"{name}: {emotions[0]} {genres[0]} {instruments[0]} {kind}"
        style, players, moods = ", ".join(genres), ", ".join(instruments), ", ".join(emotions)
        description = f"{style}: {players}, {moods}."
        document = {
            "bpm": bpm,
            "genero": genres,
            "emocion_es": emotions,
            # Publishers differ in case, and so does the sample.
            "instrumentos": [word.title() for word in instruments] if draw[12] < 0.1 else instruments,  # noqa: PLR2004
            "tipo": kind,
            "escala": scale,
            "planted_group": planted,
        }
        if draw[13] < 0.05:  # noqa: PLR2004 - an analyser that failed
            del document["bpm"]
        metadata = json.dumps(document, ensure_ascii=False)
        return number, number, self._domain, FIRST_CREATOR + maker, title, description, list(tags), metadata, int(when)

    def _user(self, number: int, planted: list[int], draw: list[float], *, is_cold: bool) -> Row:
        interests: dict[str, None] = {}
        if is_cold or draw[0] < 0.6:  # noqa: PLR2004 - what share of people fill in a form
            for group in (self.groups[one] for one in planted):
                interests |= dict.fromkeys((group.genres[0], group.instruments[0], group.tags[0]))
        profile = {
            "age": 16 + int(draw[1] ** 1.5 * 50),
            "country": COUNTRIES[int(draw[2] * len(COUNTRIES))],
            "planted_groups": planted,
        }
        locale = LOCALES[int(draw[3] ** 2 * len(LOCALES))]
        created = int(self._now - (_HISTORY_DAYS + 300 * draw[4]) * _DAY)
        return number, number, json.dumps(profile), list(interests), locale, created


def _draw_groups(rng: np.random.Generator) -> tuple[Group, ...]:
    def some(words: tuple[str, ...], count: int) -> tuple[str, ...]:
        return tuple(words[place] for place in rng.choice(len(words), count, replace=False).tolist())

    return tuple(
        Group(
            genres=some(GENRES, 3),
            emotions=some(EMOTIONS, 3),
            instruments=some(INSTRUMENTS, 4),
            tags=some(TAGS, 12),
            bpm=float(rng.uniform(70, 175)),
            loop_share=float(rng.choice((0.95, 0.6))),
            minor_share=float(rng.choice((0.9, 0.5, 0.2))),
        )
        for _ in range(GROUPS)
    )


def _skewed(rng: np.random.Generator, total: int, count: int, power: float) -> Integers:
    """Draw numbers below `total`, low ones more often the greater `power` is."""
    drawn: Integers = (rng.random(count) ** power * total).astype(np.int64)
    return drawn


def _some(words: tuple[str, ...], first: float, second: float) -> list[str]:
    """Return one or two of the words, the earlier ones more often."""
    place = int(first**1.7 * len(words))
    other = int(second * 2.2 * len(words))
    return [words[place]] if other >= len(words) or other == place else [words[place], words[other]]
