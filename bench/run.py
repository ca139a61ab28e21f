"""Runs the benchmarks: python -m bench.run --help."""

from __future__ import annotations

import importlib
from pathlib import Path

import click

from bench import report
from bench.databases import server

FULL = (10_000, 100_000, 1_000_000)
RESULTS = Path(__file__).parent / "results"


@click.command()
@click.option("--only", multiple=True, type=click.Choice(report.BENCHMARKS), help="These benchmarks; default: all.")
@click.option("--items", multiple=True, type=int, help="Sizes of the catalogue; default: 10,000 and 100,000.")
@click.option("--full", is_flag=True, help="1,000,000 items as well.")
def main(only: tuple[str, ...], items: tuple[int, ...], full: bool) -> None:
    """Measure, print a table, and write bench/results/latest.json and latest.md."""
    sizes = items or (FULL if full else FULL[:2])
    rows: list[report.Row] = []
    with server() as url:
        for name in only or report.BENCHMARKS:
            click.echo(f"{name} ...")
            module = importlib.import_module(f"bench.{name}")
            for row in module.run(url, sizes):
                click.echo("  " + "  ".join(row.cells()))
                rows.append(row)
                report.write(rows, RESULTS)
    report.show(rows)


if __name__ == "__main__":
    main()
