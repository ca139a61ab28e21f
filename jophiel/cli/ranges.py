"""What options take."""

from __future__ import annotations

import math
from typing import Any

import click


class Between(click.FloatRange):
    """A number in a range. NaN is in none, though no comparison tells."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number; fails as any option does."""
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is not a number.", param, ctx)
        return number
