"""A grid of one's own: for the columns of a frame, or the indicators of the package that it lies in."""

import tomllib
from dataclasses import replace

import pytest
from helpers.counties import ROLES, counties, package

import povertystats as ps
from povertystats.driver_pages import driver_sections
from povertystats.drivers.declared import curves
from povertystats.facts.specifications import _question
from povertystats.questions.own_grid import load_grid


def test_a_grid_of_ones_own_needs_none_of_our_indicators(tmp_path):
    """The usual way: a TOML file beside a table; its names are those of the table, or of the package it lies in."""
    path = tmp_path / "grid.toml"
    path.write_text(GRID_OF_COUNTIES, "utf-8")
    with pytest.raises(ValueError, match="'hardship_pct' is not an indicator"):
        load_grid(path)
    grid = load_grid(path, counties())
    curve = ps.specification_curve(counties(), "care", grid=grid)
    assert len(curve.fitted) == 6 and curve.table["driver"].unique().tolist() == ["log(clinics_per_10k)"]
    assert "hardship_pct" in curve.text("en") and "health care" in curve.text("en")
    with pytest.raises(ValueError, match="no such column: 'clinics_per_10k'"):
        ps.specification_curve(counties().drop(columns="clinics_per_10k"), "care", grid=grid)
    with pytest.raises(TypeError, match="or a question of your grid"):
        ps.specification_curve(counties(), "roads", grid=grid)


def test_a_declared_question_is_the_curve_of_the_driver_that_it_measures(known):
    frame = counties()[["place", "year", "hardship_pct", "clinics_per_10k", "town_pct", "rain_mm"]]
    facts = package(known, frame, ROLES)
    grid = tomllib.loads(GRID_OF_COUNTIES.replace("log(clinics_per_10k)", "clinics_per_10k"))
    assert list(curves(facts)) == ["clinics_per_10k"] and len(curves(facts)["clinics_per_10k"].table) > 50
    questions = {"care": _question("care", grid["question"]["care"], grid)}
    asked = replace(facts, specifications=questions)
    assert list(curves(asked)) == ["clinics_per_10k"] and len(curves(asked)["clinics_per_10k"].table) == 6
    none = replace(asked, indicators=facts.indicators.assign(role=""))
    assert list(curves(none)) == ["care"]
    assert "health care: no indicator" in driver_sections.lacking(none, "en").lower()


GRID_OF_COUNTIES = """
declared = { vi = "x", en = "x" }
dimension.definition = { vi = "x", en = "x" }
dimension.scale = { vi = "x", en = "x" }
dimension.window = { vi = "x", en = "x" }
dimension.controls = { vi = "x", en = "x" }
dimension.estimator = { vi = "x", en = "x" }
scale.points = { vi = "điểm", en = "points" }
scale.log = { vi = "lô-ga-rít", en = "logarithms" }
estimator.within = { vi = "trong", en = "within" }
estimator.fractional_logit = { vi = "logit", en = "logit" }
[question.care]
vi = "y tế"
en = "health care"
outcome = "hardship_pct"
scales = ["points", "log"]
estimators = ["within", "fractional_logit"]
definition.log = { term = "log(clinics_per_10k)", vi = "x", en = "x" }
window.all = { vi = "x", en = "all" }
controls.none = { terms = [], vi = "x", en = "none" }
controls.town = { terms = ["town_pct / rain_mm"], vi = "x", en = "town" }
"""
