"""Every event of the contract acted out against a running system, and what should have come of it looked up.

The cast is one user, two creators and seven items with numbers that nobody else has. At the end they are forgotten, and
so is what was left by runs that were killed: they all take their numbers from the one range.
"""

from __future__ import annotations

import json
import math
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from jophiel.errors import BrokerError, BusyError, EngineError
from jophiel.events import messages
from jophiel.events.publisher import Publisher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from jophiel.database.gateway import Gateway
    from jophiel.database.rows import EventFields
    from jophiel.settings import Settings

    Check = Callable[["Facts"], bool]

# Numbers of 18 digits are the largest that are their own ids; the cast has a hundred. The range is a small one at an
# odd place, as everything in it is deleted: others count in 18 digits, too.
_RANGE = 934_175_208_600_000_000
_CAST = 100
_CASTS = 10**6
_LOCK = _RANGE
_PATIENCE_SECONDS = 20
_BROKER_SECONDS = 10
_PATIENCE_AT_THE_END_SECONDS = 5
_FEED = "main"
_FEED_SIZE = 1000
# What age takes from a score meanwhile, and a batch adds, is less; what a follow or five plays add is more.
_SCORE_TOLERANCE = 0.01


@dataclass(frozen=True, slots=True)
class Report:
    """What one scenario came to; `found`, in words, is empty where it went as expected, `seconds` until it had."""

    scenario: str
    expected: str
    passed: bool
    seconds: float
    found: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the database says of the cast; items, creators and boards by their places in it, the feed in its order.

    `feed` has the scores of its items.
    """

    known: bool
    profile: dict[str, Any]
    active: frozenset[tuple[str, int]]
    logged: int
    follows: frozenset[int]
    boards: frozenset[int]
    titles: dict[int, str]
    feed: dict[int, float]

    def likes(self, better: int, worse: int) -> bool:
        """Whether one item of the feed stands above another, or the other is not there."""
        places = [*self.feed]
        return better in places and (worse not in places or places.index(better) < places.index(worse))

    def rose(self, item: int, before: Facts) -> bool:
        """Whether an item has come into the feed since then, or has a better score in it."""
        return item in self.feed and self.feed[item] > before.feed.get(item, -math.inf) + _SCORE_TOLERANCE

    def words(self) -> tuple[str, ...]:
        """Return the facts for people, one each."""

        def listed(values: Iterable[object]) -> str:
            return ", ".join(str(value) for value in values) or "nothing"

        return (
            f"user: {'known' if self.known else 'unknown'}",
            f"profile: {listed(f'{name} {value}' for name, value in sorted(self.profile.items()))}",
            f"counts: {listed(f'{kind} of {item}' for kind, item in sorted(self.active))}",
            f"interactions in the log: {self.logged}",
            f"follows: {listed(sorted(self.follows))}",
            f"on the board: {listed(sorted(self.boards))}",
            f"titles: {listed(f'{item} <{title}>' for item, title in sorted(self.titles.items()))}",
            f"feed: {listed(f'{item} ({score:.3f})' for item, score in self.feed.items())}",
        )


@dataclass(frozen=True, slots=True)
class _Scene:
    name: str
    expected: str
    events: Sequence[dict[str, object]]
    holds: Check
    # Whether the feed is stored before, as the batch does: a stored one is served until there is a reaction.
    stored: bool = False


# The contract's names, and the column of event_types that says what they are called here.
_FIELDS = {
    "user_id": "user_field",
    "sample_id": "item_field",
    "creator_id": "creator_field",
    "followed_user_id": "creator_field",
    "unfollowed_user_id": "creator_field",
    "board_id": "collection_field",
    "duration_seconds": "seconds_field",
    "metadata": "metadata_field",
}
_METADATA_FIELDS = {"titulo": "title_field", "tags": "tags_field"}

# Places in the cast. Items 11 to 14 are alike and by the first creator, 21 and 22 by the second; 15 comes late.
_USER, _CREATOR, _OTHER, _BOARD = 1, 2, 3, 4
_ALIKE, _UNLIKE, _LATE = (11, 12, 13, 14), (21, 22), 15


class Stage:
    """Where the scenarios are acted: the broker where there is one, otherwise the database itself."""

    def __init__(self, settings: Settings, gateway: Gateway) -> None:
        self._gateway = gateway
        self._first = _RANGE + secrets.randbelow(_CASTS) * _CAST
        self._word = f"scenario{secrets.token_hex(6)}"
        self._settings = settings
        self._publisher = (
            Publisher(settings, settings.broker.exchange, patience=_BROKER_SECONDS) if settings.broker.url else None
        )
        self._now = datetime.now(UTC)
        self._clock = 0
        self._fields = {fields.event_name: fields for fields in gateway.event_fields()}
        self._all = self._scenes()
        # How things stood before each scene so far.
        self._before: list[Facts] = []

    def __len__(self) -> int:
        """Return how many scenarios there are."""
        return len(self._all)

    def act(self, progress: Callable[[str, int, int], None] | None = None) -> list[Report]:
        """Act everything out, and forget the cast whatever happens. Raises BusyError where another is at it.

        Through the broker the first that does not come about is the last: the others rest on it, and would wait.
        """
        if not self._gateway.try_scenarios_lock(_LOCK):
            raise BusyError("somebody else is running the scenarios in this database")
        self._forget()
        reports: list[Report] = []
        try:
            for scene in self._all:
                reports.append(self._play(scene))
                if progress:
                    progress("scenarios", len(reports), len(self._all))
                if self._publisher is not None and not reports[-1].passed:
                    break
        finally:
            if self._publisher is not None and not (len(reports) == len(self._all) and reports[-1].passed):
                self._publish_deletions()
            self._forget()
        return reports

    def _forget(self) -> None:
        self._gateway.forget_cast(_RANGE, _RANGE + _CASTS * _CAST - 1)

    def _publish_deletions(self) -> None:
        """Delete the cast by events, too: what is still in the queue will be applied after it was forgotten."""
        items = (*_ALIKE, *_UNLIKE, _LATE)
        events = [*(self._event("sample.lifecycle.deleted", sample_id=self._id(item)) for item in items)]
        with suppress(BrokerError):
            publisher = Publisher(self._settings, self._settings.broker.exchange, patience=_PATIENCE_AT_THE_END_SECONDS)
            publisher.publish(_outgoing([*events, self._user("deleted")]))

    def _play(self, scene: _Scene) -> Report:
        if scene.stored:
            with suppress(EngineError):
                self._gateway.recompute_feed(str(self._id(_USER)), _FEED)
        self._before.append(self._facts())
        began = time.monotonic()
        rejected: list[str] = []
        if self._publisher is None:
            outcomes = self._gateway.ingest_events(json.dumps(scene.events))
            rejected = [f"rejected: {reason}" for outcome, reason in outcomes if outcome == "rejected"]
        else:
            self._publisher.publish(_outgoing(scene.events))
        while not (passed := scene.holds(facts := self._facts())):
            if self._publisher is None or time.monotonic() - began > _PATIENCE_SECONDS:
                break
            time.sleep(0.02)
        seconds = time.monotonic() - began
        return Report(scene.name, scene.expected, passed, seconds, () if passed else (*rejected, *facts.words()))

    def _facts(self) -> Facts:
        user = self._id(_USER)
        found = self._gateway.cast_facts(user, self._first, self._first + _CAST - 1)
        # The rest of the feed is the catalogue's, whose keys may be any text.
        places = {str(self._id(place)): place for place in range(_CAST)}
        try:
            feed = self._gateway.get_feed(str(user), _FEED, _FEED_SIZE)
        except EngineError:
            feed = []
        return Facts(
            known=found["known"],
            profile=found["profile"],
            active=frozenset((kind, item - self._first) for kind, item in found["active"]),
            logged=found["logged"],
            follows=frozenset(creator - self._first for creator in found["follows"]),
            boards=frozenset(item - self._first for item in found["boards"]),
            titles={int(item) - self._first: title for item, title in found["titles"].items()},
            feed={places[row.item_id]: row.score for row in feed if row.item_id in places},
        )

    def _id(self, place: int) -> int:
        return self._first + place

    def _event(self, name: str, at: float | None = None, **payload: object) -> dict[str, object]:
        """An event a second after the one before, or `at` seconds after the first."""
        self._clock += 1
        happened_at = self._now - timedelta(hours=1) + timedelta(seconds=self._clock if at is None else at)
        fields = self._fields.get(name)
        return messages.event(name, _renamed(payload, fields) if fields else payload, happened_at, "jophiel.scenarios")

    def _act(self, kind: str, item: int, at: float | None = None, **more: object) -> dict[str, object]:
        name = f"user.interaction.{kind}"
        return self._event(name, at, user_id=self._id(_USER), sample_id=self._id(item), **more)

    def _sample(self, item: int, change: str = "created", title: str = "one") -> dict[str, object]:
        creator = _OTHER if item in _UNLIKE else _CREATOR
        kind = "other" if item in _UNLIKE else "alike"
        metadata = {"titulo": f"{self._word} {title}", "tags": [f"{self._word}{kind}", f"{self._word}{kind}2"]}
        return self._event(
            f"sample.lifecycle.{change}", sample_id=self._id(item), creator_id=self._id(creator), metadata=metadata
        )

    def _user(self, change: str, **fields: object) -> dict[str, object]:
        return self._event(f"user.lifecycle.{change}", None, user_id=self._id(_USER), **fields)

    def _scenes(self) -> list[_Scene]:
        return [*self._lifecycle_scenes(), *self._taste_scenes(), *self._other_scenes(), *self._last_scenes()]

    def _lifecycle_scenes(self) -> list[_Scene]:
        title = f"{self._word} one"
        return [
            _Scene(
                "user.lifecycle.created",
                "the user is known, with a profile",
                [self._user("created", city="Lima")],
                lambda f: f.known and f.profile.get("city") == "Lima",
            ),
            _Scene(
                "user.lifecycle.updated",
                "the profile has changed",
                [self._user("updated", city="Quito")],
                lambda f: f.profile.get("city") == "Quito",
            ),
            _Scene(
                "sample.lifecycle.created",
                "the samples are in the catalogue, and in the new user's feed",
                [self._sample(item) for item in (*_ALIKE, *_UNLIKE)],
                lambda f: all(f.titles.get(item) == title and item in f.feed for item in (*_ALIKE, *_UNLIKE)),
            ),
            _Scene(
                "sample.lifecycle.updated",
                "the sample has its new title",
                [self._sample(_ALIKE[3], "updated", "two")],
                lambda f: f.titles.get(_ALIKE[3]) == f"{self._word} two",
            ),
        ]

    def _taste_scenes(self) -> list[_Scene]:
        first, second, third, _ = _ALIKE
        other, last = _UNLIKE
        like = self._act("like", first)
        return [
            _Scene(
                "user.interaction.like",
                "the sample leaves the feed, and those like it stand above others",
                [like],
                lambda f: first not in f.feed and f.likes(second, other) and f.likes(third, last),
            ),
            _Scene(
                "the same event again",
                "nothing changes",
                [like, self._user("updated", city="Bogota")],
                lambda f: f.profile.get("city") == "Bogota" and f.logged == 1 and ("like", first) in f.active,
            ),
            _Scene(
                "user.interaction.unlike",
                "as if the like had never been",
                [self._act("unlike", first)],
                lambda f: ("like", first) not in f.active and first in f.feed,
            ),
            _Scene(
                "a like that arrives after its unlike",
                "it stays undone",
                [self._act("like", first, at=0.5), self._user("updated", city="La Paz")],
                lambda f: f.profile.get("city") == "La Paz" and ("like", first) not in f.active and first in f.feed,
            ),
            _Scene(
                "user.interaction.dislike",
                "the sample leaves the feed, and those unlike it stand above those like it",
                [self._act("dislike", other)],
                lambda f: other not in f.feed and f.likes(first, last),
            ),
            _Scene(
                "user.interaction.undislike",
                "the sample is back",
                [self._act("undislike", other)],
                lambda f: ("dislike", other) not in f.active and other in f.feed,
            ),
            _Scene(
                "user.interaction.share, .comment",
                "both count, and the sample stays in the feed",
                [self._act("share", second), self._act("comment", second)],
                lambda f: {("share", second), ("comment", second)} <= f.active and f.likes(second, other),
            ),
        ]

    def _other_scenes(self) -> list[_Scene]:
        third, other, last = _ALIKE[2], *_UNLIKE
        user, board, creator = self._id(_USER), self._id(_BOARD), self._id(_OTHER)
        light = ("play", "skip", "view", "click", "play")
        return [
            _Scene(
                "user.interaction.add_to_board",
                "the sample is on the board",
                [self._act("add_to_board", third, board_id=board)],
                lambda f: third in f.boards and ("add_to_board", third) in f.active,
            ),
            _Scene(
                "user.interaction.remove_from_board",
                "it is on it no more",
                [self._act("remove_from_board", third, board_id=board)],
                lambda f: third not in f.boards and ("add_to_board", third) not in f.active,
            ),
            _Scene(
                "user.interaction.follow",
                "the creator is followed, and every sample of theirs is in the feed",
                [self._event("user.interaction.follow", user_id=user, followed_user_id=creator)],
                lambda f: _OTHER in f.follows and set(_UNLIKE) <= set(f.feed),
            ),
            _Scene(
                "user.interaction.unfollow",
                "the creator is not followed any more, and what only the follow brought leaves the feed",
                [self._event("user.interaction.unfollow", user_id=user, unfollowed_user_id=creator)],
                lambda f: _OTHER not in f.follows and not any(f.rose(item, self._before[-2]) for item in _UNLIKE),
                stored=True,
            ),
            _Scene(
                "user.interaction.play, .skip, .view, .click",
                "five within ten minutes are recorded, and the feed follows",
                [self._act(kind, last, duration_seconds=20) for kind in light],
                lambda f: (
                    {(kind, last) for kind in light} <= f.active and last in f.feed and f.rose(other, self._before[-1])
                ),
                stored=True,
            ),
        ]

    def _last_scenes(self) -> list[_Scene]:
        second = _ALIKE[1]
        return [
            _Scene(
                "a like of an unknown sample, then the sample",
                "the like takes effect when the sample arrives",
                [self._act("like", _LATE), self._sample(_LATE)],
                lambda f: ("like", _LATE) in f.active and _LATE in f.titles and _LATE not in f.feed,
            ),
            _Scene(
                "sample.lifecycle.deleted",
                "the sample has left catalogue and feed",
                [self._event("sample.lifecycle.deleted", sample_id=self._id(second))],
                lambda f: second not in f.titles and second not in f.feed,
            ),
            _Scene(
                "user.lifecycle.deleted",
                "nothing of the user remains",
                [self._user("deleted")],
                lambda f: not (f.known or f.logged or f.follows or f.boards or f.feed),
            ),
        ]


def _outgoing(events: Sequence[dict[str, object]]) -> list[messages.Outgoing]:
    return [messages.Outgoing(str(event["event_name"]), json.dumps(event).encode()) for event in events]


def _renamed(payload: Mapping[str, object], fields: EventFields) -> dict[str, object]:
    """Return a payload of the contract with the names that its event's fields have in this database."""

    def named(values: Mapping[str, object], columns: Mapping[str, str]) -> dict[str, object]:
        return {getattr(fields, columns.get(name, ""), None) or name: value for name, value in values.items()}

    metadata = payload.get("metadata")
    inner = {"metadata": named(metadata, _METADATA_FIELDS)} if isinstance(metadata, dict) else {}
    return named({**payload, **inner}, _FIELDS)
