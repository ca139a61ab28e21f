"""Sample data with planted tastes: an audio library and people who like parts of it."""
