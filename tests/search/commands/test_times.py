"""Times are read as people write them."""

import pytest

from search.commands.times import parse_timeout
from search.errors import UserError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("1.5h", 5400), ("30m", 1800), ("1h30m", 5400), ("1h0m5s", 3605), ("2m30s", 150)],
)
def test_a_time_is_the_sum_of_its_parts(text, seconds):
    assert parse_timeout(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "0h0m", "h", "1h30", "30m1h", "1m1m", "-5", "1e3", "inf", "5 m", "٣"])
def test_anything_else_is_refused_with_what_a_time_is(text):
    with pytest.raises(UserError, match="`timeout` must be a time such as 90, 90s, 30m, 2h or 1h30m, not"):
        parse_timeout(text)
