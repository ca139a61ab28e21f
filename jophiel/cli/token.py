"""`jophiel token`: a token for development."""

from __future__ import annotations

import click

from jophiel.api.authentication import SCOPES, issue_token
from jophiel.api.settings import ApiSettings
from jophiel.errors import InputError


@click.command()
@click.option("--user", metavar="ID", help="The user that the token is bound to.")
@click.option("--service", is_flag=True, help="A service's token, which may name any user.")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES), help="Default: feed:read.")
@click.option(
    "--seconds", type=click.IntRange(1, 31_536_000), default=3600, show_default=True, help="Until it expires."
)
def token(*, user: str | None, service: bool, scopes: tuple[str, ...], seconds: int) -> None:
    """Print a token signed with JOPHIEL_JWT_SECRET, for the header Authorization: Bearer."""
    if (user is None) != service:
        raise InputError("a token is a user's or a service's", hint="Give --user ID or --service.")
    settings = ApiSettings.from_environment()
    click.echo(issue_token(settings, user=user, scopes=scopes or ("feed:read",), seconds=seconds))
