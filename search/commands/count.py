"""The command `count`: says what a network costs."""

from search.commands.app import RUNS, Design, Json, Study, app


@app.command(epilog="Example: python -m search count 'c8 relu c16 relu mp c16 relu gap c10k1'")
def count(design: Design, study: Study = None, json: Json = False) -> int:
    """Parameters, multiply-adds, memory and receptive field of a design, layer by layer; trains nothing."""
    from search.commands.tables import print_count
    from search.study.designs import find_design

    return print_count(find_design(design, study, RUNS).design.architecture, as_json=json)
