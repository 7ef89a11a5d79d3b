"""The models of the declared drivers are those of their panels, and none where the figures carry none."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

import povertystats as ps
from povertystats.driver_pages import driver_sections
from povertystats.drivers import declared
from povertystats.facts.package import DATA
from povertystats.pages import sliders

LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


@pytest.mark.parametrize(
    ("name", "driver", "term", "years"),
    [
        ("training", "trained_pct", "trained_pct", None),
        ("training_before", "trained_pct", "trained_pct", (2010, 2014)),
        ("programmes", "ntp_transfer_pc_vnd_k", "log(ntp_transfer_pc_vnd_k)", (2013, 2016)),
        ("programmes_kept", "ntp_transfer_pc_vnd_k", "log1p(ntp_transfer_pc_vnd_k)", (2013, 2016)),
    ],
)
def test_the_fits_are_those_of_the_panels(known, fits, name, driver, term, years):
    assert len(fits) == 6
    panel = known.panel(["poor_income_pct", driver], years=years, standard="any")
    estimators = ["within"] if name == "programmes_kept" else ["within", "fractional_logit"]
    direct = ps.fit_drivers(panel, "poor_income_pct", [term], estimators=estimators)
    pd.testing.assert_frame_equal(fits[name].table, direct.table)


def test_the_initial_rate_is_held_over_the_years(known, fits):
    panel, term = declared.driver_panel(known, "programmes")
    rates = (
        panel.dropna(subset=["poor_income_pct"])
        .sort_values("year")
        .groupby("place")["poor_income_pct"]
        .first()
    )
    start = panel["place"].map(rates) * (panel["year"] - 2013)
    direct = ps.fit_drivers(panel.assign(start=start), "poor_income_pct", [term], controls=["start"], draws=0)
    np.testing.assert_allclose(
        fits["programmes_start"].table["estimate"], direct.table["estimate"], rtol=1e-9
    )
    assert not fits["programmes_start"].clear.any() and fits["programmes"].clear.iloc[0]


def test_the_curves_are_those_of_the_declared_questions(known):
    found = declared.curves(known)
    assert list(found) == ["training", "programmes"]
    for question, curve in found.items():
        assert curve.question.name == question and len(curve.fitted) > 100


def test_the_timing_is_tested_on_the_panel_of_the_fit(known):
    panel, term = declared.driver_panel(known, "programmes")
    direct = ps.placebo(panel, "poor_income_pct", [term])
    pd.testing.assert_frame_equal(declared.timing(known, "programmes").table, direct.table)


def test_the_hidden_variable_is_compared_with_the_urban_share(known):
    found = declared.hidden(known, "training", "log_odds")
    panel = known.panel(["poor_income_pct", "trained_pct", "urban_pct"], standard="any")
    fit = ps.fit_drivers(
        panel, "poor_income_pct", ["trained_pct"], controls=["urban_pct"], scales=["log_odds"], draws=0
    )
    assert found.table["estimate"][0] == pytest.approx(fit.table["estimate"][0], rel=1e-12)
    assert found.bounds["benchmark"].unique().tolist() == ["urban_pct"]


QUESTION = """
[question.loans]
scales = ["points", "log_odds"]
estimators = ["within", "first_differences"]
definition.loans = { term = "loans_households", vi = "số hộ vay", en = "households with a loan" }
window.all = { vi = "mọi năm", en = "all years" }
controls.none = { terms = [], vi = "không có", en = "none" }
"""


@pytest.fixture(scope="module")
def lent(tmp_path_factory):
    """Our package with a driver more: its figures (illustrative ones), and one row or entry in each list; no code."""
    folder = tmp_path_factory.mktemp("lent") / "data"
    shutil.copytree(DATA, folder, ignore=shutil.ignore_patterns("raw"))
    rng, table = np.random.default_rng(3), ps.load_facts().table
    rates = table[(table["indicator"] == "poor_income_pct") & table["year"].between(2010, 2016)]
    rates = rates[rates["place"].isin(ps.load_facts().places.provinces)]
    facts = rates.assign(
        indicator="loans_households", unit="households", standard="", value=rng.integers(20, 90, len(rates))
    )
    columns = ["place", "indicator", "year", "value", "unit", "status", "source_id", "available_from"]
    facts[columns].to_csv(folder / "loans.csv", index=False)
    rows = {
        "indicators.csv": "loans_households,households,0,,admin,,,,,,,,Số hộ vay,Loans,số hộ vay,households with a loan",
        "drivers.csv": "loans,,vay vốn,loans,loans_households,poor_income_pct,{},2010,2016,within,urban_pct,panel,5",
    }
    # The curves of our own drivers are looked at above.
    path = folder / "specifications.toml"
    path.write_text(path.read_text("utf-8").partition("[question.")[0] + QUESTION, "utf-8")
    for name, row in rows.items():
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(f"{row}\n")
    described = json.loads((folder / "datapackage.json").read_text("utf-8"))
    for resource in described["resources"]:
        del resource["hash"], resource["bytes"]
    described["resources"].append({"name": "loans", "path": "loans.csv"})
    (folder / "datapackage.json").write_text(json.dumps(described), "utf-8")
    return ps.load_facts(folder).as_of("2020-05-07")


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_new_driver_is_its_data_and_one_row(lent, lang):
    fits, curves = declared.driver_fits(lent), declared.curves(lent)
    assert list(fits)[-2:] == ["loans", "loans_start"] and len(fits) == 8
    panel = lent.panel(["poor_income_pct", "loans_households"], years=(2010, 2016), standard="any")
    direct = ps.fit_drivers(panel, "poor_income_pct", ["loans_households"])
    pd.testing.assert_frame_equal(fits["loans"].table, direct.table)
    assert len(curves["loans"].fitted) == 4
    made = ps.scenario(lent, fits=fits)
    moved = made.what_if({"loans": 5.0})
    step = {"vi": "số hộ vay +5 hộ", "en": "households with a loan +5 households"}[lang]
    assert step in moved.text(lang) and moved.shifts["plain", "within", "points"][0] == pytest.approx(
        5 * direct.table["estimate"][0], rel=1e-9
    )
    # The pages: the sentence on drivers, the figure and tables, the sliders.
    title = lent.drivers.set_index("driver").at["loans", f"title_{lang}"]
    assert title in driver_sections.which_driver(fits, lent, lang)
    assert title in driver_sections.drivers_text(lent, lang).lower()
    (picture,) = driver_sections.drivers_plot(lent, lang)
    assert "loans_households" in set(picture.data["driver"])
    (lever,) = [one for one in sliders.spec(made, lang)["levers"] if one["name"] == "loans"]
    assert (lever["kind"], lever["step"], lever["unit"]) == (
        "add",
        5.0,
        {"vi": "hộ", "en": "households"}[lang],
    )
    names = declared.driver_names(lent, lang)
    assert names["loans_households"] == lent.title("loans_households", lang, short=True)
    assert declared.hidden(lent, "loans", "points").table["driver"][0] == "loans_households"


def test_a_driver_that_is_not_declared_is_named(known):
    with pytest.raises(LookupError, match="there is no driver 'trainin'; did you mean training"):
        declared.driver_panel(known, "trainin")
