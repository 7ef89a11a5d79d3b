"""Margins as published or made up: sums that hold at any size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from povertystats.facts.package import load_facts
from povertystats.illustrative.margins import allot, made_up, margins_of, shift

YEARS = range(2016, 2021)


def test_what_is_made_up_has_no_name_and_no_rate_of_a_real_place():
    facts, found = load_facts(), made_up(80_000, YEARS)
    names = {name.casefold() for name in facts.places.table["place"]}
    assert not names & {name.casefold() for name in found["district"]} and not found["published"].any()
    real = facts.table.query("indicator == 'poor_household_pct' and year >= 2016")["value"]
    province = found.groupby("year")[["poor_households", "households"]].sum()
    rates = [*found["poor_household_pct"], *(100 * province["poor_households"] / province["households"])]
    own = facts.table.query("indicator == 'poor_household_pct' and place == 'Bắc Kạn'")["value"]
    assert np.abs(np.subtract.outer(rates[-5:], own.to_numpy())).min() > 0.1 and len(real)


def test_households_are_derived_where_they_can_be_and_shared_out_elsewhere():
    review = margins_of(load_facts(), 80_276, [2019]).set_index("district")
    assert review["households"].sum() == 80_276
    assert review.loc["Ba Bể", "households"] == 10_832  # published, 2017
    assert review.loc["Ngân Sơn", "households"] == round(2543 / 0.3429)
    assert review.loc["TP. Bắc Kạn", "households"] == pytest.approx(226 / 0.0193, abs=1)
    weighted = review["poor_household_pct"] @ review["households"] / 80_276
    assert weighted == pytest.approx(100 * 16_003 / 80_276, abs=0.002)
    others = review.loc[["Bạch Thông", "Chợ Mới", "Chợ Đồn", "Na Rì"], "households"]
    assert others.max() / others.min() < 1.05


def test_pac_nam_has_its_published_number_of_poor_in_2018():
    found = margins_of(load_facts(), 80_276, [2018]).set_index("district")
    assert found.loc["Pác Nặm", "poor_households"] == pytest.approx(2_770, rel=0.01)


def test_rates_move_by_one_shift_in_log_odds():
    found = margins_of(load_facts(), 80_276, [2016, 2019]).pivot(
        index="district", columns="year", values="poor_household_pct"
    )
    odds = np.log(found / (100 - found))
    assert np.ptp(odds[2016] - odds[2019]) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("households", [2_000, 33_333, 10**6])
def test_every_class_fits_at_any_size(households):
    for found in (margins_of(load_facts(), households, YEARS), made_up(households, YEARS)):
        fits(found, households)


def fits(found, households):
    assert (found.groupby("year")["households"].sum() == households).all()
    classes = found[["poor_households", "near_poor_households"]].sum(axis=1)
    assert (classes <= found["households"]).all() and (found["poor_households"] > 0).all()
    assert (found["deprivation_poor_households"] <= found["poor_households"]).all()


@given(st.integers(0, 10**6), st.lists(st.floats(0.01, 1e4), min_size=1, max_size=20))
def test_allotted_parts_sum_to_the_total_and_are_the_nearest(total, weights):
    parts = allot(total, weights)
    assert parts.sum() == total and (parts >= 0).all()
    assert (abs(parts - total * np.array(weights) / sum(weights)) < 1 + 1e-6).all()


@given(st.lists(st.floats(-4, 4), min_size=1, max_size=10), st.floats(0.01, 0.99))
def test_shifted_probabilities_sum_to_the_total(log_odds, share):
    log_odds, weights = np.array(log_odds), np.arange(1.0, len(log_odds) + 1)
    by = shift(log_odds, weights, share * weights.sum())
    assert weights @ expit(log_odds + by) == pytest.approx(share * weights.sum())
