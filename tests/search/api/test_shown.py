"""What a notebook is given of what a caller gets; how it looks: tests/results/report/test_notebook.py."""

import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

import thimble
from tests.beside import make_users_modules


@pytest.fixture
def study(studied, tmp_path):
    folder = tmp_path / "mine"
    shutil.copytree(studied[0] / "runs" / "digits-2000", folder)
    return thimble.load(folder)


def test_values_show_themselves_as_html(study):
    best = study.best
    for value, within in (
        (study, f"<b>Trial {best.trial}</b>"),
        (best, f"Trial {best.trial}: trained"),
        (best.design, "epochs in batches of"),
        (thimble.count("c8 relu mp c10 gap"), "792 parameters"),
        (thimble.Search(2000, "digits", folder=study.folder, epochs=2), f"<b>Trial {best.trial}</b>"),
    ):
        html = value._repr_html_()
        assert "<svg" in html
        assert within in html


def test_what_cannot_be_shown_is_left_to_its_text(study):
    assert replace(study.best, notation="no such layer")._repr_html_() is None
    assert thimble.Search(3000, "digits", folder=study.folder.parent / "new")._repr_html_() is None
    (study.folder / "study.db").unlink()
    assert study._repr_html_() is None


def test_it_stands_beside_modules_of_the_users_own(tmp_path):
    make_users_modules(tmp_path)
    script = (
        "import results, train, thimble; network = thimble.count('c8 relu mp c10 gap'); "
        "images = thimble.data('digits'); "
        "assert len(images.training().labels) - len(images.test().labels) == 1203 and images.duplicates() == 0; "
        "assert images.sheet() and images.first_image().shape == (28, 28) and train.OWNER; "
        "print(network._repr_html_()[:21])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == '<div class="thimble">'
