"""Counts how long a search has brought nothing: trainings in a row that are within noise of the best before them."""

from collections.abc import Iterable

from results.findings.shares import standard_error


def trainings_in_vain(trainings: Iterable[tuple[float, float, int]], images: int) -> int:
    """Returns how many trainings there were since the last that brought something, as the first one of a budget does.

    Better than the best is one by more than the standard error by which trials are tied
    (`results.findings.selection`); or, where the smallest network is sought and it reaches the target, by its merit.
    A gain that is within noise does not move what the next one is compared with, so that several of them add up.

    Args:
        trainings: Of each trial that was trained to its end its score, its merit and its budget, in their order.
        images: How many held-out images each score is of.
    """
    best: dict[int, tuple[float, float]] = {}
    count = 0
    for score, merit, budget in trainings:
        if budget not in best or _better(score, merit, best[budget], images):
            best[budget], count = (score, merit), 0
        else:
            count += 1
    return count


def _better(score: float, merit: float, best: tuple[float, float], images: int) -> bool:
    if merit != score or best[0] != best[1]:
        return merit > best[1]
    return score - best[0] > standard_error((score,), images)
