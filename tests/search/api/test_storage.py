"""A study on a server, from Python: its password comes as an argument."""

import pytest

import thimble


def test_a_password_that_came_as_an_argument_is_enough_and_is_written_nowhere(
    postgres: str, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("THIMBLE_STORAGE", raising=False)
    search = thimble.Search(
        2_000, "digits", folder=tmp_path / "mine", storage=postgres, space="core", warm_start="none", pruner="none",
        epochs=1, limit_images=300, finals=0, workers=1,
    )  # fmt: skip
    study = search.run(1, progress=False)
    assert [trial.verdict for trial in study.trials] == ["trained"]
    assert search.best == thimble.load(tmp_path / "mine").best == study.best
    assert [one.problem for one in thimble.studies(tmp_path)] == [""]
    secret = postgres.split(":")[2].rpartition("@")[0].encode()
    assert secret
    assert not [file for file in (tmp_path / "mine").rglob("*") if file.is_file() and secret in file.read_bytes()]
