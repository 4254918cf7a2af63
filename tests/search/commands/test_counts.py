"""Numbers as people type them."""

import pytest

from search.commands.counts import parse_budgets, parse_count

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


SEVERAL = {
    "2000,4000,8000": (2_000, 4_000, 8_000), "2k,4k,8k": (2_000, 4_000, 8_000), "2,000, 4,000": (2_000, 4_000),
    "500,1000": (500, 1_000), "0.5k, 1M": (500, 1_000_000), "8,000": 8_000, "8k": 8_000, 8_000: 8_000,
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), SEVERAL.items())
def test_several_budgets_have_commas_between(text, value):
    assert parse_budgets(text) == value


@pytest.mark.parametrize("text", ["2,000,4,000", "2k,", ",2k", "2k;4k", "2k,x", "2k,,4k", ",".join(["2k"] * 21), "x"])
def test_budgets_that_are_none_or_could_be_others_are_refused(text):
    with pytest.raises(ValueError, match="must be a whole number such as 8000"):
        parse_budgets(text)
