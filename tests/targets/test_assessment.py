"""The verdict on each target: its method, or the reason why there is none; grades; Eurostat's category."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.assessed import PLACE, every, more, of

import povertystats as ps
from povertystats.kinds.ahead import Ahead
from povertystats.kinds.evidence import Evidence
from povertystats.records.reference_class import comparable_changes
from povertystats.targets.assessment import WIDE, assess, differ, eurostat_label, grade


@pytest.fixture(scope="module")
def evidence(known):
    return Evidence(known)


@pytest.fixture(scope="module")
def found(known):
    return every(known)


@pytest.mark.parametrize(
    ("target", "reading", "verdict", "method", "reason", "evidence_grade"),
    [
        ("poverty", "by_2.0", "probable", "pooled", "", "A"),
        ("poor_districts", "by_3.5", "probable", "pooled", "", "C"),
        ("trained_labour", "as_printed", "probable", "proxy", "", "C"),
        ("new_jobs", "as_printed", "not_assessable", "", "count", "C"),
        ("health_insurance", "as_printed", "already_met", "", "few", "C"),
        ("grid_electricity", "as_printed", "probable", "proxy", "", "D"),
        ("rural_water", "as_printed", "not_assessable", "", "old", "C"),
        ("merit_families", "as_printed", "not_assessable", "", "no_exits", "C"),
        ("schools", "as_printed", "not_assessable", "", "no_base", "C"),
    ],
)
def test_verdicts(found, target, reading, verdict, method, reason, evidence_grade):
    one = found[target, reading]
    assert (one.verdict, one.method, one.reason, one.grade) == (verdict, method, reason, evidence_grade)


def test_a_settled_scale_stands_alone_by_kind_of_year_too(known, found, monkeypatch):
    one = found["poverty", "by_2.0"]
    assert one.chances[0].told[-1] and one.by_year.in_points is None
    monkeypatch.setattr(Ahead, "settled", 0)
    again = assess(one.target, Evidence(known))
    wide = differ(one.probability(), one.probability("points")) >= WIDE
    assert (again.by_year.in_points is not None) == wide and again.chances[0].told[-1] == 0


def test_a_proxy_lends_its_chance(known, found):
    nearest = known.series("households_using_electricity_pct", place=PLACE)
    ahead = ps.forecast(nearest, peers=known.peers("households_using_electricity_pct"))
    one = found["grid_electricity", "as_printed"]
    assert one.probability() == pytest.approx(ahead.probability(at_least=98), rel=1e-9)
    assert [series.indicator for series in one.figures] == ["households_using_electricity_pct"]


def test_already_met_with_comparable_series_has_its_chance_of_lasting(known):
    one = of(known, "trained_labour", bound=38.0)
    like = comparable_changes(known.peers("trained_labour_pct"), 40.0, years=2).predictive()
    assert (one.verdict, one.method, one.chances[0].method) == ("already_met", "proxy", "reference")
    assert one.probability() >= like.probability(at_least=38.0) > 0.5


def test_figures_that_cannot_carry_the_target(known):
    low = more(known, "poor_household_pct", {2017: 3.0, 2018: 2.0, 2019: 1.5})
    assert of(low, "poverty").reason == "impossible"
    current = more(known, "poor_household_pct", {2018: 22.0, 2019: 19.6, 2020: 19.0}, period="{}-04")
    assert of(current, "poverty").reason == "current"
    known_base = more(known, "national_standard_schools", {2018: 87, 2019: 90}, unit="schools")
    assert of(known_base, "schools").reason == "unit"
    nothing = replace(known, table=known.table[known.table["place"] != PLACE])
    assert of(nothing, "health_insurance").reason == "no_figure"
    assert of(nothing, "grid_electricity").reason == "no_figure"


def test_what_became_known_is_an_outcome(facts):
    later = facts.as_of("2021-12-31")
    assert of(later, "poverty").verdict == "missed"
    assert of(later, "new_jobs").verdict == "met"
    assert of(later, "health_insurance").reason == "no_outcome"


def test_eurostat_compares_compound_growth_from_the_first_figure(known, evidence):
    series = known.series("poor_household_pct", place=PLACE)
    target = next(t for t in ps.load_targets(known, place=PLACE) if t.reading == "by_2.0")
    actual, needed = np.log(19.57 / 29.40) / 4, np.log(17.57 / 29.40) / 5
    assert np.expm1(actual) / np.expm1(needed) == pytest.approx(0.989, abs=0.001)
    expected = {-2.0: "on_track", -2.5: "too_slow", -8.0: "limited"}
    for bound, label in expected.items():
        assert eurostat_label(series, replace(target, bound=bound), evidence) == label
    rising = more(known, "poor_household_pct", {2017: 18.0, 2018: 19.0, 2019: 19.57})
    rising = rising.series("poor_household_pct", place=PLACE)
    assert eurostat_label(rising, replace(target, bound=-2.5), evidence) == "away"
    # Met from the start, or one figure: no meaning.
    assert eurostat_label(rising, replace(target, kind="level", unit="pct", bound=18.5), evidence) == ""
    one = known.series("trained_labour_pct", place=PLACE)
    assert eurostat_label(one, replace(target, kind="level", unit="pct", bound=5), evidence) == ""


def test_grades(known):
    series = known.series("poor_household_pct", place=PLACE)
    assert [grade(series, 2020), grade(series, 2022), grade(None, 2020)] == ["A", "B", "D"]
    assert grade(known.series("poor_household_pct", place="Ngân Sơn"), 2020) == "C"
