"""`jophiel train` and `jophiel models`: what feeds learn from what everybody did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from jophiel.cli import pass_settings
from jophiel.cli.output import json_option, print_json, print_table
from jophiel.database.connection import connect_installed, database_url
from jophiel.database.modelling import ModelGateway
from jophiel.database.scratch import scratch_database

if TYPE_CHECKING:
    from uuid import UUID

    from jophiel.settings import Settings


@click.command()
@click.option(
    "--model",
    metavar="NAME",
    help="What to fit, where validation is not to choose: svd, neighbours, ease, als, bpr, or two of them: svd+ease.",
)
@click.option(
    "--dimensions", type=click.IntRange(1, 512), default=64, show_default=True, help="Length of the vectors at most."
)
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed, the same model.")
@click.option("--force", is_flag=True, help="Use the model even where validation says that it is worse.")
@click.option(
    "--evaluate",
    "evaluates",
    is_flag=True,
    help="Evaluate first, as `jophiel evaluate` does, and use the model only if its feeds are not worse than simpler "
    "ones or those of the model in use.",
)
@json_option
@pass_settings
def train(
    settings: Settings, *, model: str | None, dimensions: int, seed: int, force: bool, evaluates: bool, as_json: bool
) -> None:
    """Learn from what everybody did, and put the result into use.

    Feeds are served all the while; the next `jophiel batch run` makes them anew. Killed, it leaves the model in use
    alone.
    """
    from jophiel.models.training import train as run  # noqa: PLC0415 - numpy and scipy, which no other command waits for

    def tell(step: str) -> None:
        click.echo(f"{step} ...", err=True)

    def judge() -> str | None:
        from jophiel.models.evaluation import Options, verdict  # noqa: PLC0415

        with scratch_database(database_url(settings)) as scratch:
            return verdict(connection, scratch, Options(model=model, dimensions=dimensions, seed=seed), tell=tell)

    with connect_installed(settings, application_name="jophiel train") as connection:
        trained = run(
            connection,
            model=model,
            dimensions=dimensions,
            seed=seed,
            force=force,
            judge=judge if evaluates else None,
            tell=tell,
        )
    if as_json:
        print_json(trained)
        return
    click.echo(
        f"{trained.name} of {trained.interactions} interactions ({trained.users} users, {trained.items} items) "
        f"is in use after {trained.seconds:.1f} s as {trained.model_id}; next: jophiel batch run"
    )


@click.group()
def models() -> None:
    """Look at trained models, and choose which one is in use."""


@models.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Models.")
@json_option
@pass_settings
def list_models(settings: Settings, *, limit: int, as_json: bool) -> None:
    """Show the newest models, and what became of them."""
    with connect_installed(settings) as connection:
        found = ModelGateway(connection).models(limit)
    if as_json:
        print_json({"models": found})
        return
    print_table(
        "",
        ("model", "name", "state", "begun", "interactions", "fit s"),
        [
            (
                row.model_id, row.name, row.state, f"{row.created_at:%Y-%m-%d %H:%M}", row.interactions,
                None if row.fit_seconds is None else f"{row.fit_seconds:.1f}",
            )
            for row in found
        ],
    )  # fmt: skip
    # Below it, as they are of any length.
    for row in found:
        if row.error:
            click.echo(f"{row.model_id} failed: {row.error}")


@models.command()
@click.argument("model_id", metavar="ID", type=click.UUID)
@click.option("--force", is_flag=True, help="Use it even where training found it worse than what is in use.")
@pass_settings
def activate(settings: Settings, *, model_id: UUID, force: bool) -> None:
    """Put a model into use that is ready or was in use before."""
    with connect_installed(settings) as connection:
        offered = ModelGateway(connection).activate_model(model_id, force=force)
    if offered is None:
        click.echo("it is in use already")
    else:
        click.echo(f"{offered} items are offered with it; next: jophiel batch run")


@models.command()
@pass_settings
def rollback(settings: Settings) -> None:
    """Go back to the model that was in use before; from the first one, to none."""
    with connect_installed(settings) as connection:
        found = ModelGateway(connection).rollback_model()
    click.echo(f"{found or 'no model'} is in use; next: jophiel batch run")
