"""Store what is found in a search, and read it back: a study's folder, its database, who trains which trial.

Nothing here trains. Raises UserError for what a caller can put right and StorageAway where the database is away;
prints nothing, and is told the folder of all studies. Imports `proposals`, `workers`, `space` and `results`, and of
`train` what writes files, names images and scores, and reads torch modules; never `commands`, `loop`, `outputs` or
`replication`.
"""
