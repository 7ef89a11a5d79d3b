"""Levers: their associations are those of the fits, their spans are counted from the figures, their arithmetic adds up."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from povertystats.drivers import credit
from povertystats.drivers.lever import moved, shift
from povertystats.forecasts.predictive import Predictive
from povertystats.targets import levers

PLACE = "Bắc Kạn"


@pytest.fixture(scope="module")
def found(known, facts, fits):
    every = levers.levers(known, place="bac kan", later=facts, fits=fits)
    return {lever.name: lever for lever in every}


@pytest.mark.parametrize("name", ["training", "programmes"])
@pytest.mark.parametrize("scale", ["points", "log_odds"])
def test_the_associations_are_those_of_the_fits(found, fits, name, scale):
    for way, fit in (("plain", name), ("same_start", f"{name}_start")):
        table = fits[fit].table
        (row,) = table[(table["estimator"] == "within") & (table["scale"] == scale)].itertuples()
        dof = len(fits[fit].moments["within", scale].n) - 1
        assert found[name].effect(way, scale) == (row.estimate, row.se, dof)
        # The degrees of freedom are those with which the fit made its own interval.
        assert (row.high - row.low) / 2 == pytest.approx(stats.t.ppf(0.975, dof) * row.se, rel=1e-9)


def test_fits_that_were_made_already_change_nothing(known, found):
    for lever in levers.levers(known, place=PLACE):
        pd.testing.assert_frame_equal(lever.effects, found[lever.name].effects, rtol=1e-9)


@pytest.mark.parametrize("horizon", [1, 2])
def test_credit_is_told_by_the_year_and_in_hindsight(known, facts, fits, horizon):
    lever = levers.levers(known, place=PLACE, later=facts, fits=fits, horizon=horizon)[-1]
    table = credit.credit_study(facts).table
    rows = table[table["driver"] == "credit_vnd_m_pc"].set_index(["controls", "scale"])
    for way, controls in (("plain", ""), ("same_start", "poor_multidim_pct")):
        for scale in ("points", "log_odds"):
            row = rows.loc[controls, scale]
            estimate, se, dof = lever.effect(way, scale)
            assert (3 * estimate, 3 * se) == pytest.approx((row.estimate * horizon, row.se * horizon))
            assert dof == row.n - 1
    assert (
        lever.later and lever.evidence == "cross_section" and lever.effects["years"].unique() == ["2018–2021"]
    )


def test_credit_needs_the_change_that_followed(known, facts, fits):
    names = [lever.name for lever in levers.levers(known, place=PLACE, fits=fits)]
    assert names == ["training", "programmes"]
    (own,) = [lever for lever in levers.levers(facts, place=PLACE, fits=fits) if lever.name == "credit"]
    assert not own.later


def test_the_departures_are_counted_from_the_figures(known, found):
    panel = known.panel(["trained_pct"]).pivot(index="place", columns="year", values="trained_pct")
    departures = []
    for year in range(2009, 2019):
        if year == 2015:  # re-based
            continue
        change = (panel[year] - panel[year - 1]).dropna()
        departures += (change - change.mean()).tolist()
    lever = found["training"]
    assert lever.seen == pytest.approx((min(departures), max(departures)), rel=1e-12)
    assert lever.usual == pytest.approx(tuple(np.quantile(departures, [0.05, 0.95])), rel=1e-12)
    assert len(departures) == 63 * 9 and lever.latest == (17.7, 2018)

    money = known.panel(["ntp_transfer_pc_vnd_k"], years=(2013, 2016)).set_index(["place", "year"])
    money = money["ntp_transfer_pc_vnd_k"]
    logs = np.log(money[money > 0]).unstack()
    departures = []
    for year in (2014, 2015, 2016):
        change = (logs[year] - logs[year - 1]).dropna()
        departures += (change - change.mean()).tolist()
    lever = found["programmes"]
    assert np.log(lever.seen) == pytest.approx([min(departures), max(departures)], rel=1e-9)
    every = known.panel(["ntp_transfer_pc_vnd_k"], standard="any")["ntp_transfer_pc_vnd_k"]
    assert lever.levels == (every.min(), every.max()) and every.max() > money.max()

    heads = credit.credit_near(known, "2018-12-31").set_index("place")["credit_vnd_m_pc"]
    assert found["credit"].latest == (pytest.approx(heads[PLACE]), 2018)


def test_the_spans_hold_one_another(found):
    for lever in found.values():
        low, high = lever.seen
        assert low < lever.usual[0] < lever.start < lever.usual[1] < high
        assert low <= lever.within[0] and lever.within[1] <= high
        least, most = lever.limits
        assert low <= least < lever.start < most <= high
        for end in (least, most):
            assert end / lever.step == pytest.approx(round(end / lever.step), abs=1e-9)
        assert least - lever.step < low and high < most + lever.step


def test_nothing_is_beyond_at_the_start_and_the_top_is_the_top(found):
    for lever in found.values():
        assert not lever.unseen(lever.start) and not lever.problems(lever.start)
        assert not lever.unseen(lever.within[0]) and lever.unseen(lever.seen[1] * 1.01)
    # No province had more credit a head: any more lies beyond what has been seen.
    assert found["credit"].within[1] == pytest.approx(0, abs=1e-12) and found["credit"].unseen(0.25)


def test_where_a_place_stands_has_been_seen(known, fits):
    # Cao Bằng's last figure is the highest of all.
    (lever,) = [one for one in levers.levers(known, place="Cao Bằng", fits=fits) if one.name == "programmes"]
    assert lever.latest[0] == lever.levels[1] and lever.within[1] == 1.0
    assert not lever.unseen(0.95) and lever.unseen(1.05)


def test_a_lever_whose_error_has_no_variance_is_none(known, fits):
    few = {
        name: replace(fit, table=fit.table.assign(places=3)) if name.startswith("training") else fit
        for name, fit in fits.items()
    }
    assert [lever.name for lever in levers.levers(known, place="bac kan", fits=few)] == ["programmes"]


@pytest.mark.parametrize("step", [np.complex128(1), "1", True, np.True_, None, math.nan, math.inf])
def test_a_step_that_is_no_number_is_told(found, step):
    (problem,) = found["training"].problems(step)
    assert "expected a finite number" in problem


def test_impossible_levels_bound_the_hand(found):
    low = replace(found["training"], latest=(3.2, 2018))
    assert low.limits[0] == -3.0 and low.possible == (-3.2, 96.8)
    assert replace(low, latest=None).limits == found["training"].limits


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
def test_impossible_steps_are_refused_even_when_extrapolating(found, name, step, said):
    problems = found[name].problems(step, extrapolate=True)
    assert len(problems) == 1 and said in problems[0] and problems[0].startswith(name)


@pytest.mark.parametrize(
    ("name", "step"), [("training", 8), ("programmes", 2), ("programmes", 0.1), ("credit", 4)]
)
def test_steps_beyond_what_has_been_seen_are_refused_unless_asked_for(found, name, step):
    (problem,) = found[name].problems(step)
    assert "beyond what has been seen" in problem and "extrapolate=True" in problem
    assert found[name].problems(step, extrapolate=True) == []


def test_a_figure_of_nought_is_moved_by_no_factor(known, fits):
    names = [lever.name for lever in levers.levers(known, place="Hà Nội", fits=fits)]
    assert names == ["training"]


def test_without_fits_and_with_few_departures_there_is_no_lever(known, fits, monkeypatch):
    assert levers.levers(known, place=PLACE, fits={}) == ()
    alone = {"training": fits["training"]}
    assert levers.levers(known, place=PLACE, fits=alone) == ()
    monkeypatch.setattr(levers, "FEWEST", 10_000)
    assert levers.levers(known, place=PLACE, fits=fits) == ()


def test_an_unknown_place_is_refused(known, fits):
    with pytest.raises(LookupError, match="Bac Kam"):
        levers.levers(known, place="Bac Kam", fits=fits)


@pytest.mark.parametrize(
    ("name", "step", "vi", "en"),
    [
        ("training", 2.5, "+2,5 điểm phần trăm", "+2.5 points"),
        ("training", -1, "−1 điểm phần trăm", "−1 points"),
        ("programmes", 1.25, "bằng 1,25 lần mức thông thường", "1.25 times the usual"),
        ("credit", 0.5, "+0,5 triệu đồng", "+0.5 million dong"),
    ],
)
def test_steps_are_told_by_the_rules_of_the_language(found, name, step, vi, en):
    assert (found[name].in_words(step, None, "vi"), found[name].in_words(step, None, "en")) == (vi, en)


def test_both_ends_of_a_span_have_as_many_decimals(found):
    spans = [found["training"].in_words(0.7, 0.889, lang) for lang in ("vi", "en")]
    assert spans == ["từ +0,70 đến +0,89 điểm phần trăm", "+0.70 to +0.89 points"]
    assert found["credit"].in_words(-2, 0.001, "en") == "−2 to 0 million dong"


def test_a_name_stands_by_itself(found):
    names = [lever.title("en") for lever in found.values()]
    assert names == [
        "Share of workers with a training certificate",
        "Programme money per head",
        "Policy credit per head",
    ]
    assert found["credit"].title("vi") == "Dư nợ tín dụng chính sách bình quân đầu người"


STEPS = st.tuples(st.floats(-7, 7), st.floats(0.15, 1.7), st.floats(-2, 3))
WAY = st.tuples(st.sampled_from(["plain", "same_start"]), st.sampled_from(["points", "log_odds"]))


@given(STEPS, WAY)
def test_shifts_add_up(found, steps, way):
    pairs = list(zip(found.values(), steps, strict=True))
    estimate, variance, half = shift(pairs, *way)
    each = [shift([pair], *way) for pair in pairs]
    assert estimate == pytest.approx(sum(one[0] for one in each), abs=1e-12)
    assert variance == pytest.approx(sum(one[1] for one in each), abs=1e-12)
    # Together no narrower than the widest, no wider than their squares under the fewest degrees of freedom.
    assert max(one[2] for one in each) <= half * (1 + 1e-9) + 1e-15
    sizes = [steps[0], np.log(steps[1]), steps[2]]
    direct = [size * lever.effect(*way)[0] for size, lever in zip(sizes, found.values(), strict=True)]
    assert estimate == pytest.approx(sum(direct), abs=1e-12)


@given(st.floats(-7, 7), WAY)
def test_a_step_back_moves_as_far_back_and_is_as_unsure(found, step, way):
    ahead, back = (shift([(found["training"], sign * step)], *way) for sign in (1, -1))
    assert ahead == (-back[0], back[1], back[2])


@given(st.floats(0.2, 5), WAY)
def test_half_is_as_far_from_all_as_double(found, factor, way):
    up, down = (shift([(found["programmes"], f)], *way) for f in (factor, 1 / factor))
    np.testing.assert_allclose(up, [-down[0], down[1], down[2]], rtol=1e-9, atol=1e-15)


def test_the_interval_and_variance_are_those_of_student_t(found):
    estimate, variance, half = shift([(found["training"], 2.0)], "plain", "log_odds")
    b, se, dof = found["training"].effect("plain", "log_odds")
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
