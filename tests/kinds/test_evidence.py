"""The chances that figures give: of a rate, of a total, of units that all leave."""

from dataclasses import replace

import pandas as pd
import pytest
from helpers.assessed import PLACE, every, more, of

import povertystats as ps
from povertystats.forecasts.joint import Event, probability_of_all
from povertystats.forecasts.outlook import peers_of
from povertystats.kinds.evidence import Evidence
from povertystats.kinds.known import at_end
from povertystats.kinds.yearly_totals import exit_rate, yearly_total
from povertystats.records.reference_class import comparable_changes


@pytest.fixture(scope="module")
def evidence(known):
    return Evidence(known)


@pytest.fixture(scope="module")
def found(known):
    return every(known)


@pytest.mark.parametrize("scale", ["log_odds", "points"])
@pytest.mark.parametrize(
    ("reading", "event"),
    [
        ("by_2.0", {"change_at_most": -2.0}),
        ("by_2.5", {"change_at_most": -2.5}),
        ("to_2.5", {"at_most": 2.5}),
    ],
)
def test_poverty_is_the_pooled_forecast_beside_the_own_drift(known, found, reading, event, scale):
    series = known.series("poor_household_pct", place=PLACE)
    pooled = ps.forecast(series, scale=scale, peers=known.peers("poor_household_pct"))
    one = found["poverty", reading]
    assert one.probability(scale) == pytest.approx(pooled.probability(**event), rel=1e-9)
    assert one.own(scale) == ps.forecast(series, scale=scale).probability(**event)
    if scale == "log_odds":
        assert one.weakest.level80 == pytest.approx(pooled.level_at(0.8))
        assert one.chances[0].rests["peers"] == pooled.peers.used
    like = comparable_changes(known.peers("poor_household_pct"), 19.57)
    change = event.get("change_at_most", 2.5 - 19.57)
    assert one.chances[0].comparable == (like.share(at_most=change), like.n)


def test_the_own_drift_of_poverty(found):
    own = [found["poverty", r].own(s) for r in ("by_2.0", "by_2.5") for s in ("log_odds", "points")]
    assert own == pytest.approx([0.54, 0.85, 0.09, 0.46], abs=0.005)


@pytest.mark.parametrize("scale", ["log_odds", "points"])
def test_two_districts_share_their_shock(known, found, scale):
    peers = ps.fit_peers(known.peers("poor_household_pct"), scale=scale)
    ahead = [
        ps.forecast(known.series("poor_household_pct", place=place), scale=scale, peers=peers)
        for place in ("Pác Nặm", "Ngân Sơn")
    ]
    p = [one.probability(change_at_most=-3.5) for one in ahead]
    together = probability_of_all(
        [Event(x, one.shared[-1], shock="x") for x, one in zip(p, ahead, strict=True)]
    )
    one = found["poor_districts", "by_3.5"]
    assert one.probability(scale) == pytest.approx(together, abs=1e-9)
    assert p[0] * p[1] < together < min(p)
    assert one.own(scale) is None
    if scale == "log_odds":
        assert one.weakest.events[scale].probability == pytest.approx(min(p))


def test_one_figure_is_judged_by_what_like_places_did(known, found):
    like = comparable_changes(known.peers("trained_labour_pct"), 40.0, years=2)
    one = found["trained_labour", "as_printed"]
    for scale in ("log_odds", "points"):
        assert one.probability(scale) == like.predictive(scale=scale).probability(at_least=45)
    assert one.chances[0].comparable == (like.share(at_least=5.0), like.n)
    # Level exceeded with 80 %, but that it falls back no further than these did.
    assert like.predictive().level_at(0.2) <= one.weakest.level80 <= 40


def test_a_list_leaves_as_its_own_figures_say(known, found):
    """How fast others leave tells nothing of a list whose members are helped one by one."""
    one = found["merit_families", "as_printed"]
    assert (one.verdict, one.reason, one.values["n"]) == ("not_assessable", "no_exits", 1)

    def listed(**figures):
        counts = {int(year.removeprefix("y")): n for year, n in figures.items()}
        return of(more(known, "merit_poor_households", counts, unit="households"), "merit_families")

    leaving = exit_rate([2016, 2017, 2018], [640, 500, 394])
    one = listed(y2016=640, y2017=500, y2018=394)
    assert (one.method, one.probability()) == ("transition", leaving.all_leave(394, 2))
    assert one.weakest.rests["need"] == pytest.approx(95.8, abs=0.1)
    assert one.weakest.rests["rate"] == pytest.approx(100 * leaving.mean)
    assert listed(y2016=16, y2017=4, y2018=1).probability() > 0.5
    for too_little in ({"y2018": 1}, {"y2016": 10, "y2017": 11, "y2018": 12}, {"y2017": 20, "y2018": 2}):
        assert listed(**too_little).reason == "no_exits"
    none = listed(y2018=0)
    assert (none.verdict, none.reason) == ("already_met", "returns")


