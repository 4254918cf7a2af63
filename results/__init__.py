"""What people read: findings, the words for them, the report, and exported files.

It imports `space`, numpy, pandas, plotly, jinja2 and scipy; onnx and onnxruntime only inside functions of
`results.export.onnx_file`; never torch, optuna, `search` or `train`.
"""
