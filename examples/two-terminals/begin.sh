#!/usr/bin/env bash
# The first of two terminals: begins a study in PostgreSQL, and searches with one worker here.
#   export THIMBLE_STORAGE=postgresql://USER:PASSWORD@HOST/DATABASE
#   examples/two-terminals/begin.sh
set -euo pipefail
: "${THIMBLE_STORAGE:?URL of the database}"
exec python -m search run --study shared --budget 2000 --dataset digits --epochs 4 --trials 12 --workers 1
