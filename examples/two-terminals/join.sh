#!/usr/bin/env bash
# The second of two terminals, on this machine or another: joins the study of begin.sh with one worker more.
#   export THIMBLE_STORAGE=postgresql://USER:PASSWORD@HOST/DATABASE
#   examples/two-terminals/join.sh
set -euo pipefail
: "${THIMBLE_STORAGE:?URL of the database}"
exec python -m search worker --study shared --workers 1
