"""Optuna's dashboard on a study, read through its HTTP interface and in a browser, and beside a search."""

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import pytest
from safetensors.numpy import load_file

from search.outputs.dashboard import listen, serve
from search.study.finding import find
from tests.beside import make_users_modules
from tests.search.outputs.dashboard.test_view import asking
from tests.search.searches import environment, finish, start, wait_until
from tests.search.study.test_reading import read_only

SHORT = ("--trials", "500", "--epochs", "2", "--workers", "1")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture(scope="module")
def address(studied, tmp_path_factory):
    """Where the command serves, beside modules of a user's own that are called as ours are; nothing goes wrong until
    Ctrl-C ends it, and the study is as it was."""
    folder = tmp_path_factory.mktemp("beside")
    shutil.copytree(studied[0] / "runs", folder / "runs")
    make_users_modules(folder)
    before, port = content(folder), free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "search", "dashboard", "--port", str(port)],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"THIMBLE_DATA": ""},
    )
    try:
        line = next(line for line in process.stderr if line.startswith("dashboard of "))
        assert line == f"dashboard of digits-2000 on http://127.0.0.1:{port}/ ; Ctrl-C ends it\n"
        yield f"http://127.0.0.1:{port}"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=5)
        assert (process.returncode, err) == (130, "")
        assert content(folder) == before
    finally:
        process.kill()
        process.communicate()


def content(folder):
    """Every row of the study's database."""
    with closing(sqlite3.connect(folder / "runs" / "digits-2000" / "study.db")) as database:
        return list(database.iterdump())


def fetch(url):
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read()


def shown(url):
    """The study, its trials by number as the dashboard has them, and which is the best."""
    (study,) = json.loads(fetch(f"{url}/api/studies"))["study_summaries"]
    return json.loads(fetch(f"{url}/api/studies/{study['study_id']}"))


@pytest.fixture
def best(studied):
    return json.loads(studied[1].stdout.splitlines()[-1])["best"]


def test_trials_are_shown_with_readable_attributes(address, best):
    trial = shown(address)["trials"][best["trial"]]
    attributes = {item["key"]: item["value"].strip('"') for item in trial["user_attrs"]}
    assert attributes["notation"] == best["notation"]
    assert attributes["parameters"] == str(best["parameters"])
    assert attributes["receptive field"] == str(best["receptive_field"])
    assert int(attributes["multiply-adds"]) > 10_000
    assert attributes["verdict"] == "trained"


def test_every_trial_has_a_note_with_its_layers(address):
    trials = shown(address)["trials"]
    assert len(trials) >= 5
    for trial in trials:
        attributes = {item["key"]: item["value"] for item in trial["user_attrs"]}
        body = trial["note"]["body"]
        assert body.startswith(f"**{attributes['verdict']}**")
        rows = [[cell.strip(" `*") for cell in line.split("|")[1:-1]] for line in body.splitlines() if "|" in line]
        layers, total = rows[2:-1], rows[-1]
        assert " ".join(row[0] for row in layers) == attributes["notation"]
        assert sum(int(row[2].replace(",", "") or 0) for row in layers) == int(attributes["parameters"])
        assert total[3].replace(",", "") == attributes["multiply-adds"]
        assert all(f"- {plain(sentence)}"[:60] in body for sentence in attributes["recipe"].rstrip(".").split(". "))


def plain(text):
    """As a note quotes it."""
    return re.sub(r"([()*_])", r"\\\1", text)


def test_a_trained_trial_has_its_curve_its_module_and_its_weights(address, studied, best, tmp_path):
    """The files that are fetched are what the export, which tried them, and the study have."""
    study = shown(address)
    trials = {trial["number"]: trial for trial in study["trials"]}
    trained = [number for number, trial in trials.items() if trial["state"] == "Complete"]
    assert {number for number, trial in trials.items() if trial["artifacts"]} == set(trained)
    trial = trials[best["trial"]]
    where = f"{address}/artifacts/{trial['study_id']}/{trial['trial_id']}"
    files = {kept["filename"]: fetch(f"{where}/{kept['artifact_id']}") for kept in trial["artifacts"]}
    assert sorted(files) == ["curve.svg", "net.py", "net.safetensors"]
    (line, *_) = ElementTree.fromstring(files["curve.svg"]).iter("{http://www.w3.org/2000/svg}polyline")
    assert len(line.get("points").split()) == best["epochs"]
    assert f"A network of {best['parameters']:,} parameters" in files["net.py"].decode()
    (tmp_path / "net.safetensors").write_bytes(files["net.safetensors"])
    stored = load_file(next(studied[0].glob(f"runs/*/weights/trial-{best['trial']:05}.safetensors")))
    given = load_file(tmp_path / "net.safetensors")
    assert given.keys() == stored.keys()
    assert all((given[name] == stored[name]).all() for name in stored)
    (chart,) = study["plotly_graph_objects"]
    traces = json.loads(chart["graph_object"])["data"]
    marks = [size for trace in traces if trace["name"] not in ("front", "95 % interval") for size in trace["x"]]
    assert len(marks) == len(trained) + 1  # the winner once more
    assert marks.count(best["parameters"]) >= 2


