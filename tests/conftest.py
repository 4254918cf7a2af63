"""Fixtures that several folders share."""

import os

# Before anything loads torch: the processes of the tests are as many as the cores. Training has one thread anyhow.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # ONNX Runtime would tell its makers of every run of the tests

import secrets
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.postgres import Server

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def denormals_as_they_were():
    """Commands run within the tests' process set what a training process sets once; floats must stay whole
    for the tests that follow."""
    yield
    if "torch" in sys.modules:
        sys.modules["torch"].set_flush_denormal(False)


@pytest.fixture
def two_threads() -> Iterator[None]:
    """A caller's torch computes on more threads than the one that a training has."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Prepared data sets of the tests are kept apart from the user's, by all processes of a run together."""
    base = tmp_path_factory.getbasetemp()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "cache"))
        yield


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    """The folder of the real MNIST: $THIMBLE_DATA, or shared/data beside the checkout."""
    for folder in (os.environ.get("THIMBLE_DATA"), ROOT.parent / "shared" / "data"):
        if folder and (Path(folder) / "MNIST" / "raw").is_dir():
            return Path(folder)
    pytest.skip("real MNIST is neither at $THIMBLE_DATA nor in shared/data beside the checkout")


@pytest.fixture(scope="module")
def browser():
    """The system's Chromium, which is skipped where there is none, but in continuous integration."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        message = "there is no chromium: apt-get install chromium"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def postgres(test_server: str) -> Iterator[str]:
    """URL of a new empty database on the tests' server."""
    import psycopg

    name = f"test_{secrets.token_hex(8)}"
    with psycopg.connect(test_server.replace("+psycopg", ""), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    yield urlsplit(test_server)._replace(path=f"/{name}").geturl()
    with psycopg.connect(test_server.replace("+psycopg", ""), autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def own_postgres(test_server: str) -> Iterator[Server]:
    """A server of the test's own, running; the test may stop it and start it again."""
    server = Server()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def test_server() -> str:
    """URL of the server that tests may make databases on."""
    url = os.environ.get("THIMBLE_TEST_POSTGRES")
    if not url:
        pytest.skip("THIMBLE_TEST_POSTGRES is not set")
    return url
