"""Finds a logger by the name that a user types."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from search.errors import UserError

if TYPE_CHECKING:
    from search.loop.loggers.logger import Logger


def loggers_named(names: Iterable[str]) -> "list[Logger]":
    """Returns the loggers of these names, one of each.

    Raises:
        UserError: There is none of a name, or its package is not installed.
    """
    return [_named(name) for name in dict.fromkeys(names)]


def _named(name: str) -> "Logger":
    match name:
        case "tensorboard":
            from search.loop.loggers.tensorboard import TensorBoard

            return TensorBoard()
        case "mlflow":
            from search.loop.loggers.mlflow import MLflow

            return MLflow()
        case "wandb":
            from search.loop.loggers.wandb import WandB

            return WandB()
        case _:
            raise UserError(f"`log` must be tensorboard, mlflow or wandb, not {name!r}")
