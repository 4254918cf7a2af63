"""Imports of libraries that change the whole process leave it as it was, also those of two threads at once."""

import warnings
from contextlib import ExitStack

from train.importing import undisturbed


def test_the_filters_of_warnings_are_put_back_whichever_of_two_threads_leaves_first():
    before = list(warnings.filters)
    first, second = ExitStack(), ExitStack()
    first.enter_context(undisturbed())
    second.enter_context(undisturbed())
    first.close()
    assert warnings.filters != before  # the second is within
    second.close()
    assert warnings.filters == before


def test_what_a_library_uses_that_is_deprecated_is_not_told():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with undisturbed():
            warnings.warn("it is old", DeprecationWarning, stacklevel=1)
