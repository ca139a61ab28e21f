"""Trainings and evaluations."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads it
from typing import Any, Literal
from uuid import UUID  # noqa: TC003

from pydantic import Field

from jophiel.api.models.common import Answer, Model
from jophiel.api.models.patterns import MODEL_NAME


class TrainingIn(Model):
    """A training to do."""

    model: str | None = Field(
        default=None,
        pattern=MODEL_NAME,
        description="svd, neighbours, ease, als, bpr or two of them (svd+ease); null: validation chooses.",
    )
    dimensions: int = Field(default=64, ge=1, le=512, description="Length of the vectors at most.")
    seed: int = Field(default=0, ge=0, le=2**31 - 1)


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
