# `just check` is what continuous integration runs, in this environment.

# tests, style and types
check: test lint

# the default suite
test:
    python -m pytest

# how much of each package the default suite runs, which takes twice as long
floors:
    python -m pytest --cov --cov-report=
    python -m tests.floors

# what the default suite leaves out, in a shortened form: thousands of proposals, killed workers
slow:
    python -m pytest -n 0 -m "slow or fault" --timeout 900

# thousands of random networks, kills, stops, lost servers and nodes in full (about three hours); needs $THIMBLE_TEST_POSTGRES
soak:
    THIMBLE_SOAK_DRAWS=200 python -m pytest tests/space/choices tests/results/export/test_training.py
    THIMBLE_SOAK_COMPOSITIONS=2000 THIMBLE_SOAK_ENGINE=500 THIMBLE_SOAK_PROPOSALS=10000 THIMBLE_SOAK_RIVALS=1000 \
        THIMBLE_SOAK_SPACES=100 THIMBLE_SOAK_CONFIGS=1000 THIMBLE_SOAK_MALFORMED=1000 THIMBLE_SOAK_TAMPERED=400 \
        THIMBLE_SOAK_PAGES=1 THIMBLE_SOAK_ENDS=100 THIMBLE_SOAK_MODULES=220 THIMBLE_SOAK_READ=525 \
        python -m pytest -n 2 -m "slow and not fault" --timeout 7200
    THIMBLE_SOAK_KILLS=100 THIMBLE_SOAK_STOPS=20 THIMBLE_SOAK_PAIRS=50 THIMBLE_SOAK_TRIALS=160 THIMBLE_SOAK_AWAY=30 \
        THIMBLE_SOAK_MALFORMED=1000 \
        python -m pytest -n 0 -s -m fault --timeout 7200

# ruff and pyright, as before each commit (.pre-commit-config.yaml)
lint:
    pre-commit run --all-files

# docs/screens/ and the tutorial's blocks of them, from the program
screens:
    python -m tests.screens

# docs/commands/, from the command line
commands:
    python -m tests.command_pages

# the guide in site/, with warnings as errors; `mkdocs serve` shows it
guide:
    NO_MKDOCS_2_WARNING=1 mkdocs build --strict

# one epoch of ladder-3/6 on digits under torch's profiler: a table of what took longest
profile:
    python -m benchmarks.profile_epoch
