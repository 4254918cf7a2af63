"""Words and number formats for what has been found out, the same wherever it is shown.

It imports `space` and `results.findings`.
"""
