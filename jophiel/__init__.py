"""Jophiel: a recommender that lives inside PostgreSQL."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("jophiel")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0.0.0"

__all__ = ["__version__"]
