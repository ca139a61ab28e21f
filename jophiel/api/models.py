"""What comes in, checked, and what goes out, described; the OpenAPI document is made of these.

What goes out is written by PostgreSQL; the models of answers are there for the document, for the client and for tests,
which hold the one against the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable  # noqa: TC003
from datetime import datetime  # noqa: TC003 - pydantic reads it
from typing import Annotated, Any, Final, Literal
from uuid import UUID  # noqa: TC003

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    RootModel,
    StrictInt,
    StringConstraints,
    field_validator,
)

# No zero byte, which PostgreSQL's texts cannot hold, and something that is no space.
_NO_ZERO = r"^[^\x00]*$"
_KEY = r"^[^\x00]*[^\s\x00][^\x00]*$"
_CURSOR = r"^-?[0-9]{1,19}$"
_BIGINT = 2**63
_LISTED_KEY = re.compile(r"(?:\\[,\\]|[^,])+")
_MOST_IDS = 100

KeyText = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=_KEY)]
Key = Annotated[
    Annotated[StrictInt, Field(ge=0, lt=10**18)] | KeyText,
    Field(description="The application's key: an integer of up to 18 digits, or a text."),
]
Text = Annotated[str, StringConstraints(max_length=100_000, pattern=_NO_ZERO)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=_KEY)]
Weight = Annotated[float, Field(ge=-100, le=100)]
Document = dict[str, JsonValue]


def split_keys(text: str) -> list[str]:
    """Return the keys of a list with commas between; a comma or backslash of a key has a backslash before it."""
    keys = (re.sub(r"\\([,\\])", r"\1", key.strip()) for key in _LISTED_KEY.findall(text))
    return [key for key in keys if key]


def join_keys(keys: Iterable[int | str]) -> str:
    """Return the list that `split_keys` takes apart."""
    return ",".join(re.sub(r"[,\\]", r"\\\g<0>", str(key)) for key in keys)


def _check_bigint(text: str) -> str:
    if not -_BIGINT <= int(text) < _BIGINT:
        raise ValueError("is no cursor of ours")
    return text


Cursor = Annotated[str, StringConstraints(pattern=_CURSOR), AfterValidator(_check_bigint)]


class Model(BaseModel):
    """A request's part: what is not known is refused, so that no misspelt option is taken for the default."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(extra="forbid")


# Queries.


class Query(Model):
    """The query of an address; as it is, of a route that takes none."""


class Paging(Query):
    """A page by number."""

    page: int = Field(default=1, ge=1, le=1_000_000, description="From 1.")
    per_page: int = Field(default=20, ge=1, le=100)


class SearchQuery(Paging):
    """A search."""

    q: str = Field(min_length=1, max_length=500, pattern=_NO_ZERO, description='Words, "phrases", or, -not.')
    user_id: KeyText | None = Field(default=None, description="Whose taste orders what is found.")
    domain: Name | None = None


_MODELS = "content|collaborative|neighbours|following|novelty|popularity"
_WEIGHTS = "similarity|collaborative|neighbours|following|novelty|popularity|cold_popularity|prior"
_WEIGHT = rf"({_WEIGHTS}):[0-9]{{1,3}}(\.[0-9]{{1,6}})?"
_ALGORITHMS = "svd|neighbours|ease|als|bpr"
_MODELS_LIST = rf"^({_MODELS})(,({_MODELS}))*$"
_WEIGHTS_LIST = rf"^{_WEIGHT}(,{_WEIGHT})*$"
_MODEL_NAME = rf"^({_ALGORITHMS})(\+({_ALGORITHMS}))?$"
_FEED_CURSOR = r"^-?[0-9]{1,18}\.[0-9]{1,4}$"
_HISTORY_CURSOR = r"^-?[0-9]{1,17}\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_AFTER = r"^-?[0-9]{1,19}(,-?[0-9]{1,19})?$"


def _listed(names: str) -> str:
    return names.replace("|", ", ")


