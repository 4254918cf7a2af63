"""Your own pictures: a folder with a folder for each class. Here scikit-learn's digits are written as PNG files,
so that there are some: leave that out, and put your folder in the place of `pictures`.

python examples/own_pictures.py
"""

from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

import thimble

digits = load_digits()
for place, (pixels, label) in enumerate(zip(digits.images, digits.target, strict=True)):
    part = "test" if place % 6 == 0 else "train"
    file = Path("pictures", part, "even" if label % 2 == 0 else "odd", f"{place}.png")
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray((pixels * 255 / 16).astype(np.uint8)).resize((16, 16)).save(file)

data = thimble.data("pictures")
print(f"classes: {', '.join(data.task.class_names)}; images of {data.task.image}; {data.counts}")

search = thimble.Search(budget=1_000, data=data, folder="runs/pictures", epochs=5, workers=1, finals=0)
study = search.run(trials=3)

shown = sorted(Path("pictures/test/odd").iterdir())[:3]
for one in study.predict(*shown).every:
    print(f"{one.file.name}: {one.answer}, {one.share:.0%} sure")

study.export("pictures_net.py", weights="pictures_net.safetensors", force=True)
print(f"without Thimble: python pictures_net.py {shown[0]}")
