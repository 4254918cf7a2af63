"""A search from a script. Run it twice: the second time it goes on with what is there, and has nothing left to do.

python examples/script.py
"""

import thimble

study = thimble.Search(budget=2_000, data="digits", folder="runs/script", epochs=4, workers=1).run(trials=4)

best = study.best
print(f"the best of {len(study.trials)} trials has {best.parameters:,} parameters: {best.notation}")
print(study.leaderboard()[["trial", "verdict", "score", "parameters"]].to_string(index=False))

confirmed = study.confirm(seeds=2)  # trained again on all training images, scored on the test images
print(f"{confirmed.mean:.2%} of the test images over {len(confirmed.runs)} seeds; nothing was chosen by it")

study.export("script_net.py", weights="script_net.safetensors", force=True)
print("try it: python script_net.py script_net.safetensors")
