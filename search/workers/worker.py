"""A worker process: trains what it is sent and yields a score after each epoch, as long as it is asked."""

import contextlib
import sys
import traceback
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from search.workers.messages import Ended, Job, Noted, Ready, Rest, Scored, Trained, Uncompiled, Unwritable
from search.workers.stopping import end_with_parent
from search.workers.workplace import Workplace
from space.known.teacher import teacher_of
from space.task import Task

if TYPE_CHECKING:
    from train.model import Network

_REST_SECONDS = 60.0
_CLOSED = (EOFError, BrokenPipeError, ConnectionResetError)


def serve(connection: Connection, workplace: Workplace) -> None:
    """Train the jobs that come through `connection` until it closes.

    A worker that is told to `Rest` lets go of its images and waits for another workplace, not for long.
    """
    end_with_parent()
    bench: Workbench | None = Workbench(workplace)
    with contextlib.suppress(*_CLOSED):
        connection.send(Ready())
        while bench or connection.poll(_REST_SECONDS):
            message = connection.recv()
            if isinstance(message, Rest):
                bench = None
            elif isinstance(message, Workplace):
                bench = Workbench(message)
                connection.send(Ready())
            elif bench:
                _train(bench, message, connection)


def _train(bench: "Workbench", job: Job, connection: Connection) -> None:
    for event in bench.train(job):
        connection.send(event)
        if isinstance(event, Scored) and event.score.epoch < job.epochs and connection.recv() != "next":
            break


class Workbench:
    """A process that is made ready to train, with the images that all trials train on."""

    def __init__(self, workplace: Workplace) -> None:
        from train.data.split import split, whole
        from train.fast import process

        process.prepare()
        self.workplace = workplace
        source = workplace.source
        data = whole(source, tests=workplace.tests) if workplace.whole else split(source, seed=workplace.seed)
        self.data = data.to(workplace.device)
        self.teacher = None
        if workplace.teacher:
            self.teacher = read_teacher(workplace.teacher, workplace.source.task).to(workplace.device)

    def train(self, job: Job) -> Iterator[Scored | Noted | Trained | Ended | Unwritable | Uncompiled]:
        """Train as far as it is asked for; yield a score after each epoch, and what became of it at the end."""
        from train.fast import process
        from train.fast.uncompiled import CannotCompile
        from train.files.checkpoints import Checkpoints
        from train.files.weights import as_bytes
        from train.model import build
        from train.scores import Diverged

        workplace, source, notes = self.workplace, self.workplace.source, []
        checkpoints = Checkpoints(
            job.checkpoints,
            identity={
                "design": job.design.fingerprint,
                "data": f"{source.key}, all training images" if workplace.whole else source.split_key,
                "seeds": [workplace.seed, job.seed],
                "device": workplace.device,
                "precision": workplace.precision,
            },
            warn=notes.append,
        )
        try:
            from train.fast.ready import make_ready  # which looks for a place of compiled code when it is loaded
            from train.loop import train

            if workplace.device == "cpu":
                yield from (Noted(job.trial, line) for line in make_ready(workplace.precision))
            model = build(job.design.architecture, seed=job.seed).to(workplace.device)
            recipe = job.design.recipe
            scores = train(
                model, recipe, self.data, seed=job.seed, precision=workplace.precision, checkpoints=checkpoints,
                teacher=self.teacher,
            )  # fmt: skip
            for score in scores:
                yield from (Noted(job.trial, note) for note in notes)
                notes.clear()
                yield Scored(job.trial, score, again=not checkpoints.wrote)
            yield Trained(job.trial, as_bytes(model.state_dict(), {"notation": job.design.architecture.notation}))
        except Diverged as error:
            yield Ended(job.trial, True, str(error))
        except CannotCompile as error:
            yield Uncompiled(job.trial, str(error))
        except OSError as error:
            yield Unwritable(job.trial, f"{error.filename or job.checkpoints}: {error.strerror or error}")
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            yield Ended(job.trial, False, f"{type(error).__name__}: {error}")
        finally:
            process.tidy()


def read_teacher(weights: bytes, task: Task) -> "Network":
    """Build the task's teacher from what a safetensors file of its weights has."""
    from train.files.weights import from_bytes
    from train.model import build

    model = build(teacher_of(task.image, task.classes).architecture)
    model.load_state_dict(from_bytes(weights))
    return model
