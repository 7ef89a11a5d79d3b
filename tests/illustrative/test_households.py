"""Margins as published, sums that hold at any size; draws that keep totals and probabilities, and what a class allows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from povertystats.facts.package import load_facts
from povertystats.illustrative.households import (
    FLAGS,
    _draw,
    _flags,
    _income,
    allot,
    margins_of,
    shift,
)


def test_households_are_derived_where_they_can_be_and_shared_out_elsewhere():
    review = margins_of(load_facts(), 80_276, [2019]).set_index("district")
    assert review["households"].sum() == 80_276
    assert review.loc["Ba Bể", "households"] == 10_832  # published, 2017
    assert review.loc["Ngân Sơn", "households"] == round(2543 / 0.3429)
    assert review.loc["TP Bắc Kạn", "households"] == pytest.approx(226 / 0.0193, abs=1)
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
    found = margins_of(load_facts(), households, range(2016, 2021))
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


@given(
    st.lists(st.tuples(st.integers(1, 40), st.floats(0, 1)), min_size=1, max_size=6), st.integers(0, 2**32)
)
def test_totals_are_exact_in_every_group(groups, seed):
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(len(groups)), [n for n, _ in groups])
    totals = np.array([round(n * share) for n, share in groups])
    drawn = _draw(rng, np.zeros(len(group)), rng.permutation(group), totals)
    assert drawn.sum() == totals.sum()
    group = rng.permutation(group)
    assert (
        np.bincount(group, _draw(rng, np.zeros(len(group)), group, totals), len(groups)).tolist()
        == totals.tolist()
    )


def test_each_is_drawn_as_often_as_told():
    rng = np.random.default_rng(1)
    base, group, totals = rng.uniform(0, 0.3, 60), np.repeat([0, 1], 30), np.array([6, 12])
    shift = (totals - np.bincount(group, base)) / 30
    often = np.mean([_draw(rng, base, group, totals) for _ in range(4_000)], axis=0)
    assert often == pytest.approx(base + shift[group], abs=0.035)  # 4.5 standard errors


def test_probabilities_outside_0_to_1_are_refused_by_group():
    base, group = np.array([0.0, 0.9, 0.1, 0.1]), np.array([0, 0, 1, 1])
    with pytest.raises(
        ValueError, match="there: probabilities of -0.450 to 0.450; expected 0 to 1"
    ) as refused:
        _draw(np.random.default_rng(1), base, group, np.array([0, 1]), ["there", "here"])
    assert len(refused.value.problems) == 1


def test_incomes_and_deprivations_are_those_of_the_class():
    rng = np.random.default_rng(1)
    kind, urban, insured = rng.integers(0, 4, 20_000), rng.random(20_000) < 0.5, rng.random(20_000) < 0.7
    lacks, income = _flags(rng, kind, insured), _income(rng, kind, urban)
    line, upper = np.where(urban, 900, 700), np.where(urban, 1300, 1000)
    assert (np.where(income <= line, 0, np.where(income > upper, 3, 1)) == np.where(kind == 2, 1, kind)).all()
    number = lacks.sum(axis=0)
    assert (number[kind == 1] >= 3).all() and (number[kind == 2] <= 2).all()
    assert (lacks[FLAGS.index("dep_health_insurance")] == ~insured).all()
    assert lacks.mean(axis=1).min() > 0.02
