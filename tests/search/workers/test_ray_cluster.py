"""Searches on a real Ray cluster of this machine: its nodes come and go, and the scores stay the same."""

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from search.commands.signals import asked_by_signals, exit_code
from search.errors import UserError
from search.loop.coordinator import Coordinator
from search.study.folder import StudyFolder
from search.study.reading import read_records
from search.study.store import Store
from search.workers.messages import Job, Lost, Scored, Trained
from search.workers.processes import ProcessExecutor
from search.workers.ray_cluster import RayExecutor
from search.workers.stopping import Stop
from search.workers.workplace import Workplace
from space.design import Budget
from space.known.references import find
from tests.search.loop.test_coordinator import Kept
from tests.search.searches import outcomes, wait_until
from tests.search.searches import search as search_by_command
from tests.search.study.test_store import settings
from tests.source import ROOT
from tests.test_borders import loaded
from train.data.dataset import open_dataset

PLACE = Workplace(source=open_dataset("digits", Path()), seed=0, device="cpu", precision="fp32")
START = "RAY_USAGE_STATS_ENABLED=0 RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER=0 ray start --head --include-dashboard=false"
NODE = {
    "num_cpus": 1,
    "node_ip_address": "127.0.0.1",
    "include_dashboard": False,
    "object_store_memory": 80 * 2**20,
}

fault = [pytest.mark.fault, pytest.mark.timeout(600)]


class Nodes:
    """A cluster with one node to begin with."""

    def __init__(self):
        from ray.cluster_utils import Cluster

        self.cluster = Cluster(initialize_head=True, head_node_args=NODE)
        # Ray takes 127.0.0.1 in an address for the machine's outer one, where these nodes do not listen.
        self.address = self.cluster.address.replace("127.0.0.1", "[::ffff:127.0.0.1]")

    @contextlib.contextmanager
    def another(self, **has):
        """Adds a node; what is yielded takes it away again as a power cut would."""
        node = self.cluster.add_node(**(NODE | has))

        def lose():
            if node in self.cluster.worker_nodes:
                self.cluster.remove_node(node, allow_graceful=False)

        try:
            yield lose
        finally:
            lose()

    @contextlib.contextmanager
    def executor(self, workers, place=PLACE, gpus=0):
        made = RayExecutor(workers, place, address=self.address, gpus_per_trial=gpus)
        try:
            yield made
        finally:
            made.close()


@pytest.fixture(scope="module")
def nodes():
    pytest.importorskip("ray", reason="needs the extra `ray`")
    handler = signal.getsignal(signal.SIGTERM)
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="ray-", dir="/tmp") as folder:
        patch.setenv("RAY_TMPDIR", folder)  # short, for its sockets' sake
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_worker_niceness", "0")  # as our own processes are, or whatever runs beside starves them
        made = Nodes()
        yield made
        made.cluster.shutdown()
    signal.signal(signal.SIGTERM, handler)


def search(tmp_path, name, executor, view=None, **changes):
    """A search of trials that depend on their number alone; its records and what its database has of states."""
    chosen = settings(study=name, workers=2, budget=Budget(parameters=2000), **changes)
    folder = StudyFolder(name, runs=tmp_path)
    with folder.locked():
        store = Store(folder, chosen)
        Coordinator(chosen, folder=folder, store=store, executor=executor, view=view or Kept(), stop=Stop()).run()
        store.close()
    with contextlib.closing(sqlite3.connect(folder.path / "study.db")) as database:
        states = dict(database.execute("SELECT state, COUNT(*) FROM trials GROUP BY state"))
        values = database.execute("SELECT COUNT(*) FROM trial_values").fetchone()[0]
    found = [(r.trial, r.verdict, r.notation, r.score, r.accuracies, r.losses) for r in read_records(folder)]
    return found, states, values


def kept(executor):
    """The list that the executor's events are kept in from now on."""
    events, said = [], executor.events

    def listen(timeout):
        for event in said(timeout):
            events.append(event)
            yield event

    executor.events = listen
    return events


def job(tmp_path, trial, epochs=2):
    design = find("ladder-3/6").design
    from dataclasses import replace

    design = replace(design, recipe=replace(design.recipe, epochs=epochs))
    return Job(trial=trial, design=design, seed=0, checkpoints=tmp_path / f"{trial}")


def take(executor, until):
    """Events, each epoch asked for when the one before has come, until `until` is true of them."""
    events, ends = [], time.monotonic() + 120
    while not until(events):
        assert time.monotonic() < ends, events
        for event in executor.events(0.1):
            events.append(event)
            if isinstance(event, Scored) and event.score.epoch < 2:
                executor.proceed(event.trial)
    return events


