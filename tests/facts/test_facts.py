import runpy
import shutil
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import povertystats as ps
from povertystats.facts.package import DATA
from povertystats.register.columns import COVERAGE
from povertystats.targets.outcome import came_to


def test_the_data_package_is_what_its_script_builds(tmp_path):
    runpy.run_path(DATA / "build.py")["build"](tmp_path)
    made = sorted(p.name for p in tmp_path.iterdir())
    assert len(made) == 11
    for name in made:
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes(), name


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("targets.csv", ",2020-05-07\n", ",07/05/2020\n", "targets.csv, rows "),
        ("levers.csv", "measure", "mesure", "levers.csv: the column 'mesure' is not known"),
        ("indicators.csv", None, "utf-16", "indicators.csv: expected UTF-8"),
    ],
)
def test_the_script_ends_with_the_check_of_anyones_package(tmp_path, monkeypatch, file, old, new, told):
    shutil.copytree(DATA, tmp_path / "data", ignore=shutil.ignore_patterns("__pycache__"))
    path = tmp_path / "data" / file
    text = path.read_text("utf-8")
    path.write_bytes(text.replace(old, new).encode() if old else text.encode(new))
    monkeypatch.setattr(sys, "argv", ["build.py"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(tmp_path / "data" / "build.py", run_name="__main__")
    assert isinstance(ended.value.code, str) and told in ended.value.code


def test_the_review_of_bac_kan(known):
    series = known.series("poor_household_pct", place="Bắc Kạn")
    assert dict(zip(series.years, series.values, strict=True)) == {
        2015: 29.40,
        2016: 26.61,
        2017: 24.53,
        2018: 21.88,
        2019: 19.57,
    }
    assert (series.unit, series.standard, series.latest.status) == ("pct", "multidim_2016_2020", "official")


@pytest.mark.parametrize(
    ("day", "latest"),
    [
        ("2019-11-30", 21.88),
        ("2019-12-15", 19.93),
        ("2020-05-06", 19.93),
        ("2020-05-07", 19.57),
        ("2021-02-15", 18.50),
    ],
)
def test_as_of_hides_what_had_not_been_published(facts, day, latest):
    assert facts.as_of(day).series("poor_household_pct", place="Bắc Kạn").latest.value == latest


def test_no_fact_is_known_before_its_day(facts):
    known = facts.as_of("2015-01-01")
    assert (known.table["available_from"] <= "2015-01-01").all() and 0 < len(known.table) < len(facts.table)
    assert known.targets.empty
    with pytest.raises(ValueError, match="already cut off at 2015-01-01; 2016-01-01 is later"):
        known.as_of("2016-01-01")


@pytest.mark.parametrize("bad", ["7 tháng 5", "7/5", "2020", "2020-13-01", 2020, None, float("nan")])
def test_a_bad_date_is_named(facts, bad):
    with pytest.raises(ValueError, match="is not a date; expected year-month-day"):
        facts.as_of(bad)


def test_standards_are_never_joined(facts):
    ba_be = facts.table[
        (facts.table["place"] == "Ba Bể") & (facts.table["indicator"] == "poor_household_pct")
    ]
    assert ba_be["standard"].nunique() > 1
    assert facts.series("poor_household_pct", place="Ba Bể").years.tolist() == [2019]
    old = facts.series("poor_household_pct", place="Ba Bể", standard="income_2011_2015")
    assert old.years.tolist() == [2010, 2011, 2013, 2014]
    with pytest.raises(
        ValueError, match="never joined.*poor_household_pct: income_2006_2010, income_2011_2015"
    ):
        facts.panel(["poor_household_pct"], places=["Bắc Kạn", "Ba Bể"])
    assert len(facts.panel(["poor_household_pct"], places=["Bắc Kạn"], standard="multidim_2016_2020")) == 6


def test_the_panel_of_the_known_answer(facts):
    panel = facts.panel(["poor_income_pct", "trained_pct"], years=(2006, 2016), standard="any").dropna()
    assert len(panel) == 440 and panel["place"].nunique() == 63
    assert (panel["poor_income_pct"] == 0).sum() == 6
    assert not panel.duplicated(["place", "year"]).any()


def test_the_income_line_changes_in_2010_and_is_not_crossed(facts):
    series = facts.series("poor_income_pct", place="Bắc Kạn")
    assert series.years[0] == 2010 and series.standard == "income_2011_2015"
    with pytest.raises(ValueError, match="never joined.*poor_income_pct: income_2006_2010, income_2011_2015"):
        facts.panel(["poor_income_pct"])
    every = facts.panel(["poor_income_pct"], standard="any")
    assert every["year"].min() == 2006 and not every.duplicated(["place", "year"]).any()


def test_missing_figures_stay_missing(facts):
    panel = facts.panel(["poor_income_pct", "trained_pct"], standard="any")
    assert panel.isna().any().any()
    assert not panel[["poor_income_pct", "trained_pct"]].isna().all(axis=1).any()


def test_a_derived_indicator_is_worked_out_from_its_parts(facts):
    wanted = ["ntp_transfer_pc_vnd_k", "ntp_transfer_vnd_m", "population_persons_k"]
    panel = facts.panel(wanted).dropna()
    assert len(panel) > 200
    np.testing.assert_allclose(panel[wanted[0]], panel[wanted[1]] / panel[wanted[2]])


def test_every_lever_names_a_variable_or_says_that_there_is_none(facts):
    levers = facts.levers
    assert len(levers) == 15
    measured = levers[levers["measure"] != "not_measured"]
    assert measured["indicator"].isin(facts.indicators["indicator"]).all()
    assert (levers.loc[levers["measure"] == "not_measured", "indicator"] == "").all()
    for indicator in measured["indicator"]:
        assert facts.panel([indicator]).notna().any().any() or ps.load_facts().series(
            indicator, place="Bắc Kạn"
        )


def test_every_indicator_has_figures_or_a_formula_or_comes_of_a_register(facts):
    used = set(facts.table["indicator"])
    used |= {f"{name}_household_pct" for name in (*COVERAGE, "deprived")} | {"intensity_pct"}
    used |= {"adjusted_headcount_pct"}
    for row in facts.indicators.itertuples():
        parts = [p.strip() for p in row.derived_from.split("/")] if row.derived_from else [row.indicator]
        assert set(parts) <= used, row.indicator


def test_peers_stand_under_their_standard(facts):
    panel = facts.peers("poor_household_pct")
    columns = [f"poor_income_pct@income_{years}" for years in ("2006_2010", "2011_2015")]
    assert panel.columns.tolist()[-3:] == [*columns, "poor_multidim_pct"]
    years = {name: set(panel.loc[panel[name].notna(), "year"]) for name in panel.columns[2:]}
    assert years[columns[0]] == {2006, 2008}
    assert min(years[columns[1]]) == 2010
    assert not years[columns[0]] & years[columns[1]]
    series = facts.series("poor_income_pct", place="Lai Châu")
    own = panel[panel["place"] == "Lai Châu"].set_index("year")[series.basis].dropna()
    assert own.to_dict() == dict(zip(series.years, series.values, strict=True))


def test_peers_from_before_and_after_a_rebasing_are_two(facts):
    panel = facts.peers("trained_pct").set_index(["place", "year"])
    before, after = (panel[name].dropna() for name in ("trained_pct", "trained_pct@2015"))
    assert before.index.get_level_values("year").max() < 2015 <= after.index.get_level_values("year").min()
    whole = facts.panel(["trained_pct"]).set_index(["place", "year"])["trained_pct"].dropna()
    whole = whole[whole.index.get_level_values("place").isin(facts.places.provinces)]
    pd.testing.assert_series_equal(pd.concat([before, after]).sort_index(), whole, check_names=False)


def test_a_series_never_crosses_a_rebasing_and_names_its_basis(facts):
    now = facts.series("trained_pct", place="An Giang")
    before = facts.series("trained_pct", place="An Giang", year=2014)
    assert (now.years[0], before.years[-1]) == (2015, 2014)
    assert (now.basis, before.basis) == ("trained_pct@2015", "trained_pct")
    assert facts.as_of("2015-12-31").series("trained_pct", place="An Giang").basis == "trained_pct"
    # What was forecast on the old basis did not come to a figure on the new one.
    assert came_to(ps.forecast(before), facts) is None
    assert came_to(ps.forecast(replace(now, table=now.table[:-1])), facts) == now.values[-1]


@pytest.mark.parametrize("indicator", ["poor_household_pct", "trained_labour_pct", "unemployment_pct"])
def test_peers_are_provinces_and_never_the_nation(facts, indicator):
    panel = facts.peers(indicator)
    assert len(panel) and set(panel["place"]) <= set(facts.places.territories(facts.places.provinces))
    assert not panel.duplicated(["place", "year"]).any()
    rates = panel.drop(columns=["place", "year"])
    assert rates.notna().any(axis=1).all()
    assert rates.min().min() >= 0 and rates.max().max() <= 100


def test_peers_know_only_what_had_been_published(facts, known):
    early, late = known.peers("poor_household_pct"), facts.peers("poor_household_pct")
    assert early["year"].max() < late["year"].max()
    published = facts.table[facts.table["available_from"] <= "2020-05-07"]
    only = replace(facts, table=published).peers("poor_household_pct")
    pd.testing.assert_frame_equal(early, only)
    hidden = facts.table["available_from"] > "2020-05-07"
    falsified = replace(facts, table=facts.table.assign(value=facts.table["value"].where(~hidden, 1.0)))
    pd.testing.assert_frame_equal(falsified.as_of("2020-05-07").peers("poor_household_pct"), early)


def test_what_has_no_peers_has_no_columns(facts):
    assert facts.peers("merit_poor_households").columns.tolist() == ["place", "year"]
    assert facts.as_of("2000-01-01").peers("poor_household_pct").empty
    with pytest.raises(LookupError, match="'poor_houshold_pct'; did you mean poor_household_pct"):
        facts.peers("poor_houshold_pct")


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ({"standard": "xx"}, LookupError, "no standard 'xx'; there is any, income_2006_2010"),
        ({"standard": "multidim_2016"}, LookupError, "'multidim_2016'; did you mean multidim_2016_2020"),
        ({"standard": 2016}, LookupError, "no standard 2016"),
        (
            {"standard": "multidim_2022_2025"},
            LookupError,
            "poor_income_pct has figures under income_2006_2010",
        ),
        ({"years": (2016, 2006)}, ValueError, r"did you mean \(2006, 2016\)"),
        ({"years": (2006, 2008, 2010)}, ValueError, r"did you mean the list \[2006, 2008, 2010\]"),
        ({"years": (2006,)}, ValueError, "is no \\(first, last\\)"),
        ({"years": [2010, 2015.5, 20, None]}, ValueError, "years: 2015.5, 20, None cannot be"),
        ({"years": [True]}, ValueError, "True cannot be"),
        ({"years": (2006, float("inf"))}, ValueError, "inf cannot be"),
        ({"years": 2010}, TypeError, "years must be a list"),
        ({"years": 2010.0}, TypeError, "years must be a list"),
        ({"years": "2010"}, TypeError, "years must be a list, not the text '2010'"),
        ({"places": "Bắc Kạn"}, TypeError, "places must be a list, not the text 'Bắc Kạn'"),
        ({"places": ["Bac Kann"]}, LookupError, "did you mean Bắc Kạn"),
        ({"indicators": "poor_income_pct"}, TypeError, "indicators must be a list"),
        ({"indicators": []}, ValueError, "one name or more"),
        ({"indicators": [["poor_income_pct"]]}, TypeError, "expected the name of an indicator"),
    ],
    ids=lambda given: "-".join(map(str, given.values())) if isinstance(given, dict) else "",
)
def test_what_a_panel_cannot_be_is_refused_and_no_empty_frame(facts, asked, error, said):
    asked = {"indicators": ["poor_income_pct", "trained_pct"], "standard": "any"} | asked
    with pytest.raises(error, match=said) as found:
        facts.panel(**asked)
    assert isinstance(found.value, ps.PovertyStatsError)


