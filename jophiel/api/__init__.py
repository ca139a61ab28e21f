"""The HTTP API: a Starlette application over the functions `jophiel.api_*`."""