def trainers():
    """Process ids of this machine's Ray workers of ours."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if file.read_bytes().startswith(b"ray::Trainer"):
                found.append(int(file.parent.name))
    return found


def test_ray_is_loaded_when_an_executor_is_made():
    assert loaded("import search.workers.ray_cluster", "ray", "torch") == []


def test_without_ray_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match=r"^`executor` ray needs Ray: pip install 'thimble\[ray\]'$"):
        RayExecutor(1, PLACE, address="auto", gpus_per_trial=0)


def test_the_guide_starts_a_cluster_as_the_program_says():
    assert f"\n{START}\n" in (ROOT / "docs" / "many-machines.md").read_text()


@pytest.mark.fault
@pytest.mark.parametrize(
    ("address", "why"),
    [("auto", "Could not find any running Ray instance"), ("127.0.0.1:1", "nothing answers within 10 s")],
)
def test_without_a_cluster_it_says_what_to_start(address, why, tmp_path, monkeypatch):
    """Before the module's own cluster starts, which `auto` would find."""
    pytest.importorskip("ray", reason="needs the extra `ray`")
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with pytest.raises(UserError) as refused:
        RayExecutor(1, PLACE, address=address, gpus_per_trial=0)
    assert str(refused.value) == (
        f"no Ray cluster can be joined at {address} ({why}); "
        f"start one with `{START}`, which this machine alone can reach, or leave `executor` ray out"
    )


