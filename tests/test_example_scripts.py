"""The examples that are scripts do what they say: each is run as it stands, in a folder of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.source import ROOT

EXAMPLES = ROOT / "examples"
MACHINES = EXAMPLES / "many-machines"
SAYS = {
    "script.py": ("the best of 4 trials has ", "of the test images over 2 seeds", "try it: python script_net.py"),
    "callbacks.py": ("callbacks: at most 2,000 parameters", "epoch 3 of 3", "over\nended early"),
    "own_pictures.py": ("classes: even, odd; images of (1, 16, 16)", ".png: ", "% sure"),
    "own_space.py": ("choices; c? bn relu mp", "tried, as wide as the budget allows: c3", "best: c"),
    "own_network.py": ("c8 relu bn c8 relu bn mp c10 relu bn gap c10k1\n1,520 parameters", "first tried, as wide"),
}


def ours(**more):
    """Returns an environment in which `python` is this one, and the data are those that come with packages."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    own = {name: value for name, value in os.environ.items() if not name.startswith(("THIMBLE", "SLURM"))}
    return own | {"PATH": path, "PYTHONPATH": str(ROOT), "THIMBLE_DATA": ""} | more


def run(command, folder, **more):
    done = subprocess.run(
        command, cwd=folder, env=ours(**more), capture_output=True, text=True, timeout=220, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_example_is_run():
    scripts = {file.name for file in EXAMPLES.glob("*.py")}
    assert scripts == SAYS.keys()
    listed = (EXAMPLES / "README.md").read_text()
    for file in EXAMPLES.iterdir():
        assert f"({file.name})" in listed or file.is_dir() or file.name == "README.md", file.name
    for folder in ("two-terminals", "many-machines"):
        for file in (EXAMPLES / folder).iterdir():
            assert f"({folder}/{file.name})" in listed, file.name


@pytest.mark.slow
@pytest.mark.parametrize("name", SAYS)
def test_an_example_does_what_it_says(name, tmp_path):
    said = run([sys.executable, str(EXAMPLES / name)], tmp_path)
    for part in SAYS[name]:
        assert part in said
    if name == "script.py":
        assert "1,952 parameters" in said
        assert "tensor" in run([sys.executable, "script_net.py", "script_net.safetensors"], tmp_path, PYTHONPATH="")
        assert "the best of 4 trials" in run([sys.executable, str(EXAMPLES / name)], tmp_path)  # and goes on


def together(commands, folder, **more):
    """Runs commands side by side; returns what each said, of all kinds, in their order."""
    started = [
        subprocess.Popen(
            command, cwd=folder, env=ours(**more, **own), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for command, own in commands
    ]
    try:
        said = [process.communicate(timeout=220)[0] for process in started]
    finally:
        for process in started:
            process.kill()
    assert [process.returncode for process in started] == [0] * len(started), said
    return said


@pytest.mark.slow
def test_two_terminals_search_one_study(postgres, tmp_path):
    """The second joins as soon as the first has begun: it is asked again until it is."""
    join = f"until {EXAMPLES}/two-terminals/join.sh; do sleep 1; done"
    begin = ["bash", str(EXAMPLES / "two-terminals" / "begin.sh")]
    first, second = together([(begin, {}), (["bash", "-c", join], {})], tmp_path, THIMBLE_STORAGE=postgres)
    assert "take it away" in first
    assert "shared" in second


@pytest.mark.slow
def test_tasks_of_a_slurm_array_search_one_study(postgres, tmp_path):
    """As SLURM starts them: the same script with the number of the task, submitted from a repository."""
    (tmp_path / "examples").symlink_to(EXAMPLES)
    task = {"SLURM_SUBMIT_DIR": str(tmp_path), "SLURM_CPUS_PER_TASK": "1"}
    task |= {"THIMBLE_BUDGET": "2000", "THIMBLE_RUN_OPTIONS": "--dataset digits --epochs 1 --trials 4"}
    command = ["bash", str(MACHINES / "slurm.sh")]
    first, second = together(
        [(command, task | {"SLURM_ARRAY_TASK_ID": number}) for number in ("0", "1")],
        tmp_path,
        THIMBLE_STORAGE=postgres,
    )
    assert "take it away" in first
    assert "study shared" in second


@pytest.mark.slow
def test_the_pods_of_the_job_search_one_study(postgres, tmp_path):
    """The container's own command with its own environment, as processes; the paths of its image are ours here."""
    job = documents()["Job"]
    (container,) = job["spec"]["template"]["spec"]["containers"]
    plain = {one["name"]: one["value"] for one in container["env"] if "value" in one}
    assert {one["name"] for one in container["env"]} == plain.keys() | {"THIMBLE_STORAGE"}
    command = [part.replace("/opt/thimble/", f"{ROOT}/") for part in container["command"]]
    pod = plain | {"THIMBLE_DATA": "", "THIMBLE_WORKERS": "1", "THIMBLE_BUDGET": "2000"}
    pod |= {"THIMBLE_RUN_OPTIONS": "--dataset digits --epochs 1 --trials 4"}
    first, *others = together(
        [(command, pod | {"JOB_COMPLETION_INDEX": str(index)}) for index in range(2)],
        tmp_path,
        THIMBLE_STORAGE=postgres,
    )
    assert "take it away" in first
    assert all("study shared" in said for said in others)


def documents():
    """Returns the manifest's documents by their kinds."""
    every = yaml.safe_load_all((MACHINES / "kubernetes.yaml").read_text())
    return {document["kind"]: document for document in every}


def test_the_manifest_is_what_kubernetes_takes():
    import kubernetes_validate

    for document in documents().values():
        kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)
    broken = documents()["Job"]
    broken["spec"]["pods"] = 4
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, kubernetes_validate.latest_version(), strict=True)


@pytest.mark.parametrize("script", sorted(EXAMPLES.rglob("*.sh")), ids=lambda script: script.name)
def test_a_script_passes_shellcheck(script):
    done = subprocess.run(
        [Path(sys.executable).parent / "shellcheck", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_a_machine_without_a_number_is_refused():
    done = subprocess.run(["bash", MACHINES / "join.sh"], env=ours(), capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "the number of this machine" in done.stderr


def test_a_machine_that_is_taken_back_ends_its_worker(tmp_path):
    """SIGTERM, which a shell that is the first process of a container would not hear, comes to the worker."""
    stand_in = tmp_path / "python"
    stand_in.write_text("#!/usr/bin/env bash\ntrap 'echo told; exit 0' TERM\necho joined\nsleep 200 &\nwait\n")
    stand_in.chmod(0o755)
    environment = ours(THIMBLE_STORAGE="postgresql://none")
    environment["PATH"] = f"{tmp_path}{os.pathsep}{environment['PATH']}"
    command = ["bash", MACHINES / "join.sh", "1"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as joined:
        assert joined.stdout is not None
        try:
            assert joined.stdout.readline() == "joined\n"
            joined.terminate()
            assert joined.stdout.readline() == "told\n"
            assert joined.wait(timeout=60) == 143
        finally:
            os.killpg(joined.pid, signal.SIGKILL)  # and the stand-in's own sleep
