"""A study's folder keeps what the database could not take, and tells damage from it."""

import json

import pytest

from search.study.folder import StudyFolder, existing
from train.files.digests import Damaged

RESULT = {
    "design": {"network": "gap"},
    "end": {"verdict": "trained", "reason": ""},
    "curve": [{"epoch": 1, "accuracy": 0.5}],
}


@pytest.fixture
def spooled(tmp_path):
    """A folder with the results of trials 3 and 4, and the files that they are in."""
    folder = StudyFolder("one", tmp_path)
    folder.path.mkdir()
    for trial in (3, 4):
        folder.spool(trial, RESULT)
    return folder, *sorted(tmp_path.rglob("*.json"))


def test_a_result_comes_back(spooled):
    assert spooled[0].spooled(3).items() >= RESULT.items()
    assert spooled[0].spooled(5) is None


def test_any_changed_byte_of_a_result_is_found(spooled):
    folder, file, _ = spooled
    content = file.read_bytes()
    for place in range(len(content)):
        file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(Damaged, match=r"result\.json is damaged and not used"):
            folder.spooled(3)


def test_a_result_that_is_cut_or_zeroed_or_of_another_trial_is_found(spooled):
    folder, file, other = spooled
    content = file.read_bytes()
    for damage in (b"", content[:-9], bytes(len(content)), other.read_bytes()):
        file.write_bytes(damage)
        with pytest.raises(Damaged):
            folder.spooled(3)


def test_a_result_of_0_2_which_has_no_digest_is_read(spooled):
    folder, file, _ = spooled
    file.write_text(json.dumps(RESULT))
    assert folder.spooled(3) == RESULT


def test_the_copy_of_a_studys_settings_is_no_study(tmp_path):
    (tmp_path / "one" / "told").mkdir(parents=True)
    (tmp_path / "one" / "told" / "settings.json").touch()
    assert (existing(tmp_path), existing(tmp_path / "one")) == (["one"], [])