@pytest.mark.parametrize(
    "years",
    [
        (2010, 2012),
        [2010, 2011, 2012],
        range(2010, 2013),
        np.arange(2010, 2013),
        ["2010", "2011", "2012"],
        pd.period_range("2010", "2012", freq="Y"),
        (2010.0, "2012"),
        {2010, 2011, 2012},
    ],
    ids=lambda years: type(years).__name__,
)
def test_years_in_every_form(facts, years):
    panel = facts.panel(["poor_income_pct"], years=years, standard="any")
    assert sorted(panel["year"].unique()) == [2010, 2012] and len(panel) == 126


def test_unknown_names_of_every_verb(facts):
    with pytest.raises(LookupError, match="no standard 'any'; there is income_2006_2010"):
        facts.series("poor_income_pct", place="Bắc Kạn", standard="any")
    for verb in (
        facts.peers,
        lambda name: facts.series(name, place="Bắc Kạn"),
        lambda name: facts.vintages(name, place="Bắc Kạn"),
        lambda name: facts.title(name, "en"),
    ):
        with pytest.raises(TypeError, match="expected the name of an indicator, got"):
            verb(["poor_income_pct"])
        with pytest.raises(LookupError, match="did you mean poor_income_pct"):
            verb("poor_incom_pct")
    with pytest.raises(TypeError, match="source_ids must be a list, not the text 'gso-bieu10'"):
        facts.cite("gso-bieu10")


