"""The command `compare`: its figures are those of the other commands, and its page needs nothing."""

import json
import shutil
from pathlib import Path
from statistics import fmean

import pytest

from results.findings.confirmation import Confirmation, SeedRun
from search.commands.main import run_app
from search.replication.confirm import StoredConfirmation
from space.known.zoo import zoo

NAME = "digits-2000"


@pytest.fixture
def here(studied, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THIMBLE_STORAGE", raising=False)
    shutil.copytree(studied[0] / "runs" / NAME, tmp_path / "runs" / NAME)
    return tmp_path


@pytest.fixture
def confirmed(monkeypatch):
    """Has every design be confirmed on the digits, over two seeds of two epochs."""
    runs = tuple(
        SeedRun(seed=1001 + n, accuracies=(0.5, last), training_accuracies=(0.5, 0.5), seconds=1.0)
        for n, last in enumerate((0.8, 0.9))
    )
    stored = StoredConfirmation(
        confirmation=Confirmation(runs=runs, epochs=2, last_epochs=1),
        precision="fp32",
        weights=(Path("a"), Path("b")),
    )
    monkeypatch.setattr(
        "search.outputs.compare.stored_confirmation", lambda design, key, **_: stored if key == "digits" else None
    )


def printed(capsys, *words):
    assert run_app(list(words)) == 0
    return capsys.readouterr()


def rows(capsys, *designs):
    return [json.loads(line) for line in printed(capsys, "compare", *designs, "--json").out.splitlines()]


def test_figures_are_those_of_the_other_commands(here, capsys):
    texts = ("best", f"{NAME}:0", NAME, "zoo/8000", "ladder-3/6", "c8 relu mp c10 gap")
    compared = rows(capsys, *texts)
    for text, row in zip(texts, compared, strict=True):
        counted = json.loads(printed(capsys, "count", text, "--json").out)
        for name in ("notation", "parameters", "macs", "activation_bytes", "receptive_field"):
            assert row[name] == counted[name], text
    best = json.loads(printed(capsys, "best", "--json").out)
    shown = json.loads(printed(capsys, "show", "0", "--json").out)
    assert (compared[0]["score"], compared[0]["searched"]) == (best["score"], best["estimate"])
    assert compared[2] | {"design": "best"} == compared[0]
    assert compared[1]["score"] == shown["score"]
    kept = zoo()["zoo/8000"]
    assert compared[3]["confirmed"]["accuracy"] == pytest.approx(fmean(kept.scores))
    assert (compared[3]["dataset"], compared[0]["dataset"]) == ("mnist", "digits")
    for row in compared[4:]:
        assert (row["searched"], row["confirmed"], row["dataset"]) == (None, None, None)
    assert compared[5]["name"] == "c8 relu mp c10 gap"


def test_a_confirmation_has_its_interval(here, confirmed, capsys):
    best, named = rows(capsys, "best", "ladder-3/6")
    for row in (best, named):
        assert row["dataset"] == "digits"
        assert row["confirmed"]["accuracy"] == pytest.approx(0.85)
        low, high = row["confirmed"]["ci95"]
        assert low < 0.85 < high
        assert (row["confirmed"]["images"], row["confirmed"]["trainings"]) == (297, 2)
    shown = printed(capsys, "compare", "best", "ladder-3/6")
    assert shown.out.count("85.00 % of 2 seeds, 95 % interval") == 2
    assert "95 % intervals of trial" in shown.err
    assert "overlap" in shown.err


def test_accuracies_of_other_images_are_said_to_be_so(here, capsys):
    assert "accuracies of other images cannot be compared" in printed(capsys, "compare", "best", "zoo/8000").err
    told = printed(capsys, "compare", "zoo/2000", "zoo/8000").err
    assert told == "", "their intervals are far apart, and their images the same"


def test_other_images_of_one_name_are_told_apart(here, capsys):
    """Studies of digits, one of them of fewer images."""
    shutil.copytree(Path("runs", NAME), Path("runs/fewer"))
    for file in (Path("runs/fewer/settings.json"), Path("runs/fewer/told/settings.json")):
        text = file.read_text()
        assert '"limit": null' in text
        file.write_text(text.replace('"limit": null', '"limit": 100'))
    told = printed(capsys, "compare", NAME, "fewer", "zoo/2000").err
    assert " of fewer on digits that are others or prepared otherwise; zoo/2000 on mnist" in told
    assert told.count("otherwise") == 1


def test_the_page_holds_all_and_asks_for_nothing(here, confirmed, capsys):
    assert run_app(["compare", NAME, "zoo/2000", "c8 relu mp c10 gap", "-o", "page.html"]) == 0
    page = Path("page.html").read_text()
    head, _, rest = page.partition("<script>")
    body = rest.partition("</script>")[2]  # behind plotly's own
    for text in ("zoo/2000", "c8 relu mp c10 gap", "85.00 % of 2 seeds", "multiply-adds", 'id="chart-comparison"'):
        assert text in body
    assert body.count("<svg") >= 3
    assert '"tickformat":",d"' in body, "there are no half parameters"
    for address in ("http://", "https://"):
        assert address not in (head + body).replace("http://www.w3.org/2000/svg", "")
    assert "exists" in refused(capsys, "compare", NAME, "zoo/2000", "-o", "page.html")
    assert run_app(["compare", NAME, "zoo/2000", "-o", "page.html", "--force"]) == 0


def refused(capsys, *words):
    capsys.readouterr()
    assert run_app(list(words)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line
