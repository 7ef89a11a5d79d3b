"""Placebo tests: against dense fits, in simulations where the truth is known, with gaps, and refusals."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from povertystats.associations.associations import fit_drivers
from povertystats.checks.placebo import placebo


def autocorrelated(rng, places, years, rho=0.7):
    shocks = rng.normal(size=(places, years))
    for t in range(1, years):
        shocks[:, t] += rho * shocks[:, t - 1]
    return shocks


def panel_of(**columns):
    """A tidy panel from arrays of places by years."""
    places, years = next(iter(columns.values())).shape
    keys = {"place": np.repeat(np.arange(places), years), "year": np.tile(2008 + np.arange(years), places)}
    return pd.DataFrame({**keys, **{name: values.ravel() for name, values in columns.items()}})


def provinces(seed=2, places=20, years=7):
    """Poverty rates, two drivers and a control, with missing years and a rate without log-odds."""
    rng = np.random.default_rng(seed)
    x, money, c = (autocorrelated(rng, places, years) for _ in range(3))
    y = 100 / (1 + np.exp(1 - 0.2 * x - 0.3 * money - 0.2 * autocorrelated(rng, places, years)))
    panel = panel_of(y_pct=y, x=x, money=np.exp(money), c=c)
    panel.loc[5, "y_pct"], panel.loc[12, "x"] = 0, np.nan
    return panel[rng.random(len(panel)) < 0.85].sample(frac=1, random_state=1).reset_index(drop=True)


def with_later(panel, lead):
    """Join by hand: what each row's place had ``lead`` years later, if that very year is there."""
    found = {(row.place, row.year): row for row in panel.itertuples()}
    for of in ("x", "money"):
        later = [getattr(found.get((r.place, r.year + lead)), of, np.nan) for r in panel.itertuples()]
        panel = panel.assign(**{f"later_{of}": later})
    return panel


DRIVERS = ["x", "log(money)"]


@pytest.mark.parametrize("lead", [1, 2])
@pytest.mark.parametrize("scale", ["points", "log_odds"])
def test_every_test_agrees_with_statsmodels_on_dummies(scale, lead):
    found = placebo(provinces(), "y_pct", DRIVERS, controls=["c"], scales=[scale], lead=lead)
    table = found.table.set_index(["driver", "test"])
    assert list(table.index) == [(d, t) for d in DRIVERS for t in ("lead", "reverse", "level")]
    assert (table.reason == "").all() and found.lead == lead
    frame = with_later(provinces(), lead).assign(y=lambda f: f.y_pct)
    if scale == "log_odds":
        frame = frame[frame.y > 0].assign(y=lambda f: np.log(f.y / (100 - f.y)))
    for driver, now, later in zip(
        DRIVERS, ("x", "np.log(money)"), ("later_x", "np.log(later_money)"), strict=True
    ):
        effects = "C(place) + C(year)"
        models = {
            "lead": (f"y ~ {later} + x + np.log(money) + c + {effects}", later),
            "reverse": (f"{later} ~ y + c + {effects}", "y"),
        }
        for test, (formula, term) in models.items():
            column = later.removeprefix("np.log(").rstrip(")")
            rows = frame.dropna(subset=[column, "y", "c", *(["x"] if test == "lead" else [])])
            rows = rows[rows.groupby("place").year.transform("size") > 1]
            theirs = smf.ols(formula, rows).fit()
            row = table.loc[(driver, test)]
            assert row.estimate == pytest.approx(theirs.params[term], rel=1e-7), (driver, test)
            assert (row.n, row.places) == (len(rows), rows.place.nunique())
        level = frame.dropna(subset=["x"] if now == "x" else ["money"])
        means = (
            level.assign(d=level.x if now == "x" else np.log(level.money)).groupby("place")[["y", "d"]].mean()
        )
        row = table.loc[(driver, "level")]
        assert row.estimate == pytest.approx(np.polyfit(means.y, means.d, 1)[0], rel=1e-7)
        assert row.n == row.places == len(means)


def test_a_gap_is_not_bridged():
    panel = provinces()
    every_second = panel[panel.year % 2 == 0]
    table = placebo(every_second, "y_pct", ["money"], scales=["points"]).table.set_index("test")
    assert table.n[["lead", "reverse"]].tolist() == [0, 0] and table.n["level"] > 0
    assert "missing money[+1]" in table.reason["lead"]
    table = placebo(every_second, "y_pct", ["money"], scales=["points"], lead=2).table
    assert (table.n > 0).all() and (table.reason == "").all()


def test_a_later_driver_that_says_nothing_new_has_a_reason_and_stops_nothing_else():
    trend = provinces().assign(trend=lambda f: f.place % 4 * f.year)
    table = placebo(trend, "y_pct", ["trend", "x"]).table
    missing = table[table.estimate.isna()]
    assert missing[["driver", "test", "scale"]].values.tolist() == [
        ["trend", "lead", "points"],
        ["trend", "lead", "log_odds"],
    ]
    assert missing.reason.str.contains("is a linear combination of .*trend").all()
    assert (missing.n == 0).all() and len(table) == 12


