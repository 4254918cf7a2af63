"""What people type first, and every command of the README and the guide, each with its right answer."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
import typer
from PIL import Image

from search.commands.main import app, run_app
from tests.source import ROOT

NAME = "digits-2000"
STUDY = f"--study {NAME}"
ANSWERS = [  # what is typed, the exit code, and what is said
    # what the issue lists
    ("list", 0, NAME),
    ("list --json", 0, '"running": false'),
    ("delete digits-2000", 2, "without a terminal nobody can be asked"),
    ("delete copied --yes", 0, "deleted copied: "),
    ("compare best zoo/8000", 0, "zoo/8000"),
    ("compare digits-2000 copied", 0, "trial"),
    ("compare digits-2000:0 zoo/2000 --json", 0, '"confirmed"'),
    ("predict my.png", 0, "my.png"),
    ("predict zoo/8000 my.png", 0, "my.png"),
    ("predict zoo/8000 my.png --csv", 0, "file,class,share"),
    ("--version", 0, "thimble "),
    ("-h", 0, "Usage: "),
    ("run -h", 0, "--budget N"),
    ("--install-completion", 2, "thimble --install-completion"),
    (f"run {STUDY} --workers 1", 0, "search longer: python -m search run"),
    (f"run {STUDY} --budget 8k", 2, "budget 2000 there, 8000 here"),
    (f"run {STUDY} --epochs 3", 2, "epochs 2 there, 3 here"),
    ("run", 2, "name --budget, the most parameters"),
    ("run --study new", 2, "there is no study new"),
    ("run --budget 8k --trials 0 --dataset digits", 2, "--trials must be at least 1"),
    ("run --budget 8kb", 2, "--budget must be a whole number such as 8000"),
    ("run --budget 8000 --budget 9000", 2, "--budget is given 2 times; give it once"),
    ("run --patience 0 --budget 8k", 2, "--patience must be at least 1"),
    # other names of options
    *(
        (f"run {option}", 2, f"the nearest is {meant}; see `python -m search run --help`")
        for option, meant in {
            "--max-params": "--budget",
            "--params": "--budget",
            "--max-parameters": "--budget",
            "--max_params": "--budget",
            "-budget": "--budget",
            "--Budget": "--budget",
            "--budgt": "--budget",
            "--n-trials": "--trials",
            "--n_trials=9": "--trials",
            "--gpu": "--device cuda",
            "--cpu": "--device cpu",
            "--jobs": "--workers",
            "-j": "--workers",
            "-j4": "--workers",
            "--data": "--dataset",
            "--time-limit": "--timeout",
            "--name": "--study",
            "--resume": "--study",
            "--random-state": "--seed",
            "--early-stopping": "--patience",
            "--flops": "--max-macs",
            "--grayscale": "--gray",
            "--val-split": "--hold-out",
            "--database": "--storage",
        }.items()
    ),
    ("run --quiet", 2, "run has no option --quiet; see"),
    ("run --batch-size 9", 2, "run has no option --batch-size; see"),
    ("run --test-size 0.2", 2, "the nearest is --hold-out"),
    ("run --executions-per-trial 3", 2, "the nearest is --finals"),
    ("confirm --folds 3", 2, "the nearest is --seeds"),
    ("bench --batch-size 9", 2, "the nearest is --batch"),
    ("confirm --n-seeds 3", 2, "the nearest is --seeds"),
    ("report --out page.html", 2, "the nearest is --output"),
    ("delete digits-2000 --force", 2, "the nearest is --yes"),
    ("count zoo/8000 --format json", 2, "the nearest is --json"),
    ("table --n 3", 2, "the nearest is --top"),
    ("run --lr 0.1", 2, "run has no option --lr; see"),
    ("count zoo/8000 --gpu", 2, "count has no option --gpu; see"),
    # other names of commands
    *(
        (command, 2, f"there is no command '{command}'; the nearest is {meant}; see `python -m search --help`")
        for command, meant in {
            "search": "run",
            "tune": "run",
            "fit": "run",
            "ls": "list",
            "get": "list",
            "study": "list",
            "prune": "delete",
            "logs": "show",
            "create-study": "run",
            "best-trial": "best",
            "studies": "list",
            "rm": "delete",
            "remove": "delete",
            "test": "confirm",
            "eval": "confirm",
            "leaderboard": "table",
            "diff": "compare",
            "infer": "predict",
            "classify": "predict",
            "benchmark": "bench",
            "Run": "run",
            "exprot": "export",
            "version": "--version",
            "help": "--help",
        }.items()
    ),
    ("frobnicate", 2, "there is no command 'frobnicate'; see"),
    # values
    ("run --budget", 2, "--budget needs a value; see `python -m search run --help`"),
    ("run --gray=yes", 2, "--gray takes no value"),
    ("run --sampler grid", 2, "--sampler must be tpe, random, gp or nsga2, not 'grid'"),
    ("run --seed one", 2, "--seed must be a whole number, not 'one'"),
    ("run --target high", 2, "--target must be a number, not 'high'"),
    ("run --dashboard-port 0", 2, "--dashboard-port must be a whole number from 1 to 65,535, not '0'"),
    ("run 8000", 2, "run takes no more words, and here is '8000'; write --budget 8000; see"),
    ("run digits", 2, "write --dataset digits; see"),
    ("run help", 2, "here is 'help'; see"),
    (f"best {NAME}", 2, f"write --study {NAME}; see `python -m search best --help`"),
    (f"show {STUDY} 1 2", 2, "here is '2'; see"),
    (f"report {STUDY} other", 2, "here is 'other'; see"),
    ("run --budget 2k 3k", 2, "here is '3k'; see"),
    ("run --budget 8k --dataset digits --target 0.994", 2, "--target is in percent, and 0.994 would be"),
    ("confirm zoo/8000 --target 0.99", 2, "--target is in percent, and 0.99 would be 0.99 %; write 99"),
    ("list all", 2, "here is 'all'; see"),
    ("--budget 8k", 2, "its command run has; write python -m search run --budget; see"),
    ("predict", 2, "predict needs a picture; name a file or a folder of them"),
    ("predict -h", 0, "[DESIGN]"),
    ("compare zoo/8000 nope", 2, "nothing is called nope: no study in runs/ and no known network; and as a notation"),
    ("count c8", 2, "layer 1 `c8` leaves 8x26x26"),
    ("show", 2, "show needs TRIAL"),
    ("predict zoo/8000", 2, "predict needs a picture"),
    ("predict ladder-3/6 my.png", 2, "ladder-3/6 has no trained weights"),
    ("predict best gone.png", 2, "gone.png (No such file or directory)"),
    ("compare best", 2, "compare needs two designs at least"),
    ("best --study digits-200", 2, "--study names one of: digits-2000"),
    ("count digits-200", 2, "the nearest are digits-2000"),
    (f"count {NAME}:0", 0, "in all"),
    (f"show {NAME}:best", 0, f"of {NAME}: trained"),
    ("show nowhere:3", 2, "there is no study nowhere"),
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(studied, tmp_path_factory):
    made = tmp_path_factory.mktemp("guesses")
    shutil.copytree(studied[0] / "runs" / NAME, made / "runs" / NAME)
    Image.new("L", (28, 28)).save(made / "my.png")
    return made


@pytest.mark.parametrize(("typed", "code", "said"), ANSWERS, ids=[typed for typed, *_ in ANSWERS])
def test_a_first_guess_is_answered_right(folder, monkeypatch, capsys, typed, code, said):
    monkeypatch.chdir(folder)
    monkeypatch.setenv("THIMBLE_DATA", "")
    monkeypatch.delenv("THIMBLE_STORAGE", raising=False)
    if "copied" in typed:
        shutil.copytree(f"runs/{NAME}", "runs/copied", dirs_exist_ok=True)
    assert run_app(shlex.split(typed)) == code
    out, err = capsys.readouterr()
    shutil.rmtree("runs/copied", ignore_errors=True)
    assert said in out + err
    if code == 2:
        (line,) = err.splitlines()
        assert line.startswith("error: ")
        assert not re.search("Input should|Value error|Invalid value|pydantic|Traceback", line)
    assert Path("runs", NAME, "study.db").exists()


def typed_in_the_guide():
    """Every command line of the README and the guide but its log, those that are told in prose too."""
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").glob("*.md")]
    found = set()
    for page in pages:
        text = page.read_text().replace("\\\n", " ")
        blocks = re.findall(r"^```sh\n.*?^```$", text, re.MULTILINE | re.DOTALL)
        prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
        told = [" ".join(part.split()) for part in re.findall(r"`([^`]+)`", prose)]
        for line in [line for block in blocks for line in block.splitlines()] + told:
            found |= set(re.findall(r"(?:python -m search|(?<![\w./])thimble) ((?:[a-z]+(?![./\w])|--)[^`|]*)", line))
    ends = re.compile(r"#| > | \(| \.\.\.")
    return sorted({ends.split(line, maxsplit=1)[0].strip() for line in found})


@pytest.mark.parametrize("line", typed_in_the_guide())
def test_every_command_of_the_guide_is_one(line, tmp_path, monkeypatch):
    """It is parsed as it stands, by the command that it names, where a file of options exists that it names."""
    name, *words = shlex.split(line)
    if "--config" in words:
        monkeypatch.chdir(tmp_path)
        options = Path(words[words.index("--config") + 1])
        options.parent.mkdir(parents=True, exist_ok=True)
        options.write_text("budget = 8000\n")
    group = typer.main.get_command(app)
    commands = group.commands
    if name.startswith("--"):
        assert name in {option for param in group.params for option in param.opts}
        return
    with group.make_context("python -m search", [name], resilient_parsing=True) as context:
        commands[name].make_context(name, words, parent=context)


def test_there_are_commands_in_the_guide():
    assert len(typed_in_the_guide()) > 30