@pytest.mark.slow
def test_a_browser_shows_note_files_and_chart(address, best, browser):
    page = browser.new_page()
    troubles = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(f"{address}/dashboard/studies/1/trials?numbers={best['trial']}")
    page.locator("th", has_text="receptive field").wait_for(timeout=20_000)
    first = page.locator("td").first
    assert first.inner_text() == best["notation"].split()[0]
    for name in ("curve.svg", "net.py", "net.safetensors"):
        page.get_by_text(name, exact=True).first.wait_for(timeout=5_000)
    picture = page.locator("img[alt='curve.svg']")
    picture.scroll_into_view_if_needed()
    page.wait_for_function("picture => picture.naturalWidth === 480", arg=picture.element_handle())
    page.goto(f"{address}/dashboard/studies/1")
    page.get_by_text("Accuracy against parameters").first.wait_for(timeout=20_000)
    page.close()
    assert troubles == []


@pytest.mark.slow
def test_a_trial_fits_the_window_and_what_is_refused_is_not_offered(address, best, browser):
    """On pages of 1,400 pixels: the trial's, the study's and the first."""
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.goto(f"{address}/dashboard/studies/1/trials?numbers={best['trial']}")
    page.get_by_text("User Attributes").first.wait_for(timeout=20_000)
    assert page.get_by_text("epochs in batches of", exact=False).first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1400
    assert page.get_by_test_id("EditIcon").first.is_visible()  # of the note
    page.goto(f"{address}/dashboard/studies/1")
    page.get_by_text("Study Artifacts").wait_for(timeout=20_000)
    page.get_by_text("Upload a New File").wait_for(state="attached")
    assert not page.get_by_text("Upload a New File").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1400
    page.goto(f"{address}/dashboard")
    page.get_by_role("button", name="Reload").wait_for(timeout=20_000)
    for label in ("delete study", "rename study"):
        page.get_by_label(label).wait_for(state="attached")
        assert not page.get_by_label(label).is_visible()
    assert not page.get_by_role("button", name="Create").is_visible()
    assert page.get_by_text("notes can be written, nothing else can be changed").is_visible()
    page.close()


@pytest.mark.slow
def test_a_note_is_written_in_the_browser_and_a_deletion_is_refused(studied, tmp_path, browser):
    """The page's own requests come through the guard, and those of another page do not."""
    shutil.copytree(studied[0] / "runs", tmp_path / "runs")
    with dashboard(tmp_path) as (address, _):
        page = browser.new_page()
        page.goto(f"{address}/dashboard/studies/1/note")
        page.get_by_test_id("EditIcon").click(timeout=20_000)
        page.locator("textarea").first.fill("looks good")
        with page.expect_response(lambda answer: answer.request.method == "PUT") as answered:
            page.get_by_role("button", name="Save").click()
        assert answered.value.status == 204
        refused = page.evaluate("fetch('/api/studies/1', {method: 'DELETE'}).then(answer => answer.status)")
        assert refused == 403
        page.close()
        assert shown(address)["note"]["body"] == "looks good"
        other = browser.new_page()
        other.goto("data:text/html,<title>another</title>")
        script = "url => fetch(url, {method: 'PUT', mode: 'no-cors', body: '{}'}).then(() => 1, () => 0)"
        other.evaluate(script, f"{address}/api/studies/1/note")
        assert other.evaluate("url => fetch(url).then(a => a.text(), () => 'no')", f"{address}/api/studies/1") == "no"
        other.close()
        assert shown(address)["note"] == {"version": 1, "body": "looks good"}


@pytest.mark.parametrize("method", ["DELETE", "delete", "POST", "PUT", "PATCH"])
def test_no_request_changes_the_study(address, studied, method):
    """By the served address, and as a foreign page would; `address` compares the database at its end."""
    port = int(address.rpartition(":")[2])
    for path in ("/api/studies/1", "/api/trials/1/tell", "/api/studies/1/rename", "/api/artifacts/1"):
        for headers in ({}, {"Host": "evil.example", "Origin": "http://evil.example"}):
            asking = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            asking.request(
                method, path, body='{"state": "Fail"}', headers={"Content-Type": "application/json"} | headers
            )
            answer = asking.getresponse()
            assert answer.status == 403
            assert json.loads(answer.read())["reason"]
            asking.close()


def test_others_are_let_in_with_the_token_alone(studied, tmp_path):
    shutil.copytree(studied[0] / "runs", tmp_path / "runs")
    with dashboard(tmp_path, "--host", "0.0.0.0", "--allow-remote") as (address, said):
        address, _, token = address.partition("/?token=")
        assert len(token) >= 32
        port = address.rpartition(":")[2]
        assert "whoever has this address sees study digits-2000 (its trials, notes, files and weights)" in said()
        with pytest.raises(urllib.error.HTTPError) as refused:
            fetch(f"http://127.0.0.1:{port}/api/studies")
        assert refused.value.code == 403
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with opener.open(f"http://127.0.0.1:{port}/?token={token}", timeout=60) as answer:
            assert answer.url == f"http://127.0.0.1:{port}/dashboard"  # where the cookie was enough
        with opener.open(f"http://127.0.0.1:{port}/api/studies/1", timeout=60) as answer:
            assert len(json.load(answer)["trials"]) >= 5


