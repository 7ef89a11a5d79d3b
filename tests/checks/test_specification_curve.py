"""The specification curve: single specifications done again by other packages, its arithmetic, its sentences."""

import dataclasses
import itertools
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from helpers.counties import CONTROLS, DRIVERS, counties
from hypothesis import given
from hypothesis import strategies as st
from linearmodels.panel import PanelOLS

import povertystats as ps
from povertystats.checks.specification_curve import specification_curve
from povertystats.facts.specifications import DIMENSIONS
from povertystats.questions.panel_rows import relative_effect
from povertystats.regression.fractional import fractional_logit
from povertystats.words.errors import Refused
from povertystats.words.languages import Words

OURS = ps.load_facts().specifications


@pytest.fixture(scope="module")
def curves(known):
    return {name: specification_curve(known, name) for name in OURS}


@pytest.fixture(scope="module")
def training(curves):
    return curves["training"]


def row_of(curve, **chosen):
    rows = curve.table
    for dimension, option in chosen.items():
        rows = rows[rows[dimension] == option]
    (_, row), *others = rows.iterrows()
    assert not others
    return row


class Figures:
    """Stands for facts: a panel of one's own, our grid."""

    specifications = OURS

    def __init__(self, frame):
        self.frame = frame

    def titles(self, indicator, *, short):
        return Words(en=indicator)

    table = pd.DataFrame(columns=["indicator", "place"])
    places = SimpleNamespace(table=pd.DataFrame(columns=["place", "kind"]))

    def panel(self, indicators, *, places, years, standard):
        assert standard == "any"
        return self.frame.reindex(columns=["place", "year", *indicators]).copy()


