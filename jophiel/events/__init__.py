"""Events in: from the broker to `jophiel.ingest_events`. To the API this package is a stranger, and the API to it."""