_NEXT = "must be the next_cursor of the page before"
# What a text that does not fit a pattern is told; the patterns themselves are in the document.
PATTERN_WORDS: Final = {
    _NO_ZERO: "must have no zero byte",
    _KEY: "must have something that is no space, and no zero byte",
    _CURSOR: _NEXT,
    _FEED_CURSOR: _NEXT,
    _HISTORY_CURSOR: _NEXT,
    _AFTER: "must be the value after of the page before",
    _MODELS_LIST: f"must be a list of one or more of {_listed(_MODELS)}, with commas between",
    _WEIGHTS_LIST: f"must be a list such as novelty:0,popularity:0.5, of one or more of {_listed(_WEIGHTS)}, "
    "each with a number of at most three digits before the point and six after it",
    _MODEL_NAME: f"must be one of {_listed(_ALGORITHMS)}, or two of them, as svd+ease",
}


class FeedQuery(Query):
    """A feed by cursor; with models, cf_weight, weights, policy or query_text it is made on demand, by these."""

    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, pattern=_FEED_CURSOR, description="The next_cursor of the page before.")
    exclude: str | None = Field(
        default=None,
        max_length=20_000,
        pattern=_NO_ZERO,
        description="Item keys to leave out, with commas between; \\, is a comma of a key.",
    )
    reasons: bool = Field(default=False, description="With the components of each score.")
    models: str | None = Field(
        default=None,
        pattern=_MODELS_LIST,
        description="What counts, with commas between; nothing else does. What the policy gives no weight has 1.",
    )
    cf_weight: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Share of collaborative and neighbours in what they and content weigh; 0 is content alone.",
    )
    weights: str | None = Field(
        default=None,
        pattern=_WEIGHTS_LIST,
        description="In place of the policy's: novelty:0,popularity:0.5. From 0 to 100.",
    )
    policy: Name | None = Field(default=None, description="Another scoring policy than the feed's.")
    query_text: str | None = Field(
        default=None,
        min_length=1,
        max_length=1000,
        pattern=_NO_ZERO,
        description="A wish in words, which the feed leans towards. Words that no item has are ignored.",
    )
    query_weight: float | None = Field(
        default=None, ge=0, le=100, description="What the likeness to query_text weighs; 1 where it is not given."
    )

    def options(self) -> dict[str, Any] | None:
        """Return what the request wants to be otherwise than the feed is, None for nothing."""
        named = {
            "models": self.models.split(",") if self.models else None,
            "cf_weight": self.cf_weight,
            "weights": {name: float(weight) for name, weight in (part.split(":") for part in self.weights.split(","))}
            if self.weights
            else None,
            "policy": self.policy,
            "query_text": self.query_text,
            "query_weight": self.query_weight,
        }
        return {name: value for name, value in named.items() if value is not None} or None


class TasteQuery(Query):
    """How much of a taste."""

    limit: int = Field(default=10, ge=1, le=100, description="Terms a feature.")


class LimitQuery(Query):
    """How many."""

    limit: int = Field(default=20, ge=1, le=100)


class ReplayQuery(Query):
    """How many dead letters to send again."""

    limit: int = Field(default=1000, ge=1, le=10_000)


class SimilarQuery(LimitQuery):
    """Items like one."""

    reasons: bool = Field(default=False, description="With the components of each score.")


class ExplainQuery(Query):
    """A score to explain."""

    feed: Name = "main"


class IdsQuery(Query):
    """A page of a list of ids."""

    after: str | None = Field(default=None, pattern=_AFTER, description="The value `after` of the page before.")
    limit: int = Field(default=10_000, ge=1, le=100_000)


class UsersQuery(Query):
    """A page of the users."""

    cursor: Cursor | None = None
    limit: int = Field(default=20, ge=1, le=100)


class ItemsQuery(Query):
    """A page of the catalogue, or items by key."""

    ids: str | None = Field(
        default=None,
        max_length=20_000,
        pattern=_NO_ZERO,
        description="Up to 100 item keys, with commas between (\\, is a comma of a key): those items in that order, "
        "whatever else is given.",
    )

    @field_validator("ids")
    @classmethod
    def _check_ids(cls, ids: str | None) -> str | None:
        if ids is not None and not 1 <= len(split_keys(ids)) <= _MOST_IDS:
            raise ValueError(f"holds {len(split_keys(ids))} keys, not 1 to {_MOST_IDS}")
        return ids

    domain: Name | None = Field(default=None, description="The category.")
    tag: Name | None = None
    cursor: Cursor | None = None
    limit: int = Field(default=20, ge=1, le=100)


