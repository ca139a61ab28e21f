"""Collaborative models: read the log, fit, validate, write vectors and neighbours for the SQL to search and score."""
