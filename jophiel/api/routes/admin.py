"""What operators look at and do: status, timings, broker, dead letters, caches, the batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jophiel.api import models, problems
from jophiel.api.authentication import ADMIN
from jophiel.api.operation import Answer, Operation, json_answer

if TYPE_CHECKING:
    from jophiel.api.operation import Call


async def _caches(call: Call) -> Answer:
    return json_answer(await call.gateway.caches())


async def _clear_caches(call: Call) -> Answer:
    return json_answer(await call.gateway.clear_cache(call.query.kind))


async def _timings(call: Call) -> Answer:
    return json_answer(await call.gateway.timings())


async def _status(call: Call) -> Answer:
    return json_answer(await call.gateway.status())


async def _broker(call: Call) -> Answer:
    return json_answer((await call.services.broker.status()).model_dump_json().encode())


async def _dead_letters(call: Call) -> Answer:
    return json_answer((await call.services.dead_letters.read(call.query.limit)).model_dump_json().encode())


async def _replay_dead_letters(call: Call) -> Answer:
    replayed = await call.services.dead_letters.replay(call.query.limit)
    call.services.broker.outdate()
    return json_answer(replayed.model_dump_json().encode())


async def _purge_dead_letters(call: Call) -> Answer:
    purged = await call.services.dead_letters.purge()
    call.services.broker.outdate()
    return json_answer(purged.model_dump_json().encode())


async def _batch_report(call: Call) -> Answer:
    return json_answer(call.services.batch.report())


async def _start_batch(call: Call) -> Answer:
    call.services.batch.start()
    return json_answer(call.services.batch.report(), 202)


def operations() -> list[Operation]:
    """Return these routes."""
    return [
        Operation(
            "GET",
            "/v1/admin/status",
            "status",
            "What waits, and how old the feeds are",
            _status,
            models.Status,
            ADMIN,
            tag="admin",
        ),
        Operation(
            "GET",
            "/v1/admin/timings",
            "timings",
            "How long each stage took",
            _timings,
            models.Timings,
            ADMIN,
            tag="admin",
        ),
        Operation(
            "GET",
            "/v1/admin/broker",
            "broker",
            "What waits at the message broker",
            _broker,
            models.Broker,
            ADMIN,
            tag="admin",
        ),
        Operation(
            "GET",
            "/v1/admin/dead-letters",
            "deadLetters",
            "The oldest messages that could not be used, and why; they stay where they are",
            _dead_letters,
            models.DeadLetters,
            ADMIN,
            models.LimitQuery,
            tag="admin",
            raises=(problems.CONFLICT,),
        ),
        Operation(
            "POST",
            "/v1/admin/dead-letters/replay",
            "replayDeadLetters",
            "Send the oldest dead letters to Jophiel's queue again; what is still malformed comes back",
            _replay_dead_letters,
            models.Replayed,
            ADMIN,
            models.ReplayQuery,
            tag="admin",
            raises=(problems.CONFLICT,),
        ),
        Operation(
            "DELETE",
            "/v1/admin/dead-letters",
            "purgeDeadLetters",
            "Throw all dead letters away",
            _purge_dead_letters,
            models.Purged,
            ADMIN,
            tag="admin",
            raises=(problems.CONFLICT,),
        ),
        Operation(
            "GET",
            "/v1/admin/caches",
            "caches",
            "The cached answers by kind",
            _caches,
            models.Caches,
            ADMIN,
            tag="admin",
        ),
        Operation(
            "DELETE",
            "/v1/admin/caches",
            "clearCaches",
            "Delete cached answers",
            _clear_caches,
            models.Cleared,
            ADMIN,
            models.CacheQuery,
            tag="admin",
        ),
        Operation(
            "GET",
            "/v1/admin/batch",
            "batch",
            "The last cycle of the batch",
            _batch_report,
            models.BatchRun,
            ADMIN,
            tag="admin",
        ),
        Operation(
            "POST",
            "/v1/admin/batch",
            "startBatch",
            "Start a cycle of the batch; it does not train, which takes `jophiel batch run`",
            _start_batch,
            models.BatchRun,
            ADMIN,
            status=202,
            tag="admin",
            raises=(problems.CONFLICT,),
        ),
    ]