@pytest.mark.fault
@pytest.mark.timeout(300)
def test_a_cluster_that_is_started_as_we_say_is_on_this_machine_alone(monkeypatch):
    """Every socket that waits for somebody: Ray's processes', the workers' and our own."""
    pytest.importorskip("ray", reason="needs the extra `ray`")
    with tempfile.TemporaryDirectory(prefix="ray-", dir="/tmp") as folder, socket.create_server(("", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        command = f"exec env {START} --block --num-cpus=1 --port={port} --object-store-memory=80000000"
        path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
        environment = os.environ | {"RAY_TMPDIR": folder, "RAY_USAGE_STATS_ENABLED": "0", "PATH": path}
        cluster = subprocess.Popen(
            command, shell=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        script = f"""
from search.workers.ray_cluster import RayExecutor
from tests.search.workers.test_ray_cluster import PLACE, heard_by
executor = RayExecutor(1, PLACE, address="127.0.0.1:{port}", gpus_per_trial=0)
while not executor.free:
    list(executor.events(0.1))
print(*heard_by({cluster.pid}), *heard_by())
executor.close()
"""
        try:
            wait_until(lambda: port in {int(where.rpartition(":")[2]) for where in heard_by(cluster.pid)}, seconds=60)
            done = subprocess.run(
                [sys.executable, "-c", script],
                cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=120,
            )  # fmt: skip
        finally:
            gone = [psutil.Process(cluster.pid), *psutil.Process(cluster.pid).children(recursive=True)]
            for process in gone:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            cluster.wait()
            psutil.wait_procs(gone)
    places = done.stdout.split()
    assert len(places) >= 4
    assert {where.rpartition(":")[0].removeprefix("::ffff:") for where in places} == {"127.0.0.1"}


def heard_by(pid=None):
    """Where a process and its children listen."""
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    found = []
    for process in family:
        with contextlib.suppress(psutil.Error):
            found += [c.laddr for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN]
    return [f"{where.ip}:{where.port}" for where in found]


class TestCluster:
    pytestmark = fault

    def test_the_scores_are_those_of_processes(self, nodes, tmp_path, capfd):
        options = {"trials": 4, "epochs": 3}
        with nodes.another():
            found = search(tmp_path, "ray", RayExecutor(2, PLACE, address=nodes.address, gpus_per_trial=0), **options)
        assert found == search(tmp_path, "processes", ProcessExecutor(2, PLACE), **options)
        assert found[1:] == ({"COMPLETE": 4}, 4)
        assert capfd.readouterr().out == ""

    def test_workers_import_ours_beside_a_users_own_modules(self, nodes, tmp_path, monkeypatch):
        for name in ("train.py", "space.py", "results/__init__.py"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text("raise RuntimeError('the user has other things in mind')\n")
        monkeypatch.chdir(tmp_path)
        with nodes.executor(1) as executor:
            executor.submit(job(tmp_path, 0))
            events = take(executor, lambda events: Trained in map(type, events))
        assert [type(event) for event in events] == [Scored, Scored, Trained]

    def test_a_node_is_lost_in_mid_search(self, nodes, tmp_path, capfd):
        options = {"trials": 6, "epochs": 12, "last_epochs": 2}

        class Axe(Kept):
            def update(self, status):
                if len(status.running) == 2 and all(0 < trial.epoch < 11 for trial in status.running):
                    lose()

        with nodes.another() as lose:
            executor = RayExecutor(2, PLACE, address=nodes.address, gpus_per_trial=0)
            wait_until(lambda: list(executor.events(0.1)) or executor.free == 2)  # or one may train all alone
            events = kept(executor)
            found = search(tmp_path, "lossy", executor, Axe(), **options)
        lost = [event for event in events if isinstance(event, Lost)]
        assert lost  # a busy cluster may give the trial to the node once more before it knows
        assert all(event.reason.startswith("its Ray worker or node was lost: ") for event in lost)
        assert all("\n" not in event.reason for event in lost)
        assert found == search(tmp_path, "quiet", ProcessExecutor(2, PLACE), **options)
        assert found[1:] == ({"COMPLETE": 6}, 6)
        assert capfd.readouterr().out == ""

    def test_a_killed_worker_is_replaced(self, nodes, tmp_path):
        with nodes.executor(1) as executor:
            executor.submit(job(tmp_path, 7))
            wait_until(lambda: list(executor.events(0.1)))
            os.kill(trainers()[0], signal.SIGKILL)
            executor.proceed(7)
            (lost,) = take(executor, lambda events: Lost in map(type, events))[-1:]
            assert lost == Lost(
                7, "its Ray worker or node was lost: The actor is dead because its worker process has died"
            )
            assert executor.free == 0
            executor.submit(job(tmp_path, 7))
            assert isinstance(take(executor, lambda events: Trained in map(type, events))[-1], Trained)

    def test_a_worker_that_is_lost_while_idle_costs_no_trial_anything(self, nodes, tmp_path):
        with nodes.executor(1) as executor:
            wait_until(lambda: list(executor.events(0.1)) or executor.free)
            os.kill(trainers()[0], signal.SIGKILL)
            executor.submit(job(tmp_path, 0))
            events = take(executor, lambda events: Trained in map(type, events))
            assert [type(event) for event in events] == [Scored, Scored, Trained]
            assert executor.free == 1

    def test_workers_wait_for_room_in_the_cluster(self, nodes, tmp_path):
        with nodes.executor(2) as executor:
            assert (executor.size, executor.free) == (2, 0)
            wait_until(lambda: list(executor.events(0.1)) or executor.free)
            executor.submit(job(tmp_path, 0))
            take(executor, lambda events: Trained in map(type, events))
            assert (executor.size, executor.free) == (2, 1)
            with nodes.another():
                wait_until(lambda: list(executor.events(0.1)) or executor.free == 2)

    def test_it_takes_the_room_that_the_cluster_has(self, nodes):
        def room(gpus):
            with nodes.executor(None, gpus=gpus) as executor:
                return executor.size

        with nodes.another(num_cpus=4, num_gpus=1):
            wait_until(lambda: room(gpus=0) == 5)  # Ray may count a lost node for a while
            assert room(gpus=0.5) == 2

    def test_it_closes_at_once_wherever_workers_are(self, nodes, tmp_path):
        with nodes.another(), nodes.executor(3) as executor:
            wait_until(lambda: list(executor.events(0.1)) or executor.free)
            executor.submit(job(tmp_path, 0, epochs=100))
            time.sleep(0.5)
            assert trainers()
            executor.close()
            wait_until(lambda: not trainers(), seconds=60)

    def test_a_node_without_the_data_set_is_named(self, nodes, tmp_path):
        source = replace(PLACE.source, given="mnist", root=tmp_path, folder=tmp_path / "arrays")
        nowhere = replace(PLACE, source=source)
        with nodes.executor(1, nowhere) as executor, pytest.raises(UserError) as refused:
            take(executor, lambda events: events)
        assert str(refused.value) == (
            f"{os.uname().nodename}: the data set mnist in {tmp_path} is not on this machine; put it there as it "
            f"was; each node of the Ray cluster needs the data set in the same place"
        )

    def test_workers_that_cannot_start_end_the_search(self, nodes, tmp_path):
        place = Workplace(source=PLACE.source, seed=0, device="cuda", precision="fp32")
        with nodes.executor(1, place) as executor, pytest.raises(UserError) as refused:
            take(executor, lambda events: events)
        assert str(refused.value).startswith("Ray workers do not start, 3 times in a row: ")
        assert "\n" not in str(refused.value)

    def test_signals_stay_the_coordinators(self, nodes):
        with asked_by_signals() as stop, nodes.executor(0):
            signal.raise_signal(signal.SIGTERM)
            assert exit_code(stop) == 143


@pytest.mark.fault
@pytest.mark.timeout(600)
def test_the_command_searches_on_a_cluster_and_finds_what_processes_find(nodes, tmp_path):
    options, found = ("--trials", "4", "--epochs", "2"), {}
    for executor in (("--executor", "ray", "--ray-address", nodes.address), ()):
        folder = tmp_path / (executor[1] if executor else "local")
        lines, _ = search_by_command(folder, *options, *executor)
        assert (len(lines), lines[-1]["trained"]) == (5, 4)
        found[folder.name] = outcomes(folder)
    assert found["ray"] == found["local"]