def test_a_row_of_which_nobody_can_say_when_it_was_known_is_never_dropped(facts):
    for name in ("table", "targets"):
        rows = getattr(facts, name)
        undated = replace(
            facts, **{name: rows.assign(available_from=rows["available_from"].where(rows.index != 3))}
        )
        with pytest.raises(ps.DataError) as found:
            undated.as_of("2020-05-07")
        (problem,) = found.value.problems
        assert (problem.file, problem.row) == (rows.loc[3, "file"], rows.loc[3, "row"])
        assert problem.field == "available_from"


def test_a_day_that_is_written_the_other_way_round_is_refused_with_the_right_one(facts):
    assert facts.as_of(pd.Timestamp("2020-05-07 12:00")) is facts.as_of("2020-05-07")
    assert facts.as_of(np.datetime64("2020-05-07")) is facts.as_of("2020-05-07")
    with pytest.raises(ps.PovertyStatsError, match="'07/05/2020' is not a date; .*2020-05-07 or 2020-07-05"):
        facts.as_of("07/05/2020")


def test_the_review_elsewhere_is_as_it_was_read_and_as_it_was_known(facts, known):
    raw = pd.read_csv(DATA / "raw" / "ministry_review.csv", dtype=str, keep_default_na=False)
    raw = raw[(raw["indicator"] == "poor_household_pct") & (raw["status"] == "official")]
    held = facts.table[facts.table["file"] == "review.csv"]
    key = ["place", "year", "standard", "value", "bound"]
    told = {tuple(row) for row in held[key].astype({"year": str}).itertuples(index=False)}
    assert len(raw) == 98 and all(
        (row.place, row.year, row.standard, float(row.value), row.bound) in told for row in raw.itertuples()
    )
    assert held["available_from_assumed"].sum() == 61 and (held["standard"] != "").all()
    # The old standard and the new one of the same year are two series.
    both = [
        facts.series("poor_household_pct", place="Quảng Ngãi", standard=s)
        for s in ("income_2011_2015", "multidim_2016_2020")
    ]
    assert [float(one.values[one.years == 2015][0]) for one in both] == [9.22, 15.19]
    # The ministry's list for 2019 came in July 2020; some provinces had told their own rate before.
    rates = known.table[(known.table["file"] == "review.csv") & (known.table["year"] == 2019)]
    assert set(rates.loc[rates["indicator"] == "poor_household_pct", "place"]) >= {"Điện Biên", "Lâm Đồng"}
    assert "Nghệ An" not in set(rates["place"]) and rates["available_from"].max() <= pd.Timestamp(
        "2020-05-07"
    )


def test_the_whole_country_has_its_series_by_standard(facts, known):
    for standard, rates in {
        "income_2011_2015": {2012: 9.6, 2013: 7.8, 2014: 5.97},
        "multidim_2016_2020": {2015: 9.88, 2016: 8.23, 2018: 5.23},
    }.items():
        series = known.series("poor_household_pct", place="ca nuoc", standard=standard)
        assert dict(zip(series.years.tolist(), series.values.tolist(), strict=True)) == rates
    with pytest.raises(LookupError, match="no figure"):
        facts.as_of("2016-08-21").series("poor_household_pct", place="Cả nước", standard="multidim_2016_2020")
