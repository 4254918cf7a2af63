"""A study begins only where nothing of anybody else's would go with it."""

import pytest

from search.errors import UserError
from search.study.folder import StudyFolder
from search.study.room import check_room


@pytest.mark.parametrize("name", ["thesis.doc", "train.py", "runs"])
def test_a_folder_with_files_of_the_users_is_refused(tmp_path, name):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / name).touch()
    with pytest.raises(UserError, match=f"holds '{name}', which is not a study's, .* name a new or an empty folder"):
        check_room(StudyFolder("mine", tmp_path))


def test_a_folder_that_cannot_be_looked_into_is_said(tmp_path):
    with pytest.raises(UserError, match=r"cannot be read \(File name too long\); make it readable, or name another"):
        check_room(StudyFolder("a" * 300, tmp_path))


def test_a_folder_that_is_new_or_empty_or_a_study_has_room(tmp_path):
    folder = StudyFolder("mine", tmp_path)
    check_room(folder)
    folder.path.mkdir()
    check_room(folder)
    for name in ("lock", "weights", "told", ".DS_Store", "mlflow.db"):
        (folder.path / name).touch()
    check_room(folder)
    folder.settings_file.touch()
    (folder.path / "report.html").touch()
    check_room(folder)
