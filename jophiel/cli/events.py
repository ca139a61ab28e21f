"""`jophiel events`: publish, look at the queues, deal with dead letters, act the contract out."""

from __future__ import annotations

import os
import select
import signal
from typing import TYPE_CHECKING, BinaryIO

import click

from jophiel.cli import pass_settings
from jophiel.cli.output import json_option, print_json, print_table
from jophiel.cli.progress import bars
from jophiel.database.connection import connect_installed
from jophiel.database.gateway import Gateway
from jophiel.errors import InputError
from jophiel.events import dead_letters as letters
from jophiel.events import messages, topology
from jophiel.events.broker import connect
from jophiel.events.publisher import Publisher
from jophiel.events.scenarios import Stage
from jophiel.events.simulation import like

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jophiel.events.messages import Outgoing
    from jophiel.settings import Settings

_SHOWN_FAULTS = 20
_READ_BYTES = 64 * 1024
_COMMAND = "jophiel events"


@click.group()
def events() -> None:
    """Events from and to the broker."""


@events.command()
@click.argument("file", type=click.File("rb"))
@click.option("--routing-key", metavar="KEY", help="Send every line as it is under this key; default: its event_name.")
@json_option
@pass_settings
def publish(settings: Settings, file: BinaryIO, *, routing_key: str | None, as_json: bool) -> None:
    """Publish a file of events, one JSON object a line (- for stdin), and wait until the broker has confirmed them.

    Lines of a pipe are sent as they come. Interrupted, it says how many were confirmed.

    A line without an event_name is left out; 1 is returned where there was one, or one that no queue is bound to.
    """
    with connect(settings, _COMMAND) as connection:
        topology.declare(connection, settings.broker)
    faults: list[str] = []
    publisher = Publisher(settings, settings.broker.exchange, waiting=_waiting)
    size = _size(file)
    source = _arriving(file) if size is None else file
    lines = _lines(_plain(source) if routing_key is None else source, routing_key, faults)
    interrupted = False
    with bars(counted=False) as bar:
        try:
            publisher.publish(lines, lambda _: bar("events", file.tell() if size else 0, size))
        except KeyboardInterrupt:
            interrupted = True
    published = publisher.result
    arrived = published.confirmed - published.unroutable
    if as_json:
        print_json({"published": arrived, "unroutable": published.unroutable, "refused": len(faults)})
    else:
        click.echo(f"{arrived:,} published")
    for fault in faults[:_SHOWN_FAULTS]:
        click.echo(fault, err=True)
    for message in published.returned:
        click.echo(f"line {message.line}: no queue takes {message.routing_key}", err=True)
    if interrupted:
        raise click.Abort
    if faults or published.unroutable:
        raise InputError(
            f"{_count(len(faults), 'line')} refused, {_count(published.unroutable, 'event')} without a queue to go to",
            hint="JOPHIEL_BINDINGS says what the queue takes." if published.unroutable else None,
        )


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _waiting(words: str) -> None:
    click.echo(f"jophiel: {words}", err=True)


def _arriving(file: BinaryIO) -> Iterator[bytes | None]:
    """Yield the lines of a pipe as they come, None where there is none yet."""
    rest = b""
    while True:
        if not select.select([file.fileno()], [], [], 0)[0]:
            yield None
        elif chunk := os.read(file.fileno(), _READ_BYTES):
            *lines, rest = (rest + chunk).split(b"\n")
            yield from lines
        else:
            break
    yield rest


def _plain(lines: Iterable[bytes | None]) -> Iterator[bytes | None]:
    """Yield lines without the mark some editors put first. Raises InputError where they are no NDJSON."""
    first = True
    for line in lines:
        yield _checked(line) if first and line is not None else line
        first = first and line is None


def _checked(first: bytes) -> bytes:
    first = first.removeprefix(b"\xef\xbb\xbf")
    if first.startswith(b"\x1f\x8b"):
        raise InputError("the file is compressed", hint="gunzip -c FILE | jophiel events publish -")
    if first.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError("the file is not UTF-8", hint="iconv -f UTF-16 -t UTF-8 FILE | jophiel events publish -")
    if first.lstrip().startswith(b"["):
        raise InputError(
            "the file is a JSON array, not an object a line", hint="jq -c '.[]' FILE | jophiel events publish -"
        )
    return first


@events.command()
@json_option
@pass_settings
def status(settings: Settings, *, as_json: bool) -> None:
    """Show what waits in the queues, and who consumes."""
    with connect(settings, _COMMAND) as connection:
        names = (settings.broker.queue, settings.broker.dead_letter_queue)
        found = [topology.depth(connection, name) for name in names]
    if as_json:
        print_json({"queue": found[0], "dead_letters": found[1]})
        return
    print_table("", ("queue", "waiting", "consumers"), [(row.queue, row.ready, row.consumers) for row in found])
    for row in found:
        if row.ready is None:
            click.echo(f"the queue {row.queue} does not exist yet: jophiel consume makes it")


