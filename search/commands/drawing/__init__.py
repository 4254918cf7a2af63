"""Draw values as people read them: tables and lines with rich, in colour on a terminal, plain text when piped.

Nothing here computes what it shows, and only the commands import it; rich is loaded with its modules.
"""
