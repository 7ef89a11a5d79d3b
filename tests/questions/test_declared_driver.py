"""The drivers that a package declares: by its list, by the roles of its indicators, none."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from helpers.counties import CONTROLS, DRIVERS, LEVERS, ROLES, counties, package

import povertystats as ps
from povertystats.drivers.declared import driver_fits
from povertystats.questions.declared_driver import asked_question, declared, departures, own_drivers


@pytest.fixture(scope="module")
def foreign(known):
    return package(known, counties(), ROLES)


def test_roles_declare_drivers_their_outcome_and_controls(foreign):
    found = own_drivers(foreign)
    assert list(found) == DRIVERS
    for name, one in found.items():
        assert (one.outcome, one.term, one.controls) == ("hardship_pct", name, tuple(CONTROLS))
        assert (one.step is not None) == (name in LEVERS)
    looks = [name for name, one in declared(foreign).items() if one.look_of]
    assert looks == [f"{name}_start" for name in DRIVERS]


def test_a_step_is_a_round_part_of_the_spread_that_was_seen(foreign):
    for name in LEVERS:
        wide = counties().pivot(index="place", columns="year", values=name)
        changes = wide.diff(axis=1).iloc[:, 1:]
        low, high = np.quantile((changes - changes.mean()).to_numpy().ravel(), [0.05, 0.95])
        step = own_drivers(foreign)[name].step
        assert (high - low) / 50 < step <= (high - low) / 20
        assert f"{step:e}"[0] in "125" and float(f"{step:.0e}") == step


@pytest.mark.parametrize("drivers", [0, 1, 6])
def test_any_number_of_drivers(known, drivers):
    names = [f"x{i}" for i in range(drivers)]
    frame = counties()[["place", "year", "hardship_pct"]]
    rng = np.random.default_rng(2)
    frame = frame.assign(**{name: rng.normal(size=len(frame)) for name in names})
    facts = package(known, frame, dict.fromkeys(names, "driver"))
    assert list(own_drivers(facts)) == names
    for name in names:
        asked = asked_question(facts, name, {})
        assert list(asked.options["controls"]) == (["none", "others"] if drivers > 1 else ["none"])
    for name in names[:1]:
        curve = ps.specification_curve(facts, name)
        assert len(curve.fitted) == len(curve.table)
    assert asked_question(facts, "nothing", {}) is None


def test_without_an_outcome_by_role_the_rate_of_a_target_is_meant(known):
    frame = counties()[["place", "year", "hardship_pct", "roads_km"]].assign(school_pct=50.0)
    roles = {"roads_km": "driver"}
    frame.loc[frame["year"] == 2011, "hardship_pct"] = np.nan
    facts = package(known, frame, roles)
    assert own_drivers(facts)["roads_km"].outcome == "school_pct"
    aimed = known.targets.head(1).assign(indicator="hardship_pct")
    assert own_drivers(replace(facts, targets=aimed))["roads_km"].outcome == "hardship_pct"


def test_roles_stand_beside_the_drivers_that_are_listed(known):
    about = known.indicators.assign(
        role=known.indicators["role"].mask(known.indicators["indicator"] == "pci_score", "driver")
    )
    found = own_drivers(replace(known, indicators=about))
    assert list(found) == ["training", "programmes", "pci_score"]
    assert found["pci_score"].outcome in ("poor_income_pct", "poor_multidim_pct")


def test_a_package_without_a_rate_declares_none(known):
    frame = counties()[["place", "year", "roads_km"]]
    assert declared(package(known, frame, {"roads_km": "driver"})) == {}


def test_the_curve_of_a_role_is_that_of_its_frame(foreign):
    curve = ps.specification_curve(foreign, "roads_km")
    frame = ps.specification_curve(counties(), "hardship_pct", ["roads_km"], controls=CONTROLS)
    same = curve.table[curve.table["controls"] != "others"].reset_index(drop=True)
    np.testing.assert_allclose(same["estimate"].astype(float), frame.table["estimate"].astype(float))
    assert "ROADS_KM" in curve.text("vi") and "HARDSHIP_PCT" in curve.text("vi")


def test_departures_never_cross_a_change_of_basis():
    wide = pd.DataFrame({2014: [1.0, 2.0], 2015: [9.0, 8.0], 2016: [10.0, 10.0]})
    assert departures(wide, 2015).tolist() == [-0.5, 0.5]
    assert len(departures(wide)) == 4


def test_surveys_some_years_apart_tell_departures_a_year():
    wide = pd.DataFrame({2012: [1.0, 2.0], 2014: [5.0, 2.0]})
    assert departures(wide).tolist() == [1.0, -1.0]


def test_what_one_estimator_cannot_do_leaves_the_others(known):
    frame = counties()[["place", "year", "hardship_pct", "clinics_per_10k"]]
    zero = frame.assign(hardship_pct=frame["hardship_pct"].where(frame["year"] != 2014, 0.0))
    fit = driver_fits(package(known, zero, ROLES))["clinics_per_10k"]
    assert fit.table["estimator"].unique().tolist() == ["within"] and len(fit.table) == 2
    copied = package(known, frame.assign(clinics_per_10k=frame["hardship_pct"]), ROLES)
    reasons = ps.specification_curve(copied, "clinics_per_10k").table.query("scale == 'points'")["reason"]
    assert reasons.str.contains("an identity").sum() == 8