def test_a_count_stands_on_two_recent_totals(known):
    jobs = {2016: 5200, 2017: 5350, 2018: 4900, 2019: 5400}
    one = of(more(known, "new_jobs_persons", jobs, unit="persons"), "new_jobs")
    total = yearly_total(list(jobs.values()))
    assert (one.verdict, one.method, one.grade) == ("probable", "count", "B")
    assert one.probability() == total.probability(at_least=5000) and one.probability("points") is None
    assert one.weakest.level80 == total.level_at(0.2)
    assert one.weakest.rests == {"n": 4, "first": 2016, "last": 2019}
    # A preliminary or half-year total is none.
    half = more(known, "new_jobs_persons", jobs, unit="persons", period="{}-06")
    assert of(half, "new_jobs").reason == "count"
    early = more(known, "new_jobs_persons", {2009: 5200, 2010: 6200}, unit="persons")
    assert of(early, "new_jobs").reason == "old"
    broken = more(known, "new_jobs_persons", {2018: 5200.5, 2019: 6200}, unit="persons")
    assert of(broken, "new_jobs").reason == "no_trend"
    table = known.table[known.table["indicator"] != "new_jobs_persons"]
    assert of(replace(known, table=table), "new_jobs").reason == "count_none"


def test_without_comparable_series_three_figures_carry_a_trend(known):
    three = more(known, "health_insurance_pct", {2017: 92.0, 2018: 93.5, 2019: 94.6})
    one = of(three, "health_insurance")
    series = three.series("health_insurance_pct", place=PLACE)
    assert (one.verdict, one.method) == ("probable", "own")
    assert one.probability() == ps.forecast(series).probability(at_least=96) == one.own("log_odds")
    two = more(known, "health_insurance_pct", {2018: 93.5, 2019: 94.6})
    assert (of(two, "health_insurance").reason, of(two, "health_insurance").values["n"]) == ("few", 2)
    zero = more(known, "health_insurance_pct", {2017: 92.0, 2018: 93.5, 2019: 100.0})
    assert of(zero, "health_insurance", direction="at_most").reason == "no_trend"
    even = more(known, "health_insurance_pct", {2017: 92.0, 2018: 93.0, 2019: 94.0})
    assert of(even, "health_insurance").probability("points") is None


def test_an_open_target_at_the_edge_is_never_certain(known):
    one = of(known, "poverty", kind="level", bound=0.0, unit="pct")
    assert 0 < one.probability() < 1e-6
    all_of_it = of(known, "poverty", bound=-19.57)
    assert 0 < all_of_it.probability() < 1e-6


def test_a_figure_of_the_years_end_is_official(known, evidence):
    series = evidence.series("poor_household_pct", PLACE)
    assert (at_end(series, 2019), at_end(series, 2020), at_end(None, 2019)) == (19.57, None, None)
    preliminary = evidence.series("poor_household_pct", "Ngân Sơn")
    assert preliminary.latest.status == "preliminary" and at_end(preliminary, 2019) is None
    assert evidence.series("poor_household_pct", PLACE) is series
    assert evidence.series("no_such_pct", PLACE) is None
    assert peers_of(known, "health_insurance_pct", PLACE, "points") is None
    assert evidence.reference("health_insurance_pct", PLACE, 98.0, 2) is None


@pytest.mark.parametrize("month", range(1, 13))
def test_november_and_december_are_a_years_end(known, month):
    period = f"{{}}-{month:02}"
    for status, final in (("official", True), ("derived", True), ("preliminary", False), ("estimate", False)):
        some = more(known, "health_insurance_pct", {2018: 97.0}, period=period, status=status)
        series = Evidence(some).series("health_insurance_pct", PLACE, 2018)
        assert at_end(series, 2018) == (97.0 if month >= 11 and final else None)


def test_a_day_of_november_a_year_and_no_period_are_a_years_end(known):
    for period in ("{}-11-30", "{}", ""):
        some = more(known, "health_insurance_pct", {2018: 97.0}, period=period)
        assert at_end(Evidence(some).series("health_insurance_pct", PLACE), 2018) == 97.0


