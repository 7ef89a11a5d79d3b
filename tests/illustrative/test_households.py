"""Draws that keep totals and probabilities, and what a class allows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from povertystats.illustrative.households import (
    FLAGS,
    _draw,
    _flags,
    _income,
)


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
