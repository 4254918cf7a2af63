"""What a new user sees on a terminal of 80 columns and 24 lines, from the program itself.

`python -m tests.screens` writes docs/screens/, and the tutorial's blocks that are named after them, anew.
"""

import re
import sys
import tempfile
from pathlib import Path

from tests.source import ROOT
from tests.terminal import Terminal

FOLDER = ROOT / "docs" / "screens"
PAGE = ROOT / "docs" / "tutorial.md"
SEARCH = "python -m search run --budget 2000 --dataset digits --epochs 5 --trials 8 --workers 1"
STEPS = {
    "table": "python -m search table",
    "best": "python -m search best",
    "show": "python -m search show 1",
    "report": "python -m search report -o report.html",
    "confirm": "python -m search confirm best --seeds 2 --workers 1",
    "export": "python -m search export best -o net.py --weights net.safetensors",
    "net": "python net.py net.safetensors",
}  # what follows the search, in this order
BLOCK = re.compile(r"(<!-- screen: ([a-z-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def render(folder):
    """Returns the screens by name: a search from its first line to its end, then what was found."""
    screens = {}
    with _terminal(SEARCH, folder) as terminal:
        for name, shows in (
            ("run-first", lambda t: "fresh seeds" in t.text),
            ("run-start", lambda t: "    0  screening  0 / 1" in t.text),
            ("run-middle", lambda t: re.search(r"^ +4  (screening|training) ", t.text, re.MULTILINE)),
            (
                "run-finals",
                lambda t: re.search(r"finals.* 1 of \d+ trainings? over", t.text) and " final  " in t.text,
            ),
        ):
            terminal.until(shows)
            screens[name] = terminal.text
        assert terminal.finish() == 0, terminal.text
        assert not terminal.wrapped
        screens["run-end"] = terminal.text
        assert "held-out  parameters" not in terminal.everything, "a frame that stayed"
    for name, line in STEPS.items():
        with _terminal(line, folder) as terminal:
            assert terminal.finish() == 0, terminal.text
            assert not terminal.wrapped
            screens[name] = f"$ {line}\n{terminal.everything}"
    return screens


def _terminal(line, folder):
    env = {"THIMBLE_DATA": "", "XDG_CACHE_HOME": str(folder / "cache")}  # a new user has no rates of the machine yet
    return Terminal([sys.executable, *line.split()[1:]], cwd=folder, env=env)


def comparable(screen):
    """Returns the screen without what differs from machine to machine: times, and figures that rounding changes."""
    moving = re.compile(r"left by now:|^seed \d+ epoch")  # what is said when so much time has gone
    lines = [line for line in screen.splitlines() if not moving.search(line)]
    text = "\n".join(lines)
    text = re.sub(r"(?<=differ by at most )\S+(?=;)", "#", text)
    # A frame is drawn a few times a second: how far the trial under way is then differs from machine to machine.
    text = re.sub(
        r"^( +\d+)  (screening|training|final) +\d+ / \d+ +(-|[\d.]+ %)", r"\1 # ", text, flags=re.MULTILINE
    )
    text = re.sub("time left not known yet|a few seconds left", "about 1 s left", text)
    for pattern in (r"\d+ min \d+ s|\d+ s\b", r"\d+\.\d+(e[+-]\d+)?( %| points)?", r"[▁▂▃▄▅▆▇█]+", r"[━╸╺]+"):
        text = re.sub(pattern, "#", text)
    return re.sub(r"\s+", " ", text)


def accuracies(screen):
    """Returns the percentages that a screen shows, but for ends of intervals, curves and what is in training."""
    lines = [line for line in screen.splitlines() if not re.match(r"seed \d+ epoch|[▁-█]|.* \d+ / \d+ ", line)]
    text = re.sub(r"\(95 %\s+interval\s+[^)]*\)", "", "\n".join(lines))
    return [float(found) for found in re.findall(r"(\d+\.\d+) %", text)]


def written():
    """Returns the screens in docs/screens by name."""
    return {file.stem: file.read_text().rstrip("\n") for file in sorted(FOLDER.glob("*.txt"))}


def in_page(text, screens):
    """Returns a page with the screens in their blocks, without the commands, which stand above the blocks."""
    return BLOCK.sub(lambda block: f"{block[1]}```text\n{shown(screens[block[2]])}\n```\n{block[4]}", text)


def shown(screen):
    """Returns a screen without its command."""
    return re.sub(r"^\$ .*\n", "", screen)


def main():
    with tempfile.TemporaryDirectory() as folder:
        screens = render(Path(folder))
    FOLDER.mkdir(exist_ok=True)
    for name, screen in screens.items():
        (FOLDER / f"{name}.txt").write_text(screen + "\n")
    PAGE.write_text(in_page(PAGE.read_text(), screens))


if __name__ == "__main__":
    main()
