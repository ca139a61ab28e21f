"""`jophiel evaluate`: whether feeds are better than simpler ones."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jophiel.cli import pass_settings
from jophiel.cli.output import json_option, print_json, print_table
from jophiel.cli.ranges import Between
from jophiel.database.connection import connect_installed, database_url
from jophiel.database.evaluating import EvaluationGateway
from jophiel.database.scratch import scratch_database
from jophiel.errors import JophielError, ModelRefusedError
from jophiel.transfer.imports import import_files
from jophiel.transfer.staging import INTERACTIONS, ITEMS

if TYPE_CHECKING:
    import psycopg

    from jophiel.models.judgement import Judgement, Quality
    from jophiel.settings import Settings

_FILE = click.Path(path_type=Path)


@click.command()
@click.option(
    "--split",
    type=click.Choice(["temporal", "leave-one-out", "k-shot"]),
    default="temporal",
    show_default=True,
    help="What is held out: the newest part, everybody's newest, or all but everybody's oldest few.",
)
@click.option(
    "--share",
    type=Between(0.01, 0.9),
    default=0.2,
    show_default=True,
    help="Of the log, if temporal.",
)
@click.option(
    "--shots", type=click.IntRange(1, 1000), default=5, show_default=True, help="Events learnt from, if k-shot."
)
@click.option("--users", type=click.IntRange(1), default=2000, show_default=True, help="Users of the test at most.")
@click.option("--model", metavar="NAME", help="What to fit, where validation is not to choose.")
@click.option("--dimensions", type=click.IntRange(1, 512), default=64, show_default=True, help="Length of vectors.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed, the same figures.")
@click.option("--items", type=_FILE, help="Evaluate on files instead of the database's own log: the catalogue,")
@click.option("--interactions", type=_FILE, help="and what users did, as `jophiel import` takes them.")
@click.option("--fail-if-worse", is_flag=True, help="Exit with 1 where the feeds are worse than simpler ones.")
@json_option
@pass_settings
def evaluate(
    settings: Settings,
    /,
    *,
    items: Path | None,
    interactions: Path | None,
    fail_if_worse: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Compare the feeds that would be made with what users did afterwards.

    Trains on one part of the log and compares feeds with the other: the default policy's (hybrid), popularity, content
    alone, collaborative alone, and the model that is in use. All of it in a database of its own on the same server,
    which is dropped at the end; what is served is not touched. What was found of the database's own log is kept: the
    page shows it, and so does GET /v1/evaluations.
    """
    from jophiel.models import evaluation  # noqa: PLC0415 - numpy and scipy, which no other command waits for

    def tell(step: str) -> None:
        click.echo(f"{step} ...", err=True)

    if (items is None) != (interactions is None):
        raise click.UsageError("--items and --interactions go together.")
    with ExitStack() as stack:
        if items is not None and interactions is not None:
            source = stack.enter_context(scratch_database(database_url(settings)))
            import_files(source, {ITEMS: items, INTERACTIONS: interactions}, skip_bad=False)
        else:
            source = stack.enter_context(connect_installed(settings, application_name="jophiel evaluate"))
        scratch = stack.enter_context(scratch_database(database_url(settings)))
        judgement = evaluation.evaluate(source, scratch, evaluation.Options(**options), tell=tell)
        if as_json:
            print_json(judgement.document())
        else:
            _print(judgement, is_named=options["model"] is not None)
        if items is None:
            _keep(source, options, judgement)
    if fail_if_worse and judgement.worse_than:
        raise ModelRefusedError(f"the feeds are worse than {', '.join(judgement.worse_than)}", hint="")


def _keep(source: psycopg.Connection[Any], options: dict[str, Any], judgement: Judgement) -> None:
    """Store it for the page; what was found has been said, and stays true where nothing may be written."""
    try:
        EvaluationGateway(source).keep(options, judgement.document())
    except JophielError as error:
        click.echo(f"jophiel: it is not kept: {error.message}", err=True)


def _mean(quality: Quality, history: str) -> float | None:
    found = quality.by_history[history].get("ndcg")
    return None if found is None else float(found.mean)


def _print(found: Judgement, *, is_named: bool) -> None:
    click.echo(
        f"{found.model}, {found.split}: {found.users} users, {found.train_events} events learnt from, "
        f"{found.test_events} to foretell, {found.items} items; 95 % intervals"
    )
    if not is_named:
        click.echo(
            f"{found.model} was chosen anew on the events learnt from; "
            "the model in use (jophiel models list) may be another."
        )
    print_table(
        "",
        ("feeds", "NDCG@10", "low", "high", "recall@20", "hit rate@10", "MRR@20", "coverage", "novelty", "diversity",
         "gini"),
        [
            (
                name, q.ndcg.mean, q.ndcg.low, q.ndcg.high, q.recall.mean, q.hit_rate.mean, q.mrr.mean, q.coverage,
                q.novelty, q.diversity, q.gini,
            )
            for name, q in found.qualities.items()
        ],
    )  # fmt: skip
    print_table(
        "",
        ("hybrid against", "NDCG@10", "low", "high", "recall@20", "low", "high", "hybrid is"),
        [
            (name, d.ndcg.mean, d.ndcg.low, d.ndcg.high, d.recall.mean, d.recall.low, d.recall.high, d.verdict)
            for name, d in found.differences.items()
        ],
    )
    print_table(
        "",
        ("users with events", "users", *found.qualities),
        [
            (name, first["users"], *(_mean(q, name) for q in found.qualities.values()))
            for name, first in next(iter(found.qualities.values())).by_history.items()
        ],
    )
