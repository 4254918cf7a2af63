"""Limits beside parameters: wherever a study's budget is shown they are, and each trial's own costs."""

import json
import re

import pytest

from results.findings.records import TrialRecord
from results.wording.limits import further, limits_in_words
from search.commands.main import run_app
from search.study.allowed import allowed, limits_of
from search.study.folder import StudyFolder
from search.study.reading import read_records
from tests.search.searches import searched_here

LIMITS = ("--budget", "2k", "--max-macs", "300k", "--max-activation-bytes", "30k")
IN_WORDS = "2,000 parameters, 300,000 multiply-adds and 30,000 bytes of activations"


@pytest.fixture(scope="module")
def limited(tmp_path_factory):
    """The folder with a study whose networks are limited in all ways, and what the search said."""
    folder = tmp_path_factory.mktemp("limited")
    _, said = searched_here(folder, *LIMITS, "--trials", "2", "--epochs", "1")
    return folder, said


@pytest.fixture
def said(limited, monkeypatch, capsys):
    monkeypatch.chdir(limited[0])

    def run(*command):
        assert run_app(list(command)) == 0
        return " ".join(capsys.readouterr().out.split())

    return run


def trained(limited) -> list[TrialRecord]:
    folder = next((limited[0] / "runs").iterdir())
    return [one for one in read_records(StudyFolder(folder.name, limited[0] / "runs")) if one.verdict == "trained"]


def test_a_search_says_its_limits_and_what_the_best_costs(limited):
    said = " ".join(limited[1].split())
    assert f"within {IN_WORDS}, each" in said
    assert re.search(r"best: trial \d, [\d,]+ parameters, [\d,]+ multiply-adds and [\d,]+ bytes of activations", said)


def test_every_trial_is_shown_with_what_is_limited(limited, said, tmp_path):
    heads = said("table")
    assert "macs peak bytes network" in heads
    for record in trained(limited):
        assert f"{record.macs:,} {record.activation_bytes:,} {record.notation}" in heads
        assert record.activation_bytes == record.design.architecture.activation_bytes <= 30_000
        assert f"and {record.activation_bytes:,} bytes of activations, of at most {IN_WORDS}" in said(
            "show", str(record.trial)
        )
        shown = json.loads(said("show", str(record.trial), "--json"))
        assert (shown["macs"], shown["activation_bytes"]) == (record.macs, record.activation_bytes)
    said("table", "--csv", str(tmp_path / "trials.csv"))
    assert "activation_bytes" in (tmp_path / "trials.csv").read_text().splitlines()[0]


def test_the_limits_stand_in_the_list_the_report_and_the_exported_file(said, compared_here, tmp_path):
    assert re.search(r" 2,000 .* % held-out .* 300,000 macs [\d,]+ parameters 30,000 bytes$", said("list"))
    listed = json.loads(said("list", "--json"))
    assert (listed["budget"], listed["max_macs"], listed["max_activation_bytes"]) == (2_000, 300_000, 30_000)
    said("report", "-o", str(tmp_path / "page.html"))
    assert f"The best network of at most {IN_WORDS} on digits" in (tmp_path / "page.html").read_text()
    said("export", "best", "-o", str(tmp_path / "net.py"))
    assert f"(budget {IN_WORDS}" in " ".join((tmp_path / "net.py").read_text().split())


def test_limits_are_said_in_the_order_of_a_budget():
    identity = {"budget": 8_000, "max_macs": None, "max_activation_bytes": 1}
    assert limits_of(identity) == {"parameters": 8_000, "activation_bytes": 1}
    assert further(limits_of(identity)) == ("activation_bytes",)
    assert allowed(identity) == "8,000 parameters and 1 byte of activations"
    assert allowed({"budget": 8_000}) == "8,000 parameters"
    assert allowed({"budget": 8_000, "budgets": [2_000, 8_000], "max_macs": 5}) == (
        "2,000 or 8,000 parameters and 5 multiply-adds"
    )
    assert limits_of({"budget": 8_000, "budgets": [2_000, 8_000]}, 2_000) == {"parameters": 2_000}
    assert limits_of(None) == {}
    assert limits_in_words({"macs": 1}) == "1 multiply-add"
