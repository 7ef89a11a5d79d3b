"""The change of a rate on a driver known once or twice: an independent oracle, the figures, the refusals."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from povertystats.long_difference import (
    Driver,
    both_years,
    known_driver,
    long_difference,
    programme_coverage,
)
from povertystats.wording import sentences

WATER, TOILETS = "census_tap_or_drilled_well_pct", "census_hygienic_toilet_pct"


def driver(values, name="x"):
    return Driver(name, values, ("2018",), {"vi": "mức x cao hơn một đơn vị", "en": "one unit more of x"})


@pytest.fixture(scope="module")
def coverage(facts):
    return programme_coverage(facts)


@pytest.mark.parametrize("scale", ["points", "log_odds"])
@pytest.mark.parametrize("controls", ["", "poor_income_pct"])
def test_estimate_and_jackknife_agree_with_hc3(coverage, scale, controls):
    table = coverage.table
    (row,) = table[
        (table.scale == scale) & (table.controls == controls) & (table.driver == WATER)
    ].itertuples()
    data = coverage.places[coverage.places.driver == WATER]
    if scale == "log_odds":
        data = data[(data.end > 0) & (data.start > 0)]
        data = data.assign(**{c: np.log(data[c] / (100 - data[c])) for c in ("start", "end")})
    design = sm.add_constant(data[["value", "start"] if controls else ["value"]])
    ols = sm.OLS(data.end - data.start, design).fit(cov_type="HC3")
    assert row.estimate == pytest.approx(ols.params["value"], rel=1e-9)
    # By hand as well, one fit for each place left out: the jackknife about the estimate is HC3·(n − 1)/n.
    left = pd.Series(
        {
            data.place[i]: sm.OLS((data.end - data.start).drop(i), design.drop(i)).fit().params["value"]
            for i in data.index
        }
    )
    n = len(data)
    se = np.sqrt((n - 1) / n * ((left - row.estimate) ** 2).sum())
    assert row.se == pytest.approx(se, rel=1e-9)
    assert row.se == pytest.approx(ols.bse["value"] * np.sqrt((n - 1) / n), rel=1e-9)
    assert (row.low, row.high) == pytest.approx(stats.t.interval(0.95, n - 1, row.estimate, se))
    assert row.detectable == pytest.approx((stats.t.ppf(0.975, n - 1) + stats.t.ppf(0.8, n - 1)) * se)
    most = (left - row.estimate).abs().idxmax()
    assert (row.without, row.estimate_without) == (most, pytest.approx(left[most]))
    assert row.n == n and row.convention == f"jackknife over places (CV3), t({n - 1})"


def test_programme_coverage_as_measured(coverage):
    table = coverage.table.set_index(["driver", "scale", "controls"])
    assert set(table.evidence) == {"proxy"} and set(table.n) == {61, 62}
    assert set(table.years) == {"2010–2016"} and set(table.driver_times) == {"2009–2019"}
    assert table.estimate.round(4).tolist() == [
        0.0790, -0.0188, -0.0004, 0.0023, -0.1107, -0.0177, 0.0127, 0.0098,
    ]  # fmt: skip
    held = table.xs("poor_income_pct", level="controls")
    assert (held.low < 0).all() and (held.high > 0).all()
    assert held.loc[(TOILETS, "points"), "detectable"] == pytest.approx(0.042, abs=5e-4)
    # Hồ Chí Minh City has no rate in 2016, Bình Dương one of nought.
    assert held.loc[(TOILETS, "points"), "dropped"] == "missing poor_income_pct: 1"
    assert held.loc[(TOILETS, "log_odds"), "dropped"].endswith("; no_log_odds poor_income_pct: 1")


def test_text_says_first_what_could_not_be_seen_then_why_it_is_a_proxy(coverage):
    vi, en = coverage.text("vi"), coverage.text("en")
    assert en.startswith(
        "Too small to be seen: with 62 provinces, a difference of less than 0.034 percentage points"
    )
    assert vi.startswith("Mức quá nhỏ để phát hiện: với 62 tỉnh, chênh lệch dưới 0,034 điểm phần trăm")
    assert (
        "the change of 2009–2019, the income poverty rate that of 2010–2016: the periods do not match." in en
    )
    assert "part of the change is one of definition" in en and "Census shares are a proxy" in en
    assert "hai giai đoạn không trùng nhau" in vi and "chỉ đo gián tiếp" in vi
    for cause in ("effect", "impact", "because", "leads", "reduces", "tác động", "làm giảm", "nhờ"):
        assert cause not in (en + vi).lower()


def test_regression_to_the_mean_is_not_taken_for_the_driver(facts):
    # A driver that only says how poor a province was in 2010: alone it "goes with" the fall, held equal it does not.
    rates = both_years(facts, "poor_income_pct", (2010, 2016))
    noise = np.random.default_rng(20200507).normal(size=len(rates))
    table = long_difference(
        facts, "poor_income_pct", [driver(rates.start / 10 + noise)], years=(2010, 2016)
    ).table.set_index(["scale", "controls"])
    alone, held = (table.loc[("points", c)] for c in ("", "poor_income_pct"))
    assert alone.high < 0 and held.low < 0 < held.high


def test_a_known_association_is_recovered_beside_the_initial_rate(facts):
    rates = both_years(facts, "poor_multidim_pct", (2018, 2021))
    residual = (rates.end - rates.start) - np.polyval(
        np.polyfit(rates.start, rates.end - rates.start, 1), rates.start
    )
    table = long_difference(facts, "poor_multidim_pct", [driver(residual / -0.5)], years=(2018, 2021)).table
    held = table[(table.scale == "points") & (table.controls != "")].iloc[0]
    assert held.estimate == pytest.approx(-0.5, abs=1e-9)


def test_other_controls_join_the_initial_rate(facts):
    water = known_driver(facts, WATER, [2009])
    assert water.times == ("2009",) and len(water.values) == 63
    table = long_difference(
        facts, "poor_income_pct", [water], years=(2010, 2016), controls=["urban_pct"], level=0.9
    ).table
    assert table.controls.tolist() == ["", "poor_income_pct, urban_pct"] * 2
    assert set(table.level) == {0.9}


def test_a_level_does_not_have_two_periods_that_could_differ(facts):
    text = long_difference(facts, "poor_income_pct", [known_driver(facts, WATER, [2009])], years=(2010, 2016))
    assert "periods do not match" not in text.text("en")
    matched = dataclasses.replace(text.drivers[0], times=("2010", "2016"))
    assert "periods do not match" not in dataclasses.replace(text, drivers=(matched,)).text("en")


def test_steps_in_words(facts):
    assert known_driver(facts, WATER, [2009]).step["en"].endswith("higher by one point in 2009")
    assert known_driver(facts, WATER, [2009, 2019]).step["vi"].startswith("mức tăng của ")
    money = known_driver(facts, "ntp_transfer_pc_vnd_k", [2013, 2016])
    assert money.step["en"].endswith("from 2013 to 2016 greater by one unit")
    assert money.step["vi"].endswith("từ 2013 đến 2016 cao hơn một đơn vị")


def test_all_problems_are_told_at_once(facts):
    few = driver(pd.Series({"Bắc Kạn": 1.0, "Cao Bằng": 2.0}))
    with pytest.raises(ValueError, match="cannot compare changes") as caught:
        long_difference(facts, "poor_multidim_pct", [few, few], years=(2021, 2018), level=95)
    assert [line[:14] for line in str(caught.value).splitlines()[1:]] == [
        "- level is 95;", "- years are (2", "- driver 'x' s",
    ]  # fmt: skip
    with pytest.raises(ValueError, match=r"x: 2 place\(s\) have it and poor_multidim_pct in 2018 and 2021"):
        long_difference(facts, "poor_multidim_pct", [few], years=(2018, 2021))
    with pytest.raises(ValueError, match="drivers are empty"):
        long_difference(facts, "poor_multidim_pct", [], years=(2018, 2021))


def test_an_outcome_that_was_not_known_is_refused_and_strangers_named(known):
    toilets = known_driver(known, TOILETS, [2009, 2019])
    with pytest.raises(ValueError, match=r"0 place\(s\) have it and poor_multidim_pct in 2018 and 2021"):
        long_difference(known, "poor_multidim_pct", [toilets], years=(2018, 2021))
    with pytest.raises(LookupError, match="no indicator 'poor_multidim'"):
        long_difference(known, "poor_multidim", [toilets], years=(2016, 2018))
    with pytest.raises(LookupError, match="no indicator 'water'"):
        known_driver(known, "water", [2009])
    for years in ([], [2019, 2009], [2009, 2009], [2009, 2014, 2019]):
        with pytest.raises(ValueError, match="expected one year, or two in order"):
            known_driver(known, TOILETS, years)


def test_an_unknown_language_is_refused(coverage):
    with pytest.raises(ValueError, match="language 'fr' is not known"):
        coverage.text("fr")


def test_every_sentence_has_both_languages_with_the_same_placeholders():
    ours = {key: text for key, text in sentences().items() if key.startswith(("long_difference.", "credit."))}
    assert len(ours) > 20
    for key, text in ours.items():
        fields = [sorted(part.split("}")[0] for part in text[lang].split("{")[1:]) for lang in ("vi", "en")]
        assert fields[0] == fields[1], key
