"""Defines the error of an engine that cannot be compiled for want of a place."""


class CannotCompile(ValueError):
    """The engine's compiled code cannot be stored; the message is one line that names the folder and what to do."""
