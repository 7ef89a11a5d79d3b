"""Tables about the drivers: every cell the number of the object behind it."""

import pandas as pd
import pytest
from helpers.panels import provinces

import povertystats as ps
from povertystats.drivers import declared
from povertystats.exhibits import driver_tables
from povertystats.words.wording import number, quantity, say

LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


@pytest.fixture(scope="module")
def curves(known):
    return declared.curves(known)


def column(table, key, lang):
    return table.frame[say(f"brief.fit.{key}", lang, level=95)].tolist()


def decimals_of(rows):
    """Two for every row of a driver and scale with an estimate of one or more, so that its column can be read down."""
    largest = rows["estimate"].abs().groupby([rows["driver"], rows["scale"]]).transform("max")
    return [2 if x >= 1 else 4 for x in largest]


@LANGUAGES
@pytest.mark.parametrize("name", ["training", "programmes"])
def test_the_table_of_a_fit_has_its_numbers(known, fits, name, lang):
    table = driver_tables.fit(fits[name], lang, labels=declared.driver_names(known, lang))
    rows = fits[name].table
    digits = decimals_of(rows)
    for key in ("estimate", "detectable"):
        expected = [number(x, lang, d) for x, d in zip(rows[key], digits, strict=True)]
        assert column(table, key, lang) == expected
    assert column(table, "n", lang) == [number(x, lang, 0) for x in rows["n"]]
    assert column(table, "scale", lang) == [say(f"drivers.scale.{x}", lang) for x in rows["scale"]]
    assert column(table, "estimator", lang) == [
        say(f"drivers.estimator.{x}", lang) for x in rows["estimator"]
    ]
    assert column(table, "p_wild", lang)[-1] == "–" and rows["p_wild"].isna().tolist() == [False, False, True]
    for cell, row, d in zip(column(table, "interval", lang), rows.itertuples(), digits, strict=True):
        assert cell.startswith(number(row.low, lang, d)) and cell.endswith(number(row.high, lang, d))
    assert (say("brief.driver.doubled", lang) in table.caption) == (name == "programmes")
    assert not any(word in table.caption for word in ("_pct", "_vnd"))


@LANGUAGES
def test_a_tiny_p_value_is_never_told_as_zero(fits, lang):
    assert fits["programmes_kept"].table["p"].min() < 0.0005
    table = driver_tables.fit(fits["programmes_kept"], lang, labels={})
    assert number(0, lang, 3) not in column(table, "p", lang) + column(table, "p_wild", lang)


def test_several_drivers_have_a_column_of_their_own(known):
    panel = known.panel(["poor_income_pct", "trained_pct", "urban_pct"], standard="any")
    both = ps.fit_drivers(panel, "poor_income_pct", ["trained_pct", "urban_pct"], scales=["points"], draws=0)
    one = ps.fit_drivers(panel, "poor_income_pct", ["urban_pct"], scales=["points"], draws=0)
    table = driver_tables.fit(both, "en", labels={})
    assert column(table, "driver", "en") == ["trained_pct", "urban_pct"]
    assert column(table, "p_holm", "en") == [number(p, "en", 3) for p in both.table["p_holm"]]
    assert say("brief.fit.p_holm", "en") not in driver_tables.fit(one, "en", labels={}).frame.columns


@LANGUAGES
def test_influence_names_the_places(fits, lang):
    table = driver_tables.influence(fits["programmes"], lang)
    own = (
        fits["programmes"]
        .leave_one_out.table.query("estimator == 'within' and scale == 'points'")
        .set_index("place")
    )
    lowest = own["estimate"].idxmin()
    cell = say("brief.driver.without", lang, place=lowest, estimate=number(own["estimate"].min(), lang, 4))
    assert column(table, "lowest", lang)[0] == cell and len(table.frame) == 2
    about = fits["programmes"].diagnostics.query("scale == 'points'").set_index("quantity")
    assert column(table, "effective", lang)[0] == number(
        about.at["places of equal variation", "value"], lang, 1
    )


