"""The words that associations share: units, names of terms, changes, rows left out."""

from types import SimpleNamespace

import pytest

from povertystats.words.phrases import (
    association,
    controls_line,
    estimate_words,
    rows_left_out,
    term_name,
    unit,
)

ROW = {
    "driver": "log(money)", "outcome": "poor_pct", "estimate": -2.0, "se": 0.5, "low": -3.0, "high": -1.0, "p": 0.0004,
    "level": 0.95, "n": 120, "places": 20, "years": "2013–2016", "detectable": 1.4,
}  # fmt: skip


def test_a_logarithm_is_told_for_twice_as_much():
    told = association(
        SimpleNamespace(**ROW), "en", {"money": "money"}, scale="percentage points", unit="points"
    )
    assert told == (
        "In percentage points, money twice as high goes with poor_pct lower by 1.39 percentage points (95% confidence "
        "interval −2.08 to −0.69; p < 0.001; 120 observations, 20 places, 2013–2016)."
    )


@pytest.mark.parametrize(
    ("binary", "step"), [(True, "x (yes rather than no)"), (False, "x higher by one unit")]
)
def test_an_unclear_row_says_what_would_be_missed_and_has_no_years_of_its_own(binary, step):
    row = ROW | {"driver": "x", "high": 0.5, "years": None, "p_wild": 0.2}
    told = association(SimpleNamespace(**row), "en", {}, scale="points", unit="points", binary=binary)
    assert told.startswith(f"In points, {step} goes with poor_pct lower by 2.00 percentage points")
    assert (
        "p < 0.001, 0.200 by bootstrap; 120 observations, 20 clusters), so the data do not settle the sign"
        in told
    )
    assert "an association under 1.40 percentage points would often be missed" in told


def test_the_change_without_a_place_is_told_where_a_row_has_one():
    words = estimate_words(SimpleNamespace(**ROW, estimate_without=0.25), "en", "log_odds")
    assert words["otherwise"] == "higher by 0.25 log-odds" and words["size"] == "1.40 log-odds"
    assert "otherwise" not in estimate_words(SimpleNamespace(**ROW), "en", "points")


def test_names_units_and_rows_left_out():
    assert unit("income_vnd_k", "points") == "units" and unit("gap_pp", "points") == "points"
    assert term_name("log(x)", "en", {"log(x)": "own"}) == "own"
    assert rows_left_out([], "en", {}) == "" and controls_line([], "en", {}) == []
    assert (
        rows_left_out([("singleton", "household", 3)], "en", {}, nested=True)
        == "3 of a household seen only once"
    )
    assert controls_line(["log(x)", "y"], "en", {"y": "Y"}) == ["Controls: the logarithm of x, Y."]
