"""Train one design again over seeds, outside any study: confirm it, explain it, reproduce a published one, time it.

Functions return values, tell their progress through a callback `say`, and end early where the caller's `Stop` says
so; what they have trained is stored below the folder `runs` that they are given. They print nothing, and import
`study`, `workers`, `space`, `train` and `results`, never `commands`, `loop` or `outputs`.
"""
