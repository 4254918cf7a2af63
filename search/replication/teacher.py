"""Train the teacher, where designs are to learn from one, on the images that they train on."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from search.errors import UserError
from search.replication.seeds import SeedRuns, Task
from search.workers.stopping import Stop
from search.workers.workplace import Workplace
from space.known.teacher import teacher_of


def with_teacher(workplace: Workplace, runs: Path, *, stop: Stop, say: Callable[[str], None]) -> Workplace | None:
    """Give the workplace the teacher's weights, trained now unless they are stored below the folder `runs`.

    None stands for an end that `stop` asked for, after which the next call goes on.

    Raises:
        UserError: It cannot be trained or stored.
    """
    source = workplace.source
    images, key = ("all", source.key) if workplace.whole else (f"split-{workplace.seed}", source.split_key)
    folder = runs / ".teachers" / f"{key}-{workplace.precision}-{images}"
    training = SeedRuns(folder, replace(workplace, teacher=None), workers=1, stop=stop, say=say)
    teacher = teacher_of(source.task.image, source.task.classes)
    task = Task(teacher, workplace.seed, "the teacher")
    if not training.trained(task):
        say(f"training the teacher, {teacher.architecture.parameters:,} parameters; it is kept in {folder}")
    done = training.train([task])
    if stop.requested:
        return None
    if done[0].diverged:
        raise UserError(f"the teacher cannot be trained: {done[0].diverged}")
    return replace(workplace, teacher=training.weights(task))
