"""What a training process sets, seen in a process of its own."""

import subprocess
import sys


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_a_prepared_process_computes_on_one_thread_and_keeps_its_memory():
    code = """
import resource, sys, torch
from train.fast.process import prepare
{prepare}
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        torch.ones(16, 1024, 1024)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()  # the first blocks find their places
print(torch.get_num_threads(), faults() < 1000, (torch.tensor([1e-39]) * 0.5).item() == 0)
"""
    if sys.platform == "linux":
        assert run(code.format(prepare="prepare()")) == "1 True True"
        assert run(code.format(prepare="torch.set_num_threads(1)")) == "1 False False"  # so the check can fail


def test_a_c_library_without_mallopt_is_left_alone():
    code = """
import ctypes, torch
ctypes.CDLL = lambda name: object()
from train.fast.process import prepare
prepare()
print("done")
"""
    assert run(code) == "done"
