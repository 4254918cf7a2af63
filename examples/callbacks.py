"""What a search tells while it runs, and how to end it by a rule of your own.

python examples/callbacks.py
"""

import thimble


class Watch(thimble.Callback):
    """Prints what happens, and ends the search when two networks have been trained whole."""

    def __init__(self) -> None:
        self.trained = 0

    def on_start(self, settings, folder):
        print(f"{folder.name}: at most {settings.budget.parameters:,} parameters")

    def on_epoch(self, trial, score):
        print(f"  trial {trial.trial}, {trial.stage}, epoch {score.epoch} of {trial.epochs}: {score.accuracy:.1%}")

    def on_trial(self, record):
        self.trained += record.verdict == "trained"
        print(f"trial {record.trial} {record.verdict}: {record.notation}")
        if self.trained == 2:
            search.stop()  # `run` returns within seconds

    def on_end(self):
        print("over")


search = thimble.Search(budget=2_000, data="digits", folder="runs/callbacks", epochs=3, workers=1, finals=0)
study = search.run(trials=20, callbacks=[Watch()])
print(f"ended early, the best {study.best.score:.1%} held-out; run it again, and it goes on")
