"""One thread: these networks are so small that sharing their work costs more than the work."""

import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    torch.set_num_threads(1)
