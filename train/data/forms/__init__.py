"""Reads data sets, a module for each form that they come in; nothing here knows how they are prepared and kept."""
