"""Findings on the drivers: those of the library, bad news first, and none where the figures carry none."""

import html
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import povertystats as ps
from povertystats import findings
from povertystats.wording import say

LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


def lines(markdown):
    assert all(line.startswith("- ") for line in markdown.splitlines())
    return [line[2:] for line in markdown.splitlines()]


def told(text):
    """Return a text as Markdown carries it: nothing in it is markup."""
    return re.sub(r"([\\`*_\[\]$~])", r"\\\1", html.escape(text, quote=False))


@LANGUAGES
def test_no_driver_stands_on_every_scale_and_in_every_treatment(known, fits, lang):
    signs = {}
    for name, fit in fits.items():
        for row in fit.table.itertuples():
            sign = 1 if row.low > 0 else -1 if row.high < 0 else 0
            signs.setdefault(name.partition("_")[0], set()).add(sign)
    assert all(len(found) > 1 or found == {0} for found in signs.values())
    assert findings.which_driver(fits, known, lang) == say("brief.no_driver", lang)


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
    assert len(fits) == 4
    panel = known.panel(["poor_income_pct", driver], years=years, standard="any")
    estimators = ["within"] if name == "programmes_kept" else ["within", "fractional_logit"]
    direct = ps.fit_drivers(panel, "poor_income_pct", [term], estimators=estimators)
    pd.testing.assert_frame_equal(fits[name].table, direct.table)


@LANGUAGES
def test_the_drivers_are_told_as_associations_with_what_overturns_them(known, fits, lang):
    labels = findings.driver_names(known, lang)
    found = lines(findings.drivers_text(fits, known, lang))
    plain = labels | {f"log({column})": name for column, name in labels.items()}
    main = [fits[name] for name in ("training", "programmes")]
    heads = [line for fit in main for line in fit.headline(lang, labels=plain).splitlines()]
    assert found[: len(heads)] == [*map(told, heads)]
    seconds = [say(f"brief.but.{name}", lang) for name in ("training_before", "programmes_kept")]
    assert found[len(heads) :] == [*map(told, seconds), say("drivers.association", lang)]
    assert not any(name in "".join(found) for name in ("_pct", "_vnd"))
    for fit in fits.values():
        whole = fit.text(lang, labels=labels).splitlines()
        assert lines(findings.told(fit, lang, labels=labels)) == list(map(told, whole))


def test_a_second_look_that_agrees_overturns_nothing(known, fits):
    same = {
        "training": fits["training"],
        "training_before": fits["training"],
        "programmes": fits["programmes"],
    }
    text = findings.drivers_text(same, known, "en")
    assert "re-based" not in text and say("brief.but.programmes_kept", "en") not in text


def test_a_driver_that_stands_everywhere_is_named(known, fits):
    steady = fits["training"].table.assign(estimate=-1.0, low=-2.0, high=-0.5)
    clear = {name: replace(fits["training"], table=steady) for name in ("training", "training_before")}
    name = known.title("trained_pct", "en", short=True)
    assert findings.which_driver(clear, known, "en") == say("brief.steady", "en", names=name)


def test_every_way_holds_the_fit_of_the_brief(known, fits):
    ways = findings.every_way(known, "training").table
    brief = fits["training"].table
    both = ways.merge(brief, on=["estimator", "scale", "driver"], suffixes=("", "_brief"))
    assert len(ways) == 13 and len(both) == 3
    np.testing.assert_array_equal(both["estimate"], both["estimate_brief"])
    np.testing.assert_array_equal(both["p_wild"], both["p_wild_brief"])


def test_the_curves_are_those_of_the_declared_questions(known):
    found = findings.curves(known)
    assert list(found) == ["training", "programmes"]
    for question, curve in found.items():
        assert curve.question.name == question and len(curve.fitted) > 100


def test_the_timing_is_tested_on_the_panel_of_the_fit(known):
    panel, term = findings.driver_panel(known, "programmes")
    direct = ps.placebo(panel, findings.OUTCOME, [term])
    pd.testing.assert_frame_equal(findings.timing(known, "programmes").table, direct.table)


def test_the_hidden_variable_is_compared_with_the_urban_share(known):
    found = findings.hidden(known, "training", "log_odds")
    panel = known.panel(["poor_income_pct", "trained_pct", "urban_pct"], standard="any")
    fit = ps.fit_drivers(
        panel, "poor_income_pct", ["trained_pct"], controls=["urban_pct"], scales=["log_odds"], draws=0
    )
    assert found.table["estimate"][0] == pytest.approx(fit.table["estimate"][0], rel=1e-12)
    assert found.bounds["benchmark"].unique().tolist() == ["urban_pct"]


@LANGUAGES
def test_an_early_day_carries_no_finding(facts, lang):
    early = facts.as_of("2009-01-01")
    fits = findings.driver_fits(early)
    none = say("brief.no_drivers", lang)
    assert fits == {} == findings.curves(early)
    assert findings.which_driver(fits, early, lang) == none
    assert lines(findings.drivers_text(fits, early, lang)) == [none]
    found = [
        findings.every_way(early, "training"),
        findings.timing(early, "training"),
        findings.hidden(early, "training", "points"),
        findings.coverage(early),
    ]
    assert found == [None] * 4 and {findings.told(one, lang) for one in found} == {none}