@LANGUAGES
def test_raising_zeros_to_a_floor_is_a_fit_of_all_rows(known, lang):
    table = driver_tables.floors(known, "training", [0.05, 0.5], lang)
    assert column(table, "floor", lang) == [quantity(0.05, "pct", lang), quantity(0.5, "pct", lang)]
    panel = known.panel(["poor_income_pct", "trained_pct"], standard="any")
    for at, floor in enumerate((0.05, 0.5)):
        rates = panel["poor_income_pct"]
        raised = panel.assign(poor_income_pct=rates.where(rates != 0, floor))
        fit = ps.fit_drivers(raised, "poor_income_pct", ["trained_pct"], draws=0).table.set_index("scale")
        row = fit.loc["log_odds"]
        assert column(table, "estimate", lang)[at] == number(row.estimate, lang, 4)
        assert column(table, "n", lang)[at] == number(len(panel.dropna()), lang, 0) == number(row.n, lang, 0)


@LANGUAGES
def test_choices_are_the_shares_of_the_curve(curves, lang):
    curve = curves["training"]
    table = driver_tables.choices(curve, lang)
    assert column(table, "specifications", lang) == [number(n, lang, 0) for n in curve.summary["n"]]
    assert (
        column(table, "negative", lang)[0]
        == f"{number(100 * (curve.fitted['estimate'] < 0).mean(), lang, 0)}%"
    )
    assert all(column(table, "option", lang)[1:])


@LANGUAGES
def test_differences_are_the_rows_of_the_study(facts, lang):
    study = ps.credit_study(facts).differences
    table = driver_tables.differences(study, lang)
    digits = decimals_of(study.table)
    assert column(table, "estimate", lang) == [
        number(x, lang, d) for x, d in zip(study.table["estimate"], digits, strict=True)
    ]
    assert set(digits) == {2, 4}
    steps = {driver.name: driver.step[lang] for driver in study.drivers}
    assert column(table, "driver", lang) == [steps[name] for name in study.table["driver"]]
    held = [say(f"brief.driver.{'initial' if c else 'nothing'}", lang) for c in study.table["controls"]]
    assert column(table, "controls", lang) == held and len(set(held)) == 2
    assert set(column(table, "evidence", lang)) == {say("brief.measure.cross_section", lang)}


@LANGUAGES
def test_what_is_not_there_is_an_empty_table(known, facts, lang):
    early = facts.as_of("2009-01-01")
    empty = [
        driver_tables.fit(None, lang, labels={}),
        driver_tables.influence(None, lang),
        driver_tables.differences(None, lang),
        driver_tables.floors(early, "training", [0.1], lang),
    ]
    assert [len(table.frame) for table in empty] == [0] * 4
    assert all(table.frame.columns.size > 1 and "<table" in table._repr_html_() for table in empty)
    assert isinstance(empty[0].frame, pd.DataFrame)


def test_units_and_levels_are_those_of_the_fit(known):
    panel = known.panel(["trained_pct", "income_month_vnd_k"])
    options = {"scales": ["points"], "level": 0.8, "draws": 0}
    fit = ps.fit_drivers(panel, "income_month_vnd_k", ["trained_pct"], **options)
    table = driver_tables.fit(fit, "en", labels={})
    assert "80% interval" in table.frame.columns
    assert column(table, "scale", "en") == [say("drivers.scale.units", "en")]


def test_influence_without_time_effects_or_pairs_has_dashes(known):
    panel = known.panel(["poor_income_pct", "trained_pct"], standard="any").dropna()
    few = panel[panel["place"].isin(["Bắc Kạn", "Hà Giang", "Cao Bằng"])]
    fit = ps.fit_drivers(few, "poor_income_pct", ["trained_pct"], scales=["points"], time=None, draws=0)
    table = driver_tables.influence(fit, "en")
    assert column(table, "dependence", "en") == column(table, "pair", "en") == ["–"]
    assert "NaN" not in table.frame.to_string()


@LANGUAGES
def test_what_has_no_error_has_dashes(lang):
    panel = provinces(places=12).assign(pilot=lambda f: ((f.place == "P03") & (f.year > 2012)).astype(float))
    fit = ps.fit_drivers(panel, "poor_pct", ["pilot", "trained_pct"], scales=["points"], draws=0)
    table = driver_tables.fit(fit, lang, labels={})
    for key in ("interval", "p", "detectable"):
        none, some = column(table, key, lang)
        assert none == "–" and some != "–" and "NaN" not in some
    assert column(table, "worth", lang)[0] == say("drivers.worth.worst.none", lang)
