"""`python -m search` and the console script `thimble`: one line and exit code 2 for anything a user can cause."""

import sys


def main() -> None:
    from search.commands.main import run_app

    sys.exit(run_app(sys.argv[1:]))


if __name__ == "__main__":
    main()
