"""The command `dashboard`: serves Optuna's dashboard on a study."""

import sys
from typing import Annotated

import typer

from search.commands.app import RUNS, Study, app


@app.command(epilog="Example: python -m search dashboard --port 8081")
def dashboard(
    study: Study = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8080,
) -> int:
    """Start the Optuna dashboard on the study; Ctrl-C ends it."""
    from search.commands.signals import asked_by_signals, exit_code
    from search.outputs.dashboard import listen, serve
    from search.study.finding import find

    folder = find(study, RUNS)
    with listen(host, port, fields=f"`host` {host} `port` {port}") as listening, asked_by_signals() as stop:
        from search.study.reading import read_settings

        read_settings(folder)  # what cannot be shown is said before the address is
        address = f"http://{host}:{port}/"
        print(f"dashboard of {folder.name} on {address} ; Ctrl-C ends it", file=sys.stderr, flush=True)
        serve(listening, folder, lambda: not stop.requested)
    return exit_code(stop)
