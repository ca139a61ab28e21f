"""Trainings and evaluations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import UUID

from jophiel.api import models, problems
from jophiel.api.authentication import ADMIN
from jophiel.api.operation import Answer, Operation, json_answer
from jophiel.api.problems import Problem

if TYPE_CHECKING:
    from jophiel.api.operation import Call


async def _training(call: Call) -> Answer:
    return json_answer(await call.gateway.training(call.query.limit))


async def _model(call: Call) -> Answer:
    try:
        model_id = UUID(call.path["model_id"])
    except ValueError:
        raise Problem(problems.NOT_FOUND, "There is no such training.") from None
    return json_answer(await call.gateway.model(str(model_id)))


async def _evaluations(call: Call) -> Answer:
    return json_answer(await call.gateway.evaluations(call.query.limit))


async def _request_training(call: Call) -> Answer:
    body: models.TrainingIn = call.body
    parameters = {"dimensions": body.dimensions, "seed": body.seed}
    return json_answer(await call.gateway.request_training(body.model, json.dumps(parameters)), 202)


def operations() -> list[Operation]:
    """Return these routes."""
    return [
        Operation(
            "GET",
            "/v1/training",
            "training",
            "Trainings: the model in use, what runs and waits, and what there was",
            _training,
            models.TrainingStatus,
            ADMIN,
            models.LimitQuery,
            tag="training",
        ),
        Operation(
            "POST",
            "/v1/training",
            "train",
            "Ask for a training, which the next `jophiel batch run` does, in a shell or from cron",
            _request_training,
            models.Training,
            ADMIN,
            body=models.TrainingIn,
            body_required=False,
            status=202,
            tag="training",
            raises=(problems.CONFLICT,),
        ),
        Operation(
            "GET",
            "/v1/training/{model_id}",
            "trainingOf",
            "A training and what came of it",
            _model,
            models.Training,
            ADMIN,
            tag="training",
            raises=(problems.NOT_FOUND,),
        ),
        Operation(
            "GET",
            "/v1/evaluations",
            "evaluations",
            "What `jophiel evaluate` found, the newest first",
            _evaluations,
            models.Evaluations,
            ADMIN,
            models.LimitQuery,
            tag="training",
        ),
    ]
