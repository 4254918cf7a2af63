"""One log and two searches: their trials would get into one another's runs."""

import pytest

import thimble


def search(folder):
    return thimble.Search(
        2_000, "digits", folder=folder, space="core", warm_start="none", pruner="none", epochs=1, limit_images=300,
        finals=0, workers=1,
    )  # fmt: skip


class Another(thimble.Callback):
    """Begins a second search with the log of the first."""

    def __init__(self, folder, log):
        self.folder, self.log = folder, log

    def on_start(self, settings, folder):
        with pytest.raises(ValueError, match=r"`callbacks` has a log .* a thimble\.TensorBoard\(\) of its own"):
            search(self.folder).run(1, callbacks=[self.log], progress=False)


def test_a_log_is_of_one_search_at_a_time_and_then_of_the_next(tmp_path):
    log = thimble.TensorBoard()
    search(tmp_path / "a").run(1, callbacks=[log, Another(tmp_path / "b", log)], progress=False)
    assert list((tmp_path / "a" / "tensorboard" / "trial-00000").iterdir())
    assert not (tmp_path / "b" / "tensorboard").exists()
    search(tmp_path / "b").run(1, callbacks=[log], progress=False)
    assert list((tmp_path / "b" / "tensorboard" / "trial-00000").iterdir())
