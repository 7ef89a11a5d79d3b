"""What a fit of drivers says: bad news first, in both languages, as associations."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from helpers.panels import DRIVERS, provinces, with_gaps

from povertystats.associations.associations import fit_drivers
from povertystats.associations.check import LEADING
from povertystats.words.phrases import term_name, unit


@pytest.fixture(scope="module")
def fit():
    return fit_drivers(with_gaps(), "poor_pct", DRIVERS)


def test_a_sign_that_depends_on_the_scale_comes_first(fit):
    points, log_odds = fit.table[fit.table.driver == "trained_pct"].estimate
    assert points < 0 < log_odds
    assert "trained_pct" in fit.flips
    labels = {"trained_pct": "tỷ lệ lao động qua đào tạo", "poor_pct": "tỷ lệ hộ nghèo"}
    assert fit.text("vi", labels=labels).startswith(
        "Dấu của tương quan phụ thuộc vào cách tính: tỷ lệ lao động qua đào tạo cao hơn thì tỷ lệ hộ nghèo cao hơn "
        "khi tính theo log-odds, nhưng thấp hơn khi tính theo điểm phần trăm. Vì vậy "
    )
    assert fit.text("en").startswith(
        "The sign depends on how it is computed: where trained_pct is higher, poor_pct is higher in log-odds but "
        "lower in percentage points. No direction can be claimed."
    )


def test_one_scale_cannot_flip_and_an_estimate_of_nought_is_no_flip(fit):
    one = fit_drivers(provinces(), "poor_pct", DRIVERS, scales=["points"])
    assert one.flips == ()
    assert "depends on how" not in one.text("en")
    assert "Log-odds are" not in one.text("en")
    nought = dataclasses.replace(fit, table=fit.table.assign(estimate=[0.0, -1.0, 1.0, 0.0]))
    assert nought.flips == ()


def test_sentences_by_each_language_s_rules(fit):
    table = fit.table.iloc[[0, 3]].assign(
        estimate=[-0.4567, 0.0213],
        se=[0.123, 0.0345],
        p=[0.0004, 0.0312],
        low=[-0.7, -0.045],
        high=[-0.2111, 0.0877],
        level=[0.95, 0.975],
        n=[1234, 147],
        p_wild=[np.nan, 0.0004],
        detectable=[0.3, 0.0987],
    )
    told = dataclasses.replace(fit, table=table)
    labels = {"poor_pct": "tỷ lệ hộ nghèo", "trained_pct": "đào tạo", "transfer_vnd_k": "vốn hỗ trợ"}
    assert told.text("vi", labels=labels).splitlines()[:2] == [
        "Tính theo điểm phần trăm, đào tạo cao hơn một điểm phần trăm gắn với tỷ lệ hộ nghèo thấp hơn 0,46 "
        "điểm phần trăm (khoảng tin cậy 95%: từ −0,70 đến −0,21; p < 0,001; 1.234 quan sát, 25 địa phương, "
        "2010–2015).",
        "Tính theo log-odds, vốn hỗ trợ cao gấp đôi gắn với tỷ lệ hộ nghèo cao "
        "hơn 0,015 đơn vị log-odds (khoảng tin cậy 97,5%: từ −0,031 đến 0,061; p = 0,031, theo bootstrap < 0,001; "
        "147 quan sát, 25 địa phương, 2010–2015), nên chưa đủ căn cứ để nói cao hơn hay thấp hơn (tương quan nhỏ hơn "
        "0,068 đơn vị log-odds dễ bị bỏ sót).",
    ]
    assert told.text("en").splitlines()[0] == (
        "In percentage points, trained_pct higher by one percentage point goes with poor_pct lower by 0.46 "
        "percentage points (95% confidence interval −0.70 to −0.21; p < 0.001; 1,234 observations, 25 "
        "places, 2010–2015)."
    )


def test_rows_left_out_are_told_never_silent(fit):
    vi, en = fit.text("vi"), fit.text("en")
    assert "Observations left out, percentage points: 3 lack trained_pct." in en
    assert "2 without log-odds, poor_pct being 0% or 100%." in en
    assert "2 không có log-odds vì poor_pct bằng 0% hoặc 100%" in vi
    assert "left out" not in fit_drivers(provinces(), "poor_pct", DRIVERS).text("en")
    lonely = pd.concat([provinces(), provinces()[:1].assign(place="Q")])
    assert "1 of a place seen only once" in fit_drivers(lonely, "poor_pct", DRIVERS).text("en")


def test_findings_are_associations_never_causes(fit):
    assert "These are associations" in fit.text("en")
    assert "Đây là các tương quan, không phải quan hệ nhân quả." in fit.text("vi")
    told = fit.text("en").lower()
    assert not any(word in told for word in ("because of", "causes", "reduces", "impact", "leads to"))


def test_few_clusters_are_a_warning_before_the_estimates():
    few = fit_drivers(provinces(places=8), "poor_pct", ["log(transfer_vnd_k)"], scales=["points"])
    assert few.text("en").startswith(
        "The test of the logarithm of transfer_vnd_k in percentage points is doubtful: there are only 8 clusters. "
        "Read p by bootstrap (p = "
    )
    assert "only" not in fit_drivers(provinces(), "poor_pct", DRIVERS).text("en")


def test_an_outcome_in_other_units_is_not_called_points():
    panel = provinces().assign(income_vnd_k=lambda f: 50 * f.poor_pct + f.transfer_vnd_k)
    text = fit_drivers(panel, "income_vnd_k", ["trained_pct"], scales=["points"]).text("en")
    assert text.startswith("In original units, trained_pct higher by one percentage point")
    assert " units (95%" in text


EVERY = ("within", "first_differences", "long_differences", "between", "fractional_logit")


@pytest.fixture(scope="module")
def every():
    scales = ("points", "log", "log_odds")
    return fit_drivers(provinces(), "poor_pct", DRIVERS, scales=scales, estimators=EVERY, draws=0)


def test_a_flip_names_scales_with_their_estimators_and_never_the_view_between_places(every):
    rows = every.table[every.table.driver == "trained_pct"]
    assert set(rows.estimate[rows.estimator != "between"] > 0) == {True, False}
    first = every.text("en").splitlines()[0]
    assert first.startswith("The sign depends on how it is computed: where trained_pct is higher")
    assert "log-odds (within places, first differences" in first and "between" not in first
    assert " and " in first and "; " not in first
    between = every.table.assign(estimate=np.where(every.table.estimator == "between", -1.0, 1.0))
    assert dataclasses.replace(every, table=between).flips == ()


def test_the_headline_is_silent_on_the_view_between_places(every):
    assert "between" not in every.headline("en") and "between places" in every.text("en")


def test_leaving_a_place_out_is_fitting_without_it(every):
    panel = provinces()
    table = every.leave_one_out.table
    whole = ("whole", "whole_low", "whole_high")
    assert tuple(table.columns) == (*LEADING, "place", *whole, "estimator", "scale", "outcome", "unit")
    assert len(table) == len(every.table) * panel.place.nunique()
    rest = panel[panel.place != "P07"]
    again = fit_drivers(
        rest, "poor_pct", DRIVERS, scales=("points", "log_odds"), estimators=EVERY[:4], draws=0
    ).table
    mine = table[table.place == "P07"].merge(again, on=["estimator", "scale", "driver"])
    assert len(mine) == 16
    np.testing.assert_allclose(mine.estimate_x, mine.estimate_y, rtol=1e-9)
    logit = table[(table.estimator == "fractional_logit") & (table.driver == "trained_pct")]
    assert set(logit.scale) == {"points"} and logit.estimate.std() > 0


def test_reasons_shared_by_several_models_are_told_once():
    fit = fit_drivers(
        with_gaps(), "poor_pct", DRIVERS, estimators=("within", "between", "fractional_logit"), draws=0
    )
    told = [line for line in fit.text("en").splitlines() if line.startswith("Observations left out")]
    assert told == [
        "Observations left out, percentage points (within places, between places, fractional logit): "
        "3 lack trained_pct.",
        "Observations left out, log-odds (within places, between places): 3 lack trained_pct; 2 without "
        "log-odds, poor_pct being 0% or 100%.",
    ]


def test_what_is_clear_alone_but_not_among_several_is_told(fit):
    table = fit.table.assign(low=0.1, high=0.2, p_holm=[0.07, 0.01, 0.02, 0.01])
    told = dataclasses.replace(fit, table=table).text("en").splitlines()
    assert (
        "In percentage points, the association of trained_pct is clear by itself but not when the 2 drivers are "
        "tested together (Holm: p = 0.070)."
    ) in told
    assert not any("tested together" in line for line in fit.text("en").splitlines())


def test_the_summary_has_the_columns_that_statsmodels_prints(every):
    lines = every.summary().splitlines()
    assert lines[0] == "Drivers of poor_pct: associations"
    assert lines[2] == "within, points: 150 rows, 25 clusters, 2010–2015"
    heads = [line.split() for line in lines if "coef" in line]
    assert len(heads) == 13
    assert " ".join(heads[0]) == "coef std err t P>|t| [0.025 0.975] P wild eff. clusters verdict"
    row = every.table.iloc[0]
    assert lines[5].split() == [
        row.driver, *(f"{v:.4f}" for v in (row.estimate, row.se, row.t, row.p, row.low, row.high, row.effective)),
        row.verdict,
    ]  # fmt: skip


def test_names_of_terms():
    assert term_name("log(x)", "vi", {}) == "lô-ga-rít của x"
    assert term_name("log(x)", "en", {"log(x)": "money"}) == "money"


def test_a_flip_says_where_the_interval_excludes_zero(fit):
    rows = fit.table.driver == "trained_pct"
    base = fit.table.assign(estimate=np.where(fit.table.scale == "points", 1.0, -1.0), low=-9.0, high=9.0)
    unclear = dataclasses.replace(fit, table=base)
    assert "In none of these does the interval exclude zero." in unclear.text("en").splitlines()[0]
    one = base.assign(low=base.low.mask(rows & (base.scale == "points"), 0.5))
    first = dataclasses.replace(fit, table=one).text("vi").splitlines()[0]
    assert first.endswith("Chỉ khi tính theo điểm phần trăm, khoảng tin cậy mới không chứa số 0.")
    both = one.assign(high=one.high.mask(rows & (one.scale == "log_odds"), -0.5))
    assert (
        dataclasses.replace(fit, table=both)
        .text("en")
        .splitlines()[0]
        .endswith("No direction can be claimed.")
    )


def test_the_method_tells_every_degree_of_freedom(fit):
    lost = with_gaps()
    lost.loc[lost.place == "P05", "poor_pct"] = 0.0
    told = fit_drivers(lost, "poor_pct", DRIVERS[:1], draws=0).text("en")
    assert "t with 23–24 degrees of freedom" in told and "t with 24 degrees" in fit.text("en")


def test_units():
    assert [unit(o, s) for o in ("a_pct", "a_vnd") for s in ("points", "log")] == [
        "points",
        "log",
        "units",
        "log",
    ]


def test_a_fit_shows_one_row_an_estimator_and_scale(every):
    lines = repr(every).splitlines()
    assert len(lines) <= 15 and lines[0].startswith(
        "<DriverFit> Associations of trained_pct, log(transfer_vnd_k) with poor_pct: 150"
    )
    assert lines[-1] == "... 3 more rows" and "<table" in every._repr_html_()
