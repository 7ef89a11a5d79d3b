"""One lever: how far it may be moved, in which words, and arithmetic that adds up."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from povertystats.drivers.lever import Way, applied, moved, seen_together, shift, together
from povertystats.forecasts.predictive import Predictive


def test_the_spans_hold_one_another(lever_of):
    for lever in lever_of.values():
        low, high = lever.seen
        assert low < lever.usual[0] < lever.start < lever.usual[1] < high
        assert low <= lever.within[0] and lever.within[1] <= high
        least, most = lever.limits
        assert low <= least < lever.start < most <= high
        for end in (least, most):
            assert end / lever.step == pytest.approx(round(end / lever.step), abs=1e-9)
        assert least - lever.step < low and high < most + lever.step


def test_nothing_is_beyond_at_the_start_and_the_top_is_the_top(lever_of):
    for lever in lever_of.values():
        assert not lever.unseen(lever.start) and not lever.problems(lever.start)
        assert not lever.unseen(lever.within[0]) and lever.unseen(lever.seen[1] * 1.01)
    # No province had more credit a head: any more lies beyond what has been seen.
    assert lever_of["credit"].within[1] == pytest.approx(0, abs=1e-12) and lever_of["credit"].unseen(0.25)


@pytest.mark.parametrize("step", [np.complex128(1), "1", True, np.True_, None, math.nan, math.inf])
def test_a_step_that_is_no_number_is_told(lever_of, step):
    (problem,) = lever_of["training"].problems(step)
    assert "expected a finite number" in problem


def test_impossible_levels_bound_the_hand(lever_of):
    low = replace(lever_of["training"], latest=(3.2, 2018))
    assert low.limits[0] == -3.0 and low.possible == (-3.2, 96.8)
    assert replace(low, latest=None).limits == lever_of["training"].limits


@pytest.mark.parametrize(
    ("name", "step", "said"),
    [
        ("training", math.nan, "expected a finite number"),
        ("training", "5", "expected a finite number"),
        ("training", True, "expected a finite number"),
        ("training", math.inf, "expected a finite number"),
        ("training", -18, "steps of -17.7 to 82.3"),
        ("training", 83, "steps of -17.7 to 82.3"),
        ("programmes", 0, "above 0"),
        ("programmes", -2, "above 0"),
        ("credit", -6, "steps of -5.8295 to inf"),
    ],
)
def test_impossible_steps_are_refused_even_when_extrapolating(lever_of, name, step, said):
    problems = lever_of[name].problems(step, extrapolate=True)
    assert len(problems) == 1 and said in problems[0] and problems[0].startswith(name)


@pytest.mark.parametrize(
    ("name", "step"), [("training", 8), ("programmes", 1.4), ("programmes", 0.1), ("credit", 0.25)]
)
def test_steps_beyond_what_has_been_seen_are_refused_unless_asked_for(lever_of, name, step):
    (problem,) = lever_of[name].problems(step)
    assert "beyond what has been seen" in problem and "extrapolate=True" in problem
    assert lever_of[name].problems(step, extrapolate=True) == []


@pytest.mark.parametrize(
    ("name", "step", "vi", "en"),
    [
        ("training", 2.5, "+2,5 điểm phần trăm", "+2.5 points"),
        ("training", -1, "−1 điểm phần trăm", "−1 points"),
        ("programmes", 1.25, "bằng 1,25 lần mức theo xu hướng hiện tại", "1.25 times the current trend"),
        ("credit", 0.5, "+0,5 triệu đồng", "+0.5 million dong"),
    ],
)
def test_steps_are_told_by_the_rules_of_the_language(lever_of, name, step, vi, en):
    assert (lever_of[name].in_words(step, None, "vi"), lever_of[name].in_words(step, None, "en")) == (vi, en)


def test_both_ends_of_a_span_have_as_many_decimals(lever_of):
    spans = [lever_of["training"].in_words(0.7, 0.889, lang) for lang in ("vi", "en")]
    assert spans == ["từ +0,70 đến +0,89 điểm phần trăm", "+0.70 to +0.89 points"]
    assert lever_of["credit"].in_words(-2, 0.001, "en") == "−2 to 0 million dong"


def test_a_name_stands_by_itself(lever_of):
    names = [lever.title("en") for lever in lever_of.values()]
    assert names == [
        "Share of workers with a training certificate",
        "Programme money per head",
        "Policy credit per head",
    ]
    assert lever_of["credit"].title("vi") == "Dư nợ tín dụng chính sách bình quân đầu người"


def test_a_second_look_at_another_driver_is_none_at_this_one(lever_of):
    training, money, credit = lever_of.values()
    before = Way("training_before", "within", "points")
    assert training.effect(before) != training.effect(before._replace(look="plain"))
    assert money.effect(before) == money.effect(before._replace(look="plain"))
    logit = Way("plain", "fractional_logit", "log_odds")
    assert training.effect(logit) and credit.effect(logit) is None
    # Its own look that its figures do not carry is no plain one.
    lost = replace(training, effects=training.effects[training.effects["way"] != "training_before"])
    assert lost.effect(before) is None
    every = list(training.ways)
    assert applied([money], every) == ([way for way in every if way.look != "training_before"], [])
    assert applied([training, credit], every)[1] == [way for way in every if way.estimator != "within"]


def test_what_was_seen_together_is_one_place_in_one_year(lever_of):
    rows = together(list(lever_of.values()))
    assert [rows[name].dropna().min() for name in rows] == [lever.moves.min() for lever in lever_of.values()]
    training, money, credit = lever_of.values()
    both = rows[["training", "programmes"]].dropna()
    assert set(both.index.get_level_values("year")) == {2014, 2016}
    for at in both.to_numpy()[::7]:
        steps = [(training, at[0]), (money, float(np.exp(at[1])))]
        assert seen_together(steps) and seen_together(
            [(lever, (lever.start + step) / 2) for lever, step in steps]
        )
    assert seen_together([(training, training.seen[1])]) and seen_together([(credit, credit.seen[0])])
    assert not seen_together([(lever, lever.seen[1]) for lever in lever_of.values()])
    assert seen_together([(lever, lever.start) for lever in lever_of.values()]) and seen_together([])
    # A step of the other way is not seen because the one way was.
    assert not seen_together([(training, training.seen[1]), (money, 0.95), (credit, -0.25)])


STEPS = st.tuples(st.floats(-7, 7), st.floats(0.15, 1.7), st.floats(-2, 3))
WAY = st.builds(
    Way, st.sampled_from(["plain", "same_start"]), st.just("within"), st.sampled_from(["points", "log_odds"])
)


@given(STEPS, WAY)
def test_shifts_add_up(lever_of, steps, way):
    pairs = list(zip(lever_of.values(), steps, strict=True))
    estimate, variance, half = shift(pairs, way)
    each = [shift([pair], way) for pair in pairs]
    assert estimate == pytest.approx(sum(one[0] for one in each), abs=1e-12)
    assert variance == pytest.approx(sum(one[1] for one in each), abs=1e-12)
    # Together no narrower than the widest, no wider than their squares under the fewest degrees of freedom.
    assert max(one[2] for one in each) <= half * (1 + 1e-9) + 1e-15
    sizes = [steps[0], np.log(steps[1]), steps[2]]
    direct = [size * lever.effect(way)[0] for size, lever in zip(sizes, lever_of.values(), strict=True)]
    assert estimate == pytest.approx(sum(direct), abs=1e-12)


@given(st.floats(-7, 7), WAY)
def test_a_step_back_moves_as_far_back_and_is_as_unsure(lever_of, step, way):
    ahead, back = (shift([(lever_of["training"], sign * step)], way) for sign in (1, -1))
    assert ahead == (-back[0], back[1], back[2])


@given(st.floats(0.2, 5), WAY)
def test_half_is_as_far_from_all_as_double(lever_of, factor, way):
    up, down = (shift([(lever_of["programmes"], f)], way) for f in (factor, 1 / factor))
    np.testing.assert_allclose(up, [-down[0], down[1], down[2]], rtol=1e-9, atol=1e-15)


def test_the_interval_and_variance_are_those_of_student_t(lever_of):
    estimate, variance, half = shift([(lever_of["training"], 2.0)], Way("plain", "within", "log_odds"))
    b, se, dof = lever_of["training"].effect(Way("plain", "within", "log_odds"))
    t = stats.t(dof, loc=2 * b, scale=2 * se)
    assert (estimate, variance) == pytest.approx((t.mean(), t.var()), rel=1e-12)
    assert (estimate - half, estimate + half) == pytest.approx(t.interval(0.95), rel=1e-12)


@given(
    st.floats(2.1, 50), st.floats(-3, 3), st.floats(0.01, 3), st.floats(-2, 2), st.floats(0, 4)
)  # fmt: skip
def test_a_move_adds_to_location_and_variance(df, location, scale, estimate, variance):
    before = Predictive(1.0, df, location, scale, "log_odds")
    after = moved(before, estimate, variance)
    was, now = (stats.t(df, loc=p.location[0], scale=p.scale[0]) for p in (before, after))
    assert now.mean() == pytest.approx(was.mean() + estimate, abs=1e-12)
    assert now.var() == pytest.approx(was.var() + variance, rel=1e-9)
    assert after.df.tolist() == before.df.tolist() and after.link == before.link


def test_no_move_is_the_same_distribution():
    before = Predictive([0.3, 0.7], [5, 8], [-1.5, -1.4], [0.07, 0.06], baseline=20.0)
    after = moved(before, 0.0, 0.0)
    for part in ("weights", "df", "location", "scale"):
        assert getattr(after, part).tolist() == getattr(before, part).tolist()
