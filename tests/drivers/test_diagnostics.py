"""Diagnostics: residuals as of dummies, their dependence, influence and overlap."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from helpers.panels import DRIVERS, provinces, with_gaps
from scipy import stats

from povertystats.drivers.associations import fit_drivers
from povertystats.drivers.check import Check
from povertystats.drivers.diagnostics import dependence, residuals, scatter
from povertystats.regression.inference import solve
from povertystats.regression.moments import Moments


@pytest.mark.parametrize(("entity", "effects"), [("place", " + C(place)"), (None, "")])
def test_residuals_are_those_of_a_regression_on_dummies(entity, effects):
    panel = with_gaps().dropna().assign(poor_pct=lambda f: f.poor_pct + 1e6)
    moments = Moments.from_frame(panel, "poor_pct", ["trained_pct"], entity=entity)
    found = residuals(moments, solve(moments))
    theirs = smf.ols("poor_pct ~ trained_pct + C(year)" + effects, panel).fit().resid
    table = panel.assign(e=theirs).pivot(index="place", columns="year", values="e")
    np.testing.assert_allclose(found, table.loc[list(moments.clusters), list(moments.times)], atol=1e-6)


def test_residuals_need_time_effects():
    moments = Moments.from_frame(provinces(), "poor_pct", ["trained_pct"], time=None)
    with pytest.raises(ValueError, match="no time effects"):
        residuals(moments, solve(moments))


def test_dependence_is_the_mean_of_pairwise_correlations():
    errors = np.random.default_rng(4).normal(size=(6, 9))
    errors[0, :2] = errors[1, 5:] = np.nan
    rho = []
    for i in range(6):
        for j in range(i):
            both = ~np.isnan(errors[i] + errors[j])
            if both.sum() >= 4:
                rho.append(np.corrcoef(errors[i, both], errors[j, both])[0, 1])
    found = dependence(errors)
    assert found["pairs"] == len(rho) == 14  # the first two share three years
    assert found["mean"] == pytest.approx(np.mean(rho)) and found["mean_abs"] == pytest.approx(
        np.mean(np.abs(rho))
    )


def test_chance_is_what_independent_residuals_give():
    # 80 places, 12 years, 3,160 pairs, and 250 places, 4 years, 31,125 pairs: three and four standard errors.
    found = dependence(np.random.default_rng(11).normal(size=(80, 12)))
    assert found["mean_abs"] == pytest.approx(found["chance"], abs=0.01)
    short = dependence(np.random.default_rng(12).normal(size=(250, 4)))
    assert short["mean_abs"] == pytest.approx(short["chance"], abs=0.0066)
    shared = np.random.default_rng(11).normal(size=(80, 12)) + 2 * np.random.default_rng(1).normal(size=12)
    assert dependence(shared)["mean_abs"] > 0.55 > 2 * found["chance"]


def test_chance_is_the_exact_mean_of_an_absolute_correlation():
    # The correlation of T pairs of independent normal values has the density (1 − r²)^((T − 4)/2)/B(1/2, (T − 2)/2).
    def expected(t):
        r = stats.beta((t - 2) / 2, (t - 2) / 2, loc=-1, scale=2)
        return 2 * r.expect(lambda x: x, lb=0, ub=1)

    for t in (4, 5, 8, 15, 40):
        found = dependence(np.random.default_rng(t).normal(size=(3, t)))
        assert found["chance"] == pytest.approx(expected(t), rel=1e-9)
    assert dependence(np.random.default_rng(4).normal(size=(3, 4)))["chance"] == pytest.approx(0.5)
    # Three pairs of 7, 5 and 5 years in common: averaged over the pairs.
    errors = np.random.default_rng(5).normal(size=(3, 7))
    errors[2, :2] = np.nan
    assert dependence(errors)["chance"] == pytest.approx((expected(7) + 2 * expected(5)) / 3, rel=1e-9)
    assert np.isfinite(dependence(np.random.default_rng(6).normal(size=(2, 400)))["chance"])  # Γ(200) is not


def test_too_few_common_years_have_no_correlation():
    found = dependence(np.ones((3, 3)))
    assert found["pairs"] == 0 and np.isnan(found["mean"])


def test_diagnostics_count_rows_and_clusters():
    fit = fit_drivers(with_gaps(), "poor_pct", DRIVERS, draws=0)
    table = fit.diagnostics
    log_odds = table[table.scale == "log_odds"].drop_duplicates("quantity").set_index("quantity").value
    assert (
        log_odds["rows"]
        == 150
        == log_odds["rows used"] + log_odds["dropped: missing"] + log_odds["dropped: no_log_odds"]
    )
    assert log_odds["clusters"] == 25
    assert (log_odds["smallest cluster"], log_odds["largest cluster"]) == (3, 6)
    assert 0 < log_odds["within R²"] < 1


def test_influence_and_overlap_name_the_places():
    fit = fit_drivers(provinces(), "poor_pct", DRIVERS, scales=["points"], draws=0)
    table = fit.diagnostics[fit.diagnostics["column"] == "trained_pct"].set_index("quantity")
    own = fit.leave_one_out.table[fit.leave_one_out.table.driver == "trained_pct"].set_index("place").estimate
    for end, place in (("lowest", own.idxmin()), ("highest", own.idxmax())):
        assert table.loc[f"{end} without one place", ["place", "value"]].tolist() == [place, own[place]]
    assert (
        1 / 25 < table.value["largest share of variation"] < 1 < table.value["places of equal variation"] < 25
    )
    pair = table.loc["moved most by two places"]
    rest = provinces()[~provinces().place.isin(pair.place.split(", "))]
    again = fit_drivers(rest, "poor_pct", DRIVERS, scales=["points"], draws=0).table.estimate[0]
    assert pair.value == pytest.approx(again, rel=1e-9)
    assert abs(again - fit.table.estimate[0]) >= (own - fit.table.estimate[0]).abs().max()


# Between places and within them.
OUTCOME, DRIVER = "poor_income_pct", "trained_pct"


@pytest.fixture(scope="module")
def panel(known):
    return known.panel([OUTCOME, DRIVER], standard="any")


@pytest.fixture(scope="module")
def both(panel):
    return scatter(panel, OUTCOME, DRIVER)


def test_the_slopes_are_those_of_the_estimators(panel, both):
    options = {"scales": ["points"], "estimators": ["between", "within"], "draws": 0}
    fit = fit_drivers(panel, OUTCOME, [DRIVER], **options).table.set_index("estimator")
    for view, slope in both.slopes.items():
        assert slope == pytest.approx(fit.at[view, "estimate"], rel=1e-12)
        assert len(both.points(view)) == fit.at[view, "n"]
        points = both.points(view)
        assert np.polyfit(points[DRIVER], points[OUTCOME], 1)[0] == pytest.approx(slope, rel=1e-8)


def test_a_line_runs_through_the_means_from_end_to_end(both):
    for view in both.slopes:
        points, line = both.points(view), both.line(view)
        assert line[DRIVER].tolist() == [points[DRIVER].min(), points[DRIVER].max()]
        height = np.interp(points[DRIVER].mean(), line[DRIVER], line[OUTCOME])
        assert height == pytest.approx(points[OUTCOME].mean())


def test_what_effects_leave_sums_to_nothing_in_each_place_and_year(both):
    within = both.points("within")
    for effect in ("place", "year"):
        assert within.groupby(effect)[[DRIVER, OUTCOME]].sum().abs().max().max() < 1e-9
    assert both.points("between")["year"].isna().all()


def test_a_panel_that_cannot_be_read_is_refused(panel):
    with pytest.raises(TypeError, match="must be a pandas DataFrame"):
        scatter(panel.to_dict(), OUTCOME, DRIVER)
    with pytest.raises(ValueError, match="'income'"):
        scatter(panel, "income", DRIVER)
    with pytest.raises(ValueError, match="constant"):
        scatter(panel.assign(**{DRIVER: 5.0}), OUTCOME, DRIVER)
    assert isinstance(scatter(panel, OUTCOME, DRIVER).table, pd.DataFrame)


def test_leaving_one_place_out_is_a_check_that_says_which_place_decides_a_sign():
    rng = np.random.default_rng(1)
    panel = provinces(places=9)
    lone = panel.place == "P04"
    panel["trained_pct"] = np.where(lone, 8, 1) * rng.normal(size=len(panel))
    panel["trained_pct"] += 3 * panel.place.str[1:].astype(int)
    panel["poor_pct"] = 50 + np.where(lone, 1, -1) * panel.trained_pct + 0.1 * rng.normal(size=len(panel))
    fit = fit_drivers(
        panel, "poor_pct", ["trained_pct"], scales=["points"], estimators=["within", "between"], draws=0
    )
    check = fit.leave_one_out
    table = check.table
    assert isinstance(check, Check) and set(table.check) == {"leave_one_out"}
    assert table.way[:2].tolist() == ["within, points, P00", "within, points, P01"]
    own = table[table.estimator == "within"]
    assert (own.whole == fit.table.estimate[0]).all() and own.place[~check.clear[own.index]].tolist() == [
        "P04"
    ]
    first, second, last = check.text("en", labels={"trained_pct": "training"}).splitlines()
    assert first.startswith(
        "One place decides the sign for training in percentage points (within places): it turns without P04."
    )
    assert second.startswith(
        "Without any one place, the estimate for training in percentage points (between places)"
    )
    assert "do not say what a change of policy" in last and "đổi khi bỏ P04" in check.text("vi")
    assert check.names("en")[0] == "percentage points (within places), P00"
    assert repr(check).startswith(
        "<LeaveOneOut> trained_pct without one place in turn: 18 estimates, 1 with another sign"
    )
    assert len(repr(check).splitlines()) <= 15