class HistoryQuery(Query):
    """A page of what a user did."""

    type: Name | None = None
    cursor: str | None = Field(default=None, pattern=_HISTORY_CURSOR)
    limit: int = Field(default=50, ge=1, le=1000)


class CacheQuery(Query):
    """Which cache."""

    kind: Literal["similar", "ideas"] | None = Field(default=None, description="All where it is left out.")


class FeedNameQuery(Query):
    """Which feed."""

    feed: Name = "main"


# Bodies.


class UserIn(BaseModel):
    """A user. Unknown fields go into the profile; absent ones stay as they are."""

    model_config = ConfigDict(extra="allow")

    profile: Document | None = None
    interests: list[Annotated[str, StringConstraints(max_length=500, pattern=_NO_ZERO)]] | None = Field(
        default=None, max_length=1000
    )
    locale: Annotated[str, StringConstraints(max_length=100, pattern=_NO_ZERO)] | None = None
    time_zone: Annotated[str, StringConstraints(max_length=100, pattern=_NO_ZERO)] | None = None


class UserRow(UserIn):
    """A user with its key."""

    user_id: Key


class ItemIn(BaseModel):
    """An item, whole. Unknown fields become metadata."""

    model_config = ConfigDict(extra="allow")

    domain: Name | None = None
    creator_id: Key | None = None
    title: Text | None = None
    description: Text | None = None
    tags: list[Annotated[str, StringConstraints(max_length=500, pattern=_NO_ZERO)]] | None = Field(
        default=None, max_length=1000
    )
    metadata: Document | None = None
    created_at: datetime | float | None = Field(default=None, description="ISO 8601, or unix seconds.")


class ItemRow(ItemIn):
    """An item with its key."""

    item_id: Key


class InteractionIn(Model):
    """What a user did with an item."""

    user_id: Key
    item_id: Key
    type: Name = "like"
    weight: Weight | None = Field(default=None, description="That of the type where it is left out.")
    ts: datetime | float | None = Field(default=None, description="When; now where it is left out.")
    event_id: UUID | None = Field(default=None, description="The same id is recorded once.")
    details: Document | None = None


class EventIn(BaseModel):
    """An event as a publisher sends it; the engine checks what is in it, and says what is wrong."""

    model_config = ConfigDict(extra="allow")

    event_name: str = Field(description="user.interaction.like")
    event_id: str = Field(description="A UUID: the same event twice is applied once.")
    event_timestamp: str = Field(description="When it happened, ISO 8601.")
    source: str = Field(description="Who sends it.")
    payload: Document


class EventRows(RootModel[Annotated[list[JsonValue], Field(min_length=1, max_length=10_000)]]):
    """Events; each is taken or rejected by itself."""


class FeedbackIn(Model):
    """What a user thinks of an item."""

    item_id: Key
    feedback: Literal["positive", "negative", "neutral"]
    duration_seconds: float | None = Field(default=None, ge=0, le=1e6, description="How long the user looked.")
    event_id: UUID | None = None


class RerankIn(Model):
    """A list to order for a user."""

    item_ids: list[Key] = Field(min_length=1, max_length=1000)
    policy: Name = "default"
    diversity: float = Field(default=0, ge=0, le=1, description="Share of being unlike what stands above.")


class BoardIn(Model):
    """A board."""

    title: Annotated[str, StringConstraints(max_length=500, pattern=_NO_ZERO)] | None = None


class FeedDefinitionIn(Model):
    """Options of a feed definition; absent ones stay as they are."""

    policy: Name | None = None
    domain: Name | None = None
    filter: Document | None = None
    size: int | None = Field(default=None, ge=1, le=1000)
    diversity: float | None = Field(default=None, ge=0, le=1)
    creator_cap: int | None = Field(default=None, ge=1, le=1000)
    exploration: int | None = Field(default=None, ge=0, le=100)
    cold_slots: int | None = Field(default=None, ge=0, le=100)
    max_age: Annotated[str, StringConstraints(max_length=50, pattern=_NO_ZERO)] | None = Field(
        default=None, description='An interval: "6 hours".'
    )
    is_scheduled: bool | None = None


class UserRows(RootModel[Annotated[list[UserRow], Field(min_length=1, max_length=10_000)]]):
    """Users, all or nothing."""


