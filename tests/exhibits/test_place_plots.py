"""A dot is a place where its figures put it, a line the regression through the dots, and the text says so."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from helpers.figures import cut, legend, texts

import povertystats as ps
from povertystats.drivers.credit import credit_study
from povertystats.exhibits import place_plots
from povertystats.words.phrases import term_name
from povertystats.words.wording import number, say

LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])
PLACE, OUTCOME, TRAINED = "Bắc Kạn", "poor_income_pct", "trained_pct"


@pytest.fixture(scope="module")
def panel(known):
    return known.panel([OUTCOME, TRAINED, "ntp_transfer_pc_vnd_k"], standard="any")


def within_between(panel, lang="en", outcome=OUTCOME, driver=TRAINED, highlight=PLACE):
    return place_plots.within_between(panel, outcome, driver, lang, labels={}, highlight=highlight)


def dots(axes):
    """Return the places' dots and the marked ones, (n, 2) each, and the line."""
    cloud, line, marked = axes.lines
    return *(np.column_stack(one.get_data()) for one in (cloud, marked)), line


@pytest.mark.parametrize(
    "outcome, driver", [(OUTCOME, TRAINED), (f"log_odds({OUTCOME})", "log(ntp_transfer_pc_vnd_k)")]
)
def test_each_line_is_the_regression_through_its_dots(panel, outcome, driver):
    for axes in within_between(panel, outcome=outcome, driver=driver).figure.axes:
        cloud, marked, line = dots(axes)
        x, y = np.vstack([cloud, marked]).T
        slope, start = np.polyfit(x, y, 1)
        ends, heights = line.get_data()
        np.testing.assert_allclose(heights, start + slope * ends, atol=1e-9 * np.ptp(y))
        assert [min(x), max(x)] == ends.tolist()


@LANGUAGES
def test_the_slopes_are_those_of_the_estimators(panel, lang):
    fit = ps.fit_drivers(
        panel, OUTCOME, [TRAINED], scales=["points"], estimators=["between", "within"], draws=0
    )
    shown = within_between(panel, lang)
    for axes, row in zip(shown.figure.axes, fit.table.itertuples(), strict=True):
        assert axes.get_title() == say(f"plot.within_between.{row.estimator}", lang, slope=row.estimate)
        assert number(row.estimate, lang, 3) in shown.alt
    between, within = fit.table["n"]
    left, right = (sum(len(part) for part in dots(axes)[:2]) for axes in shown.figure.axes)
    assert (left, right) == (between, within) == (63, 440)
    assert number(within, lang, 0) in shown.alt and number(between, lang, 0) in shown.alt


def test_means_stand_on_the_left_and_the_place_is_marked_in_both(panel):
    left, right = within_between(panel).figure.axes
    means = panel.dropna(subset=[OUTCOME, TRAINED]).groupby("place")[[TRAINED, OUTCOME]].mean()
    cloud, marked, _ = dots(left)
    np.testing.assert_allclose(marked, means.loc[[PLACE]])
    np.testing.assert_allclose(np.sort(cloud, axis=0), np.sort(means.drop(index=PLACE), axis=0))
    years = panel.dropna(subset=[OUTCOME, TRAINED])["place"].eq(PLACE).sum()
    assert len(dots(right)[1]) == years
    assert left.lines[2].get_marker() != left.lines[0].get_marker()


@LANGUAGES
def test_axes_say_when_they_show_what_effects_leave(known, panel, lang):
    names = {c: known.title(c, lang, short=True) for c in (OUTCOME, TRAINED, "ntp_transfer_pc_vnd_k")}
    away = {
        "vi": "{}: chênh lệch so với mức chung của địa phương và năm",
        "en": "{}: difference from what place and year have in common",
    }[lang]
    for driver in (TRAINED, "log(ntp_transfer_pc_vnd_k)"):
        shown = place_plots.within_between(panel, OUTCOME, driver, lang, labels=names, highlight=PLACE)
        told = [term_name(term, lang, names) for term in (driver, OUTCOME)]
        labels = [
            [" ".join(label.split()) for label in (axes.get_xlabel(), axes.get_ylabel())]
            for axes in shown.figure.axes
        ]
        percent = driver == TRAINED
        ends = [[", %", ", điểm phần trăm" if lang == "vi" else ", points"] if percent else ["", ""]]
        ends.append([", %", ", điểm phần trăm" if lang == "vi" else ", points"])
        units = list(zip(*ends, strict=True))
        plain = [name + unit for name, unit in zip(told, units[0], strict=True)]
        assert labels == [plain, [away.format(name) + u for name, u in zip(told, units[1], strict=True)]]
        shown.figure.draw_without_rendering()
        assert not cut(shown)
        between, within = (axes.get_tightbbox() for axes in shown.figure.axes)
        assert between.x1 < within.x0  # the long names of one panel stay out of the other


