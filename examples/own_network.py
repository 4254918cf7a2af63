"""A torch module of yours: what it costs, and a search that begins with it.

python examples/own_network.py
"""

from torch import nn

import thimble


class Net(nn.Sequential):
    """A network as people write them."""

    def __init__(self) -> None:
        super().__init__(
            nn.Conv2d(1, 8, 3, bias=False), nn.ReLU(), nn.BatchNorm2d(8),
            nn.Conv2d(8, 8, 3, bias=False), nn.ReLU(), nn.BatchNorm2d(8), nn.MaxPool2d(2),
            nn.Conv2d(8, 10, 3, bias=False), nn.ReLU(), nn.BatchNorm2d(10),
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(10, 10, 1, bias=False), nn.Flatten(),
        )  # fmt: skip


if __name__ == "__main__":  # Thimble reads this file when a command is given own_network.py:Net
    network = thimble.count(Net)
    print(network.notation)
    print(f"{network.parameters:,} parameters, {network.macs:,} multiply-adds")

    search = thimble.Search(
        budget=2_000, data="digits", folder="runs/network", warm_start=Net, epochs=3, workers=1, finals=0
    )
    study = search.run(trials=3)
    print(f"first tried, as wide as the budget allows: {study.trials[0].notation}")
    print(f"best: {study.best.notation}, {study.best.parameters:,} parameters")
