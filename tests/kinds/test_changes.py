"""Changes between two years."""

import pandas as pd
import pytest
from helpers.assessed import more, of
from helpers.small import rates, small

import povertystats as ps
from povertystats.forecasts.joint import between
from povertystats.targets import goals


@pytest.mark.parametrize(
    ("before", "now", "met"),
    [
        (3.01, 1.01, True),  # 1.01 - 3.01 is -1.9999999999999998
        (19.57, 17.57, True),
        (19.57, 17.5699, True),
        (19.57, 17.5701, False),
        (19.57, 17.574, False),  # printed, a change of -2.0
        (19.57, 17.61, False),  # -1.96, in one decimal -2.0
        (19.57, 18.0, False),
        (19.57, 17.0, True),
    ],
)
def test_a_change_meets_its_bound_as_the_printed_figures_differ(known, before, now, met):
    for sign, direction in ((1, "at_most"), (-1, "at_least")):
        figures = {2018: before, 2019: now} if sign == 1 else {2018: 100 - before, 2019: 100 - now}
        some = more(known, "poor_household_pct", figures)
        found = of(some, "poverty", year=2019, bound=-2.0 * sign, direction=direction)
        assert found.verdict == ("met" if met else "missed")


BASE = {"base_year": 2012.0, "year": 2020.0}


@pytest.mark.parametrize(
    ("kind", "unit", "bound", "level", "short"),
    [
        ("change_since", "pp", -12.0, lambda base: base - 12, "(−12 points since 2012)"),
        ("per_year", "pp", -1.5, lambda base: base - 12, "(−1.5 points a year since 2012)"),
        ("relative", "pct", -40.0, lambda base: 0.6 * base, "(−40% since 2012)"),
    ],
)
def test_a_change_from_a_base_year_is_the_level_that_it_leads_to(kind, unit, bound, level, short):
    asked = BASE | {"kind": kind, "unit": unit, "bound": bound}
    known = small(rates(), [asked], as_of="2019-11-01")
    card = ps.scorecard(known, place="P00")
    series = known.series("poor_rate_pct", place="P00")
    aim = level(rates()["P00"][2012])
    ahead = ps.forecast(series, horizon=2, peers=known.peers("poor_rate_pct", "P00"))
    found, row = card.details[0], card.table.iloc[0]
    assert row["probability"] == pytest.approx(ahead.probability(at_most=aim), rel=1e-9)
    assert row["required_change"] == pytest.approx(aim - series.values[-1])
    assert row["required_per_year"] == pytest.approx((aim - series.values[-1]) / 2)
    assert goals.goals(card, ahead, "en")[0] == (f"{aim:.2f}% {short}", pytest.approx(aim), "at_most")
    # What came of it, by hand: just reached, just missed, without the figure of the base year.
    for value, came in ((aim - 0.01, "met"), (aim + 0.01, "missed")):
        later = small({"P00": rates()["P00"] | {2020: value}}, [asked])
        assert ps.scorecard(later, place="P00").details[0].verdict == came
    none = small(
        {"P00": {2011: 30.0, 2013: 28.0, 2014: 27.0, 2015: 25.0}},
        [asked | {"year": 2016.0}],
        as_of="2016-10-01",
    )
    reason = ps.scorecard(none, place="P00").details[0]
    assert (reason.reason, reason.values["year"]) == ("no_base", 2012)
    assert found.target.rules.fault(-101.0, "at_most", 0, 100)


def test_a_change_between_two_years_ahead_is_told_on_one_path():
    known = small(
        rates(), [{"kind": "change", "unit": "pp", "bound": -1.0, "year": 2020.0}], as_of="2019-11-01"
    )
    card = ps.scorecard(known, place="P00")
    found = card.details[0]
    assert (found.verdict, found.method) == ("probable", "pooled")
    ahead = ps.forecast(
        known.series("poor_rate_pct", place="P00"), horizon=2, peers=known.peers("poor_rate_pct", "P00")
    )
    assert found.probability() == pytest.approx(between(ahead, 1, lambda base: base - 1.0, "at_most")[0])
    assert "The change counts from 2019, whose figure was not known either" in card.text("en")
    assert "cả hai năm đều được dự báo" in card.text("vi")
    one = small(
        {"P00": {2018: 20.0}},
        [{"kind": "change", "unit": "pp", "bound": -1.0, "year": 2020.0}],
        as_of="2019-11-01",
    )
    assert ps.scorecard(one, place="P00").details[0].reason == "few"


@pytest.mark.parametrize(
    ("base", "bound", "direction", "reason"),
    [(4.0, -5.0, "at_most", "impossible"), (97.0, 5.0, "at_least", "impossible"), (97.0, 5.0, "at_most", "")],
)
def test_a_change_beyond_what_can_be_is_impossible_from_its_side_alone(base, bound, direction, reason):
    figures = {
        year: base - shift for year, shift in zip(range(2015, 2019), (0.3, 0.1, 0.2, 0.0), strict=True)
    }
    asked = {"kind": "change", "unit": "pp", "bound": bound, "direction": direction, "year": 2019.0}
    found = ps.scorecard(small({"A": figures}, [asked], as_of="2019-11-01"), place="A").details[0]
    assert found.reason == reason and (found.probability() or 1.0) > 0.99


def test_a_base_year_is_asked_for_where_it_counts_and_nowhere_else():
    for asked, field in (
        ({"kind": "per_year", "unit": "pp", "bound": -1.0}, "base_year"),
        ({"kind": "per_year", "unit": "pp", "bound": -1.0, "base_year": 2019.0}, "base_year"),
        ({"base_year": 2012.0}, "base_year"),
        ({"kind": "relative", "unit": "pp", "bound": -1.0, "base_year": 2012.0}, "unit"),
        ({"kind": "rank", "unit": "rank", "bound": 2.0, "of": "mean"}, "of"),
        ({"place": "every commune", "where": "Land"}, "place"),
    ):
        with pytest.raises(ps.DataError) as error:
            ps.load_targets(small(rates(2), [asked | {"year": 2019.0}]))
        assert [problem.field for problem in error.value.problems] == [field]


@pytest.mark.parametrize("later", [None, 0.0, 5.0])
def test_nothing_has_no_per_cents_to_change_by(later):
    """Neither met, already met nor missed, before the year and after it; the same in points can be told."""
    figures = {2015: 0.0, 2016: 0.4, 2017: 0.2, 2018: 0.3} | ({} if later is None else {2019: later})
    asked = {"base_year": 2015.0, "year": 2019.0, "bound": -10.0, "kind": "relative", "unit": "pct"}
    for bound, direction in ((-10.0, "at_most"), (10.0, "at_least")):
        target = asked | {"bound": bound, "direction": direction}
        known = small({"A": figures}, [target], as_of="2019-11-01" if later is None else None)
        card = ps.scorecard(known, place="A")
        assert (card.details[0].verdict, card.details[0].reason) == ("not_assessable", "base_of_0")
        assert "of 2015 for A is 0" in card.text("en") and pd.isna(card.table["required_change"][0])
        assert card.display("vi").iloc[0, 1] == "chưa thể đánh giá"
