"""Designs that are known before a search begins: published ones, the zoo, the teacher, and the ladder of any design.

It imports `space`, but not `space.choices`.
"""
