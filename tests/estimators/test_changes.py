"""Changes and means of places: known answers, pandas done by hand, every row accounted for, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from povertystats.estimators.changes import first_differences, long_differences, place_means
from povertystats.regression.moments import Moments

VERBS = [first_differences, long_differences, place_means]


@pytest.fixture
def panel():
    """Place a has a gap in 2012, b no x in 2011, c a single year, d a zero without a logarithm."""
    rows = [("a", 2010, 4.0, 1.0), ("a", 2011, 3.0, 2.0), ("a", 2013, 9.0, 4.0),
            ("b", 2010, 5.0, 1.0), ("b", 2011, 6.0, None), ("b", 2013, 8.0, 8.0),
            ("c", 2013, 1.0, 1.0), ("d", 2010, 2.0, 0.0), ("d", 2011, 4.0, 1.0)]  # fmt: skip
    return pd.DataFrame(rows, columns=["place", "year", "y", "x"])


def test_a_first_difference_is_later_minus_earlier_and_bridges_no_gap(panel):
    changes = first_differences(panel, ["y", "x"])
    assert changes.columns == ("Δ y", "Δ x")
    assert changes.table.values.tolist() == [["a", 2011, -1.0, 1.0], ["d", 2011, 2.0, 1.0]]
    assert changes.dropped == (("missing", "x", 1), ("no_year_before", "year", 6))
    assert changes.years == (2010, 2011)


def test_terms_are_taken_before_the_difference_and_not_again_by_moments(panel):
    changes = first_differences(panel, ["y", "log(x)"])
    assert changes.table["Δ log(x)"].tolist() == pytest.approx([np.log(2)])
    assert changes.dropped == (("missing", "x", 1), ("no_log", "x", 1), ("no_year_before", "year", 6))
    moments = Moments.from_frame(changes.table, changes.columns[0], changes.columns[1:], entity=None)
    assert moments.counts.tolist() == [[1]] and moments.dropped == (("singleton_time", "year", 1),)


def test_a_long_difference_needs_both_ends(panel):
    changes = long_differences(panel, ["y", "x"])
    assert changes.table.values.tolist() == [["a", 5.0, 3.0], ["b", 3.0, 7.0]]
    assert changes.table.columns.tolist() == ["place", "Δ y", "Δ x"]
    assert changes.dropped == (
        ("missing", "x", 1), ("between_years", "year", 2), ("no_other_year", "year", 2)
    )  # fmt: skip
    assert changes.years == (2010, 2013)


def test_the_ends_are_the_years_in_which_every_term_is_there(panel):
    panel.loc[panel.year == 2013, "x"] = None
    changes = long_differences(panel, ["y", "x"])
    assert changes.years == (2010, 2011) and changes.table.place.tolist() == ["a", "d"]


def test_means_are_over_the_same_rows_for_every_term(panel):
    means = place_means(panel, ["y", "x"])
    assert means.table.values.tolist() == [
        ["a", pytest.approx(16 / 3), pytest.approx(7 / 3)], ["b", 6.5, 4.5], ["c", 1.0, 1.0], ["d", 3.0, 0.5]
    ]  # fmt: skip
    assert means.dropped == (("missing", "x", 1),) and means.years == (2010, 2013)


def test_one_year_has_no_changes_but_means(panel):
    one = panel[panel.year == 2013]
    for verb in (first_differences, long_differences):
        assert verb(one, ["y"]).table.empty and verb(one, ["y"]).years is None
        assert sum(rows for *_, rows in verb(one, ["y"]).dropped) == 3
    assert len(place_means(one, ["y"]).table) == 3


def test_nothing_left_is_an_empty_table(panel):
    for verb in VERBS:
        found = verb(panel.assign(x=np.nan), ["y", "x"])
        assert found.table.empty and found.dropped == (("missing", "x", 9),)


def test_the_panel_may_be_in_any_order_with_any_index_and_names(panel):
    shuffled = panel.sample(frac=1, random_state=1).set_axis([7] * len(panel))
    shuffled = shuffled.rename(columns={"place": "region", "year": "wave"})
    for verb in VERBS:
        ours = verb(shuffled, ["y", "x"], place="region", time="wave").table
        expected = verb(panel, ["y", "x"]).table
        assert ours.to_numpy().tolist() == expected.to_numpy().tolist()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(2000, 2006), st.none() | st.floats(-1e6, 1e6)),
        unique_by=lambda row: row[:2],
        min_size=1,
    )
)
def test_every_row_is_used_or_counted_and_changes_add_up(rows):
    frame = pd.DataFrame(rows, columns=["place", "year", "x"]).astype({"x": float})
    held = {(place, year): x for place, year, x in rows if x is not None}
    changes = first_differences(frame, ["x"])
    expected = {(p, t): x - held[p, t - 1] for (p, t), x in held.items() if (p, t - 1) in held}
    assert {(p, t): x for p, t, x in changes.table.itertuples(index=False)} == expected
    assert len(changes.table) + sum(n for *_, n in changes.dropped) == len(frame)
    long = long_differences(frame, ["x"])
    assert 2 * len(long.table) + sum(n for *_, n in long.dropped) == len(frame)
    for place, change in long.table.itertuples(index=False):
        assert change == held[place, long.years[1]] - held[place, long.years[0]]
    means = place_means(frame, ["x"])
    assert sorted(means.table.place) == sorted({place for place, _ in held})


@pytest.mark.parametrize("verb", VERBS)
def test_everything_wrong_is_told_at_once(verb, panel):
    bad = pd.concat([panel.assign(x=np.inf), panel.iloc[:1]], ignore_index=True)
    with pytest.raises(ValueError) as told:
        verb(bad, ["x", "x", "log(z)"])
    for part in (
        "'x' stands more than once",
        "no such column: 'z'",
        "infinite",
        "more than one row for place and year: a 2010",
    ):
        assert part in str(told.value)


@pytest.mark.parametrize("verb", VERBS)
def test_refusals(verb, panel):
    with pytest.raises(TypeError, match="must be a pandas DataFrame, not dict"):
        verb({}, ["x"])
    with pytest.raises(ValueError, match="terms must be a list, not the text 'x'"):
        verb(panel, "x")
    with pytest.raises(ValueError, match="terms are empty"):
        verb(panel, [])
    with pytest.raises(ValueError, match="whole years, has 2010.5"):
        verb(panel.assign(year=panel.year + 0.5), ["x"])
    with pytest.raises(ValueError, match="no such column: 'place'"):
        verb(panel.drop(columns="place"), ["x"])
    with pytest.raises(ValueError, match=r"'year': 9 value\(s\) infinite"):
        verb(panel.assign(year=np.inf), ["x"])
    with pytest.raises(ValueError, match="'year' must be numeric"):
        verb(panel.assign(year=panel.year.astype(str)), ["x"])
