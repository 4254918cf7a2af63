"""What has been found out, as values: trials and their ranking, confirmations, ladders, importance, answers.

It imports `space`, numpy, pandas and scipy, and nothing else of `results`.
"""
