"""What is synced at once, and what waits for the next sync."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import create_engine

from search.study.sqlite_file import connect
from search.study.syncing import Syncing

FULL, NORMAL = 2, 1


def test_what_may_wait_for_a_sync_waits_and_all_else_does_not(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path}/s.db", creator=lambda: connect(tmp_path / "s.db"))
    syncing = Syncing(engine)

    def levels():
        """Of two connections that are used at once."""
        with engine.connect() as one, engine.connect() as other:
            return {each.exec_driver_sql("PRAGMA synchronous").scalar() for each in (one, other)}

    assert levels() == {FULL}
    with syncing.later():
        assert levels() == {NORMAL}
    assert levels() == {FULL}
    engine.dispose()


def test_another_thread_syncs_all_the_same(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path}/s.db", creator=lambda: connect(tmp_path / "s.db"))
    syncing = Syncing(engine)

    def level():
        with engine.connect() as connection:
            return connection.exec_driver_sql("PRAGMA synchronous").scalar()

    with ThreadPoolExecutor(1) as other, syncing.later():
        with syncing.later():
            pass
        assert level() == NORMAL
        assert other.submit(level).result() == FULL
    engine.dispose()
