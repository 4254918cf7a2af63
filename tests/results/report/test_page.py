"""The report: whole in one file, safe with any text, the winner first."""

import re
from dataclasses import replace

import numpy as np
import pytest

from results.findings.answers import Answers, Mistake
from results.findings.confirmation import Confirmation, SeedRun
from results.findings.importance import Importance
from results.findings.ladder import Ladder, Rung
from results.findings.selection import NothingFinished
from results.report.page import Confirmed, StudyFacts, render
from results.wording.ladder import as_markdown
from results.wording.selection import RULE_OF_BUDGETS
from search.outputs.files import WriteRefused, write_text
from space.task import DIGITS

FACTS = StudyFacts(
    name="mnist-8000",
    dataset="mnist",
    budget=8000,
    limits="8,000 parameters",
    epochs=2,
    last_epochs=2,
    target=0.994,
    command="python -m search run --budget 8000",
    created="2026-01-01T00:00:00+00:00",
    settings={"sampler": "tpe"},
    versions={"torch": "2.13.0"},
    note="",
    drawn_from=60_000,
    tests=10_000,
    by_command=True,
)
IMPORTANCE = Importance(shares={"fill": 0.7, "batch_size": 0.3}, chance=0.4, best=10, trials=100, of=100)
CONFUSION = np.diag([10] * 10)
CONFUSION[4, 9] = 3
ANSWERS = Answers(
    seed=1001,
    confusion=CONFUSION,
    mistakes=(Mistake(image=np.zeros((28, 28), np.uint8), truth=4, answer=9, certainty=0.987),),
)


def page_of(records, study=FACTS, importance=None, confirmed=None, ladder=None, image=None, task=DIGITS):
    return render(study, records, task=task, importance=importance, confirmed=confirmed, ladder=ladder, image=image)


def confirmed_by(*scores):
    runs = [
        SeedRun(seed=1001 + n, accuracies=(0.5, score, score), training_accuracies=(0.5, 0.9, 0.9), seconds=1.0)
        for n, score in enumerate(scores)
    ]
    return Confirmed(
        confirmation=Confirmation(runs=tuple(runs), epochs=3, last_epochs=2),
        precision="fp32",
        answers=ANSWERS,
        images=10_000,
    )


def test_the_winner_comes_first_and_all_trials_are_there(make_record):
    records = [make_record(n, 0.9 + n / 1000, parameters=300 + n) for n in range(30)] + [make_record(30)]
    page = page_of(records)
    order = ("The winner: trial 29", "What was found", "Which choices mattered", "Where the computing went")
    order += ("What it sees at once", ">Trials<", "Settings and versions")
    places = [page.index(title) for title in order]
    assert places == sorted(places)
    assert "92.90 %" in page
    assert page.count('<td class="network">') == 31
    assert page.count('<figure class="chart">') == page.count("<summary>The chart as a table") == 3
    assert "Not confirmed yet" in page
    assert "python -m search confirm best --study mnist-8000<" in re.sub("</?span>", "", page)
    assert "What it gets wrong" not in page
    assert len(page) < 10_000_000


def test_it_asks_the_network_for_nothing(make_record):
    page = page_of([make_record(0, 0.99)])
    own = re.sub(r"<script>.*?</script>", "", page, count=1, flags=re.S)  # plotly.js itself
    assert not re.findall(r"(?:src|href)=[\"']?(?!data:)[^\"'>]*//", own)
    assert "<link" not in own.replace('<link rel="icon" href="data:,">', "")
    assert "cdn." not in own


def test_no_chart_offers_to_upload_itself(make_record):
    """plotly.js 4 has such a button unless told otherwise."""
    page = page_of([make_record(0, 0.99)])
    assert page.count('"showSendToCloud": false') == page.count("Plotly.newPlot(") == 3


@pytest.mark.parametrize(("score", "word"), [(0.9939, "missed"), (0.994, "reached"), (0.995, "reached")])
def test_the_target_is_reached_or_missed(make_record, score, word):
    assert f"the target of 99.40 % is {word}" in page_of([make_record(0, score)])


def test_a_target_that_is_reached_by_no_more_is_reached(make_record):
    page = page_of([make_record(0, 0.994)], replace(FACTS, target=99.4 / 100))
    assert "the target of 99.40 % is reached" in page


def test_a_target_and_what_misses_it_are_told_apart(make_record):
    assert "the target of 99.425 % is missed" in page_of([make_record(0, 0.9942)], replace(FACTS, target=0.99425))
    page = page_of([make_record(0, 0.99396)])
    assert "the target of 99.40 % is missed" in page
    assert '<div class="score">99.396 % <small>95 % interval ' in page
    page = page_of([make_record(0, 0.99996)], replace(FACTS, target=1.0))
    assert "the target of 100.00 % is missed" in page
    assert '<div class="score">99.996 % <small>95 % interval ' in page


