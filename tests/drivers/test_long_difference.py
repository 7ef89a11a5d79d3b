"""The change of a rate on a driver known once or twice: an independent oracle, the figures, the refusals."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from povertystats.drivers.declared import programme_coverage
from povertystats.drivers.long_difference import long_difference
from povertystats.facts.panels import both_years
from povertystats.facts.series import Driver, known_driver

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


STEPS = {
    "vi": "mức tăng của tỷ lệ hộ có nhà tiêu hợp vệ sinh từ 2009 đến 2019 cao hơn một điểm phần trăm",
    "en": "a rise of the share of households with a hygienic toilet from 2009 to 2019 greater by one point",
}
TURNS = {
    "vi": f"Dấu của tương quan phụ thuộc vào thang đo: {STEPS['vi']} thì tỷ lệ nghèo thu nhập năm 2016 thấp hơn khi tính "
    "theo điểm phần trăm nhưng cao hơn khi tính theo log-odds. Chưa thể kết luận.",
    "en": f"The sign depends on the scale: {STEPS['en']} goes with the income poverty rate of 2016 lower in percentage "
    "points but higher in log-odds. No direction can be claimed.",
}  # fmt: skip


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_sign_that_turns_with_the_scale_is_said_first_and_is_the_finding(coverage, lang):
    held = coverage.table[coverage.table.controls != ""].set_index(["driver", "scale"]).estimate
    assert held[TOILETS, "points"] < 0 < held[TOILETS, "log_odds"]
    toilets = dataclasses.replace(coverage, drivers=coverage.drivers[1:])
    lines = toilets.text(lang).splitlines()
    assert lines[0] == TURNS[lang] == coverage.finding(coverage.drivers[1], lang)
    assert ("0.042" if lang == "en" else "0,042") in lines[1]
    # One driver, one such sentence: the other driver's stands before its own lines.
    head = TURNS[lang].partition(":")[0]
    assert sum(line.startswith(head) for line in coverage.text(lang).splitlines()) == 2

    # The other way round it is the other way round; without a turn nothing is said of one.
    opposite = dataclasses.replace(coverage, table=coverage.table.assign(estimate=-coverage.table.estimate))
    words = {"vi": ("cao hơn khi tính theo điểm phần trăm nhưng thấp hơn khi tính theo log-odds"),
             "en": ("higher in percentage points but lower in log-odds")}  # fmt: skip
    assert words[lang] in opposite.finding(coverage.drivers[1], lang)
    same = dataclasses.replace(toilets, table=coverage.table.assign(estimate=-coverage.table.estimate.abs()))
    assert not same.text(lang).startswith(head) and len(same.text(lang).splitlines()) == len(lines) - 1


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_without_a_turn_the_finding_is_the_estimate_in_points(coverage, lang):
    table = coverage.table.assign(estimate=-coverage.table.estimate.abs())
    found = dataclasses.replace(coverage, table=table).finding(coverage.drivers[1], lang)
    assert found == {
        "vi": f"Tính theo điểm phần trăm, giữa các địa phương có cùng mức năm 2010: {STEPS['vi']} gắn với tỷ lệ nghèo thu nhập "
        "năm 2016 thấp hơn 0,018 điểm phần trăm (khoảng tin cậy 95%: từ −0,047 đến 0,012; p = 0,238; 62 địa phương), nên chưa đủ "
        "căn cứ để nói cao hơn hay thấp hơn.",
        "en": f"In percentage points, among places with the same rate in 2010: {STEPS['en']} goes with the income "
        "poverty rate of 2016 lower by 0.018 percentage points (95% confidence interval −0.047 to 0.012; p = 0.238; 62 "
        "places), so the data do not settle the sign.",
    }[lang]  # fmt: skip


def test_text_says_what_could_not_be_seen_then_why_it_is_a_proxy(coverage):
    vi, en = coverage.text("vi"), coverage.text("en")
    assert en.splitlines()[1].startswith(
        "With 62 places a difference under 0.034 percentage points in the income poverty rate of 2016 for a rise"
    )
    assert "would often be missed (less than 80% power)." in en.splitlines()[1]
    assert vi.splitlines()[1].startswith(
        "Với 62 địa phương, số liệu dễ bỏ sót chênh lệch nhỏ hơn 0,034 điểm phần trăm của tỷ lệ nghèo thu nhập năm 2016 ứng với"
    )
    assert vi.splitlines()[1].endswith("(khả năng phát hiện dưới 80%).")
    assert (
        "It depends most on Vĩnh Long: without it the difference above is: lower by 0.023 percentage points."
        in en
    )
    assert "nếu bỏ nơi này thì mức chênh lệch trên là: thấp hơn 0,023 điểm phần trăm." in vi
    assert (
        "With the rate of 2010 left out, the rate of 2016 minus that of 2010 is lower by 0.111 percentage points"
        in en
    )
    assert "Nếu không xét mức năm 2010: tỷ lệ năm 2016 trừ tỷ lệ năm 2010 thấp hơn 0,111 điểm phần trăm" in vi
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


def test_the_initial_rate_is_all_that_is_held(facts):
    water = known_driver(facts, WATER, [2009])
    assert water.times == ("2009",) and len(water.values) == 63
    table = long_difference(facts, "poor_income_pct", [water], years=(2010, 2016), level=0.9).table
    assert table.controls.tolist() == ["", "poor_income_pct"] * 2
    assert set(table.level) == {0.9}
    with pytest.raises(TypeError, match="unexpected keyword argument 'controls'"):
        long_difference(facts, "poor_income_pct", [water], years=(2010, 2016), controls=["urban_pct"])


@pytest.mark.parametrize("name", ["poor_multidim_pct", "change", "start", "place", "log(x)"])
def test_a_driver_may_have_any_name(facts, name):
    rates = both_years(facts, "poor_multidim_pct", (2018, 2021))
    values = rates.start + np.random.default_rng(3).normal(size=len(rates))
    ours, plain = (
        long_difference(facts, "poor_multidim_pct", [driver(values, n)], years=(2018, 2021)).table
        for n in (name, "x")
    )
    assert set(ours.driver) == {name}
    pd.testing.assert_frame_equal(ours.drop(columns="driver"), plain.drop(columns="driver"))


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
    for outcome in ("population_persons_k", "income_month_vnd_k"):
        with pytest.raises(ValueError, match="cannot compare changes") as caught:
            long_difference(facts, outcome, [], years=(2021, 2018))
        assert [line[:20] for line in str(caught.value).splitlines()[1:]] == [
            "- years are (2021, 2", "- drivers are empty;", f"- {outcome} is no rate; expected one in per cent"[:20],
        ]  # fmt: skip
        assert str(caught.value).endswith(f"{outcome} is no rate; expected one in per cent")


def test_an_outcome_that_was_not_known_is_refused_and_strangers_named(known):
    toilets = known_driver(known, TOILETS, [2009, 2019])
    with pytest.raises(ValueError, match=r"0 place\(s\) have it and poor_multidim_pct in 2018 and 2021"):
        long_difference(known, "poor_multidim_pct", [toilets], years=(2018, 2021))
    with pytest.raises(LookupError, match="no indicator 'poor_multi_pct'"):
        long_difference(known, "poor_multi_pct", [toilets], years=(2016, 2018))
    with pytest.raises(ValueError, match="poor_multidim is no rate; expected one in per cent"):
        long_difference(known, "poor_multidim", [toilets], years=(2016, 2018))
    with pytest.raises(LookupError, match="no indicator 'water'"):
        known_driver(known, "water", [2009])
    for years in ([], [2019, 2009], [2009, 2009], [2009, 2014, 2019]):
        with pytest.raises(ValueError, match="expected one year, or two in order"):
            known_driver(known, TOILETS, years)


def test_an_unknown_language_is_refused(coverage):
    with pytest.raises(ValueError, match="language 'fr' is not known"):
        coverage.text("fr")


def test_a_finding_is_asked_of_a_known_driver_in_a_known_language(facts):
    fit = programme_coverage(facts)
    with pytest.raises(ValueError, match="language 'fr' is not known"):
        fit.finding(fit.drivers[0], "fr")
    stranger = known_driver(facts, "urban_pct", [2010])
    with pytest.raises(LookupError, match="'urban_pct' is no driver here: census_tap_or_drilled_well_pct"):
        fit.finding(stranger, "en")


def test_a_driver_that_does_not_vary_is_named(facts):
    rates = both_years(facts, "poor_income_pct", (2010, 2016))
    same = Driver("schools", pd.Series(1.0, rates.index), ("2010",), {"vi": "x", "en": "x"})
    with pytest.raises(ValueError, match="driver schools is constant in every row"):
        long_difference(facts, "poor_income_pct", [same], years=(2010, 2016))
