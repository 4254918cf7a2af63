"""Learning curves in a line of text."""

from search.commands.drawing.curves import sparkline


def test_a_sparkline_rises_with_accuracy():
    bars = sparkline((0.5, 0.9, 0.98, 0.994))
    assert len(bars) == 4
    assert list(bars) == sorted(bars)
    assert (bars[0], bars[-1]) == ("▁", "█")
    assert len(sparkline((0.9, 0.9))) == 2
