"""A worker process: trains what it is sent and yields a score after each epoch, as long as it is asked."""

import contextlib
import ctypes
import signal
import sys
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Literal

from search.messages import Ended, Job, Noted, Scored, Trained
from train.data import Source
from train.device import Precision
from train.scores import Diverged

if TYPE_CHECKING:
    from train.data import Split

_CLOSED = (EOFError, BrokenPipeError, ConnectionResetError)


@dataclass(frozen=True, kw_only=True, slots=True)
class Workplace:
    """What all trials of a search have in common. seed: of the split."""

    source: Source
    seed: int
    device: Literal["cpu", "cuda"]
    precision: Precision


def serve(connection: Connection, place: Workplace) -> None:
    """Trains the jobs that come through `connection` until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the coordinator ends us
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _die_with_parent()
    from train import process
    from train.data import load_training, split

    process.prepare()
    data = split(load_training(place.source), seed=place.seed, source=place.source).to(place.device)
    with contextlib.suppress(*_CLOSED):
        while True:
            _train(connection, connection.recv(), place, data)
            process.tidy()


def _train(connection: Connection, job: Job, place: Workplace, data: "Split") -> None:
    from train.checkpoint import Checkpoints
    from train.loop import train
    from train.model import build
    from train.weights import save

    try:
        checkpoints = Checkpoints(
            job.checkpoints,
            identity={
                "design": job.design.fingerprint,
                "data": place.source.name,
                "seeds": [place.seed, job.seed],
                "device": place.device,
                "precision": place.precision,
            },
            warn=lambda text: connection.send(Noted(job.trial, text)),
        )
        model = build(job.design.architecture, seed=job.seed).to(place.device)
        last = job.design.recipe.epochs
        for score in train(
            model, job.design.recipe, data, seed=job.seed, precision=place.precision, checkpoints=checkpoints
        ):
            if score.epoch == last:
                save(model, job.weights, {"notation": job.design.architecture.notation})
            connection.send(Scored(job.trial, score))
            if score.epoch < last and connection.recv() != "next":
                return
        connection.send(Trained(job.trial))
    except _CLOSED:
        raise
    except Diverged as error:
        connection.send(Ended(job.trial, True, str(error)))
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        connection.send(Ended(job.trial, False, f"{type(error).__name__}: {error}"))


def _die_with_parent() -> None:
    """On Linux, have the kernel kill this process when the coordinator is gone, however it went."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
