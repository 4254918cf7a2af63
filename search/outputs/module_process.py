"""A network's module, exported in a process of its own."""

import multiprocessing
import traceback
from multiprocessing.connection import Connection
from pathlib import Path

from search.errors import UserError
from search.study.designs import NamedDesign
from search.workers.starting import start
from search.workers.stopping import end_with_parent
from train.data.bad_data import BadData


class ExportFailed(RuntimeError):
    """No module was made; the message says why, in one line or as a traceback."""


def module_from_process(found: NamedDesign) -> bytes:
    """Exports the module of a trial as `export` does, and returns it.

    It takes seconds and loads torch and the images, which stay in the process that is started for it; that one ends
    with ours.

    Raises:
        ExportFailed: It could not be made.
    """
    context = multiprocessing.get_context("spawn")
    answers, ours = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(found, ours), name="thimble-export", daemon=True)
    start(process)
    ours.close()  # so that the end of the process is the end of the answers
    try:
        with answers:
            module, failure = answers.recv()
    except EOFError:
        module, failure = b"", ""
    process.join()
    if not module:
        raise ExportFailed(failure or f"the process that exports ended with code {process.exitcode}")
    return module


def _answer(found: NamedDesign, answers: Connection) -> None:
    """Sends the module, or else why there is none."""
    end_with_parent()
    try:
        answers.send((_module(found), ""))
    except (UserError, BadData) as error:
        answers.send((b"", f"error: {error}"))
    except Exception:
        answers.send((b"", traceback.format_exc()))


def _module(found: NamedDesign) -> bytes:
    from search.outputs.export import export
    from search.outputs.targets import Targets

    assert found.folder
    targets = Targets(module=Path("net.py"))
    runs = found.folder.runs
    source = found.source_here(None, runs)  # a study on MNIST says itself where that was; no other folder is asked
    made = export(found, targets, source=source, runs=runs)
    return made.contents[targets.module]
