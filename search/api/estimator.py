"""`Estimator`: scikit-learn's bases of a classifier, with types, which they have none of."""

from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    class Estimator:
        """A classifier by `ClassifierMixin` and `BaseEstimator`."""

        def get_params(self, deep: bool = True) -> dict[str, Any]:
            """Returns the arguments by their names."""
            ...

        def set_params(self, **params: Any) -> Self:
            """Gives arguments other values, and returns the estimator."""
            ...

        def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
            """Returns the share of samples classified correctly, in [0, 1]."""
            ...

        def __getstate__(self) -> dict[str, Any]: ...

        def __setstate__(self, state: dict[str, Any]) -> None: ...

        def __sklearn_tags__(self) -> Any: ...

else:
    from sklearn.base import BaseEstimator, ClassifierMixin

    class Estimator(ClassifierMixin, BaseEstimator):
        """A classifier by `ClassifierMixin` and `BaseEstimator`."""