def test_two_years_leave_the_levels_alone():
    table = placebo(provinces().query("year < 2010"), "y_pct", ["money"], scales=["points"]).table
    assert table.estimate.notna().tolist() == [False, False, True]


def test_a_targeted_driver_is_found():
    # Programmes go where poverty was high the year before: half a unit for each point, and nothing acts.
    rng = np.random.default_rng(7)
    estimates = []
    for _ in range(5):
        y = autocorrelated(rng, 63, 7) + 30 + 3 * rng.normal(size=(63, 1))
        x = rng.normal(size=(63, 7))
        x[:, 1:] += 0.5 * y[:, :-1]
        found = placebo(panel_of(y_pct=y, x=x), "y_pct", ["x"], scales=["points"])
        rows = found.table.set_index("test")
        estimates.append(rows.estimate["reverse"])
        assert (rows.low > 0).all()
        assert found.text("en").startswith(
            "A warning from the timing, percentage points (p < 0.001): x one year later clearly goes with y_pct."
        )


def test_the_size_of_both_tests_with_exogenous_drivers():
    # 80 tests of a true null each, by four drivers in 20 panels of 63 places and 6 years: three standard errors
    # of a 5 % rate are .073.
    rng = np.random.default_rng(20200507)
    clear = []
    for _ in range(20):
        columns = {name: autocorrelated(rng, 63, 6) for name in ("y_pct", "a", "b", "c", "d")}
        found = placebo(panel_of(**columns), "y_pct", list("abcd"), scales=["points"])
        clear.append(found.table.assign(clear=found.clear))
    rates = pd.concat(clear).groupby("test").clear.mean()
    assert (rates < 0.124).all() and rates.mean() > 0.01


def test_a_slow_driver_that_acts_looks_targeted_in_reverse_but_not_in_time():
    # Effect −.5, autocorrelation .7, 9 years, nothing is targeted: what the docstring warns of.
    rng = np.random.default_rng(11)
    clear = []
    for _ in range(16):
        x = autocorrelated(rng, 63, 9)
        y = autocorrelated(rng, 63, 9) - 0.5 * x
        found = placebo(panel_of(y_pct=y, x=x), "y_pct", ["x"], scales=["points"])
        clear.append(found.clear.to_numpy())
    lead, reverse, _ = np.mean(clear, axis=0)
    assert reverse > 0.7 and lead < 0.2


def test_text_in_both_languages():
    rng = np.random.default_rng(7)
    y = 30 + autocorrelated(rng, 30, 6) + 3 * rng.normal(size=(30, 1))
    x = rng.normal(size=y.shape)
    x[:, 1:] -= 0.8 * y[:, :-1]
    panel = panel_of(
        y_pct=y, x=np.exp(x / 10), z=rng.normal(size=y.shape), trend=np.arange(30)[:, None] * np.arange(6)
    )
    found = placebo(panel, "y_pct", ["trend", "z", "log(x)"], lead=1)
    labels = {"y_pct": "tỷ lệ nghèo", "x": "vốn", "z": "tín dụng", "trend": "đào tạo"}
    vi, en = (found.text(lang, labels=labels).splitlines() for lang in ("vi", "en"))
    assert len(vi) == len(en)
    assert vi[0] == (
        "Cảnh báo về thứ tự thời gian, điểm phần trăm (p < 0,001); log-odds (p < 0,001): vốn một năm sau tương quan rõ rệt "
        "với tỷ lệ nghèo. Việc xảy ra sau không thể là nguyên nhân, nên có yếu tố khác chi phối cả hai, hoặc vốn thay "
        "đổi theo tỷ lệ nghèo, hoặc số liệu về vốn còn nhiều sai số."
    )
    assert en[0] == (
        "A warning from the timing, percentage points (p < 0.001); log-odds (p < 0.001): vốn one year later clearly goes with "
        "tỷ lệ nghèo. What comes later cannot have acted yet, so something else moves both, or vốn follows tỷ lệ nghèo, or "
        "is measured with error."
    )
    assert any(
        "Không thực hiện được phép thử thứ tự thời gian giữa đào tạo và tỷ lệ nghèo" in line for line in vi
    )
    calm = [line for line in en if line.startswith("Timing, percentage points (p = ")]
    assert len(calm) == 1 and calm[0].endswith(
        ": no warning (tín dụng one year later does not clearly go with tỷ lệ nghèo)."
    )
    calm = [line for line in vi if line.startswith("Thứ tự thời gian, điểm phần trăm (p = ")]
    assert len(calm) == 1 and calm[0].endswith(
        ": không có dấu hiệu bất thường (tín dụng một năm sau không tương quan rõ rệt với tỷ lệ nghèo)."
    )
    reverse = next(line for line in en if "vốn was lower there one year later" in line)
    assert reverse.startswith(
        "In reverse, percentage points (p < 0.001); log-odds (p < 0.001): when tỷ lệ nghèo"
    )
    assert "looks the same" in reverse
    assert any(
        line.startswith(
            "Chiều ngược, điểm phần trăm (p < 0,001); log-odds (p < 0,001): sau năm có tỷ lệ nghèo cao hơn, vốn "
        )
        and "(một năm sau) lại thấp hơn." in line
        for line in vi
    )
    assert any("where tỷ lệ nghèo is higher on average, vốn is lower" in line for line in en)
    assert any(line.startswith("So giữa các địa phương, ") and "vốn lại thấp hơn." in line for line in vi)
    assert "2 năm sau" in placebo(panel, "y_pct", ["z"], lead=2).text("vi")
    units = placebo(panel.rename(columns={"y_pct": "poor"}), "poor", ["z"], scales=["points"])
    assert "original units (p =" in units.text("en")
    with pytest.raises(ValueError, match="'fr' is not known"):
        found.text("fr")