class ItemRows(RootModel[Annotated[list[ItemRow], Field(min_length=1, max_length=10_000)]]):
    """Items, all or nothing."""


class InteractionRows(RootModel[Annotated[list[dict[str, Any]], Field(min_length=1, max_length=10_000)]]):
    """Interactions, all or nothing; each is checked by the engine, so that the report names every bad row."""


# Answers.

Id = int | str


class Pagination(Answer):
    """Where a page is."""

    current_page: int
    per_page: int
    total: int
    last_page: int
    next_page_url: str | None
    prev_page_url: str | None


class FeedPage(Answer):
    """A page of a feed or of a search."""

    user_id: Id | None
    generated_at: datetime
    sample_ids: list[Id]
    pagination: Pagination


class Sample(Answer):
    """An item and its score."""

    sample_id: Id
    score: float


class PointsPage(Answer):
    """A page of a feed with scores."""

    user_id: Id
    generated_at: datetime
    samples: list[Sample]
    pagination: Pagination


class Reason(Answer):
    """A component of a score: contribution = weight * value."""

    component: str
    weight: float
    value: float
    contribution: float


class Because(Answer):
    """Something that the user acted on, and how much it adds to a score."""

    item_id: Id
    title: str
    contribution: float


class FeedItem(Answer):
    """An item of a feed."""

    item_id: Id
    rank: int
    score: float
    title: str
    creator_id: Id | None
    reasons: list[Reason] | None = None


class Feed(Answer):
    """Items of a feed after a cursor."""

    user_id: Id
    feed: str
    generation: int
    generated_at: datetime
    items: list[FeedItem]
    next_cursor: str | None


class Spread(Answer):
    """What is liked of a number."""

    mean: float
    spread: float


class Taste(BaseModel):
    """A taste in words; a field `<feature>_preference` for each numeric feature besides."""

    model_config = ConfigDict(extra="allow")

    user_id: Id
    terms: dict[str, dict[str, float]]
    numeric: dict[str, Spread]


class ChecksumData(Answer):
    """SHA-256 in hex of the sorted ids joined by commas."""

    checksum: str | None
    count: int


class Checksum(Answer):
    """A checksum of a list of ids."""

    success: Literal[True]
    data: ChecksumData


class IdsData(Answer):
    """A page of ids."""

    ids: list[Id]
    count: int
    after: str | None
    next_page_url: str | None


class Ids(Answer):
    """A page of a list of ids."""

    success: Literal[True]
    data: IdsData


class ScoredItem(Answer):
    """An item and a score."""

    item_id: Id
    score: float
    title: str
    creator_id: Id | None
    reasons: list[Reason] | None = None


class Similar(Answer):
    """Items like one."""

    item_id: Id
    items: list[ScoredItem]


class Ideas(Answer):
    """Ideas for a board."""

    board_id: Id
    items: list[ScoredItem]


class Explanation(Answer):
    """Where a score comes from; the contributions add up to it."""

    user_id: Id
    item_id: Id
    feed: str
    title: str
    score: float
    reasons: list[Reason]
    because: list[Because]


class RankedItem(Answer):
    """An item of the caller's list."""

    item_id: Id
    score: float


class Ranked(Answer):
    """The caller's list, best first, and what of it is no item."""

    user_id: Id
    items: list[RankedItem]
    unknown: list[str]


class User(Answer):
    """A user."""

    user_id: Id
    profile: dict[str, Any]
    interests: list[str]
    locale: str
    time_zone: str
    created_at: datetime
    updated_at: datetime
    events: int
    follows: list[Id]


class ListedUser(Answer):
    """A user in a list. `events`: active interactions and follows."""

    user_id: Id
    interests: list[str]
    events: int


class Users(Answer):
    """A page of the users."""

    users: list[ListedUser]
    next_cursor: str | None


class UserOutcome(Answer):
    """What became of a user."""

    user_id: Id
    outcome: Literal["created", "updated", "unchanged"]


class UserOutcomes(Answer):
    """What became of each row."""

    results: list[UserOutcome]


class Item(Answer):
    """An item."""

    item_id: Id
    domain: str
    creator_id: Id | None
    title: str
    description: str
    tags: list[str]
    metadata: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class Items(Answer):
    """A page of the catalogue."""

    items: list[Item]
    next_cursor: str | None