def test_a_winner_whose_budget_had_no_finals_is_told_apart_from_those_that_were_in_some(make_record):
    records = [make_record(0, 0.992, finals=(0.9931,), of_budget=400), make_record(1, 0.994, of_budget=8_000)]
    page = page_of(records)
    assert "There were no finals of its budget. <b>Not confirmed" in page
    told = "trial 0 (99.31 % in the finals, 99.20 % in the search, 364 parameters)"
    assert f"at most 400: {told}; at most 8,000: trial 1 (99.40 % in the search," in page
    assert RULE_OF_BUDGETS in page
    assert "The star is the winner&#39;s mean in the finals" not in page
    assert "The star is the winner&#39;s mean in the finals" in page_of(records[:1])
    assert "There were no finals. <b>Not confirmed" in page_of([make_record(0, 0.99)])
    assert "the mean of the last epoch on" in page_of([make_record(0, 0.99)], replace(FACTS, last_epochs=1))


@pytest.mark.parametrize("finals", [(), (0.99,)])
def test_what_commands_cannot_reach_is_asked_for_in_python(make_record, finals):
    """A study in a folder that no command looks in, with images to test with, and an estimator's without."""
    records = [make_record(n, 0.9 + n / 100_000, finals=finals) for n in range(1_001)]
    for tests, confirming in ((297, "five seeds: <code>confirm()<"), (0, "some: <code>confirm(X_test, y_test)<")):
        page = page_of(records, replace(FACTS, tests=tests, by_command=False))
        page = re.sub(r"<script>.*?</script>|</?span>", "", page, flags=re.S)
        assert confirming in page
        assert ("there are no test images yet" in page) == (not tests)
        assert '<code>export("net.py", weights="net.safetensors")</code> in Python' in page
        assert "1 are left out" in page
        assert "python -m search" not in page


def test_a_chart_as_a_table_has_the_true_values(make_record):
    page = page_of([make_record(0, 0.99), make_record(1, accuracies=(0.1, 0.2))])
    assert "<td>pruned, at its last epoch</td><td>1</td><td>20.00</td>" in page


def test_what_the_history_leaves_out_is_said(make_record):
    screened = [make_record(n, accuracies=(), screened=0.3) for n in range(1, 1101)]
    diverged = [make_record(n, accuracies=(), reason="the loss is nan in epoch 1") for n in range(2000, 2005)]
    each = [[make_record(0, 0.99), *some, *diverged] for some in (screened[:2], screened, ())]
    few, many, none = map(page_of, each)
    assert "Those that did not pass screening stand where" in few
    assert "<td>pruned in screening</td><td>2</td><td>30.00</td>" in few
    assert "Those that did not pass screening, 1,000 of 1,100 such, stand where" in many
    assert "did not pass screening stand" not in none


def test_text_is_escaped(make_record):
    facts = replace(
        FACTS, name="<script>alert(1)</script>", note="<img src=x onerror=alert(2)>", settings={"<s>": "<q>"}
    )
    page = page_of(
        [make_record(0, 0.99, reason="<b>", origin="<i>x</i>"), make_record(1, reason="<u>bad</u>")], facts
    )
    for text in ("<script>alert(1)", "<img src=x", "<i>x</i>", "<u>bad</u>", "<s>", "<q>"):
        assert text not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_confirmed_winner_shows_all_its_seeds(make_record):
    confirmed = confirmed_by(0.99, 0.992, 0.997)
    page = page_of([make_record(0, 0.995)], confirmed=confirmed)
    assert "Not confirmed" not in page
    mean, half = confirmed.confirmation.mean, confirmed.confirmation.interval
    assert f"{100 * mean:.3f} % <small>95 % interval {100 * (mean - half):.2f} to" in page
    assert f"from seed to seed ± {100 * half:.3f} % (95 % interval of the mean)" in page
    assert "on 10,000 test images" in page
    assert "over 3 seeds" in page
    assert "held in each of them in 1 of 3" in page
    assert "99.50 % of 10,000 held-out images right" in page
    alone = page_of([make_record(0, 0.995)], confirmed=confirmed_by(0.99))
    assert "99.000 % <small>95 % interval 98.79 to 99.18 %" in alone  # Wilson's, by scipy
    assert "one seed tells nothing" in alone
    assert "from seed to seed ±" not in alone


def test_what_a_confirmed_network_gets_wrong_is_shown(make_record):
    page = page_of([make_record(0, 0.995)], confirmed=confirmed_by(0.99))
    assert "on the 103 test images: 3 wrong" in page
    assert '<b>4</b> taken for <b>9</b><br><span class="quiet">98.7 % sure' in page
    assert page.count('<td class="right">10</td>') == 10
    missing = replace(confirmed_by(0.99), answers=None)
    assert "are not on this machine" in page_of([make_record(0, 0.995)], confirmed=missing)


