"""What a cold start finds where proposals are chosen by their cost, too, and where they are not, in the same time.

    python -m benchmarks.cost_aware --data-dir DIR --folder DIR --minutes 30 --repeats 3 --confirm 2

In the folder of `benchmarks.against_optuna` the searches that are not by cost are those that it kept there.
"""

from benchmarks.against import Side, compare, ours, parser

BY_COST = Side("Thimble by cost", ours("--warm-start", "none", "--cost-aware"))


def main() -> None:
    compare("cost_aware", BY_COST, parser(__doc__).parse_args())


if __name__ == "__main__":
    main()
