"""`GivenUp`: trials that are another coordinator's by now, and that workers here are still at."""

from search.workers.executor import Executor
from search.workers.messages import Event, Noted, Scored


class GivenUp:
    """The trials whose workers have not been told yet that nobody here waits for them."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._epochs: dict[int, int] = {}  # of the training that the worker is in

    def __contains__(self, trial: int) -> bool:
        return trial in self._epochs

    def add(self, trial: int, *, epochs: int) -> None:
        """Wait for the next event of a trial that is in a training of so many epochs."""
        self._epochs[trial] = epochs

    def let_go(self, event: Event) -> None:
        """End what a worker does for the trial. It listens after each epoch but the last, after which its end follows
        by itself."""
        epochs = self._epochs[event.trial]
        if isinstance(event, Noted) or (isinstance(event, Scored) and event.score.epoch == epochs):
            return
        del self._epochs[event.trial]
        if isinstance(event, Scored):
            self._executor.stop(event.trial)
