"""The servers that other tests rely on."""

import contextlib
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.fault


def connect(url):
    """A connection that closes at the end of its block and commits each statement."""
    return contextlib.closing(psycopg.connect(url.replace("+psycopg", ""), autocommit=True, connect_timeout=5))


def test_a_server_goes_away_and_comes_back_with_its_data(own_postgres):
    url = own_postgres.url
    with connect(url) as database:
        database.execute("CREATE TABLE birds AS SELECT 'wren' AS name")
        own_postgres.stop()
        with pytest.raises(psycopg.OperationalError):
            database.execute("SELECT name FROM birds")
    with pytest.raises(psycopg.OperationalError, match="refused"):
        psycopg.connect(url.replace("+psycopg", ""))
    own_postgres.stop()  # which is no error
    own_postgres.start()
    assert own_postgres.url == url
    with connect(url) as database:
        assert database.execute("SELECT name FROM birds").fetchall() == [("wren",)]


def test_the_password_counts(own_postgres):
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(own_postgres.url.replace("+psycopg", "").replace(own_postgres.secrets[1], "other"))


@pytest.mark.parametrize("_", range(2))
def test_a_tests_database_is_empty(postgres, _):
    with connect(postgres) as database:
        tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        assert database.execute(tables).fetchone() == (0,)
        database.execute("CREATE TABLE birds (name TEXT)")


def test_a_server_from_the_command_line(test_server):
    """Started by a process that ends, ended by another."""
    folder = tempfile.mkdtemp()
    script = [sys.executable, "-m", "tests.postgres"]
    started = subprocess.run([*script, folder], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    url = started.stdout.removesuffix("\n")
    with connect(url) as database:
        assert database.execute("SELECT 1").fetchone() == (1,)
    subprocess.run([*script, "--stop", folder], cwd=ROOT, check=True)
    assert not Path(folder).exists()
    with pytest.raises(psycopg.OperationalError):
        connect(url)
