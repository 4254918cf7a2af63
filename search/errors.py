"""Errors that a caller can put right; every message is one line that says what must hold, what came and what to do.

A message names a field of the caller's as Python has it, in backticks: "`trials` must be at least 1, not 0", and what
to call with parentheses: "`run()` begins one". `search.commands` turns a field into its option and a call into its
command; `search.api` turns both into what a caller in Python has.
"""

CALLS = frozenset({"run", "table", "list"})  # that messages say to call; other words in backticks are somebody else's


class UserError(ValueError):
    """What was asked for cannot be done as it was asked."""


class Unopened(UserError):
    """The database of a study cannot be opened, nor any other of the same server."""


class Claimed(UserError):
    """A study that takes one search at a time is being searched by another process."""


class StorageAway(RuntimeError):
    """The study's database cannot be used, and waiting did not help or cannot."""
