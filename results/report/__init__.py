"""The report of a study, as one HTML page, and its parts, which the dashboard shows too.

It imports `space`, `results.findings`, `results.wording`, numpy, plotly and jinja2.
"""
