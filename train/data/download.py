"""`python -m train.data.download FOLDER`: MNIST by torchvision, in a process that its caller may end."""

import sys

from train.data.torchvision_schemas import define_missing_operators


def main() -> int:
    define_missing_operators()
    from torchvision.datasets import MNIST

    try:
        MNIST(sys.argv[1], download=True)
    except (OSError, RuntimeError) as error:  # URLError is an OSError; torchvision raises RuntimeError
        lines = str(error).strip().splitlines() or [type(error).__name__]
        print(lines[-1].strip("<> "), file=sys.stderr)  # torchvision lists its mirrors; the last one's reason will do
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
