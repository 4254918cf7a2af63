"""Say how far a command came that somebody asked to end."""

import sys

from search.commands.signals import exit_code
from search.replication.replication import Interrupted
from search.workers.stopping import Stop


def interrupted(end: Interrupted, stop: Stop, *, trainings: str) -> int:
    """Print what is done, with people's word for `trainings`, and return the exit code."""
    print(f"{end.done} of {end.trainings} {trainings} are done; the same command goes on", file=sys.stderr)
    return exit_code(stop)
