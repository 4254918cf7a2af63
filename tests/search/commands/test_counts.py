"""Numbers as people type them."""

import pytest

from search.commands.counts import parse_count

RIGHT = {
    "8000": 8_000, "8_000": 8_000, "8,000": 8_000, "8k": 8_000, "8K": 8_000, "0.5M": 500_000, "0.5m": 500_000,
    "1e4": 10_000, "2.5e3": 2_500, "1E+4": 10_000, "12.5k": 12_500, "1,234,567": 1_234_567, "0": 0, "-5": -5, "+7": 7,
    " 8k ": 8_000, "8.0": 8,
}  # fmt: skip
WRONG = ["", "k", "8 k", "8kb", "8kk", "1e4k", "8,00", "80,00", "1,2345", "8__000", "_8", "8_", "12.5", "0.0001k",
         "1e-3", "٣", "½", "0x10", "NaN", "inf", "1e999", "9" * 400, "--8", "8.", ".5k"]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), RIGHT.items())
def test_a_count_is_understood(text, value):
    assert parse_count(text) == value


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_count_is_refused(text):
    with pytest.raises(ValueError, match=r"must be a whole number such as 8000, 8_000, 8,000, 8k or 0\.5M, not"):
        parse_count(text)
