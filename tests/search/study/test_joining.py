"""A name that somebody has for a study of Optuna's own."""

from contextlib import contextmanager

import optuna
import pytest
from optuna.storages import RDBStorage

import thimble
from search.errors import UserError
from search.study.databases import open_storage
from search.study.folder import StudyFolder
from search.study.joining import begun_as


@contextmanager
def optunas(url):
    """A storage of Optuna's own, closed at the end."""
    storage = RDBStorage(url)
    yield storage
    storage.remove_session()
    storage.engine.dispose()


def by_hand(study):
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)


def test_a_study_that_was_made_with_optuna_by_hand_is_left_as_it_is(tmp_path):
    (tmp_path / "mine").mkdir()
    url = f"sqlite:///{tmp_path / 'mine' / 'study.db'}"
    with optunas(url) as storage:
        by_hand(optuna.create_study(study_name="mine", storage=storage))
    search = thimble.Search(2000, "digits", folder=tmp_path / "mine", workers=1)
    with pytest.raises(ValueError, match=r"made with Optuna by hand.*name another study with `folder`"):
        search.run(1, progress=False)
    with optunas(url) as storage:
        study = optuna.load_study(study_name="mine", storage=storage)
        assert (len(study.trials), study.user_attrs) == (1, {})
    assert [file.name for file in (tmp_path / "mine").iterdir() if file.suffix in (".json", ".toml")] == []


@pytest.mark.parametrize(
    ("direction", "then"),
    [
        ("minimize", lambda _: None),  # as `optuna create-study` makes it
        ("maximize", by_hand),
        ("maximize", lambda study: study.set_user_attr("team", "ours")),
    ],
)
def test_so_is_one_on_a_server(postgres, tmp_path, direction, then):
    with optunas(postgres) as storage:
        then(optuna.create_study(study_name="mine", storage=storage, direction=direction))
    folder = StudyFolder("mine", tmp_path, storage=postgres)
    with pytest.raises(UserError, match=r"made with Optuna by hand"):
        begun_as(folder, {})


def test_a_study_of_ours_that_was_cut_off_before_its_first_word_is_a_new_one(tmp_path):
    folder = StudyFolder("ours", tmp_path)
    folder.path.mkdir()
    storage = open_storage(folder)
    optuna.create_study(study_name="ours", storage=storage, direction="maximize")
    storage.close()
    assert begun_as(folder, {}).new
