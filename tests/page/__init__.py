"""A package, so that its fixtures end with it: while Playwright runs, this thread has an event loop."""
