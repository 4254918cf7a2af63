"""What people read: records, ranking, plots, the report, the exported module and its verification.

Imports space, pandas, plotly and jinja2; never optuna, search or train. torch only inside `verify`.
"""
