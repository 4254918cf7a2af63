#!/usr/bin/env bash
# A SLURM array, a task a machine, that searches one study together:
#
#   export THIMBLE_STORAGE=postgresql://USER@HOST/DATABASE    # the password in ~/.pgpass, which the nodes share
#   sbatch --array=0-7 --export=ALL,THIMBLE_BUDGET=8000 examples/many-machines/slurm.sh
#
# Submit it from the repository, in a folder that the nodes share and with the environment in .venv; from another folder say
# with THIMBLE_JOIN where join.sh is. The study's files are kept below the folder.
#SBATCH --job-name=thimble
#SBATCH --cpus-per-task=8
#SBATCH --mem-per-cpu=1G
#SBATCH --time=04:00:00
#SBATCH --output=thimble-%A-%a.log
#SBATCH --requeue
set -euo pipefail

cd "${SLURM_SUBMIT_DIR:?is set by SLURM}"
if [ -f .venv/bin/activate ]; then
  # shellcheck source=/dev/null
  . .venv/bin/activate
fi
export THIMBLE_WORKERS=${THIMBLE_WORKERS:-${SLURM_CPUS_PER_TASK:-auto}}
exec "${THIMBLE_JOIN:-examples/many-machines/join.sh}" "${SLURM_ARRAY_TASK_ID:?submit it with --array}"
