"""Defines the colours that the charts of a study have in common."""

COLOURS = {  # each at least three times as bright as dark ground, and white ground as it
    "trained": "#2a78d6",
    "known": "#a95fd0",
    "pruned": "#b8860b",
    "best": "#1a9850",
    "quiet": "#8a8f98",
}
