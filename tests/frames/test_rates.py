"""Rates in per cent: a panel or a series of them, and what may be in another unit."""

import numpy as np
import pandas as pd
import pytest

from povertystats.frames.rates import in_percent, model_rates, rate_panel, yes_of


def test_one_check_serves_every_panel_of_rates():
    panel = pd.DataFrame(
        {"place": ["A", "A"], "year": ["2018", "2019"], "a_pct": ["1.5", None], "b_pct": 2.0}
    )
    checked, names, problems = rate_panel(panel)
    assert (names, problems) == (["a_pct", "b_pct"], [])
    assert checked["year"].tolist() == [2018, 2019] and checked["a_pct"].iloc[0] == 1.5
    assert rate_panel(panel, "b_pct")[1] == rate_panel(panel, ["b_pct", "b_pct"])[1] == ["b_pct"]
    many = pd.DataFrame({"place": "A", "year": [2018] * 7, "a_pct": [120.0] * 7})
    assert rate_panel(many, ["a_pct", "c_pct"])[2] == [
        "panel, rows 1, 2, 3, 4, 5 and 1 more: 'A 2018': a place and year stands more than once; of months or quarters give the year's mean or its last",
        "panel, rows 0, 1, 2, 3, 4 and 2 more, field a_pct: '120.0 (A 2018)': expected a percentage between 0 and 100",
        "panel, field c_pct: no such column; did you mean a_pct?",
    ]
    assert rate_panel(many[["a_pct"]])[2][0] == "panel, field year: no such column; there are a_pct"
    with pytest.raises(TypeError, match="must be a pandas DataFrame"):
        rate_panel([1.0])


def rates(**changes):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        [(place, year) for place in "ABCD" for year in range(2012, 2018)], columns=["place", "year"]
    )
    frame["y"] = np.round(30 - 2 * (frame["year"] - 2012) + rng.normal(size=len(frame)), 2)
    return frame.assign(**changes)


def test_shares_are_asked_about_and_become_percent_to_the_last_digit():
    ours, shares = rates(), rates(y=rates()["y"] / 100)
    for units in ("share", {"y": "share"}):
        table, _, problems = rate_panel(shares, units=units)
        assert not problems
        pd.testing.assert_frame_equal(table, rate_panel(ours)[0], check_exact=True)
    assert rate_panel(shares)[2][0].endswith('say units={"y": "share"}, or "pct" if they are right')
    assert rate_panel(shares, units="pct")[2] == []
    assert rate_panel(shares, units="persons")[2][0].startswith(
        "panel, field y: figures in 'pct' cannot be made of"
    )
    assert rate_panel(ours, units={"z": "share"})[2] == ["units: 'z' is no indicator"]
    assert "expected a percentage" in rate_panel(ours, units="share")[2][0]


@pytest.mark.parametrize("times", [0.1, 0.01])
def test_a_figure_in_another_unit_than_the_others_of_its_place_is_asked_about(times):
    slipped = rates()
    slipped.loc[8, "y"] *= times
    problem = rate_panel(slipped)[2][0]
    assert "row 8, field y: " in problem and "(B 2014)" in problem and "units" in problem
    whole = rates().assign(y=lambda frame: frame["y"].where(frame["place"] != "C", frame["y"] / 100))
    assert "rows 12, 13, 14, 15, 16 and 1 more, field y" in rate_panel(whole)[2][0]


def test_the_panels_that_come_along_are_not_asked_about(facts):
    known = facts.as_of("2020-05-07")
    for indicator in ("poor_household_pct", "poor_income_pct", "trained_pct"):
        assert rate_panel(known.peers(indicator))[2] == []


def test_a_series_is_asked_about_as_a_panel_is():
    years = np.arange(2015, 2020)
    values = np.array([29.4, 26.61, 24.53, 21.88, 19.57])
    assert in_percent(values, years, None, "")[1] == []
    np.testing.assert_array_equal(in_percent(np.round(values / 100, 4), years, "share", "")[0], values)
    for wrong, fault in [
        (values / 100, 'say units={"y": "share"}, or "pct"'),
        (np.append(values[:4], 0.1957), "2019: 1/100 of the other figures"),
        (np.append(2.94, values[1:]), "2015: 1/10 of"),
    ]:
        assert fault in in_percent(wrong, years, None, "y")[1][0]
        assert in_percent(wrong, years, "pct", "y")[1] == []
    assert "cannot be made of" in in_percent(values, years, "vnd", "y")[1][0]


def test_a_models_rates_alone_are_asked_about():
    frame = pd.DataFrame({"y": [0.15, 0.07, 0.3], "trained_pct": [0.2, 0.1, 0.4], "x": [0.1, 0.2, 0.3]})
    columns = ["y", "trained_pct", "x"]
    assert ["field trained_pct" in line for line in model_rates(frame, columns)[1]] == [True]
    assert ["field y" in line for line in model_rates(frame, columns, linked="y")[1]] == [True, False]
    for units in ("share", {"y": "share", "trained_pct": "share"}):
        read, problems = model_rates(frame, columns, linked="y", units=units)
        assert not problems and read.values.tolist() == [[15, 20, 0.1], [7, 10, 0.2], [30, 40, 0.3]]
    read, problems = model_rates(frame, columns, linked="y", units="pct")
    assert not problems and read.equals(frame)
    assert model_rates(frame.assign(trained_pct=[0.2, 1.1, 3]), columns)[1] == []
    assert (
        model_rates(frame, columns, units={"z": "pct", "trained_pct": "vnd"})[1][-1]
        == "units: there is no column 'z'"
    )


@pytest.mark.parametrize("kind", [bool, int, float, "boolean", "int8[pyarrow]"])
def test_a_truth_is_no_rate_that_is_asked_about(kind):
    frame = pd.DataFrame({"poor": pd.Series([1, 0, 1]).astype(kind), "loan": [True, False, True]})
    for linked in ("", "poor"):
        read, problems = model_rates(frame, ["poor", "loan"], linked=linked)
        assert problems == [] and yes_of(read["poor"]) == 1
    read, problems = model_rates(frame, ["poor", "loan"], linked="poor", units={"poor": "share"})
    assert problems == [] and read["poor"].tolist() == [100, 0, 100] and yes_of(read["poor"]) == 100
    named = frame.rename(columns={"poor": "poor_pct"})
    assert "shares may be meant" in model_rates(named, ["poor_pct"])[1][0]


def test_money_and_counts_are_not_asked_whether_they_are_shares():
    frame = pd.DataFrame({"income_vnd_m": [0.3, 0.7], "visits_k": [0.1, 0.9], "rate": [0.3, 0.7]})
    asked = [name for name in frame if model_rates(frame, [name], linked=name)[1]]
    assert asked == ["rate"]


def test_a_column_holds_yes_and_no_where_it_holds_both_and_nothing_else():
    for values, yes in (
        ([0, 1], 1),
        ([0, 100, None], 100),
        ([1, 1], None),
        ([0, 0], None),
        ([0, 1, 100], None),
    ):
        assert yes_of(pd.Series(values)) == yes
    assert yes_of(pd.Series(["0", "1"])) is None