def test_what_place_and_year_effects_leave_sums_to_nothing(panel):
    rows = panel.dropna(subset=[OUTCOME, TRAINED]).reset_index(drop=True)
    left = within_between(panel).data.query("panel == 'within' and kind == 'place'").reset_index(drop=True)
    assert left[["place", "year"]].values.tolist() == rows[["place", "year"]].values.tolist()
    for term in (TRAINED, OUTCOME):
        for effect in ("place", "year"):
            assert left[term].groupby(rows[effect]).sum().abs().max() < 1e-9


def test_the_numbers_of_both_clouds_are_those_drawn(panel):
    shown = within_between(panel)
    for axes, (_, rows) in zip(shown.figure.axes, shown.data.groupby("panel", sort=False), strict=True):
        cloud, marked, line = dots(axes)
        places = rows[rows["kind"] == "place"]
        mine = places["place"] == PLACE
        np.testing.assert_array_equal(cloud, places.loc[~mine, [TRAINED, OUTCOME]])
        np.testing.assert_array_equal(marked, places.loc[mine, [TRAINED, OUTCOME]])
        np.testing.assert_array_equal(line.get_xydata(), rows.loc[rows["kind"] == "line", [TRAINED, OUTCOME]])
    assert shown.data["panel"].unique().tolist() == ["between", "within"]


def test_a_place_seen_once_has_a_mean_but_no_deviation():
    rows = {
        "place": list("aaabbbc"),
        "year": [1, 2, 3, 1, 2, 3, 1],
        "x": [1.0, 2, 4, 4, 8, 2, 3],
        "y_pct": [5.0, 4, 1, 3, 0, 2, 9],
    }
    left, right = within_between(pd.DataFrame(rows), outcome="y_pct", driver="x", highlight="c").figure.axes
    assert dots(left)[1].tolist() == [[3, 9]] and len(dots(right)[1]) == 0 and len(dots(right)[0]) == 6


@LANGUAGES
def test_a_place_that_is_not_there_is_not_marked(panel, lang):
    shown = within_between(panel, lang, highlight="Nowhere")
    assert all(len(dots(axes)[1]) == 0 and not axes.texts for axes in shown.figure.axes)
    # Marked, it bears its name; within places, each mark its year.
    left, right = within_between(panel, lang).figure.axes
    assert [text.get_text() for text in left.texts] == [PLACE]
    assert 1 <= len(right.texts) <= len(dots(right)[1])
    assert all(len(text.get_text()) == 4 for text in right.texts)


def test_bad_panels_are_refused_with_all_problems(panel):
    with pytest.raises(ValueError, match="'nothing'.*'income'|'income'.*'nothing'"):
        within_between(panel, outcome="income", driver="nothing")
    with pytest.raises(TypeError, match="must be a pandas DataFrame"):
        within_between(panel.to_dict())
    with pytest.raises(ValueError, match="constant"):
        within_between(panel.assign(trained_pct=5.0))


@pytest.fixture(scope="module")
def study(known):
    return credit_study(known)


@LANGUAGES
def test_each_province_has_its_dot_and_the_place_its_mark(study, lang):
    shown = place_plots.credit(study, lang, highlight=PLACE)
    [axes] = shown.figure.axes
    known, proxy, marked = (np.column_stack(line.get_data()) for line in axes.lines)
    columns = ["poor_multidim_pct", "credit_vnd_m_pc"]
    near = study.levels[study.levels["day"] == "2018-12-31"].dropna(subset=columns).set_index("place")
    np.testing.assert_allclose(marked, near.loc[[PLACE], columns])
    others = near.drop(index=PLACE)
    dated = others["tier"].isin(["A", "B"])
    np.testing.assert_allclose(known, others.loc[dated, columns])
    np.testing.assert_allclose(proxy, others.loc[~dated, columns])
    assert axes.lines[1].get_markerfacecolor() == "white" != axes.lines[0].get_markerfacecolor()
    assert {PLACE, near["poor_multidim_pct"].idxmin()} <= {t.get_text() for t in axes.texts}
    assert legend(shown) == [say(f"plot.credit.{kind}", lang) for kind in ("dated", "proxy")]


@LANGUAGES
def test_credit_is_told_with_its_correlation(study, lang):
    shown = place_plots.credit(study, lang, highlight=PLACE)
    row = study.need[(study.need["figures"] == "all") & (study.need["day"] == "2018-12-31")].iloc[0]
    near = study.levels.set_index(["place", "day"]).loc[(PLACE, "2018-12-31")]
    for value in (row.correlation, row.low, row.high, near.credit_vnd_m_pc):
        assert number(value, lang, 2) in shown.alt
    assert number(near.poor_multidim_pct, lang, 1) + "%" in shown.alt
    title = say("plot.credit.day", lang, day=row.day, r=row.correlation, n=row.n)
    assert [axes.get_title() for axes in shown.figure.axes] == [title]


