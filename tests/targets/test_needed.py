"""What it would take: the inverse of what-if, and the pace of the best fifth counted from the changes."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import povertystats as ps
from povertystats.drivers.lever import moved
from povertystats.targets.goals import Reading, best_fifth
from povertystats.targets.levers import scenario
from povertystats.words.wording import odds, say

LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


@pytest.fixture(scope="module")
def whole(known, facts, fits):
    """The scenario with the reading that nobody meant as well, which is out of reach."""
    made = scenario(known, place="Bắc Kạn", later=facts, fits=fits)
    (literal,) = [one for one in ps.load_targets(known, place="Bắc Kạn") if one.reading == "to_2.5"]
    return replace(made, readings=(*made.readings, Reading(2.5, literal)))


@pytest.fixture(scope="module")
def found(whole):
    return whole.needed()


def chance(whole, row, step):
    table = whole.what_if({row.lever: step}, extrapolate=True).table
    asked = (
        "way == @row.way and estimator == @row.estimator and scale == @row.scale and reading == @row.reading"
    )
    (one,) = table.query(asked).itertuples()
    return one.probability


def test_there_is_a_row_for_every_question(whole, found):
    assert len(found.table) == 3 * 2 + (8 + 5 + 4) * 3 * 2
    assert set(found.table["verdict"]) == {"already", "reached", "beyond", "wrong_way"}


def test_at_the_step_the_probability_is_the_one_asked_for(whole, found):
    reached = found.table[(found.table["lever"] != "") & (found.table["verdict"] == "reached")]
    assert len(reached) >= 8
    for row in reached.itertuples():
        lever = next(lever for lever in whole.levers if lever.name == row.lever)
        assert lever.start < row.step <= lever.within[1] and not lever.unseen(row.step)
        assert chance(whole, row, row.step) == pytest.approx(row.probability, abs=1e-9)
        # It is the first such step: no smaller one does.
        for part in np.linspace(0.01, 0.99, 5):
            assert chance(whole, row, lever.start + part * (row.step - lever.start)) < row.probability


def test_what_is_beyond_is_not_reached_anywhere_within(whole, found):
    rows = found.table[found.table["verdict"].isin(["beyond", "wrong_way"])]
    for row in rows.sample(6, random_state=1).itertuples():
        lever = next(lever for lever in whole.levers if lever.name == row.lever)
        for step in np.linspace(lever.start, max(lever.within[1], lever.start), 7)[1:]:
            if step == lever.start:
                continue
            assert chance(whole, row, float(step)) < row.probability
    for row in rows.itertuples():
        lever = next(lever for lever in whole.levers if lever.name == row.lever)
        assert (lever.ways[row.way, row.estimator, row.scale][0] > 0) == (row.verdict == "wrong_way")


def test_what_needs_no_step_has_none(whole, found):
    rows = found.table[(found.table["lever"] != "") & (found.table["verdict"] == "already")]
    assert set(rows["reading"]) == {"by_2.0"} and set(rows["probability"]) == {0.5}
    for row in rows.itertuples():
        assert row.step == (1 if row.lever == "programmes" else 0)
        assert whole.baselines[row.scale].probability(at_most=row.bound) >= 0.5


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8, 0.95])
def test_so_far_below_its_forecast_the_rate_has_the_probability(whole, p):
    table = whole.needed([p]).table
    for row in table[table["lever"] == ""].itertuples():
        baseline = whole.baselines[row.scale]
        assert row.shift_points <= 0
        if row.verdict == "already":
            assert row.shift_points == 0 and baseline.probability(at_most=row.bound) >= p
            continue
        median = baseline.level_at(0.5)
        ends = [
            np.log(x / (100 - x)) if row.scale == "log_odds" else x
            for x in (median, median + row.shift_points)
        ]
        below = moved(baseline, ends[1] - ends[0], 0.0)
        assert below.probability(at_most=row.bound) == pytest.approx(p, abs=1e-9)


def test_bad_probabilities_are_all_named(whole):
    with pytest.raises(ValueError, match="probability 0 must lie") as caught:
        whole.needed([0, 0.5, 80, 1.0])
    assert len(str(caught.value).splitlines()) == 4


def test_no_probability_and_what_is_none_is_told(whole):
    with pytest.raises(ValueError, match="no probability is asked for"):
        whole.needed(())
    with pytest.raises(ValueError, match="probability 'a' must lie strictly between 0 and 1"):
        whole.needed(["a"])
    assert whole.needed(0.5).table["probability"].eq(0.5).all()
    pd.testing.assert_frame_equal(whole.needed((0.5, 0.5)).table, whole.needed(0.5).table)


def test_more_of_what_goes_with_more_poverty_is_never_a_way(whole):
    rows = whole.needed(0.02).table.query("lever == 'training' and scale == 'points' and way != 'same_start'")
    wrong = rows[rows["verdict"] != "already"]
    assert len(wrong) and wrong["verdict"].eq("wrong_way").all()


def test_two_readings_of_one_level_stay_apart(whole):
    first = whole.readings[0]
    twin = replace(first, target=replace(first.target, reading="to_17.57", kind="level", bound=first.bound))
    found = replace(whole, readings=(first, twin)).needed(0.8)
    assert set(found.display("en").iloc[:, -1]) <= {
        "–",
        *(say("scenario.needed.ways", "en", n=n, every=k) for k in (4, 5, 8) for n in range(1, 9)),
    }
    labels = [reading.label("en") for reading in (first, twin)]
    assert len(set(labels)) == 2 and set(found.display("en").iloc[:, 1]) == set(labels)


@LANGUAGES
def test_the_text_is_grouped_and_its_bad_news_comes_first(whole, found, lang):
    first, *rest = found.text(lang).splitlines()
    assert first == say("scenario.needed.none", lang)
    assert len(rest) == 1 + 2 + 1 and rest[-1] == say("drivers.association", lang)
    for lever in whole.levers:
        told = {"name": lever.names[lang], "n": sum(b > 0 for b, *_ in lever.ways.values())}
        assert (say("scenario.needed.turned", lang, every=len(lever.ways), **told) in rest[0]) == (
            told["n"] > 0
        )
    text = found.text(lang)
    assert not re.search(r"_pct|_vnd|\{|nan", text)
    if lang == "vi":
        assert not re.search(r"\d\.\d", text)
    with pytest.raises(ValueError, match="language 'fr'"):
        found.text("fr")


@LANGUAGES
def test_readers_see_one_row_a_lever_reading_and_probability(whole, found, lang):
    shown = found.display(lang)
    asked = [(one, reading, p) for one in whole.levers for reading in whole.readings for p in (0.5, 0.8)]
    assert len(shown) == len(asked) == 18
    assert shown.iloc[:, :3].values.tolist() == [
        [one.title(lang), reading.label(lang), odds(p, lang)] for one, reading, p in asked
    ]
    table = found.table.set_index(["lever", "reading", "probability"]).sort_index()
    for (one, reading, p), step, ways in zip(asked, shown.iloc[:, 3], shown.iloc[:, 4], strict=True):
        rows = table.loc[[(one.name, reading.name, p)]]
        steps, already = rows.loc[rows["verdict"] == "reached", "step"], (rows["verdict"] == "already").sum()
        reached = say("scenario.needed.ways", lang, n=len(steps) + already, every=len(one.ways))
        assert ways == (reached if len(steps) + already else "–")
        if len(steps):
            ends = one.in_words(steps.min(), None, lang), one.in_words(steps.min(), steps.max(), lang)
            assert step == ends[len(steps) > 1]
        else:
            assert step == (say("scenario.needed.no_step", lang) if already else "–")
    # All that a cell may say is there to be read.
    assert {"–", say("scenario.needed.no_step", lang)} < set(shown.iloc[:, 3])
    with pytest.raises(ValueError, match="language 'fr'"):
        found.display("fr")


@LANGUAGES
def test_a_lever_that_does_in_every_way_is_named(whole, lang):
    lever = whole.levers[0]
    strong = lever.effects.assign(
        estimate=np.where(lever.effects["scale"] == "points", -1.0, -0.06), se=0.001
    )
    able = replace(whole, levers=(replace(lever, effects=strong),))
    first = able.needed([0.8]).text(lang).splitlines()[0]
    assert lever.names[lang] in first and whole.readings[1].label(lang) in first
    # Where no way goes wrong, none is told of.
    assert say("scenario.needed.wrong", lang, cases="|").split("|")[0] not in able.needed([0.8]).text(lang)
    done = able.needed([0.1]).table
    easy = replace(able, readings=whole.readings[:2]).needed([0.1])
    assert set(done["verdict"]) > {"already"} and set(easy.table["verdict"]) == {"already"}
    # Where nothing is wanting, how far to fall is not told.
    lines = [say("scenario.needed.all", lang), say("drivers.association", lang)]
    assert easy.text(lang).splitlines() == lines


def test_the_best_fifth_is_counted_from_the_changes(whole, known):
    like = ps.comparable_changes(known.peers("poor_household_pct"), 19.57)
    found = whole.best_fifth()
    changes = np.sort(like.table["change"].to_numpy())
    assert found.change == pytest.approx(np.quantile(changes, 0.2)) and found.reference.n == len(changes)
    assert like.share(at_most=found.change) == pytest.approx(0.2, abs=1 / len(changes))
    assert found.level == pytest.approx(19.57 + found.change)
    assert found.table["reached"].tolist() == [found.level <= r.bound for r in whole.readings]
    assert found.table["reached"].tolist() == [True, True, False]


@LANGUAGES
def test_what_the_best_fifth_does_not_reach_is_told_before_what_it_does(whole, lang):
    pace, missed, met = whole.best_fifth().text(lang).splitlines()
    assert say("scenario.best.year", lang) in pace and "21" in pace
    labels = [reading.label(lang) for reading in whole.readings]
    assert labels[2] in missed and labels[0] not in missed
    assert labels[0] in met and labels[1] in met and labels[2] not in met


def test_there_is_no_best_fifth_without_changes_or_without_falls(whole, known):
    bare = replace(known, table=known.table[known.table["place"] == "Bắc Kạn"])
    assert best_fifth(replace(whole, known=bare)) is None
    # A year later turned into a year earlier: every fall is a rise.
    table = known.table.assign(year=4040 - known.table["year"])
    assert best_fifth(replace(whole, known=replace(known, table=table))) is None
