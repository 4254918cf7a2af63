"""The command `dashboard`: serves Optuna's dashboard on a study."""

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
    from search.outputs.dashboard import serve_dashboard

    return serve_dashboard(study, runs=RUNS, host=host, port=port)
