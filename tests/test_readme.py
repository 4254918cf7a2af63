"""The README's sentences that can be checked, and its test command."""

import ast
import inspect
import re
import subprocess
import tomllib
from pathlib import Path
from statistics import fmean

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_continuous_integration_runs_the_readmes_test_command(tmp_path):
    """The line of .ci/run that reads the command, run by itself, yields the README's command word for word."""
    block = re.search(r"<!-- test command -->\n```sh\n(.+)\n```\n<!-- end -->", README)
    assert block is not None
    assert block[1].endswith("-m pytest")
    script = (ROOT / ".ci" / "run").read_text()
    (reads,) = re.findall(r"^command=.+$", script, re.MULTILINE)
    assert script.index(reads) < script.index('-c "$command"')
    (tmp_path / "README.md").write_text(README)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"{reads}\nprintf '%s' \"$command\""],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == block[1]


def test_the_readmes_python_runs():
    import thimble

    (code,) = re.findall(r"^```python\n(.+?)^```$", README, re.MULTILINE | re.DOTALL)
    names = {"thimble": thimble}
    (line,) = [line for line in code.splitlines() if line.startswith("net =")]  # the others search, for half an hour
    exec(line, names)
    assert sum(weights.numel() for weights in names["net"].parameters()) == 7_384


def test_the_figures_in_the_readme_are_those_of_the_zoo():
    """Parameters, the mean of the last epochs over the seeds, and how many seeds, from what the zoo stores."""
    from space.known.zoo import zoo

    rows = re.findall(r"^\| `(zoo/\d+)` \| ([\d,]+) \| ([\d.]+) % \| (\d+) \|$", README, re.MULTILINE)
    assert {name for name, *_ in rows} == set(zoo())
    for name, parameters, accuracy, seeds in rows:
        kept = zoo()[name]
        assert f"{kept.design.architecture.parameters:,}" == parameters
        assert len(kept.scores) == int(seeds)
        assert f"{100 * fmean(kept.scores):.2f}" == accuracy


def test_the_sizes_in_the_readme_are_those_of_the_zoos_weights():
    sizes = sorted(file.stat().st_size for file in (ROOT / "space" / "known" / "zoo").glob("*.safetensors"))
    least, middle, most = (f"{size / 1000:.0f}" for size in sizes)
    assert f"(files of {least} to {most} KB)" in README
    page = (ROOT / "docs" / "exported-file.md").read_text()
    assert f"{least}, {middle} and {most} KB" in " ".join(page.split())


def test_the_options_that_a_study_does_not_write_down_are_those_in_the_guide(tmp_path):
    from search.study.folder import StudyFolder
    from search.study.settings_toml import write_options
    from tests.search.study.test_store import settings

    folder = StudyFolder("one", runs=tmp_path)
    folder.path.mkdir()
    write_options(folder, settings(study="one").to_json())
    written = {f"--{name}" for name in tomllib.loads(folder.options_file.read_text())}
    page = (ROOT / "docs" / "how-it-searches.md").read_text()
    (said,) = re.findall(r"^(`--finals`.+) are not in it", page, re.MULTILINE)
    missing = set(re.findall(r"--[a-z-]+", said))
    assert missing == {"--finals", "--timeout", "--workers", "--device", "--log"}
    assert not missing & written
    assert written > {"--budget", "--trials", "--epochs", "--precision"}


def written_to(page):
    """Returns, for each call in a page's Python that writes a file, whether it may be made again."""
    code = "\n".join(re.findall(r"^```python\n(.+?)^```$", page.read_text(), re.MULTILINE | re.DOTALL))
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    writing = [call for call in calls if ast.unparse(call.func).endswith((".export", ".report"))]
    return [any(given.arg == "force" for given in call.keywords) for call in writing]


def test_the_python_that_goes_on_when_it_is_run_again_writes_its_files_again():
    assert written_to(ROOT / "README.md") == [True]
    assert written_to(ROOT / "docs" / "python.md") == [True] * 3


def test_every_option_in_the_readme_exists():
    from search.commands.main import app

    known = {"--help", "--version", "--install-completion"}
    for command in app.registered_commands:
        known |= set(re.findall(r"--[a-z][a-z-]+", inspect.getsource(command.callback)))
        known |= {f"--{name.replace('_', '-')}" for name in inspect.signature(command.callback).parameters}
    used = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README))
    assert used
    assert used <= known


def test_every_design_in_the_readme_exists():
    from space.architecture import Architecture
    from space.known.references import find

    for name in re.findall(r"ladder-\d/\w+", README):
        find(name)
    written = re.findall(r"`((?:c\d\S*) [^`]+)`", README)
    assert written
    for notation in written:
        Architecture.parse(notation)
