"""A study that takes one search at a time is one search's also after the server was away."""

import contextlib

import pytest

from search.errors import Claimed
from search.study.folder import StudyFolder
from search.study.patience import Patience
from search.study.store import Store
from tests.search.study.test_store import settings

pytestmark = pytest.mark.fault


@pytest.fixture
def search(tmp_path, own_postgres):
    """Opens the study as a search does."""
    with contextlib.ExitStack() as stack:

        def open_store(name):
            folder = StudyFolder("s", tmp_path / name, storage=own_postgres.url)
            folder.path.mkdir(parents=True, exist_ok=True)
            store = Store(folder, settings(deterministic=True, storage=own_postgres.url), Patience(60))
            stack.callback(store.close)
            return store

        yield open_store


def restart(server):
    server.stop()
    server.start()


def test_a_search_claims_its_study_again_when_the_server_was_away(search, own_postgres):
    first = search("a")
    with pytest.raises(Claimed, match="study s is deterministic and is being searched by another process"):
        search("b")
    restart(own_postgres)
    first.refresh()
    with pytest.raises(Claimed):
        search("b")


def test_it_ends_where_another_was_sooner(search, own_postgres):
    first = search("a")
    restart(own_postgres)
    search("b")
    for _ in range(2):
        with pytest.raises(Claimed):
            first.refresh()
