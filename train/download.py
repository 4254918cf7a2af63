"""`python -m train.download FOLDER`: MNIST by torchvision, in a process that its caller may end."""

import sys

from train.torchvision_schemas import define_missing_operators


def main() -> int:
    define_missing_operators()
    from torchvision.datasets import MNIST

    try:
        MNIST(sys.argv[1], download=True)
    except (OSError, RuntimeError) as error:  # URLError is an OSError; torchvision raises RuntimeError
        print(" ".join(str(error).split()) or type(error).__name__, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
