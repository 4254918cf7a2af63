"""Say how far a command came that somebody asked to end."""

from results.wording.counted import counted
from search.commands.columns import tell
from search.commands.signals import exit_code
from search.replication.replication import Interrupted
from search.workers.stopping import Stop


def interrupted(end: Interrupted, stop: Stop, *, training: str) -> int:
    """Print what is done, with people's word for a `training`, and return the exit code."""
    tell(f"{end.done} of {counted(end.trainings, training)} done; the same command goes on", beside=True)
    return exit_code(stop)
