"""Make what a user takes away from a study: the exported files of a network, the report, the table of trials, and
Optuna's dashboard.

Functions return values or write the files that they are told to, and raise UserError for what a caller can put
right; they print nothing and know neither the current folder nor signals. They import `replication`, `study`,
`space`, `train` and `results`, never `commands` or `loop`.
"""