class ItemOutcome(Answer):
    """What became of an item."""

    item_id: Id
    outcome: Literal["created", "updated", "unchanged"]


class ItemOutcomes(Answer):
    """What became of each row."""

    results: list[ItemOutcome]


class InteractionOutcome(Answer):
    """What became of an interaction."""

    row: int
    event_id: UUID
    outcome: Literal["applied", "duplicate"]


class Recorded(Answer):
    """Every row was recorded."""

    recorded: Literal[True]
    results: list[InteractionOutcome]


class EventOutcome(Answer):
    """What became of an event. `pending`: it names an item that has not arrived yet, and counts once that does."""

    number: int
    event_id: UUID | None
    outcome: Literal["applied", "duplicate", "pending", "rejected"]
    reason: str | None


class EventOutcomes(Answer):
    """What became of each event."""

    results: list[EventOutcome]


class Interaction(Answer):
    """What a user did. `counts`: whether the taste has it (a like that was taken back does not count)."""

    event_id: UUID
    item_id: Id
    type: str
    weight: float | None
    counts: bool
    happened_at: datetime
    details: dict[str, Any] | None


class History(Answer):
    """What a user did, the newest first."""

    user_id: Id
    interactions: list[Interaction]
    next_cursor: str | None


class Total(Answer):
    """How often."""

    count: int
    active: int
    items: int
    first_at: datetime
    last_at: datetime


class Totals(Answer):
    """How often a user did what."""

    user_id: Id
    total: int
    types: dict[str, Total]


class Follow(Answer):
    """A follow. `applied`: whether it changed anything."""

    user_id: Id
    creator_id: Id
    follows: bool
    applied: bool


class Board(Answer):
    """A board."""

    board_id: Id
    title: str
    updated_at: datetime
    item_ids: list[Id]


class Boards(Answer):
    """The boards of a user."""

    user_id: Id
    boards: list[Board]


class BoardOutcome(Answer):
    """What became of a board."""

    board_id: Id
    outcome: Literal["created", "updated", "unchanged"]


class BoardItem(Answer):
    """An item on a board. `applied`: whether it changed anything."""

    board_id: Id
    item_id: Id
    is_in: bool
    applied: bool


class Recomputed(Answer):
    """A feed that was made anew."""

    user_id: Id
    feed: str
    items: int
    generation: int
    generated_at: datetime


class FeedDefinition(Answer):
    """A feed definition; max_age in seconds."""

    feed: str
    policy: str
    domain: str | None
    filter: dict[str, Any]
    size: int
    diversity: float
    creator_cap: int | None
    exploration: int
    cold_slots: int
    max_age: float
    is_scheduled: bool


class FeedDefinitions(Answer):
    """The feed definitions."""

    feeds: list[FeedDefinition]


class Cache(Answer):
    """The cached answers of a kind."""

    kind: str
    answers: int
    oldest_at: datetime
    newest_at: datetime


class Caches(Answer):
    """The cached answers."""

    caches: list[Cache]


class Cleared(Answer):
    """How many answers were deleted."""

    cleared: int


class StageTiming(Answer):
    """How long a stage took when it last ran."""

    stage: str
    run_id: UUID
    processed: int
    seconds: float
    per_second: float | None
    first_10_seconds: float | None
    first_100_seconds: float | None
    first_1000_seconds: float | None
    finished_at: datetime


class Timings(Answer):
    """The last run of every stage."""

    stages: list[StageTiming]


class FeedAges(Answer):
    """How old the stored feeds are."""

    count: int
    age_mean_seconds: float
    age_max_seconds: float


class Status(Answer):
    """What waits, by stage of the batch, and how old the feeds are."""

    pending: dict[str, int]
    feeds: FeedAges
    users: int
    items: int
    stages: dict[str, float]


class BrokerQueue(Answer):
    """What waits to be delivered, and to how many consumers."""

    messages: int
    consumers: int


class Broker(Answer):
    """Whether the broker answers; the queue of events and the dead letters, null where there are none or unknown."""

    answers: bool
    queue: BrokerQueue | None
    dead_letters: int | None
    reason: str | None = Field(description="Why something is not known.")