def test_others_are_not_let_in_by_the_way(studied):
    done = subprocess.run(
        [sys.executable, "-m", "search", "dashboard", "--host", "0.0.0.0", "--port", str(free_port())],
        cwd=studied[0], env=environment(), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "see the study (its trials, notes, files and weights)" in done.stderr
    assert "--allow-remote" in done.stderr


def test_a_study_that_may_not_be_written_is_shown_and_takes_no_note(studied, tmp_path):
    shutil.copytree(studied[0] / "runs", tmp_path / "runs")
    (tmp_path / "runs" / "digits-2000").rename(tmp_path / "runs" / "archived")
    with read_only(tmp_path / "runs"):
        ask = asking(find("archived", tmp_path / "runs"))
        _, study = ask("/api/studies/1")
        assert (study["name"], len(study["trials"])) == ("archived", 5)
        code, refused = ask("/api/studies/1/note", method="PUT", body=b'{"version": 1, "body": "x"}')
        assert code == 403
        assert refused["reason"].startswith("the note cannot be written: ")
        assert ask("/api/studies/1")[1] == study


@contextlib.contextmanager
def dashboard(folder, *options, command=(sys.executable,)):
    """The command on the study in `folder`; its address, and a function that returns what it says beside."""
    process = subprocess.Popen(
        [*command, "-m", "search", "dashboard", "--port", str(free_port()), *options],
        cwd=folder, stderr=subprocess.PIPE, text=True, env=environment(),
    )  # fmt: skip
    try:
        line = next(line for line in process.stderr if line.startswith("dashboard of "))
        yield re.search(r"http://\S+", line)[0].rstrip("/"), process.stderr.readline
    finally:
        process.terminate()
        process.communicate(timeout=10)


def test_a_taken_port_is_one_line(address, studied, tmp_path):
    port = address.rpartition(":")[2]
    beside = ("run", "--budget", "2000", "--dataset", "digits", "--dashboard", "--dashboard-port")
    for folder, *command in ((studied[0], "dashboard", "--port"), (tmp_path, *beside)):
        done = subprocess.run(
            [sys.executable, "-m", "search", *command, port],
            cwd=folder, env=environment(), capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert f"port {port}" in done.stderr
    assert list(tmp_path.iterdir()) == []  # and nothing has begun


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGINT, 130), pytest.param(signal.SIGKILL, -9, marks=pytest.mark.fault)]
)
@pytest.mark.slow
def test_beside_a_search_it_shows_the_trials_and_ends_with_it(tmp_path, sent, code):
    port = free_port()
    make_users_modules(tmp_path)
    process = start(tmp_path, *SHORT, "--dashboard", "--dashboard-port", str(port))
    try:
        trial = next(trial for trial in map(json.loads, process.stdout) if trial["verdict"] == "trained")

        def with_module():
            """The study, once its page has the module, which is made after the trial is told."""
            study = shown(f"http://127.0.0.1:{port}")
            names = [file["filename"] for file in study["trials"][trial["trial"]]["artifacts"]]
            return study if "net.py" in names else None

        study = wait_until(with_module, process=process)
        about = study["trials"][trial["trial"]]
        (module,) = (file for file in about["artifacts"] if file["filename"] == "net.py")
        where = f"http://127.0.0.1:{port}/artifacts/{about['study_id']}/{about['trial_id']}"
        heading = f"A network of {trial['parameters']:,} parameters"
        assert heading in fetch(f"{where}/{module['artifact_id']}").decode()
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        assert study["trials"][trial["trial"]]["note"]["body"].startswith(f"**{trial['verdict']}**")
        began = time.monotonic()
        process.send_signal(sent)
        _, err = finish(process, code=code)
        assert time.monotonic() - began < 60
        assert f"dashboard on http://127.0.0.1:{port}/" in err
        if code == 130:
            assert re.search(rf"^go on with: .* --dashboard --dashboard-port {port}$", err, re.M)
        assert "Traceback" not in err
        assert "the user has their own" not in err + next(tmp_path.glob("runs/*/dashboard.log")).read_text()
        assert len(children) >= 2
        wait_until(lambda: not any(os.path.exists(f"/proc/{child}") for child in children), seconds=5)
    finally:
        process.kill()


def test_serving_ends_when_it_is_told_to_and_frees_the_address(studied):
    listening = listen("127.0.0.1", 0, fields="")
    address = listening.getsockname()
    answers = iter((True, True, False))
    serve(listening, find(None, studied[0] / "runs"), lambda: next(answers))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)
