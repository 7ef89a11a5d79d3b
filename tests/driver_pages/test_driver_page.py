"""The page on drivers: short, of any package, and no firmer than the ways of computing."""

import re
from dataclasses import replace

import numpy as np
import pytest
from helpers.counties import DRIVERS, ROLES, counties, package

from povertystats.driver_pages import driver_page
from povertystats.drivers import declared

JARGON = ("log-odds", "jackknife", "bootstrap", "jack-knife", "specification")


def shown(known, lang):
    tables = driver_page.table(known, lang)
    pieces = [driver_page.answer(known, lang), *map(repr, tables)]
    return "\n".join([*pieces, driver_page.decision(known, lang), driver_page.unmeasured(known, lang)])


@pytest.fixture(scope="module")
def made(known):
    """Return packages of a made country with so many drivers of their own."""
    every = [*DRIVERS, "wells", "schools"]
    frame = counties()
    frame["wells"] = np.random.default_rng(1).normal(50, 5, len(frame))
    frame["schools"] = np.random.default_rng(2).normal(9, 1, len(frame))
    roles = ROLES | {"wells": "driver", "schools": "driver"}
    bare = replace(known, levers=known.levers.iloc[:0])
    return {n: package(bare, frame[["place", "year", "hardship_pct", *every[:n]]], roles) for n in (0, 1, 6)}


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_it_is_short_and_free_of_jargon_whatever_the_package(known, made, lang):
    # The running text of the notebook has under 350 words; six drivers are as many as a page must carry.
    for facts in (known, *made.values()):
        text = shown(facts, lang)
        assert len(text.split()) <= 850, lang
        assert not [word for word in JARGON if word in text.lower()]
    assert "nghèo" not in text and "povert" not in text


def test_a_driver_that_most_ways_agree_on_is_named_and_no_other(made):
    six = made[6]
    head = driver_page.answer(six, "en").splitlines()[0]
    assert "clearly lower in most ways" in head and "CLINICS" in head and "ROADS" not in head
    (table,) = driver_page.table(six, "en")
    row = table.frame.set_index("Driver").loc["CLINICS_PER_10K"]
    counts = [int(n) for n in re.findall(r"\d+", row["Ways of computing"])]
    curve = declared.curves(six)["clinics_per_10k"].fitted
    assert counts == [len(curve), (curve["high"] < 0).sum(), counts[2], (curve["low"] > 0).sum()]
    assert counts[0] == sum(counts[1:])
    assert "closer look" in driver_page.decision(six, "en") and "CLINICS" in driver_page.decision(six, "en")
    assert "Few places (14)" in row["What changes the answer"]


def test_a_driver_of_few_places_is_not_named_however_the_ways_agree(known):
    few = package(known, counties(places=9)[["place", "year", "hardship_pct", "clinics_per_10k"]], ROLES)
    assert driver_page.answer(few, "en").startswith("> **For no driver is")
    (table,) = driver_page.table(few, "en")
    told = table.frame["What changes the answer"][0]
    assert (
        "The test is doubtful (points" in told
        and "there are only 9 clusters" in told
        and "Few places" not in told
    )


def test_a_driver_of_one_place_has_no_estimate_and_its_reason(known):
    frame = counties(places=30)[["place", "year", "hardship_pct"]]
    frame["pilot"] = ((frame["place"] == frame["place"][0]) & (frame["year"] > 2014)).astype(float)
    one = package(known, frame, {"hardship_pct": "outcome", "pilot": "driver"})
    assert declared.driver_fits(one) == {} and driver_page.table(one, "en") == []
    assert "PILOT: it varies in one place only, so that no test of it exists." in driver_page.unmeasured(
        one, "en"
    )


def test_where_the_ways_disagree_nothing_can_be_decided(known):
    assert driver_page.answer(known, "en").startswith("> **For no driver is")
    assert "cannot decide what to expand" in driver_page.answer(known, "en").splitlines()[0]
    assert "needs other grounds" in driver_page.decision(known, "en")
    (table,) = driver_page.table(known, "en")
    training, money = table.frame.to_dict("records")
    fit = declared.driver_fits(known)["programmes"].table.set_index(["estimator", "scale"])
    doubled = np.log(2) * fit.at[("within", "points"), "estimate"]
    assert f"lower by {-doubled:.2f} percentage points" in money["Main estimate (95% interval)"]
    # In points training goes with a higher rate, relative to the rate with a lower one.
    values = [*training.values()]
    assert "higher by" in values[3] and values[4].startswith("lower by") and values[4].endswith("clear")
    assert "Quảng Ninh" in money["What changes the answer"]


def test_the_relative_estimate_is_that_of_the_odds_at_the_mean_rate(known):
    fit = declared.driver_fits(known)["training"].table.set_index(["estimator", "scale"])
    panel, _ = declared.driver_panel(known, "training")
    mean = panel.dropna()["poor_income_pct"].mean()
    odds = mean / (100 - mean) * np.exp(fit.at[("within", "log_odds"), "estimate"])
    change = 100 * (100 * odds / (1 + odds) / mean - 1)
    (table,) = driver_page.table(known, "en")
    assert table.frame.iloc[0, 4].startswith(f"lower by {-change:.2f}% (")


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_without_drivers_the_page_says_so_and_shows_nothing(made, lang):
    none = made[0]
    assert driver_page.tally(none, lang) == [] == driver_page.table(none, lang)
    assert driver_page.decision(none, lang) == ""
    assert driver_page.answer(none, lang).startswith("> ")
    assert {"vi": "không khai báo yếu tố nào", "en": "declares no drivers"}[lang] in driver_page.unmeasured(
        none, lang
    )
