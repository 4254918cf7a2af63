"""Names that callers still import from here; the file goes when they take them from where they are."""

from pathlib import Path

from train.data.bad_data import BadData as BadData
from train.data.forms.idx_sets import find_idx_set


def find(data_dir: Path) -> Path | None:
    """Returns the folder with MNIST's four files; None where there is none of them; raises BadData."""
    found = find_idx_set("mnist", data_dir)
    return found.files[0].parent if found and found.files else None