@events.command()
@json_option
@pass_settings
def scenarios(settings: Settings, *, as_json: bool) -> None:
    """Act out every event of the contract, and look up what came of it; 1 is returned where something else did.

    Through the broker where JOPHIEL_AMQP_URL is set, so that a `jophiel consume` must be running; otherwise straight
    into the database. The users and samples are of its own, and forgotten at the end, with those of runs that were
    killed.
    """
    if settings.broker.url:
        _require_consumer(settings)
    # So that it cleans up: as it does when interrupted.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with connect_installed(settings, application_name=_COMMAND) as database, bars() as bar:
        stage = Stage(settings, Gateway(database))
        reports = stage.act(bar)
    if as_json:
        print_json(reports)
    else:
        print_table(
            "",
            ("scenario", "expected", "ms", ""),
            [(r.scenario, r.expected, round(1000 * r.seconds), "ok" if r.passed else "otherwise") for r in reports],
        )
        # Below it, as it is long.
        for report in reports:
            if not report.passed:
                click.echo(f"{report.scenario}: expected: {report.expected}; found:")
                click.echo("".join(f"  {line}\n" for line in report.found), nl=False)
    failed = sum(not report.passed for report in reports)
    if len(reports) < len(stage):
        raise InputError(
            f'"{reports[-1].scenario}" did not come about in {reports[-1].seconds:.0f} s; '
            f"{len(stage) - len(reports)} other scenarios were not tried",
            hint="What was found is above. Is the queue long (jophiel events status), was the event refused "
            "(jophiel events dead-letters list), does jophiel consume write to this database?",
        )
    if failed:
        raise InputError(f"{failed} of {len(reports)} scenarios went otherwise")


def _require_consumer(settings: Settings) -> None:
    with connect(settings, _COMMAND) as connection:
        topology.declare(connection, settings.broker)
        if not topology.depth(connection, settings.broker.queue).consumers:
            raise InputError(
                f"nobody consumes the queue {settings.broker.queue}",
                hint="Start jophiel consume, or unset JOPHIEL_AMQP_URL to go straight into the database.",
            )


@events.command("simulate-like")
@click.option("--user", required=True, help="Who likes.")
@click.option("--item", help="What; default: the first of the feed.")
@click.option("--feed", default="main", show_default=True, help="The feed to watch.")
@json_option
@pass_settings
def simulate_like(settings: Settings, *, user: str, item: str | None, feed: str, as_json: bool) -> None:
    """Send a like, and show how the feed changes and after how many milliseconds. The like stays."""
    with connect_installed(settings, application_name=_COMMAND) as database:
        change = like(settings, Gateway(database), user=user, item=item, feed=feed, waiting=_waiting)
    if as_json:
        print_json(change)
        return
    click.echo(f"{user} likes {change.item}: {change.title}")
    click.echo(f"visible after {change.milliseconds:.1f} ms; {len(change.moved)} others of the first 20 have moved")
    for words, rows in (("left", change.left), ("entered", change.entered)):
        for row in rows:
            click.echo(f"  {words:<8} {row.item_id:>12}  {row.title}")


@events.group("dead-letters")
def dead_letters() -> None:
    """Messages that could not be used."""


_limit_option = click.option("--limit", type=click.IntRange(min=1), help="The oldest so many; default: all.")


@dead_letters.command("list")
@_limit_option
@json_option
@pass_settings
def list_command(settings: Settings, *, limit: int | None, as_json: bool) -> None:
    """Show the dead letters and why they are dead; they stay where they are."""
    with connect(settings, _COMMAND) as connection:
        topology.declare(connection, settings.broker)
        found = letters.find(connection, settings.broker, limit)
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo("no dead letters")
        return
    print_table(
        "",
        ("when", "routing key", "event", "reason"),
        [(letter.dead_lettered_at, letter.routing_key, letter.event_id, letter.reason) for letter in found],
    )


@dead_letters.command()
@_limit_option
@json_option
@pass_settings
def replay(settings: Settings, *, limit: int | None, as_json: bool) -> None:
    """Send dead letters to Jophiel's queue again; what is still malformed comes back."""
    with connect(settings, _COMMAND) as connection, bars() as bar:
        topology.declare(connection, settings.broker)
        count = letters.replay(connection, settings, limit, lambda done: bar("replayed", done, None))
    _print_count("replayed", count, as_json=as_json)


@dead_letters.command()
@click.confirmation_option(prompt="Throw all dead letters away?")
@json_option
@pass_settings
def purge(settings: Settings, *, as_json: bool) -> None:
    """Throw all dead letters away."""
    with connect(settings, _COMMAND) as connection:
        topology.declare(connection, settings.broker)
        count = letters.purge(connection, settings.broker)
    _print_count("purged", count, as_json=as_json)


def _print_count(what: str, count: int, *, as_json: bool) -> None:
    if as_json:
        print_json({what: count})
    else:
        click.echo(f"{count:,} {what}")


def _lines(file: Iterable[bytes | None], routing_key: str | None, faults: list[str]) -> Iterator[Outgoing | None]:
    number = 0
    for line in file:
        if line is None:
            yield None
            continue
        number += 1
        if not line.strip():
            continue
        try:
            yield messages.outgoing(line.strip(), routing_key, number)
        except ValueError as error:
            faults.append(f"line {number}: {error}")


def _size(file: BinaryIO) -> int | None:
    """Return the bytes of a file, None where it is a pipe."""
    try:
        return os.fstat(file.fileno()).st_size if file.seekable() else None
    except OSError:
        return None
