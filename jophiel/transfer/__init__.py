"""Data in and out: files read, staged and moved into the tables; feeds written to files."""
