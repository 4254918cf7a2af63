"""Designs that are known before a search begins: published ones, the zoo, the teacher, and the ladder of any design.

It imports `space`; `space.choices`, which never imports it, in `scaled` alone.
"""