def invented(*days):
    """Return levels and correlations, made up, of provinces A to D at each day; D has no poverty rate."""
    rate, money = [1.0, 5.0, 9.0, np.nan], [0.5, 1.0, 2.0, 3.0]
    level = {
        "place": list("ABCD"),
        "poor_multidim_pct": rate,
        "credit_vnd_m_pc": money,
        "tier": ["A", "B", "P-A", "C"],
    }
    need = {"figures": "all", "n": 3, "correlation": 0.9, "low": 0.1, "high": 0.99, "level": 0.95}
    return SimpleNamespace(
        levels=pd.concat([pd.DataFrame(level).assign(day=pd.Timestamp(day)) for day in days]),
        need=pd.DataFrame([need | {"day": pd.Timestamp(day)} for day in days]),
        outcome="poor_multidim_pct",
        facts=SimpleNamespace(title=lambda name, lang, short: "the rate"),
    )


@LANGUAGES
def test_every_day_has_its_panel(lang):
    three = invented("2018-12-31", "2019-12-31", "2020-12-31")
    shown = place_plots.credit(three, lang, highlight="Nowhere")
    *panels, empty = shown.figure.axes
    assert len(panels) == 3 and not empty.axison
    for axes in panels:
        known, proxy, marked = (line.get_data()[0].tolist() for line in axes.lines)
        assert (known, proxy, marked) == ([1, 5], [9], [])
    assert shown.alt.count(say("plot.credit.no_place", lang, place="Nowhere")) == 3


def test_the_numbers_of_credit_are_those_drawn():
    shown = place_plots.credit(invented("2018-12-31", "2019-12-31", "2020-12-31"), "en", highlight="A")
    *panels, _ = shown.figure.axes
    for axes, (day, rows) in zip(panels, shown.data.groupby("day"), strict=True):
        drawn = {fill: line.get_xydata().tolist() for fill, line in zip("kpm", axes.lines, strict=True)}
        points = rows.set_index("place")[["poor_multidim_pct", "credit_vnd_m_pc"]]
        assert drawn == {
            "k": [points.loc["B"].tolist()],
            "p": [points.loc["C"].tolist()],
            "m": [points.loc["A"].tolist()],
        }
        r = rows["correlation"].unique()
        assert axes.get_title() == say("plot.credit.day", "en", day=day, r=r.item(), n=len(rows))
    assert shown.data["tier"].tolist() == ["A", "B", "P-A"] * 3


@pytest.mark.parametrize("place, filled", [("A", True), ("C", False)])
def test_the_marked_place_too_shows_whether_its_figure_is_a_proxy(place, filled):
    [axes] = place_plots.credit(invented("2018-12-31"), "en", highlight=place).figure.axes
    assert (axes.lines[-1].get_markerfacecolor() != "white") == filled


@LANGUAGES
def test_nothing_is_cut(panel, study, lang):
    three = invented("2018-12-31", "2019-12-31", "2020-12-31")
    for shown in (
        within_between(panel, lang),
        *(place_plots.credit(s, lang, highlight=PLACE) for s in (study, three)),
    ):
        shown.figure.draw_without_rendering()
        assert not cut(shown)


def test_days_without_a_correlation_are_left_out():
    study = invented("2018-12-31", "2019-12-31")
    study.need.loc[1, "correlation"] = np.nan
    assert len(place_plots.credit(study, "en", highlight="A").figure.axes) == 1
    study.need["correlation"] = np.nan
    with pytest.raises(ValueError, match="no day has provinces enough"):
        place_plots.credit(study, "en", highlight="A")


def test_the_same_figure_has_the_same_bytes_and_speaks_its_language(panel):
    study = invented("2018-12-31")
    for draw in (
        lambda lang: within_between(panel, lang),
        lambda lang: place_plots.credit(study, lang, highlight="A"),
    ):
        first, again, other = draw("vi"), draw("vi"), draw("en")
        assert first.png() == again.png() and texts(first) != texts(other)
        assert first.alt == again.alt != other.alt and "{" not in first.alt + other.alt


@pytest.mark.parametrize("lang", ["fr", None])
def test_an_unknown_language_is_refused(panel, lang):
    for call in (
        lambda: within_between(panel, lang),
        lambda: place_plots.credit(invented("2018-12-31"), lang, highlight="A"),
    ):
        with pytest.raises(ValueError, match=f"language {lang!r} is not known; choose one of vi, en"):
            call()


def test_columns_may_have_other_names(panel):
    other = panel.rename(columns={"place": "tinh", "year": "nam"})
    names = {"cluster": "tinh", "time": "nam"}
    options = {"labels": {}, "highlight": PLACE}
    shown = place_plots.within_between(other, OUTCOME, TRAINED, "en", **options, **names)
    assert shown.alt == within_between(panel).alt
