"""The kinds of choices that a search space has: one of a few values, a whole number, a real number."""

import math
import random
from dataclasses import dataclass

Value = str | int | float


@dataclass(frozen=True, slots=True)
class Pick:
    """A choice of one of a few values without order."""

    options: tuple[Value, ...]

    def draw(self, rng: random.Random) -> Value:
        """Draws each value equally likely."""
        return rng.choice(self.options)

    def __contains__(self, value: Value) -> bool:
        return value in self.options

    def __str__(self) -> str:
        return " | ".join(str(option) for option in self.options)


@dataclass(frozen=True, slots=True)
class Whole:
    """A choice of a whole number from `low` to `high`, both included."""

    low: int
    high: int

    def draw(self, rng: random.Random) -> Value:
        """Draws each number equally likely."""
        return rng.randint(self.low, self.high)

    def __contains__(self, value: Value) -> bool:
        return isinstance(value, int) and self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.low} .. {self.high}"


@dataclass(frozen=True, slots=True)
class Real:
    """A choice of a number from `low` to `high`; with `log`, every factor is equally likely."""

    low: float
    high: float
    log: bool = False

    def draw(self, rng: random.Random) -> Value:
        """Draws a number, evenly or evenly in its logarithm."""
        if not self.log:
            return rng.uniform(self.low, self.high)
        drawn = math.exp(rng.uniform(math.log(self.low), math.log(self.high)))
        return min(max(drawn, self.low), self.high)

    def __contains__(self, value: Value) -> bool:
        return not isinstance(value, str) and self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.low:g} .. {self.high:g}{' (log)' if self.log else ''}"


Choice = Pick | Whole | Real
