"""Who has a study's folder."""

import fcntl
from threading import Timer

import pytest

from search.errors import UserError
from search.study.folder import alone


def test_the_process_that_has_a_folder_is_named_though_it_has_only_just_taken_it(tmp_path):
    lock = tmp_path / "lock"
    with lock.open("wb") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        Timer(0.3, lock.write_text, ("1234",)).start()
        with pytest.raises(UserError, match="taken by process 1234; wait"), alone(tmp_path, "taken", "wait"):
            pytest.fail("it is another's")
