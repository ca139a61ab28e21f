"""`jophiel index`: the cells that make candidates fast."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from jophiel.batch.timings import Run
from jophiel.cli import pass_settings
from jophiel.cli.output import json_option, print_json, print_table
from jophiel.database.connection import connect_installed
from jophiel.database.gateway import Gateway
from jophiel.errors import InputError

if TYPE_CHECKING:
    from jophiel.settings import Settings

_domain_option = click.option("--domain", help="Only this domain; otherwise every one.")


@click.group()
def index() -> None:
    """Build the cells of the catalogue, and measure what they cost in recall."""


@index.command()
@_domain_option
@json_option
@pass_settings
def build(settings: Settings, *, domain: str | None, as_json: bool) -> None:
    """Cut the items of a domain into cells anew."""
    built: list[dict[str, Any]] = []
    with connect_installed(settings) as connection:
        gateway, run = Gateway(connection), Run()
        for name in _domains(gateway, domain):
            began = time.perf_counter()
            with run.stage(f"build cells of {name}") as watch:
                cells = gateway.build_cells(name)
                watch.advance(cells)
            built.append({"domain": name, "cells": cells, "seconds": time.perf_counter() - began})
        run.record(gateway)
    if as_json:
        print_json(built)
        return
    print_table("", ("domain", "cells", "seconds"), [(b["domain"], b["cells"], f"{b['seconds']:.2f}") for b in built])


@index.command()
@_domain_option
@json_option
@pass_settings
def calibrate(settings: Settings, *, domain: str | None, as_json: bool) -> None:
    """Compare answers found through the cells with exact ones: nearest items (recall) and feeds (overlap)."""
    with connect_installed(settings) as connection:
        gateway = Gateway(connection)
        found = {name: gateway.calibrate(name) for name in _domains(gateway, domain)}
    if as_json:
        print_json(found)
        return
    print_table(
        "",
        ("domain", "measure", "users", "mean", "minimum"),
        [(name, row.measure, row.users, row.mean, row.minimum) for name, rows in found.items() for row in rows],
    )


def _domains(gateway: Gateway, wanted: str | None) -> list[str]:
    """Return the domain that is wanted, or all of them. Raises InputError for one that has no items."""
    domains = gateway.domains()
    if wanted is None:
        return domains
    if wanted not in domains:
        raise InputError(
            f'no item is of the domain "{wanted}"', hint=f"There are: {', '.join(domains)[:200] or 'none'}."
        )
    return [wanted]
