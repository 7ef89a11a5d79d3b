"""The drivers that a package declares: by its list, by the roles of its indicators, none."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from helpers.counties import CONTROLS, DRIVERS, counties

import povertystats as ps
from povertystats.questions.declared_driver import asked_question, declared, departures, own_drivers

LEVERS = ["clinics_per_10k", "grant_kip"]


def package(known, frame, roles):
    """Return facts of the counties of a frame, as provinces, in which indicators have roles and no driver is listed."""
    names = [name for name in frame if name not in ("place", "year")]
    rows = frame.melt(["place", "year"], names, "indicator").dropna()
    rows = rows.assign(standard="", status="official", bound="", illustrative=False, tier="", source_id="s")
    rows["period"] = rows["year"].astype(str)
    rows["available_from"] = pd.Timestamp("2020-01-01")
    indicators = known.indicators.iloc[: len(names)].assign(
        indicator=names, derived_from="", peers="", rebased=np.nan
    )
    indicators["unit"] = ["pct" if name.endswith("_pct") else "units" for name in names]
    indicators["role"] = [roles.get(name, "") for name in names]
    for column in ("title_vi", "title_en", "short_vi", "short_en"):
        indicators[column] = [name.upper() for name in names]
    one = known.places.table[known.places.table["kind"] == "province"].head(1)
    counties = sorted(set(frame["place"]))
    places = pd.concat([one.assign(place=name, name=name, code=name, aliases="", of="") for name in counties])
    return replace(
        known,
        table=rows.assign(unit=rows["indicator"].map(indicators.set_index("indicator")["unit"])),
        places=replace(known.places, table=places.reset_index(drop=True)),
        indicators=indicators,
        drivers=known.drivers.iloc[:0],
        targets=known.targets.iloc[:0],
        specifications={},
    )


ROLES = {"hardship_pct": "outcome", **dict.fromkeys(DRIVERS, "driver"), **dict.fromkeys(CONTROLS, "control")}
ROLES |= dict.fromkeys(LEVERS, "lever")


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
        curve = ps.specification_curve(facts, name)
        assert len(curve.fitted) == len(curve.table)
    assert asked_question(facts, "nothing", {}) is None


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
