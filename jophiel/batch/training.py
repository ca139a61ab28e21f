"""What the batch does before its cycle: train, where somebody asked for it or the schedule says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jophiel.database.modelling import ModelGateway
from jophiel.errors import ConnectionLostError, JophielError, TrainingBusyError
from jophiel.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

_LOGGER = get_logger("training")
_DIMENSIONS = 64


def train_if_due(connection: psycopg.Connection[Any], *, tell: Callable[[str], None] = lambda _: None) -> bool:
    """Train where a training is due; return whether one was done.

    A training that fails is told and noted in its row, and the batch goes on. Raises ConnectionLostError.
    """
    due = ModelGateway(connection).training_due()
    if due is None:
        return False
    from jophiel.models.training import train  # noqa: PLC0415 - numpy and scipy, which a batch seldom needs

    parameters = dict(due.parameters)
    dimensions, seed = int(parameters.pop("dimensions", _DIMENSIONS)), int(parameters.pop("seed", 0))
    try:
        train(
            connection,
            model=due.name,
            dimensions=dimensions,
            parameters=parameters,
            seed=seed,
            model_id=due.model_id,
            tell=tell,
        )
    except (TrainingBusyError, ConnectionLostError) as error:
        if isinstance(error, ConnectionLostError):
            raise
        return False
    except JophielError as error:
        _LOGGER.error("training failed", extra={"reason": str(error)})  # noqa: TRY400 - one line is enough
        tell(f"training failed: {error}")
        return False
    return True
