"""Holds Optuna's dashboard on a study: it shows, takes notes, and can change nothing else.

`serving` listens and serves, `guard` stands before every request, `view` chooses what is shown of a long study,
`exhibits` adds notes, files and a chart, `page` changes the page itself, `beside` serves while a search runs.
"""

from search.outputs.dashboard.beside import DashboardProcess
from search.outputs.dashboard.serving import Remote, listen, serve, url

__all__ = ["DashboardProcess", "Remote", "listen", "serve", "url"]
