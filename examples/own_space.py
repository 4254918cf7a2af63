"""A search space of your own: what is in it, and a search that keeps to it.

python examples/own_space.py
"""

from pathlib import Path

import thimble

SPACE = Path(__file__).with_name("own_space.toml")

survey = thimble.space(2_000, SPACE)
print(f"{len(survey.choices)} choices; {survey.choices['template']}")

study = thimble.Search(
    budget=2_000, data="digits", folder="runs/space", space=SPACE, warm_start="none", epochs=3, workers=1, finals=0
).run(trials=4)
print(f"first tried, as wide as the budget allows: {study.trials[0].notation}")
for trial in study.trials:
    assert trial.recipe is not None
    assert trial.recipe.optimizer == "adamw"
print(f"best: {study.best.notation}, {study.best.parameters:,} parameters")