def under(known, figures):
    """Return a function that gives what a target of a year sees of ``{standard: {year: value}}``."""
    view = more(known, "poor_household_pct", {})
    for standard, values in figures.items():
        rows = more(known, "poor_household_pct", values).table.tail(len(values)).assign(standard=standard)
        view = replace(view, table=pd.concat([view.table, rows], ignore_index=True))
    evidence = Evidence(view)

    def seen(year):
        series = evidence.series("poor_household_pct", PLACE, year)
        return None if series is None else (series.standard[-4:], series.years.tolist())

    return seen


def test_a_target_sees_the_standard_that_rules_its_year_and_no_later_figure(known):
    seen = under(
        known,
        {
            "income_2011_2015": {2013: 20.0, 2014: 18.0, 2015: 16.0},
            "multidim_2016_2020": {2015: 29.0, 2016: 27.0, 2020: 18.5},
            "multidim_2022_2025": {2021: 27.0, 2022: 25.0},
        },
    )
    assert seen(2014) == ("2015", [2013, 2014])
    assert seen(2015) == ("2015", [2013, 2014, 2015])  # the opening review compares with nothing before it
    assert seen(2016) == ("2020", [2015, 2016])
    assert seen(2020) == ("2020", [2015, 2016, 2020])
    assert seen(2021) == ("2020", [2015, 2016, 2020])
    assert seen(2022) == ("2025", [2021, 2022])
    assert seen(2030) == ("2025", [2021, 2022])  # whose standard nobody knows
    assert seen(2012) is None
    opening = under(known, {"income_2011_2015": {2014: 18.0}, "multidim_2016_2020": {2016: 27.0}})
    assert opening(2016) == ("2015", [2014])


def test_a_target_sees_no_plan_and_no_figure_on_another_basis(known):
    planned = more(known, "health_insurance_pct", {2018: 97.0})
    rows = more(known, "health_insurance_pct", {2020: 99.0}, status="plan").table.tail(1)
    planned = replace(planned, table=pd.concat([planned.table, rows], ignore_index=True))
    assert planned.series("health_insurance_pct", place=PLACE).years.tolist() == [2018, 2020]
    assert Evidence(planned).series("health_insurance_pct", PLACE, 2020).years.tolist() == [2018]
    # Nor does a plan say which standard rules.
    new = more(known, "poor_household_pct", {2020: 9.0}, status="plan").table.tail(1)
    new = replace(known, table=pd.concat([known.table, new.assign(standard="multidim_2022_2025", year=2021)]))
    assert Evidence(new).series("poor_household_pct", PLACE, 2021).years[-1] == 2019
    evidence = Evidence(known)
    assert evidence.series("trained_pct", PLACE, 2014).years[-1] == 2014
    assert evidence.series("trained_pct", PLACE, 2015).years.tolist() == [2015]
    after = evidence.series("trained_pct", PLACE, 2018)
    assert after.years[0] == 2015 and after.basis == "trained_pct@2015" in known.peers("trained_pct")
    assert evidence.series("trained_pct", PLACE, 2014).basis == "trained_pct" in known.peers("trained_pct")
    of_change = {"indicator": "trained_pct", "kind": "change", "bound": 1.0, "unit": "pp"}
    assert of(known, "trained_labour", year=2015, **of_change).reason == "no_outcome"
    assert of(known, "trained_labour", year=2014, **of_change).verdict in ("met", "missed")


def test_a_target_sees_the_territory_with_which_its_year_began(known):
    old = more(known, "health_insurance_pct", {2023: 90.0, 2024: 91.0}, place="Thái Nguyên")
    new = more(old, "health_insurance_pct", {2025: 80.0, 2026: 81.0}, place="Thái Nguyên (2025–)")
    evidence = Evidence(new)
    assert new.series("health_insurance_pct", place="Thái Nguyên").years.tolist() == [2025, 2026]

    def seen(year):
        return evidence.series("health_insurance_pct", "Thái Nguyên", year).years.tolist()

    assert (seen(2024), seen(2025), seen(2026)) == ([2023, 2024], [2023, 2024], [2025, 2026])
    only = Evidence(more(known, "health_insurance_pct", {2025: 80.0}, place="Thái Nguyên (2025–)"))
    assert only.series("health_insurance_pct", "Thái Nguyên", 2025).years.tolist() == [2025]
    assert only.series("health_insurance_pct", "Thái Nguyên", 2024) is None
