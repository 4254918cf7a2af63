#!/usr/bin/env bash
# One machine of several that share a study: the first (index 0) begins it, or goes on with it; each other one waits until
# it is there and joins. Any of them may be ended and started again: the study goes on.
#
#   THIMBLE_STORAGE=postgresql://USER:PASSWORD@HOST/DATABASE THIMBLE_BUDGET=8000 join.sh INDEX
#
# THIMBLE_STUDY (default: shared), THIMBLE_WORKERS (default: auto), THIMBLE_WAIT (default: 600, in seconds, how long to
# wait for the study) and THIMBLE_RUN_OPTIONS (more options of `run`, of the first machine alone) may be given.
set -euo pipefail

index=${1:?the number of this machine, from 0}
: "${THIMBLE_STORAGE:?URL of the PostgreSQL database}"
study=${THIMBLE_STUDY:-shared} workers=${THIMBLE_WORKERS:-auto}

if [ "$index" = 0 ]; then
  read -ra more <<< "${THIMBLE_RUN_OPTIONS:-}"
  exec python -m search run --study "$study" --budget "${THIMBLE_BUDGET:?most parameters of a network}" \
    --workers "$workers" "${more[@]}"
fi

join() {
  python -m search worker --study "$study" --workers "$workers" &
  child=$!
  wait "$child"
}
child=
# A machine that is taken back gets SIGTERM: the worker hands its trials on within seconds.
trap '[ -z "$child" ] || kill -TERM "$child" 2> /dev/null; wait; exit 143' TERM

end=$((SECONDS + ${THIMBLE_WAIT:-600}))
until join; do
  [ $SECONDS -lt $end ] || { echo "machine $index: the study $study has not begun, or its search failed" >&2; exit 1; }
  sleep 5
done
