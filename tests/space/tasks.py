"""Tasks that tests make networks for: other sizes, channels and numbers of classes than the digits have."""

from space.layers import Shape
from space.task import DIGITS, Task


def task_of(image: Shape, classes: int) -> Task:
    channels = image[0]
    return Task(
        image=image, class_names=tuple(map(str, range(classes))), mean=(0.5,) * channels, std=(0.2,) * channels
    )


COLOUR, SMALL, OBLONG = task_of((3, 32, 32), 10), task_of((1, 12, 12), 3), task_of((3, 40, 24), 5)
LARGE = task_of((3, 64, 64), 100)
TASKS = [DIGITS, COLOUR, SMALL, LARGE, OBLONG]


def name(task: Task) -> str:
    return f"{'x'.join(map(str, task.image))}/{task.classes}"
