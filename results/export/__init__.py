"""A network as files that need nothing of ours: a PyTorch module, ONNX, a model card; and whether they are true.

It imports `space`, `results.wording`, numpy and jinja2; onnx and onnxruntime only inside functions of `onnx_file`;
torch only in the process that `verify` starts.
"""
