"""Texts as vectors: a local model, an endpoint, and what brings their vectors into the catalogue."""