def test_importance_says_what_it_looked_at(make_record):
    records = [make_record(0, 0.99)]
    page = page_of(records, importance=IMPORTANCE)
    assert "the best 10 trials" in page
    assert "all 100" in page
    assert "drawn evenly" not in page
    assert "<td>importance</td><td>70.00</td><td>fill</td>" in page
    assert "drawn evenly from 5,000" in page_of(records, importance=replace(IMPORTANCE, of=5000))
    diverged = [make_record(n, accuracies=()) for n in range(1, 30)]
    said = "At least twenty trials that were trained or pruned must have an accuracy"
    assert said in page_of([*records, *diverged]), "they were pruned, and more than twenty"


def test_hours_are_told_apart_by_how_trials_ended(make_record):
    records = [
        make_record(0, 0.9, seconds=7200.0),
        make_record(1, seconds=3600.0),
        make_record(2, verdict="rejected", seconds=0.0, accuracies=()),
        make_record(3, verdict="running", seconds=0.0, accuracies=()),
    ]
    page = page_of(records)
    rows = re.findall(r"<tr><td>([a-z ]+)</td><td>(\d+)</td><td>(\d\.\d\d)</td>", page)
    assert rows == [
        ("trained", "1", "2.00"), ("pruned", "1", "1.00"), ("rejected", "1", "0.00"), ("failed", "0", "0.00"),
        ("under way", "1", "0.00"), ("in all", "4", "3.00"),
    ]  # fmt: skip


@pytest.mark.parametrize(("seconds", "shown", "unit"), [(1800.0, "30.00", "minutes"), (9.0, "9.00", "seconds")])
def test_a_short_search_is_told_in_shorter_units(make_record, seconds, shown, unit):
    times = {"seconds": seconds, "screening_seconds": seconds / 2, "screened": 0.9}
    records = [make_record(0, 0.9, **times, finals=(0.9,)), make_record(1, seconds=0.0)]
    page = " ".join(page_of(records, study=replace(FACTS, finals_seconds=seconds)).split())
    assert f'<th scope="col">{unit}</th>' in page
    assert f"<td>trained</td><td>1</td><td>{shown}</td>" in page
    assert f"<td>in all</td><td>2</td><td>{shown}</td>" in page
    assert f"{unit.capitalize()} of training, as one worker" in page
    half = f"{float(shown) / 2:.2f}"
    assert f"took {half} of the {unit}, whole trainings the other {half}." in page
    assert f"is not among them, and took {shown} more." in page


def test_a_long_study_leaves_rows_out_and_says_so(make_record):
    records = [make_record(n, 0.9 + n / 100_000) for n in range(5000)]
    page = page_of(records)
    assert page.count('<td class="network">') == 1000
    assert "The first 1,000 of 5,000" in page
    assert "4,000 are left out" in page
    assert "trial 4999" in page
    assert len(page) < 10_000_000


def test_every_trial_has_what_it_reached(make_record):
    records = [
        make_record(0, 0.99),
        make_record(1, accuracies=(0.1, 0.2)),
        make_record(2, accuracies=(), screened=0.3),
    ]
    page = page_of(records)
    assert '<td data-value="0.99">99.00 %</td>' in page
    assert '<td data-value="" class="quiet">20.00 %</td>' in page
    assert '<td data-value="" class="quiet">30.00 %</td>' in page
    assert "finals</button>" not in page
    page = page_of([make_record(0, 0.99, finals=(0.5, 0.25)), *records[1:]])
    assert '<td data-value="0.375">37.50 % of 2</td>' in page


def test_the_layer_table_adds_up(make_record):
    """The page's cells against the notation's sums by hand."""
    page = page_of([make_record(0, 0.99)])
    table = page[page.index("Layer by layer, as a table") :].split("</table>")[0]
    cells = [re.findall(r"<td>(.*?)</td>", row) for row in table.split("<tr>")[2:]]
    assert sum(int(row[2]) for row in cells[:-1] if row[2]) == 364
    assert cells[-1] == ["in all", "", "364", "121,720", "28"]


