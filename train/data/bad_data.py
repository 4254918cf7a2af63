"""Defines the error of everything that reads images."""


class BadData(ValueError):
    """Images or labels are missing or damaged; the message is one line that names the file and what to do."""
