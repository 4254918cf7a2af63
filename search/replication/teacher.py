"""Train the teacher, where designs are to learn from one, on the images that they train on."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from results.findings.confirmation import SeedRun
from search.errors import UserError
from search.replication.seeds import SeedRuns, Task
from search.study.locks import Taken, is_taken
from search.workers.stopping import Stop
from search.workers.workplace import Workplace
from space.choices.augment_sets import Augment
from space.known.teacher import teacher_of

_TICK = 0.2  # seconds between two looks at whether another process has trained it


def with_teacher(
    workplace: Workplace, runs: Path, *, augment: Augment | None, stop: Stop, say: Callable[[str], None]
) -> Workplace | None:
    """Give the workplace the teacher's weights, trained now unless they are stored below the folder `runs`.

    augment: The set of augmentations of the study whose designs learn from it; None is the one that suits the images.

    Where another process trains it, this one waits for that. None stands for an end that `stop` asked for, after
    which the next call goes on.

    Raises:
        UserError: It cannot be trained or stored.
    """
    source = workplace.source
    images, key = ("all", source.key) if workplace.whole else (f"split-{workplace.seed}", source.split_key)
    folder = runs / ".teachers" / f"{key}-{workplace.precision}-{images}"
    training = SeedRuns(folder, replace(workplace, teacher=None), workers=1, stop=stop, say=say)
    teacher = teacher_of(source.task.image, source.task.classes, augment)
    task = Task(teacher, workplace.seed, "the teacher")
    done = _trained(training, task)
    if stop.requested:
        return None
    if done[0].diverged:
        raise UserError(f"the teacher cannot be trained: {done[0].diverged}")
    return replace(workplace, teacher=training.weights(task))


def _trained(training: SeedRuns, task: Task) -> list[SeedRun]:
    """Train the teacher, or wait until another process has; say once which of both. Return no run where one asks
    to stop meanwhile."""
    said = set()

    def say_once(line: str) -> None:
        if line not in said:
            said.add(line)
            training.say(line)

    while True:
        if not training.trained(task) and not is_taken(training.folder):
            parameters = task.design.architecture.parameters
            say_once(f"training the teacher, {parameters:,} parameters; it is kept in {training.folder}")
        try:
            return training.train([task])
        except Taken as error:
            say_once(f"waiting for {error.owner}, which trains the teacher")
        if training.stop.requested:
            return []
        time.sleep(_TICK)
