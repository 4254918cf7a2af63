"""Told trials stay told, whatever a power cut or a person takes away."""

import contextlib
import html
import json
import logging
import os
import re
import shlex
import shutil
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from search.commands.main import run_app
from search.study.folder import StudyFolder
from search.study.reading import opened
from search.study.restoring import make_whole
from search.study.sqlite_file import LONGEST_PATH
from tests.amounts import slow, soak
from tests.search.conftest import SMALL
from tests.search.searches import QUIET, checkpoints, files_below, instead, outcomes, searched_here, start, wait_until

STUDY = Path("runs", "digits-2000")
RUN = ("run", *QUIET, "--epochs", "2", "--trials", "8")
PAGE, HEADER = 4096 + 24, 32  # bytes of a page in SQLite's log, and before the first
SECONDS = (1, 5, 30)  # that a file is set back


class Watcher:
    """Sizes of a study's files at every moment of its search, by file and time."""

    def __init__(self, folder):
        self._folder, self.sizes = folder, {}

    def look_until(self, ended):
        for now in count():
            self.look(now)
            if ended.wait(0.02):
                return

    def look(self, now):
        for file in files_below(self._folder):
            with contextlib.suppress(OSError):
                self.sizes.setdefault(file.relative_to(self._folder), {})[now] = file.stat().st_size


