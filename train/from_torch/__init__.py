"""Reads a network that somebody wrote as a torch module into layers of the notation.

The module is built without memory (`module`), from a file or package of the user's own (`source`), and run once on
images without pixels, while every call of a torch function is written down (`recording`). Calls are brought into the
order of the notation (`order`), each turned into its layers by one table (`tokens`). What has no token is named with
its line. Imports `space`, torch and `train.importing`.
"""
