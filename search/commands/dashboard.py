"""The command `dashboard`: serves Optuna's dashboard on a study."""

from functools import partial
from typing import Annotated

import typer

from search.commands.app import RUNS, Study, command
from search.commands.columns import tell


@command(short_help="Serve Optuna's dashboard on a study.", epilog="Example: python -m search dashboard --port 8081")
def dashboard(
    study: Study = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8080,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Let in other machines that know the printed token.")
    ] = False,
) -> int:
    """Start the Optuna dashboard on the study, to look at it and write notes; Ctrl-C ends it."""
    from search.commands.signals import asked_by_signals, exit_code
    from search.outputs.dashboard import Remote, listen, serve, url
    from search.study.finding import find

    folder = find(study, RUNS, whole=True)  # what the trials chose is read, too
    fields = f"`host` {host} `port` {port}"
    with listen(host, port, fields=fields, remote=allow_remote) as listening, asked_by_signals() as stop:
        from search.study.reading import read_settings

        read_settings(folder)  # what cannot be shown is said before the address is
        remote = Remote(host=host) if allow_remote else None
        address = url(remote.shown_host, port, remote.token) if remote else url(host, port)
        say = partial(_say, folder.name, address)
        serve(listening, folder, lambda: not stop.requested, remote=remote, ready=say)
    return exit_code(stop)


def _say(study: str, address: str) -> None:
    tell(f"dashboard of {study} on {address} ; Ctrl-C ends it", beside=True)
    if "token=" in address:
        tell(
            f"note: whoever has this address sees study {study} (its trials, notes, files and weights) and can write "
            f"notes; nothing is encrypted on the way, so give it only to people in a network that you trust",
            beside=True,
        )
