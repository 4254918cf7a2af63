"""Writes a search into the logs of other tools while it runs: a run for each trial that trains."""
