"""The command line. To add a command, add its name and where it is to `COMMANDS` (or to `SUBCOMMANDS` of its group).

A command module is imported when its command is asked for, so that `jophiel db url` pays for no other's imports.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click
import psycopg

from jophiel import __version__
from jophiel.errors import JophielError, from_driver, one_line, without_secrets
from jophiel.logs import configure, get_logger
from jophiel.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

# name: "module:attribute" of a click command. A module that is not there leaves its command out, and no other.
COMMANDS: dict[str, str] = {
    "batch": "jophiel.cli.batch:batch",
    "consume": "jophiel.cli.consume:consume",
    "db": "jophiel.cli.db:db",
    "demo": "jophiel.cli.demo:demo",
    "evaluate": "jophiel.cli.evaluate:evaluate",
    "events": "jophiel.cli.events:events",
    "export": "jophiel.cli.transfer:export_group",
    "feed": "jophiel.cli.feed:feed",
    "import": "jophiel.cli.transfer:import_command",
    "index": "jophiel.cli.index:index",
    "items": "jophiel.cli.items:items",
    "models": "jophiel.cli.models:models",
    "serve": "jophiel.cli.serve:serve",
    "timings": "jophiel.cli.timings:timings",
    "token": "jophiel.cli.token:token",
    "train": "jophiel.cli.models:train",
    "user": "jophiel.cli.user:user",
}


class LazyGroup(click.Group):
    """A group some of whose commands are imported when they are needed."""

    def __init__(self, *arguments: Any, lazy: Mapping[str, str] | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._lazy = dict(lazy or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands that are there."""
        found = [name for name, place in self._lazy.items() if _exists(place)]
        return sorted({*super().list_commands(ctx), *found})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, imported now if it is a lazy one."""
        place = self._lazy.get(cmd_name)
        if place is None or not _exists(place):
            return super().get_command(ctx, cmd_name)
        module, attribute = place.split(":")
        command = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(place)
        return command


class _Root(LazyGroup):
    """The one place where an error becomes a line on stderr and an exit status."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; 1 for what went wrong, 2 (click's own) for wrong usage, never a traceback."""
        try:
            return super().invoke(ctx)
        except JophielError as error:
            _fail(str(error))
        except psycopg.Error as error:
            _fail(str(from_driver(error)))
        except BrokenPipeError:
            # The reader (`| head`) has gone: no error. stdout must not be flushed again at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(0) from None
        except OSError as error:
            _fail(": ".join(str(part) for part in (error.filename, error.strerror or error) if part))
        except (click.ClickException, click.exceptions.Exit, click.Abort, KeyboardInterrupt):
            raise
        except Exception as error:
            if os.environ.get("JOPHIEL_DEBUG"):
                raise
            get_logger("cli").exception("internal error")
            _fail(f"internal error: {type(error).__name__}: {error} (details in the log; JOPHIEL_DEBUG=1 shows them)")


def _fail(message: str) -> NoReturn:
    get_logger("cli").error("%s", message)
    click.echo(f"jophiel: {without_secrets(one_line(message))}", err=True)
    raise SystemExit(1)


def _exists(place: str) -> bool:
    return importlib.util.find_spec(place.partition(":")[0]) is not None


@click.group(cls=_Root, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="jophiel")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Jophiel, a recommender that lives inside PostgreSQL."""
    # Where nobody has configured logging, Python writes it to stderr, which is for our one line.
    logging.getLogger().addHandler(logging.NullHandler())
    settings = Settings.from_environment()
    ctx.obj = settings
    configure(settings)


pass_settings = click.make_pass_decorator(Settings)
