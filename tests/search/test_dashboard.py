"""Optuna's dashboard on a study, read through its HTTP interface."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest


@pytest.fixture
def address(studied):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "search", "dashboard", "--port", str(port)],
        cwd=studied[0],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    )
    line = process.stderr.readline()
    assert re.search(rf"http://127\.0\.0\.1:{port}/", line), line
    yield f"http://127.0.0.1:{port}", process
    if process.poll() is None:
        process.kill()
    process.communicate()


def read(url):
    with urllib.request.urlopen(url, timeout=20) as answer:
        return json.load(answer)


def test_trials_are_shown_with_readable_attributes(address, studied):
    url, process = address
    (study,) = read(f"{url}/api/studies")["study_summaries"]
    assert study["study_name"] == "digits-2000"
    trials = read(f"{url}/api/studies/{study['study_id']}")["trials"]
    best = json.loads(studied[1].stdout.splitlines()[-1])["best"]
    (shown,) = [trial for trial in trials if trial["number"] == best["trial"]]
    attributes = {item["key"]: item["value"].strip('"') for item in shown["user_attrs"]}
    assert attributes["notation"] == best["notation"]
    assert attributes["parameters"] == str(best["parameters"])
    assert attributes["receptive field"] == str(best["receptive_field"])
    assert int(attributes["multiply-adds"]) > 10_000
    assert attributes["verdict"] == "trained"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in err


def test_a_taken_port_is_one_line(address, studied):
    port = address[0].rpartition(":")[2]
    done = subprocess.run(
        [sys.executable, "-m", "search", "dashboard", "--port", port],
        cwd=studied[0], capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert port in done.stderr
