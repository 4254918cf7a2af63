"""How processes of ours start: whole, and without an answer to signals that are their parent's to answer."""

import os
import signal
import threading
from multiprocessing import get_context, resource_tracker

import pytest

from search.replication.timing import side_by_side
from search.workers.starting import start
from search.workers.stopping import asking_to_end, end_with_parent

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows blocks no signals")


@pytest.fixture
def first(monkeypatch):
    """This process as it is when it starts its first one, with which multiprocessing starts a tracker."""
    monkeypatch.setattr(resource_tracker._resource_tracker, "_fd", None)
    monkeypatch.setattr(resource_tracker._resource_tracker, "_pid", None)
    yield
    resource_tracker._resource_tracker._stop()


def blocked():
    return signal.pthread_sigmask(signal.SIG_BLOCK, ()) & asking_to_end()


def tell_signals(connection):
    before = blocked()
    end_with_parent()
    connection.send((before, blocked(), {number: signal.getsignal(number) for number in asking_to_end()}))


def test_a_process_answers_signals_when_it_knows_how(first):
    ours, theirs = get_context("spawn").Pipe(duplex=False)
    process = get_context("spawn").Process(target=tell_signals, args=(theirs,))
    start(process)
    theirs.close()
    before, after, answers = ours.recv()
    process.join()
    assert before == asking_to_end()
    assert after == set()
    assert answers.pop(signal.SIGTERM) == signal.SIG_DFL
    assert set(answers.values()) == {signal.SIG_IGN}
    assert blocked() == set()


@pytest.fixture
def interrupted():
    """Ctrl-C raises KeyboardInterrupt, whatever other tests have made of it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupted")
def test_what_is_interrupted_while_it_starts_starts_whole():
    class Starting:
        whole = False

        def start(self):
            signal.pthread_kill(threading.get_ident(), signal.SIGINT)
            self.whole = True

    process = Starting()
    with pytest.raises(KeyboardInterrupt):
        start(process)
    assert process.whole
    assert blocked() == set()


def ask_itself_to_end(connection, _barrier, _began):
    for number in asking_to_end():
        os.kill(os.getpid(), number)
    connection.send("timed")


def test_what_is_timed_lets_signals_to_the_whole_group_pass():
    assert side_by_side(ask_itself_to_end, [()]) == ["timed"]
