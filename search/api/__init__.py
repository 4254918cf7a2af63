"""What the command line can do, from Python: `thimble` offers it under its own name, and nobody else imports it.

Functions and classes return values, tell their progress through callbacks and the logger "thimble", and raise errors
that speak of arguments. They print nothing, handle no signals, end no process, and read the current folder only where
a path that they are given, or its default, is a relative one.
"""

from search.api.shown import teach

teach()