def invented(places=12, years=range(2008, 2017), seed=4):
    """A panel whose poverty rate falls by 3 % for each point of training, and by nothing else."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(list(itertools.product(range(places), years)), columns=["place", "year"])
    frame["trained_pct"] = 15 + rng.normal(size=len(frame)).cumsum() % 9 + frame["year"] % 5
    place = np.exp(rng.normal(1.5, 0.8, places))[frame["place"]]
    frame["poor_income_pct"] = place * np.exp(-0.03 * frame["trained_pct"] + rng.normal(0, 0.02, len(frame)))
    for name in ("urban_pct", "net_migration_permille", "pci_score", "voc_graduates_per_untrained_ratio"):
        frame[name] = rng.normal(30, 5, len(frame))
    frame["target_transfer_vnd_m"] = np.exp(rng.normal(10, 1, len(frame)))
    return frame.assign(population_persons_k=1000.0, ntp_transfer_pc_vnd_k=frame["target_transfer_vnd_m"] / 7)


@pytest.fixture(scope="module")
def truth():
    return specification_curve(Figures(invented()), "training")


def small_grid(**options):
    """Our question on training with fewer options: {dimension: names}."""
    question = OURS["training"]
    left = {
        d: {o: v for o, v in all_.items() if o in options.get(d, all_)}
        for d, all_ in question.options.items()
    }
    return {"training": dataclasses.replace(question, options=left)}


def test_one_row_a_specification_each_fitted_or_with_its_reason(curves):
    for name, curve in curves.items():
        asked = pd.DataFrame(OURS[name].specifications())
        pd.testing.assert_frame_equal(curve.table[list(DIMENSIONS)], asked, check_dtype=False)
        fitted = curve.table["reason"] == ""
        assert curve.table["estimate"].notna().equals(fitted)
        assert (curve.fitted["low"] < curve.fitted["estimate"]).all()
        assert (curve.fitted["high"] > curve.fitted["estimate"]).all()
        assert curve.fitted["places"].between(55, 63).all()
        assert set(curve.moments) == set(curve.fitted.index[curve.fitted["estimator"] != "fractional_logit"])


def test_methods_md_is_reproduced(training, curves):
    main = {"definition": "share", "window": "all", "controls": "none"}
    points = row_of(training, scale="points", estimator="within", **main)
    odds = row_of(training, scale="log_odds", estimator="within", **main)
    assert points.estimate == pytest.approx(0.149, abs=5e-4) and points.n == 440
    assert odds.estimate == pytest.approx(-0.0215, abs=5e-5) and odds.n == 434
    # Its programme figures stand for ln(1 + x), which keeps the zeros: without them there is no clear sign in logs.
    money = {"definition": "log1p_ntp", "window": "one_line", "controls": "none", "estimator": "within"}
    assert row_of(curves["programmes"], scale="points", **money).estimate == pytest.approx(-1.0, abs=0.1)
    assert row_of(curves["programmes"], scale="log", **money).estimate == pytest.approx(0.06, abs=0.01)
    without = row_of(curves["programmes"], scale="log", **money | {"definition": "log_ntp"})
    assert without.low < 0 < without.high


SAMPLE = np.random.default_rng(7).permutation(252)[:24]


@pytest.mark.parametrize("position", SAMPLE)
def test_a_specification_agrees_with_another_package_on_its_own_rows(training, known, position):
    row, question = training.table.iloc[position], training.question
    panel = known.panel(
        ["poor_income_pct", "trained_pct", "voc_graduates_per_untrained_ratio", "urban_pct", "pci_score",
         "net_migration_permille", "target_transfer_vnd_m", "population_persons_k"],
        standard="any",
    )  # fmt: skip
    window = question.options["window"][row.window]
    panel = panel[panel.year.between(window.get("first", 0), window.get("last", 9999))]
    y = panel.poor_income_pct
    graduates, trained = panel.voc_graduates_per_untrained_ratio, panel.trained_pct
    data = panel[["place", "year", "urban_pct", "pci_score", "net_migration_permille"]].assign(
        y={"points": y, "log": np.log(y.where(y > 0)), "log_odds": np.log((y / (100 - y)).where(y > 0))}[
            row.scale
        ],
        x={"share": trained, "log_share": np.log(trained), "graduates": graduates}[row.definition],
        money=np.log(panel.target_transfer_vnd_m / panel.population_persons_k),
    )
    controls = {"none": [], "urban": ["urban_pct"], "other_driver": ["money"]}
    controls["full"] = ["urban_pct", "net_migration_permille", "pci_score", "money"]
    terms = ["x", *controls[row.controls]]
    data = data.dropna(subset=["y", *terms])
    if row.reason:
        assert row.reason == "the same rows as in the window 'all'" and row.window == "one_line"
        assert data.year.min() >= 2010
    elif row.estimator == "fractional_logit":
        assert row.estimate == pytest.approx(fractional_logit(data, "y", terms).estimates[0], rel=1e-8)
    elif row.estimator == "within":
        theirs = smf.ols(" + ".join(["y ~ C(place) + C(year)", *terms]), data).fit()
        assert row.estimate == pytest.approx(theirs.params.x, rel=1e-8)
        assert row.n == theirs.nobs
    else:
        before = data.assign(year=data.year + 1)
        both = data.merge(before, on=["place", "year"], suffixes=("", "_before"))
        moves = both[["place", "year"]].join(
            pd.DataFrame({name: both[name] - both[f"{name}_before"] for name in ["y", *terms]})
        )
        theirs = smf.ols(" + ".join(["y ~ C(year)", *terms]), moves).fit()
        assert row.estimate == pytest.approx(theirs.params.x, rel=1e-8)
        assert row.n == theirs.nobs


def test_the_standard_error_is_the_jackknife_over_places(truth):
    row = row_of(truth, definition="share", scale="log", window="all", controls="urban", estimator="within")
    frame = invented()
    frame["y"] = np.log(frame.poor_income_pct)
    left_out = [
        smf.ols("y ~ trained_pct + urban_pct + C(place) + C(year)", frame[frame.place != place]).fit().params.trained_pct
        for place in range(12)
    ]  # fmt: skip
    assert row.se == pytest.approx(
        np.sqrt(11 / 12 * ((np.array(left_out) - row.estimate) ** 2).sum()), rel=1e-8
    )


def test_a_known_truth_is_found_on_its_scale(truth):
    share = truth.fitted[(truth.fitted.definition == "share") & (truth.fitted.scale == "log")]
    assert ((share.low < -0.03) & (share.high > -0.03)).mean() > 0.85
    assert (share.high < 0).all()
    # One deviation of training within places and years, about 2.6 points of it, goes with 8 % less poverty.
    panel = invented()
    free = smf.ols("trained_pct ~ C(place) + C(year)", panel).fit().resid
    row = row_of(truth, definition="share", scale="log", window="all", controls="none", estimator="within")
    assert row.effect == pytest.approx(100 * np.expm1(row.estimate * free.std(ddof=0)), rel=1e-9)
    points = row_of(
        truth, definition="share", scale="points", window="all", controls="none", estimator="within"
    )
    expected = 100 * points.estimate * free.std(ddof=0) / panel.poor_income_pct.mean()
    assert points.effect == pytest.approx(expected, rel=1e-9)


@given(
    st.sampled_from(["points", "log", "log_odds"]), st.floats(-5, 5), st.floats(0.5, 60), st.floats(0.01, 3)
)
def test_an_effect_has_the_sign_of_its_estimate_and_grows_with_it(scale, estimate, mean, step):
    effect = relative_effect(estimate, scale, mean, step)
    assert np.sign(np.round(effect, 9)) in (0, np.sign(estimate))
    assert relative_effect(estimate + 0.5, scale, mean, step) > effect
    assert relative_effect(0.0, scale, mean, step) == pytest.approx(0, abs=1e-9)


def test_effects_by_hand():
    assert relative_effect(-0.5, "points", 10.0, 2.0) == pytest.approx(-10)
    assert relative_effect(np.log(1.1), "log", 10.0, 1.0) == pytest.approx(10)
    # Odds of 1 to 4 halved: 1 to 8, from 20 % to 11.11 %.
    assert relative_effect(-np.log(2), "log_odds", 20.0, 1.0) == pytest.approx(-100 * 4 / 9)


def hand_made(training, estimates, half=0.5):
    """A curve of three scales by two estimators with the estimates given and intervals of the half width."""
    grid = small_grid(
        definition=["share"], window=["all"], controls=["none"], estimator=["within", "first_differences"]
    )
    question = dataclasses.replace(training.question, options=grid["training"].options)
    table = pd.DataFrame(question.specifications()).assign(estimate=estimates)
    table = table.assign(low=table.estimate - half, high=table.estimate + half)
    table["reason"] = np.where(table.estimate.isna(), "no rows are left", "")
    return dataclasses.replace(training, question=question, table=table)


def test_the_summary_counts_signs_and_clear_signs_by_option(training):
    # points: +1 within, −0.2 differences; log: −1, −0.2; log-odds: −2, and none.
    summary = hand_made(training, [1, -0.2, -1, -0.2, -2, None]).summary.set_index("option")
    shares = ["n", "negative", "positive", "clear_negative", "clear_positive"]
    assert summary.loc["all", shares].iloc[0].tolist() == [5, 0.8, 0.2, 0.4, 0.2]
    assert summary.loc["points", shares].tolist() == [2, 0.5, 0.5, 0, 0.5]
    assert summary.loc["log_odds", shares].tolist() == [1, 1, 0, 1, 0]
    assert summary.loc["within", "n"] == 3


def test_a_choice_is_judged_all_else_equal(training):
    curve = hand_made(training, [1, 2, -1, -2, -3, None])
    first = curve.choices.iloc[0]
    assert (first.dimension, first.option, first.other) == ("scale", "log", "points")
    assert (first.n, first.negative, first.other_negative) == (2, 1, 0)
    # The estimators agree wherever both exist, although their plain shares of negatives differ: 2/3 and 1/2.
    estimators = curve.choices[curve.choices.dimension == "estimator"].iloc[0]
    assert (estimators.n, estimators.negative, estimators.other_negative) == (2, 0.5, 0.5)


def test_on_our_data_the_scale_turns_the_sign_of_training(training):
    first = training.choices.iloc[0]
    assert (first.dimension, first.other) == ("scale", "points")
    assert first.negative > 0.7 and first.other_negative < 0.2 and first.n == 64
    whole = training.summary.iloc[0]
    assert 0.4 < whole.negative < 0.6 and whole.clear_negative > 0.1 and whole.clear_positive == 0


def test_the_sentences_lead_with_the_sign_that_turns(training):
    curve = hand_made(training, [1, -0.2, -1, -0.2, None, None])
    assert curve.text("en").splitlines() == [
        "The sign of the association of training with the income poverty rate depends on the specification: of 4 fixed "
        "beforehand, 3 are negative (a lower rate where the driver is higher) and 1 positive.",
        "Clear results (the 95% interval excludes zero): 1 negative, 1 positive.",
        "The choice that moves the sign most is the scale of the poverty rate: of 2 pairs of specifications that differ in "
        "nothing else, 100% are negative with “logarithms” and 50% with “percentage points” (these pairs only).",
        "Not counted: 2 that cannot be estimated or use the same rows as another.",
        "These are associations; they do not say what a change of policy would bring about.",
        "The specifications were fixed on 24 November 2026, after the first regressions were known and before all of "
        "them were run.",
    ]  # fmt: skip
    assert curve.text("vi").splitlines() == [
        "Dấu của tương quan giữa đào tạo lao động và tỷ lệ nghèo thu nhập thay đổi theo cách tính: trong 4 cách tính ấn định trước có 3 "
        "cách cho dấu âm (yếu tố cao hơn, tỷ lệ thấp hơn), 1 cách cho dấu dương.",
        "Kết quả rõ rệt (khoảng tin cậy 95% không chứa số 0): 1 cách cho dấu âm, 1 cách cho dấu dương.",
        "Ảnh hưởng nhiều nhất đến dấu là thang đo tỷ lệ nghèo: trong 2 cặp cách tính chỉ khác nhau ở điểm này, 100% cho "
        "dấu âm khi chọn “lô-ga-rít”, còn khi chọn “điểm phần trăm” là 50% (chỉ tính các cặp so được).",
        "Không tính 2 cách khác vì không ước lượng được hoặc trùng số liệu với một cách đã tính.",
        "Đây là các tương quan, không phải quan hệ nhân quả.",
        curve.question.declared["vi"],
    ]  # fmt: skip


def test_one_sign_and_no_estimate_are_said_to_be_such(training):
    falls, rises = hand_made(training, [-1] * 6), hand_made(training, [1] * 6)
    none = hand_made(training, [None] * 6)
    assert falls.text("en").startswith("In all 6 specifications fixed beforehand the association of training")
    assert (
        "is negative" in falls.text("en").splitlines()[0]
        and "is positive" in rises.text("en").splitlines()[0]
    )
    assert falls.text("vi").startswith("Cả 6 cách tính ấn định trước đều cho tương quan âm giữa đào tạo")
    assert rises.text("vi").startswith("Cả 6 cách tính ấn định trước đều cho tương quan dương giữa đào tạo")
    assert not any("moves the sign" in curve.text("en") for curve in (falls, rises, none))
    assert none.text("en").startswith(
        "No specification lets the association of training with the income poverty"
    )
    assert none.text("vi").startswith(
        "Không có cách tính nào ước lượng được tương quan giữa đào tạo lao động"
    )
    assert "excludes zero" not in none.text("en") and "Not counted: 6 that" in none.text("en")
    assert "Clear results" not in none.text("en") and "Kết quả rõ rệt" not in none.text("vi")
    with pytest.raises(ValueError, match="language 'fr' is not known"):
        falls.text("fr")


def test_titles_name_every_dimension_and_option(training):
    titles = training.question.titles("vi")
    assert {*DIMENSIONS} <= set(titles) and titles["scale", "points"] == "điểm phần trăm"
    for dimension in training.question.options:
        assert {(dimension, option) for option in training.table[dimension]} <= set(titles)


def test_before_there_were_figures_every_specification_has_its_reason(facts):
    early = specification_curve(facts.as_of("2008-01-01"), "training")
    assert early.fitted.empty and early.choices.empty and (early.table["reason"] != "").all()
    assert "Không có cách tính nào" in early.text("vi")


def test_what_the_data_cannot_tell_is_a_reason_not_an_error():
    frame = invented().assign(urban_pct=30.0)
    grid = small_grid(definition=["share"], window=["all", "before_rebase"], controls=["none", "urban"])
    curve = specification_curve(Figures(frame), "training", grid=grid)
    with_urban = curve.table[curve.table.controls == "urban"]
    assert with_urban["reason"].str.contains("urban_pct").all()
    assert (curve.table[curve.table.controls == "none"]["reason"] == "").all()
    one = specification_curve(Figures(invented(places=1)), "training", grid=grid)
    assert one.fitted.empty


def test_a_window_with_the_rows_of_another_counts_once():
    frame = invented(years=range(2010, 2015))
    curve = specification_curve(
        Figures(frame), "training", grid=small_grid(definition=["share"], controls=["none"])
    )
    repeated = curve.table[curve.table.window != "all"]
    assert (repeated["reason"] == "the same rows as in the window 'all'").all()
    assert (curve.fitted.window == "all").all() and len(curve.fitted) == 7


def test_refusals(known):
    with pytest.raises(ValueError) as told:
        specification_curve(known, "credit", level=95)
    assert "no question 'credit'; the grid has training, programmes" in str(told.value)
    assert "level is 95" in str(told.value)
    with pytest.raises(ValueError, match=r"'trained_pct': 1 value\(s\) infinite"):
        frame = invented()
        frame.loc[3, "trained_pct"] = np.inf
        specification_curve(Figures(frame), "training")
    with pytest.raises(
        ValueError, match=r"'target_transfer_vnd_m / population_persons_k': 1 value\(s\) infinite"
    ):
        frame = invented()
        frame.loc[3, "population_persons_k"] = 0
        specification_curve(Figures(frame), "training")


def test_the_level_moves_the_intervals_only(training, known):
    grid = small_grid(definition=["share"], window=["all"], controls=["none"])
    wide = specification_curve(known, "training", grid=grid, level=0.99)
    same = training.table[
        training.table[["definition", "window", "controls"]].eq(["share", "all", "none"]).all(axis=1)
    ]
    np.testing.assert_allclose(wide.table.estimate.astype(float), same.estimate.astype(float))
    assert (wide.table.low.to_numpy() < same.low.to_numpy()).all()
    assert "Clear results (the 99% interval excludes zero): " in wide.text("en")
    assert "Kết quả rõ rệt (khoảng tin cậy 99% không chứa số 0): " in wide.text("vi")


def counted_over(drivers, **options):
    return specification_curve(counties(), "hardship_pct", drivers, controls=CONTROLS, **options)


@pytest.fixture(scope="module")
def own():
    return counted_over(DRIVERS)


def test_a_frame_of_ones_own_has_the_usual_grid(own):
    assert own.question.apart and own.table["definition"].unique().tolist() == DRIVERS
    # 7 ways of scale and estimator, 4 windows, 3 sets of controls, of each driver.
    assert len(own.table) == 4 * 7 * 4 * 3 and len(own.fitted) == len(own.table)
    one = counted_over(["clinics_per_10k"])
    assert len(one.table) == 7 * 4 * 2
    same = own.table.query("definition == 'clinics_per_10k' and controls != 'others'")
    np.testing.assert_allclose(same["estimate"].astype(float), one.table["estimate"].astype(float))


@pytest.mark.parametrize("driver", DRIVERS)
def test_an_own_frame_agrees_with_linearmodels(own, driver):
    held = [name for name in DRIVERS if name != driver]
    frame = counties()
    for controls, terms in {"none": [], "given": CONTROLS, "others": [*held, *CONTROLS]}.items():
        for window, part in {
            "all": frame,
            "first_half": frame[frame["year"] <= 2015],
            "second_half": frame[frame["year"] >= 2016],
        }.items():
            row = row_of(
                own, definition=driver, controls=controls, window=window, scale="log", estimator="within"
            )
            indexed = part.set_index(["place", "year"])
            model = PanelOLS(
                np.log(indexed["hardship_pct"]), indexed[[driver, *terms]],
                entity_effects=True, time_effects=True,
            )  # fmt: skip
            assert row.estimate == pytest.approx(model.fit().params[driver], rel=1e-8)
            assert (row.n, row.places) == (len(part), 14)


def test_several_drivers_are_told_one_by_one_and_against_chance(own):
    for lang in ("vi", "en"):
        lines = own.text(lang, labels={"clinics_per_10k": "CLINICS", "hardship_pct": "HARDSHIP"}).splitlines()
        assert sum("CLINICS" in line for line in lines) == 1
        assert sum("HARDSHIP" in line for line in lines) == len(DRIVERS)
        assert not any(word in " ".join(lines) for word in ("poverty rate", "tỷ lệ nghèo", "GSO"))
    assert "definition" not in set(own.choices["dimension"])
    chance = ps.null_curve(own, draws=199)
    assert chance.table["driver"].tolist() == DRIVERS
    assert chance.table.set_index("driver")["p"]["clinics_per_10k"] < 0.02 and chance.clear.sum() <= 2
    # The same signs are drawn for each driver: a curve of its own has the same answer.
    alone = ps.null_curve(counted_over(["clinics_per_10k"]), draws=199)
    assert alone.clear.tolist() == [True]
    assert "CLINICS" in chance.text("en", labels={"clinics_per_10k": "CLINICS"})
    assert own.plot("en", labels={"clinics_per_10k": "CLINICS"}).figure


def test_an_own_frame_is_checked_by_the_same_verbs(own):
    at = own.table.index[(own.table["way"] == "clinics_per_10k, points, all, given, within")].item()
    found = ps.sensitivity(own.moments[at], "clinics_per_10k", benchmarks=["town_pct"])
    assert found.table["estimate"][0] == pytest.approx(own.table["estimate"][at])
    tests = ps.placebo(counties(), "hardship_pct", DRIVERS, controls=CONTROLS)
    assert set(tests.table["driver"]) == set(DRIVERS)


def test_a_frame_with_gaps_a_still_driver_and_one_year_has_its_reasons():
    frame = counties().assign(still=5.0)
    frame.loc[frame["year"] != 2014, "herd_heads"] = np.nan
    frame.loc[frame["place"].isin(["County A", "County B"]) & (frame["year"] > 2013), "roads_km"] = np.nan
    curve = specification_curve(frame, "hardship_pct", ["still", "herd_heads", "roads_km"])
    by = curve.table.groupby("definition")["reason"].apply(lambda reasons: (reasons == "").sum())
    assert by["still"] == by["herd_heads"] == 0
    whole = row_of(
        curve, definition="roads_km", window="all", controls="none", scale="points", estimator="within"
    )
    assert whole.n == frame["roads_km"].notna().sum()
    assert "still" in curve.text("en")


def test_what_is_wrong_with_a_frame_is_told_at_once():
    with pytest.raises(ps.PovertyStatsError) as told:
        specification_curve(counties(), "hardship_pct", ["roads", "rain_mm"], scales=["cubes"], level=7)
    for part in ("'roads'", "scale 'cubes' is not known", "level is 7"):
        assert part in str(told.value)
    named = counties().rename(columns={"place": "county", "year": "at"})
    found = specification_curve(named, "hardship_pct", ["roads_km"], place="county", year="at")
    other = specification_curve(named, "hardship_pct", ["roads_km"], cluster="county", time="at")
    pd.testing.assert_frame_equal(found.table, other.table)
    with pytest.raises(ps.PovertyStatsError, match="expected the column of years"):
        specification_curve(named, "hardship_pct", ["roads_km"], place="county", time=None)


def test_clusters_of_two_kinds_are_refused_in_words():
    frame = pd.DataFrame(
        {"place": list("aabb"), "year": [1, 2] * 2, "x": [1.0, 2, 3, 5], "y_pct": [5.0, 4, 3, 3]}
    )
    with pytest.raises(Refused, match=r"clusters of two kinds \('place \+ year'\): a curve has one"):
        specification_curve(frame, "y_pct", ["x"], cluster="place + year")
