"""Findings on the drivers: those of the library, bad news first, and none where the figures carry none."""

import html
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import povertystats as ps
from povertystats.drivers.estimators import declared
from povertystats.pages import findings
from povertystats.words.wording import say

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
    assert len(fits) == 6
    panel = known.panel(["poor_income_pct", driver], years=years, standard="any")
    estimators = ["within"] if name == "programmes_kept" else ["within", "fractional_logit"]
    direct = ps.fit_drivers(panel, "poor_income_pct", [term], estimators=estimators)
    pd.testing.assert_frame_equal(fits[name].table, direct.table)


@LANGUAGES
def test_the_drivers_are_told_as_associations_with_what_overturns_them(known, fits, lang):
    labels = declared.driver_names(known, lang)
    found = lines(findings.drivers_text(fits, known, lang))
    plain = labels | {f"log({column})": name for column, name in labels.items()}
    main = [fits[name] for name in ("training", "programmes")]
    heads = [line for fit in main for line in fit.headline(lang, labels=plain).splitlines()]
    assert found[: len(heads)] == [*map(told, heads)]
    *seconds, last = found[len(heads) :]
    assert last == say("drivers.association", lang)
    scales = [say(f"drivers.scale.{scale}", lang) for scale in ("points", "log_odds")]
    kinds = {
        "training_before": ("unclear", "unclear"),
        "programmes_kept": ("negative", "positive"),
        "programmes_start": ("unclear", "unclear"),
    }
    expected = [
        say(
            f"brief.but.{name}",
            lang,
            found="; ".join(say(f"brief.but.{k}", lang, scale=s) for k, s in zip(kind, scales, strict=True)),
        )
        for name, kind in kinds.items()
    ]
    assert seconds == [*map(told, expected)]
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
    assert "re-based" not in text and "given nothing" not in text


def test_a_driver_that_stands_everywhere_is_named(known, fits):
    steady = fits["training"].table.assign(estimate=-1.0, low=-2.0, high=-0.5)
    clear = {name: replace(fits["training"], table=steady) for name in ("training", "training_before")}
    name = known.title("trained_pct", "en", short=True)
    assert findings.which_driver(clear, known, "en") == say("brief.steady", "en", names=name)


def test_every_way_is_on_one_poverty_line_by_every_estimator(known):
    ways = declared.every_way(known, "training").table
    panel = known.panel(["poor_income_pct", "trained_pct"], years=(2010, 2016), standard="any")
    direct = ps.fit_drivers(panel, "poor_income_pct", ["trained_pct"], draws=0).table
    assert len(ways) == 13 and set(ways["years"]) == {"2010–2016", "2012–2016"}
    within = ways[(ways["estimator"] == "within") & (ways["scale"] != "log")]
    np.testing.assert_allclose(within["estimate"], direct["estimate"], rtol=1e-12)


def test_an_estimator_that_the_years_do_not_carry_leaves_the_others(facts):
    ways = declared.every_way(facts.as_of("2013-05-07"), "training").table
    assert set(ways["estimator"]) == {"between"}


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
    direct = ps.placebo(panel, declared.OUTCOME, [term])
    pd.testing.assert_frame_equal(declared.timing(known, "programmes").table, direct.table)


def test_the_hidden_variable_is_compared_with_the_urban_share(known):
    found = declared.hidden(known, "training", "log_odds")
    panel = known.panel(["poor_income_pct", "trained_pct", "urban_pct"], standard="any")
    fit = ps.fit_drivers(
        panel, "poor_income_pct", ["trained_pct"], controls=["urban_pct"], scales=["log_odds"], draws=0
    )
    assert found.table["estimate"][0] == pytest.approx(fit.table["estimate"][0], rel=1e-12)
    assert found.bounds["benchmark"].unique().tolist() == ["urban_pct"]


@LANGUAGES
def test_an_early_day_carries_no_finding(facts, lang):
    early = facts.as_of("2009-01-01")
    fits = declared.driver_fits(early)
    none = say("brief.no_drivers", lang)
    assert fits == {} == declared.curves(early)
    assert findings.which_driver(fits, early, lang) == none
    assert lines(findings.drivers_text(fits, early, lang)) == [none]
    found = [
        declared.every_way(early, "training"),
        declared.timing(early, "training"),
        declared.hidden(early, "training", "points"),
        declared.coverage(early),
    ]
    assert found == [None] * 4 and {findings.told(one, lang) for one in found} == {none}