def test_the_columns_of_place_and_year_may_have_other_names():
    ours = placebo(provinces(), "y_pct", DRIVERS, controls=["c"], level=0.9)
    renamed = provinces().rename(columns={"place": "district", "year": "round"})
    theirs = placebo(renamed, "y_pct", DRIVERS, controls=["c"], level=0.9, cluster="district", time="round")
    assert (ours.table.reason == "").all()
    pd.testing.assert_frame_equal(ours.table, theirs.table)
    assert ours.text("vi") == theirs.text("vi")


def test_the_columns_of_place_and_year_are_the_ones_named():
    # Beside the true keys stand columns of the usual names that say nothing, and must not be read.
    panel = provinces().rename(columns={"place": "district", "year": "round"})
    panel = panel.assign(place="one", year="unknown")
    ours = placebo(provinces(), "y_pct", ["x"])
    pd.testing.assert_frame_equal(
        ours.table, placebo(panel, "y_pct", ["x"], cluster="district", time="round").table
    )
    with pytest.raises(ValueError, match="no such column: 'place', 'year'"):
        placebo(panel.drop(columns=["place", "year"]), "y_pct", ["x"])
    with pytest.raises(ValueError, match="field round: 'spring': expected a whole year"):
        placebo(panel.assign(round="spring"), "y_pct", ["x"], cluster="district", time="round")
    with pytest.raises(ValueError, match="time 'round' is also the cluster"):
        placebo(panel, "y_pct", ["x"], cluster="round", time="round")


def test_bad_input_is_told_at_once():
    panel = provinces()
    with pytest.raises(TypeError, match="panel must be a pandas DataFrame, not list"):
        placebo([panel], "y_pct", ["x"])
    with pytest.raises(ValueError, match="cannot test drivers of 'y_pct'") as caught:
        placebo(panel, "y_pct", "x", scales=["level"], lead=0, level=2)
    told = str(caught.value)
    assert "lead is 0; expected a whole number, 1 or more" in told
    assert "drivers must be a list, not the text 'x'" in told
    assert "scale 'level' is not known" in told and "level is 2" in told
    with pytest.raises(ValueError, match="lead is 0.5") as caught:
        placebo(panel.assign(year="y" + panel.year.astype(str)), "y_pct", ["nothing"], lead=0.5)
    assert "field year: 'y" in str(caught.value) and "no such column: 'nothing'" in str(caught.value)
    with pytest.raises(ValueError, match="w is constant within every place"):
        placebo(panel.assign(w=panel.place), "y_pct", ["w"])


def test_odd_columns_are_told():
    frame = pd.DataFrame(
        {"place": list("aabbcc"), "year": [1, 2] * 3, "x": range(6), "y_pct": [5.0, 4, 3, 2, 1, 0.5]}
    )
    with pytest.raises(ValueError, match="time is None; expected the column of years"):
        placebo(frame, "y_pct", ["x"], time=None)
    twice = pd.concat([frame, frame[["place"]]], axis=1)
    with pytest.raises(ValueError, match="there is more than one column 'place'"):
        placebo(twice, "y_pct", ["x"])
    years = pd.concat([frame, frame[["year"]]], axis=1)
    with pytest.raises(ValueError, match="there is more than one column 'year'"):
        placebo(years, "y_pct", ["x"])


def test_effects_weights_and_clusters_of_two_kinds_are_those_of_the_fit():
    rng = np.random.default_rng(3)
    panel = provinces()
    panel = panel.assign(w=rng.uniform(1, 4, len(panel)), sector=rng.choice([*"abc"], len(panel)))
    plain = placebo(panel, "y_pct", ["x"], scales=["points"]).table
    options = {"effects": ["sector"], "weights": "w", "cluster": "place + year"}
    found = placebo(panel, "y_pct", ["x"], scales=["points"], **options).table
    frame = panel.merge(
        panel[["place", "year", "x"]].assign(year=panel.year - 1).rename(columns={"x": "later"}), how="left"
    )
    options |= {"controls": ["x"], "draws": 0}
    fit = fit_drivers(frame, "y_pct", ["later"], scales=["points"], **options).table
    assert found.loc[0, ["estimate", "se"]].tolist() == pytest.approx(
        fit.loc[0, ["estimate", "se"]].tolist(), rel=1e-9
    )
    # Means of places have neither.
    assert found.iloc[2][["estimate", "se"]].tolist() == plain.iloc[2][["estimate", "se"]].tolist()
