"""What may be written in another unit is asked about; the figures that come along raise no question."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from povertystats.facts.package import read_package
from povertystats.files.doubts import (
    check_scale,
    incomes,
    jumps,
    lost_points,
    mixed_zeros,
    of_places,
    parts_of_counts,
    shares,
)
from povertystats.files.numbers import Notation, read_numbers
from povertystats.files.units import counts_things


@pytest.fixture(scope="module")
def figures():
    facts = read_package()["facts"]
    return facts.sort_values(["year", "period", "available_from"])


def test_the_figures_that_come_along_raise_no_question(figures):
    rates = figures[figures["unit"] == "pct"].groupby("indicator")
    counts = figures[figures["unit"].map(counts_things)]
    assert len(rates) > 30 and len(counts) > 300
    assert not [name for name, some in rates if list(shares(some["value"], blocks=some["place"]))]
    assert not list(parts_of_counts(counts["value"]))
    lines = figures.groupby(["indicator", "place", "standard"])["value"]
    series = {key: values for key, values in lines if len(values) > 1}
    assert len(series) > 1_400
    assert not [key for key, values in series.items() if list(jumps(values))]


def test_series_of_ours_in_another_unit_are_asked_about(figures):
    rng, asked = np.random.default_rng(19), {10: [], 100: [], 1000: []}
    for _, values in figures.groupby(["indicator", "place", "standard"])["value"]:
        if len(values) >= 4 and (values > 0).all() and rng.random() < 0.3:
            start = rng.integers(1, len(values))
            for times, found in asked.items():
                wrong = values.astype(float).copy()
                wrong.iloc[start:] *= times
                found.append(bool(list(jumps(wrong))))
    rates = {times: np.mean(found) for times, found in asked.items()}
    assert rates[10] > 0.6 and rates[100] > 0.8 and rates[1000] > 0.9


@given(
    st.lists(st.floats(0.8, 1.25), min_size=3, max_size=9),
    st.integers(1, 3),
    st.booleans(),
    st.data(),
)
def test_one_figure_of_a_calm_series_is_found_wherever_it_stands(steps, power, larger, data):
    values = pd.Series(np.cumprod([20.0, *steps]))
    place = data.draw(st.integers(1, len(values) - 2))
    assert not list(jumps(values))
    values[place] *= 10.0 ** (power if larger else -power)
    ((mask, rule, hint),) = list(jumps(values, "poor_pct", "pct")) or [(values < 0, "", "")]
    if mask.any():  # a neighbour that moves by a quarter may hide a factor of ten, never move the blame
        assert mask.tolist() == [i == place for i in range(len(values))]
        assert f"{10**power:,}" in rule and 'units={"poor_pct": "pct"}' in hint
    else:
        assert power == 1 and max(abs(np.log10(steps))) > 0.09


@pytest.mark.parametrize(
    ("values", "asked"),
    [
        ([0.305, 0.251], 2),
        ([0.305, np.nan, 0.0], 2),
        ([1.0, 0.5], 2),
        ([0.0, 0.0], 0),
        ([], 0),
        ([30.5, 0.251], 0),
        ([-0.5, 0.5], 0),
    ],
)
def test_rates_that_never_exceed_one(values, asked):
    found = list(shares(pd.Series(values, dtype=float), "y"))
    assert sum(int(mask.sum()) for mask, *_ in found) == asked
    assert not found or found[0][2] == 'say units={"y": "share"}, or "pct" if they are right'
    assert all('units="share"' in hint for *_, hint in shares(pd.Series(values, dtype=float)))


def test_one_place_in_shares_among_others_in_per_cent():
    values = pd.Series([30.5, 25.1, 28.0, 0.2947, 0.2512, 0.4, 0.3])
    places = pd.Series([*"AAABBCC"])
    ((mask, rule, _),) = shares(values, "y", blocks=places)
    assert mask.tolist() == [False] * 3 + [True] * 2 + [False] * 2 and "others in pct do" in rule


@pytest.mark.parametrize(
    ("values", "rows", "hint"),
    [
        ([51.234, 42.0], [0], True),
        ([51.5, 51.234], [0, 1], True),
        ([51.2345], [0], False),
        ([51.0, np.nan], [], False),
    ],
)
def test_counts_are_whole(values, rows, hint):
    found = list(parts_of_counts(pd.Series(values)))
    assert [i for mask, *_ in found for i in mask.index[mask]] == rows
    assert any('decimal=","' in said for *_, said in found) == hint


def test_a_lost_decimal_point():
    assert [mask.tolist() for mask, *_ in lost_points(pd.Series([1957.0, 20.0, 19570.0]), 0, 100)] == [
        [True, False, False]
    ]
    assert not list(lost_points(pd.Series([99.0]), 0, 100))


@pytest.mark.parametrize(
    ("median", "unit"),
    [
        (650_000, "vnd"),
        (14_001, "vnd"),
        (13_999, ""),
        (700, ""),
        (35.1, ""),
        (34.9, "vnd_m"),
        (0.65, "vnd_m"),
        (0, ""),
        (-5, ""),
        (float("nan"), ""),
    ],
)
def test_incomes_twenty_times_off_the_line(median, unit):
    found = incomes(median, 700)
    assert found is None if not unit else f'"income_vnd_k": "{unit}"' in found[1]


@pytest.mark.parametrize(
    ("cells", "asked"),
    [
        (["2.5", "19.57", "5.000"], ["5.000"]),
        (["2,5", "-19,57", "-5,000", "96"], ["-5,000"]),
        (["2.5", "1.500", "120.250"], ["1.500", "120.250"]),
        # All to three digits, or all of four significant ones; a thousand is no 1.0000; zeros after a nought.
        (["2.5", "0.500", "5.0000", "0.000"], []),
        (["19.57", "5.000", "0.1234"], []),
        (["19.57", "20.176", "2.5"], []),
        (["1,234.5", "2.5", "7"], []),
    ],
)
def test_thousands_beside_short_decimals_are_asked_about_and_an_option_settles_them(cells, asked):
    read = read_numbers(pd.Series(cells))
    assert [cell for cell, doubt in zip(cells, read.doubtful, strict=True) if doubt] == asked
    assert not read.wrong.any() and ("three digits" in read.doubt) == bool(asked)
    mark = "," if "," in cells[0] and "." not in cells[0] else "."
    settled = read_numbers(pd.Series(cells), Notation(decimal=mark))
    assert not settled.doubtful.any() and settled.values.notna().all()
    assert mixed_zeros(cells, mark) == {*asked}


@pytest.mark.parametrize(
    ("name", "unit", "figures", "asked"),
    [
        ("income", "vnd_k", {"A": 1500, "B": 1600, "C": 1.7e6}, "C"),
        ("thu nhập", "vnd_k", {"A": 1500, "B": 1600, "C": 1.7}, "C"),
        ("income", "vnd_k", {"A": 1500, "B": 900, "C": 6000}, ""),
        ("loans", "vnd_m", {"A": 1500, "B": 1600, "C": 1.7e6}, ""),
        ("poor", "pct", {"A": 15, "B": 16, "C": 0.175}, "C"),
    ],
)
def test_a_place_in_another_unit_than_the_rest(name, unit, figures, asked):
    rows = pd.Series(figures).repeat(2)
    places = pd.Series(rows.index, range(len(rows)))
    found = list(of_places(rows.reset_index(drop=True), name, unit, places, pd.Series(dtype=float)))
    assert {*places[found[0][0]]} == {asked} if asked else not found


def test_a_target_far_from_a_series_is_no_figure_of_another_unit(figures):
    own = figures[(figures["place"] == "Bắc Kạn") & (figures["indicator"] == "poor_household_pct")]
    own = own[own["standard"] == "multidim_2016_2020"].assign(settled=False)
    assert not [*check_scale(own, figures[:0])]
    odd = own[own["year"] == 2018].head(1).assign(value=2.188, row=999)
    for status, rows in (("official", {999}), ("target", set())):
        both = pd.concat([own[own["year"] != 2018], odd.assign(status=status)], ignore_index=True)
        assert {problem.row for problem in check_scale(both, figures[:0])} == rows, status
