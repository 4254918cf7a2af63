"""The folder of what can be made again, whatever the environment says of a home."""

import os
from pathlib import Path

import pytest

from train.files.user_cache import user_cache


@pytest.mark.parametrize(
    ("home", "base", "found"),
    [
        ("/home/one", None, "/home/one/.cache/thimble"),
        ("/home/one", "/var/one", "/var/one/thimble"),
        ("/home/one", "one", "/home/one/.cache/thimble"),
        ("one", None, "/.cache/thimble"),
        ("", None, "/.cache/thimble"),
    ],
)
def test_it_is_never_below_the_current_folder(monkeypatch, home, base, found):
    monkeypatch.setenv("HOME", home)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    if base:
        monkeypatch.setenv("XDG_CACHE_HOME", base)
    assert user_cache() == Path(found)


def test_a_user_without_name_and_home_has_no_folder_called_tilde(monkeypatch):
    pwd = pytest.importorskip("pwd")
    nobody = next(number for number in range(54_321, 60_000) if number not in {one.pw_uid for one in pwd.getpwall()})
    monkeypatch.delenv("HOME")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(os, "getuid", lambda: nobody)
    assert os.path.expanduser("~") == "~"
    assert user_cache() == Path("/.cache/thimble")
