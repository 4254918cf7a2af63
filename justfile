# `just check` is what continuous integration runs, in this environment.

# tests, style and types
check: test lint

# the default suite, under five minutes on two cores
test:
    python -m pytest

# what the default suite leaves out: ten thousand proposals, killed workers
slow:
    python -m pytest -m "slow or fault" --timeout 900

# workers and coordinators killed a hundred times (about a quarter of an hour)
soak:
    THIMBLE_SOAK_KILLS=100 python -m pytest -s -m fault --timeout 3600 tests/search/test_soak.py

lint:
    ruff check .
    ruff format --check .
    pyright
