"""What people type at first, and the option or command that does it; else the one that is spelled most alike."""

from collections.abc import Collection
from difflib import get_close_matches

_SHORTEST = 4  # letters of a name that is compared letter by letter; of fewer anything is near
_NONE = ("quiet", "q", "batch-size", "metric", "directory", "config")  # near to another, which is not meant
_OPTIONS = {  # without their dashes; of several answers the first that the command has
    "--budget": "b max-params params max-parameters parameters n-params num-params n-parameters num-parameters "
    "param-budget parameter-budget max-size size limit",
    "--trials": "n n-trials num-trials ntrials max-trials iterations n-iter num-samples evaluations",
    "--epochs": "e n-epochs num-epochs max-epochs n-epoch epoch",
    "--timeout": "t time-limit max-time time time-budget time-out max-seconds duration walltime",
    "--workers": "j w jobs n-jobs n-workers num-workers processes n-processes threads parallel concurrency cores "
    "cpus procs",
    "--dataset": "d data data-set ds",
    "--data-dir": "root data-root data-path data-folder datadir path",
    "--study": "name study-name experiment resume continue s run-name project",
    "--seed": "random-state random-seed rng",
    "--seeds": "n repeat runs n-seeds num-seeds folds n-folds cv n-splits",
    "--device cuda": "gpu cuda use-gpu use-cuda gpus",
    "--device cpu": "cpu no-cuda no-gpu",
    "--precision bf16": "fp16 bf16 amp half mixed-precision",
    "--patience": "early-stopping early-stop early-stopping-rounds stop-after",
    "--max-macs": "macs flops max-flops max-mac mult-adds max-mult-adds",
    "--max-activation-bytes": "memory ram max-memory max-ram sram max-activations activation-bytes",
    "--minimize-parameters": "minimize smallest minimise minimise-parameters minimize-params minimize-size",
    "--target": "accuracy target-accuracy min-accuracy goal threshold",
    "--gray": "grey grayscale greyscale",
    "--rgb": "color colour colors colours",
    "--image-size": "img-size resize imgsz resolution size input-size",
    "--limit-images": "limit subset max-images max-samples n-images samples",
    "--hold-out": "val-split validation-split val valid validation val-size holdout held-out test-size test-split "
    "train-split",
    "--storage": "database db url sql postgres postgresql",
    "--sampler": "algorithm algo optimizer method strategy search-alg",
    "--pruner": "scheduler pruning early-termination",
    "--batch": "batch-size bs",
    "--finals": "executions-per-trial",
    "--augment": "augmentation augmentations aug transforms",
    "--output": "out output-file outfile file save to html o",
    "--csv": "as-csv to-csv",
    "--json": "as-json format output-format",
    "--yes": "y force f no-input assume-yes",
    "--force": "overwrite f yes y",
    "--top": "n k limit head rows max-rows",
    "--weights": "save state-dict checkpoint",
    "--save": "output o out weights",
    "--dashboard": "ui web gui",
    "--dashboard-port": "port",
    "--version": "v V ver",
    "--help": "? usage",
}
_COMMANDS = {
    "run": "search tune start fit optimize optimise go find resume continue begin create new main nas create-study",
    "list": "ls studies study runs status experiments ll ps get",
    "delete": "rm remove del drop clean erase purge prune",
    "confirm": "test eval evaluate validate verify score",
    "table": "leaderboard trials results top ranking history",
    "compare": "diff vs versus cmp",
    "predict": "infer classify inference label recognise recognize guess",
    "best": "winner champion best-trial best-params",
    "show": "info view describe trial inspect log logs",
    "count": "params parameters summary cost macs flops size",
    "export": "save convert write onnx download",
    "report": "html plot plots visualize visualise",
    "bench": "benchmark speed perf time",
    "dashboard": "ui serve web gui",
    "data": "dataset datasets images",
    "--version": "version v",
    "--help": "help usage h",
}


def nearest_option(typed: str, options: Collection[str]) -> str:
    """Returns which of a command's options somebody meant who typed another, with its value where that is certain;
    empty where none is near. A word behind one dash may be an option of one letter with its value."""
    name = typed.lstrip("-")
    spelled = name.lower().replace("_", "-")
    letter = name[:1] if typed[:2] != "--" else ""
    if f"--{spelled}" in options:
        return f"--{spelled}"
    for word in filter(None, (name, spelled, letter)):
        for meant, words in _OPTIONS.items():
            if word in words.split() and meant.split()[0] in options:
                return meant
    if len(name) < _SHORTEST or spelled in _NONE:
        return ""
    return next(iter(get_close_matches(f"--{spelled}", [one for one in options if one.startswith("--")])), "")


def nearest_command(typed: str, commands: Collection[str]) -> str:
    """Returns which of the commands somebody meant who typed another; empty where none is near."""
    word = typed.lower()
    if word in commands:
        return word
    for meant, words in _COMMANDS.items():
        if word in words.split() and (meant in commands or meant.startswith("--")):
            return meant
    return "" if word in _NONE else next(iter(get_close_matches(word, commands)), "")
