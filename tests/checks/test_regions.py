"""Regions in place of places: as fits that say so, in sentences of both languages, with reasons where there is no answer."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from povertystats.associations.associations import fit_drivers
from povertystats.checks.regions import by_region
from povertystats.drivers import declared
from povertystats.words.errors import Refused


def panel(seed=5, places=24, regions=6, years=8, shared=2.0):
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame([(g, t) for g in range(places) for t in range(years)], columns=["place", "year"])
    rows["region"], (shock, trend) = rows.place % regions, rng.normal(size=(2, regions, years)).cumsum(axis=2)
    rows["x"] = trend[rows.region, rows.year] + rng.normal(size=len(rows))
    rows["y"] = shared * shock[rows.region, rows.year] + rng.normal(size=len(rows))
    return rows


@pytest.fixture(scope="module")
def found():
    return by_region(panel(), "y", ["x"], scales=["points"])


def test_each_row_is_a_fit_that_says_so(found):
    ways = {
        "place": {},
        "region": {"cluster": "region", "entity": "place"},
        "years": {"years_by": "region"},
    }
    assert found.table["by"].tolist() == list(ways)
    columns = ["estimate", "se", "t", "p", "low", "high", "p_wild", "low_wild", "high_wild"]
    for row, options in zip(found.table[columns].to_numpy(float), ways.values(), strict=True):
        fit = fit_drivers(panel(), "y", ["x"], scales=["points"], **options)
        np.testing.assert_allclose(row, fit.table[columns].to_numpy(float)[0], rtol=1e-8)


def test_what_regions_change_stands_first_in_both_languages(found):
    assert found.changed == (("x", "points"),) and found.together == ("points",)
    first = found.text("en").splitlines()[0]
    assert (
        "clear when errors are taken by place (p < 0.001) but not when they are taken by the 6 regions"
        in first
    )
    assert "The test by region is the one to read." in first and "in place of higher by 0.392" in first
    told = found.text("vi", labels={"x": "đào tạo", "y": "tỷ lệ nghèo"})
    assert "tương quan giữa đào tạo và tỷ lệ nghèo rõ rệt khi tính sai số theo địa phương" in told
    assert "0,62 trong cùng vùng và −0,13 giữa các vùng (p = 0,001)" in told
    assert "never below 0.031" in found.text("en")


def test_without_shared_errors_nothing_is_told_to_change():
    found = by_region(panel(seed=8, shared=0.0), "y", ["x"], scales=["points"])
    assert found.together == () and found.changed == ()
    assert "do not clearly go together" in found.text("en") and "one to read" not in found.text("en")


def test_what_cannot_be_told_has_a_reason():
    rows = panel()
    rows["x"] = np.where(rows.region == 1, rows["x"], 0)  # of one region
    found = by_region(rows, "y", ["x"], scales=["points"])
    assert "without 1" in found.table.set_index("by").loc["region", "reason"]
    assert "no test by the 6 regions can be made" in found.text("en")
    rows = panel(places=6)  # each place a region of its own: years of each leave nothing
    found = by_region(rows, "y", ["x"], scales=["points"])
    assert found.table.set_index("by").loc["years", "reason"]
    assert found.dependence["reason"].tolist() == ["no region has two places"]
    assert "cannot be tested" in found.text("en") and "không tách được" in found.text("vi")


@pytest.mark.parametrize(
    ("change", "options", "told"),
    [
        ({}, {"region": "vùng"}, "no such column: 'vùng'"),
        ({"region": 1}, {}, "1 region in all; expected several"),
        ({"region": lambda rows: rows.year}, {}, r"24 place\(s\) in more than one region, first 0"),
        ({"region": lambda rows: rows.place.where(rows.place > 0)}, {}, r"1 place\(s\) without a region: 0"),
        ({}, {"region": "place"}, "regions 'place' are also the clusters"),
        ({}, {"time": None}, "time is None"),
        ({}, {"level": 95}, "level is 95"),
        ({}, {"draws": -1}, "draws"),
    ],
)
def test_bad_input_is_refused(change, options, told):
    with pytest.raises(Refused, match=told):
        by_region(panel().assign(**change), "y", ["x"], scales=["points"], **options)


def test_regions_of_our_data_change_what_place_errors_promise(known):
    money, training = (declared.regions(known, name) for name in ("programmes", "training"))
    for found, scale, by_place, by_regions in (
        (money, "points", 0.001, 0.09),
        (training, "log_odds", 0.006, 0.014),
    ):
        rows = found.table[found.table["scale"] == scale].set_index("by")["p"]
        assert rows["place"] == pytest.approx(by_place, abs=0.0005)
        assert rows["region"] == pytest.approx(by_regions, abs=0.001)
    assert money.changed == ((money.table["driver"][0], "points"),) and training.changed == ()
    row = training.dependence.set_index("scale").loc["points"]
    assert (row["within"], row["between"]) == (pytest.approx(0.41, abs=0.01), pytest.approx(-0.09, abs=0.01))
    assert row["p"] <= 0.01


def test_a_package_without_regions_says_nothing(known):
    bare = known.places.table.assign(region_vi="", region_en="")
    places = dataclasses.replace(known.places, table=bare)
    assert declared.regions(dataclasses.replace(known, places=places), "training") is None