class DeadLetter(Answer):
    """A message that could not be used, and why."""

    reason: str
    event_id: str | None
    routing_key: str = Field(description="The one that it was first published with.")
    dead_lettered_at: str | None = Field(description="ISO 8601, as it stands in the message's header.")
    bytes: int
    body: str = Field(description="Its first 2,000 bytes, as text.")


class DeadLetters(Answer):
    """The oldest dead letters, and how many there are."""

    dead_letters: list[DeadLetter]
    total: int


class Replayed(Answer):
    """How many dead letters were sent again, and how many were left then."""

    replayed: int
    left: int


class Purged(Answer):
    """How many dead letters were thrown away."""

    purged: int


class BatchRun(Answer):
    """A cycle of the batch that was asked for over HTTP."""

    state: Literal["idle", "running", "done", "failed"]
    started_at: datetime | None
    finished_at: datetime | None
    done: dict[str, int] = Field(description="Items or users done, by stage.")
    error: str | None


class Training(Answer):
    """A training and what came of it."""

    model_id: UUID
    name: str
    state: Literal["queued", "building", "ready", "active", "retired", "discarded", "failed"]
    dimensions: int | None
    parameters: dict[str, Any]
    weights: dict[str, float] = Field(description="Of scoring policies, as validation chose them.")
    metrics: dict[str, Any] = Field(description="What validation said.")
    interactions: int | None
    users: int | None
    items: int | None
    fit_seconds: float | None
    write_seconds: float | None
    peak_bytes: int | None
    data_until: datetime | None = Field(description="When the newest event that it learnt from was received.")
    created_at: datetime
    finished_at: datetime | None
    activated_at: datetime | None
    error: str | None


class TrainingStatus(Answer):
    """What has been trained, and what is in use."""

    active: Training | None
    running: Training | None
    waiting: Training | None
    trainings: int
    failed: int
    new_interactions: int = Field(description="Received since the data of the active model.")
    history: list[Training]


class Interval(Answer):
    """A mean, and between what it lies with a probability of 95 % (bootstrap over users)."""

    mean: float
    low: float
    high: float


class HistoryQuality(Answer):
    """Of users with as long a history; without figures where there are none."""

    users: int
    ndcg: Interval | None = None
    recall: Interval | None = None
    hit_rate: Interval | None = None
    mrr: Interval | None = None


class Quality(Answer):
    """How good one kind of feeds is: NDCG@10, recall@20, hit rate@10, MRR@20, and of the first 20 items the others."""

    ndcg: Interval
    recall: Interval
    hit_rate: Interval
    mrr: Interval
    coverage: float
    novelty: float = Field(description="Bits.")
    diversity: float
    gini: float
    by_history: dict[str, HistoryQuality] = Field(description="By how many events users had: 1 to 4, ...")
    cold_items: dict[str, float] = Field(description="Of items that nobody had acted on; users: who chose any.")
    without_feed: int


class QualityDifference(Answer):
    """By how much the hybrid is better than another kind of feeds, user by user; an interval without 0 is one."""

    ndcg: Interval
    recall: Interval
    verdict: Literal["better", "worse", "mixed", "no difference"]


class Evaluation(Answer):
    """What `jophiel evaluate` found: of the hybrid, which is what feeds are, and of simpler feeds."""

    evaluation_id: UUID
    created_at: datetime
    split: str
    model: str
    options: dict[str, Any]
    users: int
    train_events: int
    test_events: int
    items: int
    qualities: dict[str, Quality]
    differences: dict[str, QualityDifference]
    worse_than: list[str]


class Evaluations(Answer):
    """The newest evaluations."""

    evaluations: list[Evaluation]


class TrainingIn(Model):
    """A training to do."""

    model: str | None = Field(
        default=None,
        pattern=_MODEL_NAME,
        description="svd, neighbours, ease, als, bpr or two of them (svd+ease); null: validation chooses.",
    )
    dimensions: int = Field(default=64, ge=1, le=512, description="Length of the vectors at most.")
    seed: int = Field(default=0, ge=0, le=2**31 - 1)


class Health(Answer):
    """Whether the service answers."""

    status: Literal["ok"]


class ProblemDetails(BaseModel):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str | None = Field(default=None, description="The engine's SQLSTATE.")
    hint: str | None = None
    errors: list[dict[str, Any]] | None = Field(default=None, description="A fault for each field or row.")
