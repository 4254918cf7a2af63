"""All trials of a study in their order."""

import io

import pandas as pd
import pytest

from results.findings.selection import best
from search.outputs.table import trial_table
from search.study.finding import find
from search.study.reading import read_records


@pytest.fixture
def folder(studied):
    return find(None, studied[0] / "runs")


def test_a_table_has_every_trial_with_the_best_on_top(folder):
    table = trial_table(folder, top=2)
    assert {record.trial for record in table.records} == {record.trial for record in read_records(folder)}
    assert table.records[0] == table.best == best(read_records(folder))
    assert table.shown == table.records[:2]
    assert table.left_out == len(table.records) - 2 > 0
    assert trial_table(folder).left_out == 0


def test_a_front_rises_with_the_parameters(folder):
    front = trial_table(folder, only_front=True).records
    assert [record.parameters for record in front] == sorted({record.parameters for record in front})
    assert [record.score for record in front] == sorted({record.score for record in front})
    for record in read_records(folder):
        if record.score is not None:
            assert any(one.parameters <= record.parameters and one.score >= record.score for one in front)


def test_its_csv_has_a_row_a_trial(folder):
    table = trial_table(folder, top=1)
    rows = pd.read_csv(io.StringIO(table.as_csv()))
    assert [int(trial) for trial in rows["trial"]] == [record.trial for record in table.records]