def test_a_ladder_has_all_its_figures(make_record):
    def rung(name, *held_out):
        return Rung(
            name=name, target=f"{name}, why", notation="c10k28", recipe="sgd", parameters=7840, macs=7840,
            receptive_field=28, best_training=(0.9, 0.92), training=(0.88, 0.9), best_held_out=(0.95, 0.97),
            held_out=held_out, seconds=1.0,
        )  # fmt: skip

    story = Ladder(
        name="best", dataset="mnist", seeds=2, epochs=9, hold=5,
        rungs=(rung("skeleton", 0.5, 0.52), rung("whole", 0.9, 0.9004)),
        without=(rung("without a", 0.1, 0.1002), rung("without b", 0.9, 0.9006)),
    )  # fmt: skip
    page = page_of([make_record(0, 0.99)], ladder=story)
    figures = "Training best 91.00 ± 1.41 %, last 89.00 ± 1.41 %; held-out best 96.00 ± 1.41 %, last 51.00 ± 1.41 %."
    assert figures in page
    assert figures in as_markdown(story)
    assert "<td>-80.01</td>" in page
    assert "<td>worse</td>" in page
    assert "<td>within noise</td>" in page
    assert "<td>better</td>" not in page
    assert "What each change is worth" not in page_of([make_record(0, 0.99)], ladder=replace(story, without=()))


def test_it_says_where_each_trial_is_from(make_record):
    page = page_of([make_record(0, 0.99, origin="zoo/2000"), make_record(1, 0.98)])
    assert '<td class="left known">zoo/2000</td>' in page
    assert '<td class="left">search</td>' in page
    assert "<td>known design, trained</td><td>364</td><td>99.00</td>" in page
    assert "Diamonds are designs that were known" in page
    assert "Diamonds" not in page_of([make_record(1, 0.98)])


def test_a_ladder_of_one_seed_claims_nothing(make_record):
    from tests.results.wording.test_ladder import ladder, rung

    story = replace(ladder(rung((0.9,)), rung((0.99,)), without=(rung((0.5,)),)), seeds=1, images=250)
    page = page_of([make_record(0, 0.99)], ladder=story)
    assert page.count("One seed cannot show whether the change") == 1
    assert "of the last 2 epochs, on 250 held-out images. One seed shows no noise" in page
    assert "<td>one seed cannot show</td>" in page
    assert not re.search("beyond noise|within noise|deviation|<td>worse</td>", page[page.index("Why it works") :])


def test_the_recipe_is_in_words(make_record):
    page = page_of([make_record(0, 0.9)])
    assert "AdamW, learning rate 0.01 at its peak" in page
    assert "OneCycle(" not in page


def test_the_whole_image_is_said_to_be_seen(make_record):
    padded = make_record(0, 0.9, notation="c4k3p1 relu mp c4k3p1 relu mp c10k3p1 gap")
    page = page_of([padded], image=np.eye(28, dtype=np.uint8))
    assert "At the output it sees the whole image" in page
    assert "data:image/png;base64," in page
    small = page_of([make_record(0, 0.9, notation="c4k5 relu mp c10k12")])
    assert '<b><span class="swatch swatch-1"></span> 28×28</b>at the output, the whole image' in small
    assert "none is drawn" in small
    tall = page_of([make_record(0, 0.9, notation="c4k3x1 mp2x1 c10k3x1 gap")])
    assert '<b><span class="swatch swatch-0"></span> 3×1</b>before the first pool</li>' in tall
    assert "of 28×28 pixels (28×28 without" in tall


@pytest.mark.parametrize(("drawn_from", "others"), [(60_000, True), (None, False)])
def test_finals_on_images_that_were_given_are_on_the_same(make_record, drawn_from, others):
    records = [make_record(0, 0.99, finals=(0.5, 0.25)), make_record(1, 0.98)]
    page = page_of(records, study=replace(FACTS, drawn_from=drawn_from))
    assert ("with other seeds and other held-out images than those by which it was chosen" in page) == others
    assert ("with other seeds on the same held-out images by which it was chosen" in page) != others
    page = page_of(records, study=replace(FACTS, drawn_from=drawn_from), confirmed=confirmed_by(0.99))
    assert ("with other seeds and held-out images it had 37.50 %" in page) == others


def test_nothing_finished_is_said(make_record):
    with pytest.raises(NothingFinished, match="run --budget 8000"):
        page_of([make_record(0)])


def test_files_are_written_whole_and_not_over_others(tmp_path):
    path = tmp_path / "page.html"
    write_text("one", path, force=False)
    with pytest.raises(WriteRefused, match="exists"):
        write_text("two", path, force=False)
    write_text("three", path, force=True)
    assert path.read_text() == "three"
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]
    for bad in (tmp_path, tmp_path / "no" / "page.html"):
        with pytest.raises(WriteRefused):
            write_text("four", bad, force=True)


def test_what_screening_whole_trainings_and_finals_took_is_told(make_record):
    times = {"seconds": 3600.0, "screening_seconds": 900.0, "screened": 0.9}
    records = [make_record(n, 0.9, **times, finals=(0.99,) * (n < 2)) for n in range(4)]
    text = " ".join(page_of(records, study=replace(FACTS, finals_seconds=1800.0)).split())
    assert "Screening 4 designs took 1.00 of the hours, whole trainings the other 3.00." in text
    assert "The 2 trainings of the finals are not among them, and took 0.50 more." in text
