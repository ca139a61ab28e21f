"""A package, so that its fixtures end with it and not with the session: Playwright keeps an event loop in this thread."""