@pytest.fixture(scope="module")
def cut_off(tmp_path_factory):
    """A study whose machine went off right after the last trial was told, all of it in the database's log, and the
    sizes that its files had before."""
    folder, copy = tmp_path_factory.mktemp("searched"), tmp_path_factory.mktemp("cut off")
    (folder / STUDY).mkdir(parents=True)
    watcher = Watcher(folder / STUDY)
    with contextlib.closing(sqlite3.connect(folder / STUDY / "study.db")) as connection:
        connection.execute("PRAGMA journal_mode=WAL").fetchone()
        connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()  # from now on the log stays
        ended = threading.Event()
        with ThreadPoolExecutor(1) as beside:
            watching = beside.submit(watcher.look_until, ended)
            try:
                searched_here(folder, "--epochs", "2", "--trials", "8")
            finally:
                ended.set()
            watching.result()
        shutil.copytree(folder / "runs", copy / "runs")
    assert (copy / STUDY / "study.db-wal").stat().st_size > 20 * PAGE
    return copy, watcher.sizes, outcomes(folder)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("THIMBLE_DATA", "THIMBLE_STORAGE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def study(studied, place):
    shutil.copytree(studied[0] / "runs", place / "runs")
    return STUDY


def table(capfd, *options):
    """The trials as `outcomes` has them, read in this process, and what was said meanwhile."""
    capfd.readouterr()
    assert run_app(["table", "--json", *options]) == 0
    trials = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    names = ("verdict", "notation", "score", "epochs")
    return {trial["trial"]: [trial[name] for name in names] for trial in trials}


def refusal(capfd, *words):
    code = run_app(list(words))
    out, err = capfd.readouterr()
    assert (code, out) == (2, ""), err
    assert err.count("\n") == 1
    return err


def cut_to(file, size):
    with file.open("r+b") as opened:
        opened.truncate(size)


def log_sizes(copy):
    whole = (copy / STUDY / "study.db-wal").stat().st_size
    return [0, HEADER - 1, *range(HEADER, whole, PAGE), *range(HEADER + PAGE // 2, whole, PAGE)]


def check_cut_log(cut_off, place, capfd, size):
    copy, _, told = cut_off
    shutil.copytree(copy / "runs", place / "runs")
    cut_to(place / STUDY / "study.db-wal", size)
    (place / STUDY / "study.db-shm").unlink(missing_ok=True)
    assert table(capfd) == told
    shutil.rmtree(place / "runs")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_told_trial_is_lost_with_any_end_of_the_log(cut_off, place, capfd, record_property):
    sizes = sorted(log_sizes(cut_off[0]))
    sizes = sizes[:: max(1, len(sizes) // soak("ENDS", 30))]
    record_property("tried", len(sizes))
    assert len(sizes) >= soak("ENDS", 30)
    for size in sizes:
        check_cut_log(cut_off, place, capfd, size)


def earlier_sizes(sizes):
    """Each file with a size that it had earlier, or is cut to where it came whole."""
    for file, known in sorted(sizes.items()):
        if file.suffix in (".db", ".json", ".safetensors"):
            for size in {0, *known.values()} - {list(known.values())[-1]}:
                yield file, size


def test_no_told_trial_is_lost_with_the_end_of_any_other_file(cut_off, place, capfd):
    copy, sizes, told = cut_off
    cuts = list(earlier_sizes(sizes))
    assert {"study.db", "settings.json", "trial-00000.json", "trial-00000.safetensors"} <= {f.name for f, _ in cuts}
    for file, size in cuts:
        if file.name in ("lock",) or not (copy / STUDY / file).exists():
            continue
        if file.name[:5] == "trial" and file.stem != "trial-00003":
            continue  # one of each kind
        shutil.copytree(copy / "runs", place / "runs")
        cut_to(place / STUDY / file, size)
        assert table(capfd) == told, (file, size)
        shutil.rmtree(place / "runs")


def make_older(database):
    """Put the database back to what it was when half of its log was written."""
    log = database.with_name("study.db-wal")
    cut_to(log, (log.stat().st_size - HEADER) // PAGE // 2 * PAGE + HEADER)
    database.with_name("study.db-shm").unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        numbers = connection.execute("SELECT number FROM trials WHERE state NOT IN ('WAITING', 'RUNNING')")
        return {number for (number,) in numbers}


@pytest.mark.parametrize(
    "lost", ["study.db", *slow("study.db and its log", "an older copy", "trials between others")]
)
def test_a_lost_or_older_database_is_made_whole_by_any_command_and_gone_on_with(cut_off, place, capfd, caplog, lost):
    copy, _, told = cut_off
    shutil.copytree(copy / "runs", place / "runs")
    database = STUDY / "study.db"
    lacking = set(told)
    if lost == "an older copy":
        lacking -= make_older(database)
        assert 1 < len(lacking) < len(told)
    elif lost == "trials between others":
        with contextlib.closing(sqlite3.connect(database)) as connection:
            connection.execute("DELETE FROM trials WHERE number IN (2, 5)")
            connection.commit()
    else:
        for file in STUDY.glob("study.db*"):
            if file == database or "log" in lost:
                file.unlink()
    weights = {file: file.read_bytes() for file in (STUDY / "weights").iterdir()}
    with caplog.at_level(logging.WARNING):
        assert table(capfd) == told
    (said,) = (line for line in caplog.messages if line.startswith(f"{database} lacked trials "))
    assert said.endswith(f", put back from {STUDY / 'told'}")
    rows = [row.split(" to ") for row in re.search("trials (.*), put", said)[1].split(", ")]
    assert {number for row in rows for number in range(int(row[0]), int(row[-1]) + 1)} == lacking
    assert run_app([*RUN[:-1], "9"]) == 0
    after = table(capfd)
    assert len(after) == 9
    assert {number: after[number] for number in told} == told
    assert {file: file.read_bytes() for file in weights} == weights


@pytest.mark.slow
def test_what_was_asked_for_and_not_told_is_asked_for_again(cut_off, place, capfd):
    """A trial whose end is nowhere waits under its number, and the next search ends it as it would have."""
    copy, _, told = cut_off
    shutil.copytree(copy / "runs", place / "runs")
    for file in STUDY.glob("study.db*"):
        file.unlink()
    StudyFolder(STUDY.name, Path("runs")).told_file(4).unlink()
    (STUDY / "weights" / "trial-00004.safetensors").unlink(missing_ok=True)
    assert table(capfd)[4][0] == "waiting"
    assert run_app([*RUN]) == 0
    assert table(capfd) == told


def check_zeroed(cut_off, place, capfd, page):
    """Of a database of which reading looks at a part, and a search at all."""
    copy, _, told = cut_off
    shutil.copytree(copy / "runs", place / "runs")
    database = STUDY / "study.db"
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    content = database.read_bytes()
    start = page * size % len(content)
    database.write_bytes(content[:start] + bytes(size) + content[start + size :])
    assert table(capfd) == told, page
    assert run_app([*RUN]) == 0, page
    assert table(capfd) == told, page
    with contextlib.closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",), page
    shutil.rmtree(place / "runs")
    return (page + 1) * size < len(content)


@pytest.mark.parametrize("page", [0, 29])
def test_a_zeroed_page_of_the_database_changes_no_answer(cut_off, place, capfd, page):
    check_zeroed(cut_off, place, capfd, page)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_zeroed_page_of_the_database_changes_an_answer(cut_off, place, capfd, record_property):
    page = 0
    while check_zeroed(cut_off, place, capfd, page):
        page += soak("PAGES", 3)
    record_property("tried", page + 1)


def test_a_damaged_file_of_a_told_trial_is_named_and_not_used(cut_off, place, capfd, caplog):
    copy, _, told = cut_off
    shutil.copytree(copy / "runs", place / "runs")
    file = StudyFolder(STUDY.name, Path("runs")).told_file(4)
    file.write_bytes(file.read_bytes().replace(b'"score": 0.', b'"score": 0.9'))
    assert table(capfd) == told  # the database has it
    for database in STUDY.glob("study.db*"):
        database.unlink()
    assert table(capfd)[4][0] == "waiting"
    assert f"{file} is not used: it is not as it was written" in caplog.messages


def test_the_scores_of_the_finals_are_put_back(study, capfd, caplog):
    """The winner is the one that they name, before and after the database has lost them."""
    scores = {"0": [0.125, 0.25], "1": [0.5]}
    folder = StudyFolder(STUDY.name, Path("runs"))
    with opened(folder) as (_, stored):
        stored.set_user_attr("finals", scores)
    assert run_app([*SMALL, "--trials", "5"]) == 0  # an earlier version did not write them down
    (study / "study.db").unlink()
    with opened_again(folder) as finals:
        assert finals == scores
    assert f"{study / 'study.db'} lacked trials 0 to 4 and the scores of the finals" in caplog.text
    with contextlib.closing(sqlite3.connect(study / "study.db")) as connection:
        connection.execute("DELETE FROM study_user_attributes WHERE key = 'finals'")
        connection.commit()
    with opened_again(folder) as finals:
        assert finals == scores
    with opened(folder) as (_, stored):
        stored.set_user_attr("finals", {"0": [0.125]})  # of finals before, as an older copy has them
    with opened_again(folder) as finals:
        assert finals == scores
    folder.finals_file.write_text('{"finals": 3}')
    (study / "study.db").unlink()
    with opened_again(folder) as finals:
        assert finals is None
    assert f"{folder.finals_file} is not used" in caplog.text


@contextlib.contextmanager
def opened_again(folder):
    """The scores of the finals as a reading command finds them."""
    make_whole(folder)
    with opened(folder) as (_, stored):
        yield stored.user_attrs.get("finals")


def origins(capfd):
    """Where the study's proposals came from, as reading commands say it."""
    capfd.readouterr()
    assert run_app(["table", "--json"]) == 0
    return {json.loads(line)["origin"] for line in capfd.readouterr().out.splitlines()}


def test_known_designs_are_those_that_the_study_was_begun_with(cut_off, place, capfd):
    """Whatever is asked for as it goes on, or was before that was refused: also where the database is made anew."""
    copy, _, _ = cut_off
    shutil.copytree(copy / "runs", place / "runs")
    assert run_app(instead(RUN, ("--warm-start", "zoo"))) == 0
    assert "study digits-2000 keeps --warm-start none: known designs are queued when a study is begun" in (
        capfd.readouterr().err
    )
    for file in (STUDY / "settings.json", STUDY / "told" / "settings.json"):
        stored = json.loads(file.read_bytes())
        assert stored["settings"]["warm_start"] == "none"
        stored["settings"]["warm_start"] = "zoo"  # as earlier versions wrote it
        file.write_text(json.dumps(stored))
    for file in STUDY.glob("study.db*"):
        file.unlink()
    assert origins(capfd) == {"sampler"}


def test_what_is_written_down_of_a_study_is_renewed_when_it_goes_on(cut_off, place, capfd):
    """The line that goes on with it, and the file of its options, which somebody has changed."""
    copy, _, _ = cut_off
    shutil.copytree(copy / "runs", place / "runs")
    before = (STUDY / "search.toml").read_text()
    (STUDY / "search.toml").write_text(before.replace("epochs = 2", "epochs = 3"))
    assert run_app([*RUN, "--target", "98.5"]) == 0
    assert (STUDY / "search.toml").read_text() == before.replace("target = 99.4", "target = 98.5")
    for file in (STUDY / "settings.json", STUDY / "told" / "settings.json"):
        assert "--target 98.5" in json.loads(file.read_bytes())["command"]


@pytest.mark.parametrize("lost", ["missing", "cut"])
def test_settings_that_are_lost_with_the_database_are_in_their_copy(cut_off, place, capfd, lost):
    copy, _, told = cut_off
    shutil.copytree(copy / "runs", place / "runs")
    settings = json.loads((STUDY / "settings.json").read_bytes())
    for file in (STUDY / "settings.json", *STUDY.glob("study.db*")):
        if lost == "cut":
            cut_to(file, 0)
        else:
            file.unlink()
    assert table(capfd) == told
    assert json.loads((STUDY / "settings.json").read_bytes()) == settings
    assert run_app(list(RUN)) == 0
    assert table(capfd) == told


def test_a_pipe_in_the_place_of_a_file_of_the_study_is_not_waited_for(cut_off, place, capfd):
    copy, _, told = cut_off
    shutil.copytree(copy / "runs", place / "runs")
    folder = StudyFolder(STUDY.name, Path("runs"))
    best = max((trial for trial in told if told[trial][2]), key=lambda trial: told[trial][2])
    for file in (folder.told_file(4), folder.weights_file(best)):
        file.unlink()
        os.mkfifo(file)
    assert table(capfd) == told
    assert f"{folder.weights_file(best)}" in refusal(capfd, "export", "best", "-o", "net.py")


def test_where_all_that_says_what_a_study_was_is_gone_no_copy_is_promised(study, capfd):
    for file in (*study.glob("study.db*"), *study.glob("**/settings.json")):
        file.unlink()
    line = refusal(capfd, "best", "--study", study.name)
    assert "put one of them back" in line
    for name in ("settings.json", "told/settings.json", "study.db"):
        assert str(study / name) in line
    assert "written anew" not in line


def test_a_path_that_sqlite_cannot_open_is_refused_before_anything_is_made(tmp_path, monkeypatch, capfd):
    """SQLite's own bound, by opening a file of the longest path and of one byte more."""
    deep = tmp_path
    while len(bytes(deep)) < 460:
        deep /= "d" * 20
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    taken = len(bytes(deep / "runs")) + len("//study.db")
    longest = "n" * (LONGEST_PATH - taken)
    assert "has 505 bytes, and SQLite takes at most 504" in refusal(
        capfd, *SMALL, "--trials", "1", "--study", f"{longest}n"
    )
    assert not any(deep.iterdir())
    assert run_app([*SMALL, "--trials", "1", "--study", longest]) == 0
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        sqlite3.connect(deep / ("f" * (LONGEST_PATH - len(bytes(deep)))))


def test_a_database_that_is_gone_is_not_begun_anew_over_weights_of_an_earlier_version(study, capfd):
    shutil.rmtree(study / "told")
    (study / "study.db").unlink()
    before = {file: file.read_bytes() for file in study.rglob("*") if file.is_file() and file.name != "lock"}
    for words in ((*SMALL, "--trials", "6"), ("best",)):
        assert "study.db is gone, and trials of study digits-2000 have been trained" in refusal(capfd, *words)
    assert before.items() <= {file: file.read_bytes() for file in study.rglob("*") if file.is_file()}.items()


@pytest.mark.slow
def test_what_the_ledger_cannot_take_counts_all_the_same(tmp_path):
    """Where told/ goes away in mid-search, the database has the trial, and so has what is said at the end."""
    process = start(tmp_path, "--epochs", "12", "--trials", "3")
    wait_until(lambda: checkpoints(tmp_path), process=process)
    shutil.rmtree(tmp_path / STUDY / "told")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1, err
    assert err.splitlines()[-1].startswith("error: ")
    assert "told" in err.splitlines()[-1]
    with contextlib.closing(sqlite3.connect(tmp_path / STUDY / "study.db")) as connection:
        ((told,),) = connection.execute("SELECT COUNT(*) FROM trials WHERE state IN ('COMPLETE', 'PRUNED')")
    assert told == 1
    assert "1 trained" in out + err


@pytest.mark.parametrize("how", [*slow("deleted", "replaced"), "the folder"])
def test_a_database_that_goes_while_it_is_searched_is_noticed(tmp_path, how):
    options = ("--epochs", "12", "--trials", "3")
    process = start(tmp_path, *options)
    folder = tmp_path / STUDY
    wait_until(lambda: checkpoints(tmp_path), process=process)
    database = folder / "study.db"
    if how == "the folder":
        folder.rename(tmp_path / "elsewhere")
    else:
        database.unlink()
        if how == "replaced":
            shutil.copy(folder / "settings.json", database)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1, err
    assert "Traceback" not in err
    assert "take it away" not in out + err
    last = err.splitlines()[-1]
    assert last.startswith("error: ")
    if how == "the folder":
        assert not folder.exists()
    else:
        assert "was taken away while it was searched" in last


@pytest.mark.parametrize(
    ("renamed", "copied"),
    [
        ("renamed", "copied"),
        ("mes études", "it's a copy (1)"),
        ("-x", "$(exit 3); --study y"),
    ],
)
@pytest.mark.slow
def test_a_study_that_is_renamed_archived_or_moved_is_the_same_study(cut_off, place, capfd, renamed, copied):
    """Under its new name in every command; going on adds to it, and neither begins nor overwrites anything."""
    copy, _, told = cut_off
    shutil.copytree(copy / "runs", place / "runs")
    archive = shutil.make_archive("study", "zip" if copied == "copied" else "gztar", STUDY)
    shutil.unpack_archive(archive, Path("runs", copied))
    STUDY.rename(Path("runs", renamed))
    for name in (renamed, copied):
        assert table(capfd, "--study", name) == told
        for words in (
            ("best",),
            ("show", "3"),
            ("report", "-o", "./page.html", "--force"),
            ("export", "3", "-o", "net.py", "--force"),
        ):
            code = run_app([*words, "--study", name])
            out, err = capfd.readouterr()
            assert code == 0, err
            assert "digits-2000" not in out + err, words
        page = html.unescape(re.sub(r"</?span>", "", Path("page.html").read_text()))
        assert "digits-2000" not in page
        assert f"python -m search export best --study {shlex.quote(name)} -o" in page
    assert run_app([*RUN[:-1], "9", "--study", renamed]) == 0
    said = capfd.readouterr().err.splitlines()
    printed = {line.partition(":")[0]: shlex.split(line.partition("python -m search")[2]) for line in said}
    for command in (printed["take it away"], instead(printed["search longer"], ("--trials", "9"))):
        assert run_app([*command, "--force"] if command[0] == "export" else command) == 0
    assert len(table(capfd, "--study", renamed)) == 9
    assert table(capfd, "--study", copied) == told
    assert sorted(path.name for path in Path("runs").iterdir()) == sorted([renamed, copied])
    with contextlib.closing(sqlite3.connect(Path("runs", renamed, "study.db"))) as connection:
        assert connection.execute("SELECT COUNT(*) FROM studies").fetchone() == (1,)


@pytest.mark.parametrize("name", ["renamed", "it's a copy (1)"])
def test_the_command_that_goes_on_names_the_study_as_it_is_called_now(study, capfd, name):
    study.rename(Path("runs", name))
    assert run_app(["run", *SMALL[1:], "--trials", "5", "--study", name]) == 0  # it is written down with the name
    capfd.readouterr()
    Path("runs", name).rename("runs/again")
    Path("runs/again").rename(Path("runs", name))
    with contextlib.closing(sqlite3.connect(Path("runs", name, "study.db"))) as connection:
        connection.execute("UPDATE trials SET state = 'FAIL'")
        connection.execute("DELETE FROM trial_user_attributes WHERE key IN ('verdict', 'score')")
        connection.commit()
    line = refusal(capfd, "best")
    assert f"study {name} has no trained trial yet" in line
    words = shlex.split(line.partition("python -m")[2])
    assert words[words.index("--study") + 1] == name
