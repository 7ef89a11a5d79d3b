"""Moments made of moments: year effects of each region as fixest has them, from any source; places added up to regions."""

import numpy as np
import pandas as pd
import pytest
from helpers.scanned import assert_same, households, write

from povertystats.clusters.jackknife import cv3
from povertystats.regression import combination
from povertystats.regression.combination import RegionTime, larger_clusters
from povertystats.regression.inference import crv1, solve
from povertystats.regression.moments import Moments
from povertystats.regression.scan import scan
from povertystats.words.errors import Refused

pytest.importorskip("ibis")


def panel(seed=0, places=30, regions=4, years=7, gaps=40):
    """Return places of regions over years, some left out, with shocks that the places of a region share."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        [(f"p{i:02}", 2010 + t) for i in range(places) for t in range(years)], columns=["place", "year"]
    )
    of = {f"p{i:02}": f"r{i % regions}" for i in range(places)}
    frame["region"] = frame.place.map(of)
    shock = rng.normal(size=(regions, years)) * 3
    shared = shock[frame.region.str[1:].astype(int), frame.year - 2010]
    frame["x"], frame["z"] = rng.normal(size=len(frame)) + shared / 3, rng.normal(size=len(frame))
    frame["y"] = 2 * frame.x - frame.z + shared + rng.normal(size=len(frame))
    frame["w"] = rng.gamma(3, size=len(frame))
    return frame.drop(frame.index[rng.choice(len(frame), gaps, replace=False)]).reset_index(drop=True)


def fitted(moments):
    beta, p = solve(moments), len(moments.regressors)
    return beta[:p], np.sqrt(np.diag(crv1(moments, beta)))[:p]


def by_pyfixest(frame, effects, cluster="place", weights=None):
    pyfixest = pytest.importorskip("pyfixest")
    pytest.importorskip("formulaic")
    options = {"vcov": {"CRV1": cluster}, "weights": weights, "fixef_tol": 1e-13}
    fit = pyfixest.feols(f"y ~ x + z | {effects}", frame, **options)
    return fit.coef().to_numpy(), fit.se().to_numpy()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("changed", [False, True])
def test_estimates_and_errors_are_those_of_pyfixest(weights, changed):
    frame = panel()
    if changed:  # places that move between regions, a region of one place, one with one place in a year
        frame.loc[frame.place.isin(["p03", "p05"]) & (frame.year > 2013), "region"] = "r0"
        frame.loc[frame.place == "p07", "region"] = "alone"
        frame.loc[(frame.place == "p09") & (frame.year == 2012), "region"] = "once"
    moments = Moments.from_frame(frame, "y", ["x", "z"], weights=weights, years_by="region")
    expected = by_pyfixest(frame, "place + region^year", weights=weights)
    for found, wanted, digits in zip(fitted(moments), expected, (1e-9, 1e-6), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=digits)
    alone = (frame.region.isin(["alone", "once"])).sum()
    assert [count for reason, _, count in moments.dropped if reason == "singleton_region"] == [
        alone
    ] * changed


@pytest.mark.filterwarnings("ignore")
def test_households_in_communes_have_years_of_each_region():
    frame = households().rename(columns={"poor": "y", "borrower": "x", "persons": "z"})
    frame = frame.assign(y=frame.y.astype(float), region=frame.commune.str[-1].astype(int) % 3)
    keys = {"cluster": "commune", "entity": "household"}
    moments = Moments.from_frame(frame, "y", ["x", "z"], **keys, years_by="region")
    numbers = frame.assign(x=frame.x.astype(float))
    expected = by_pyfixest(numbers, "household + region^year", cluster="commune")
    for found, wanted, digits in zip(fitted(moments), expected, (1e-9, 1e-6), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=digits)
    assert_same(scan(frame, "y", ["x", "z"], **keys, years_by="region"), moments)


@pytest.mark.parametrize("entity", ["place", None])
@pytest.mark.parametrize("kind", ["frame", "rows.parquet", "rows.csv"])
def test_every_source_gives_the_moments_of_the_frame(tmp_path, kind, entity):
    frame = panel()
    frame.loc[::11, "region"] = None  # left out and counted
    frame.loc[::13, "x"] = np.nan
    options = {"weights": "w", "entity": entity, "years_by": "region"}
    expected = Moments.from_frame(frame, "y", ["x", "z"], **options)
    source = frame if kind == "frame" else write(frame, tmp_path / kind)
    found = scan(source, "y", ["x", "z"], **options)
    assert_same(found, expected)
    assert ("missing", "region", -(-len(frame) // 11)) in found.dropped
    assert found.years == (2010, 2016)


def test_numbers_as_regions_are_whole_and_chunks_add_up(monkeypatch):
    frame = panel()
    frame["region"] = frame.region.str[1:].astype(float).where(frame.index > 3)
    options = {"years_by": "region", "unique": False}
    whole = Moments.from_frame(frame, "y", ["x"], **options)
    monkeypatch.setattr("povertystats.regression.moments._ROWS", 17)
    assert_same(Moments.from_frame(frame, "y", ["x"], **options), whole)
    parts = [Moments.from_frame(frame[i::3], "y", ["x"], **options) for i in range(3)]
    assert_same(parts[0] + parts[1] + parts[2], whole)
    assert_same(scan(frame, "y", ["x"], **options), whole)
    assert whole.times[0] == RegionTime(2010, 0)


@pytest.mark.parametrize("years_by", [None, "region"])
@pytest.mark.parametrize("weights", [None, "w"])
def test_places_added_up_are_a_scan_by_region(years_by, weights):
    frame = panel()
    frame = frame[(frame.place != "p04") | (frame.year == 2012)]  # a place seen once
    options = {"years_by": years_by, "weights": weights}
    places = Moments.from_frame(frame, "y", ["x", "z"], **options)
    of = dict(zip(frame.place, frame.region, strict=True))
    found = larger_clusters(places, of, "region")
    expected = Moments.from_frame(frame, "y", ["x", "z"], cluster="region", entity="place", **options)
    assert_same(found, expected)
    np.testing.assert_allclose(cv3(found, solve(found)), cv3(expected, solve(expected)))
    np.testing.assert_allclose(solve(found), solve(places))


@pytest.mark.parametrize("entity", ["household", None])
def test_communes_added_up_keep_their_households_or_the_intercept(entity):
    frame = households()
    of = {commune: f"r{commune[-1]}" for commune in frame.commune}
    options = {"entity": entity, "unique": entity is not None}
    communes = Moments.from_frame(frame, "poor", ["persons"], cluster="commune", **options)
    found = larger_clusters(communes, of, "district")
    frame = frame.assign(district=frame.commune.map(of))
    assert_same(found, Moments.from_frame(frame, "poor", ["persons"], cluster="district", **options))


def test_a_household_that_changes_region_is_refused_by_frames_and_engines():
    frame = households().assign(region="N")
    frame.loc[frame.index[frame.household == "H0003"][0], "region"] = "S"
    told = r"1 household\(s\) in more than one commune and region, first H0003"
    for read in (Moments.from_frame, scan):
        with pytest.raises(Refused, match=told):
            read(frame, "poor", ["persons"], cluster="commune", entity="household", years_by="region")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"years_by": "vùng"}, "no such column: 'vùng'"),
        ({"years_by": "region", "time": None}, "years_by 'region' needs a time"),
        ({"years_by": "year"}, "years_by 'year' is also the time"),
    ],
)
def test_what_cannot_be_is_refused(options, told):
    for read in (Moments.from_frame, scan):
        with pytest.raises(Refused, match=told):
            read(panel(), "y", ["x"], **options)


def test_two_rows_of_a_place_and_year_are_refused_in_two_regions_too():
    frame = panel()
    frame = pd.concat([frame, frame[:1].assign(region="r3")], ignore_index=True)
    for read in (Moments.from_frame, scan):
        with pytest.raises(Refused, match="more than one row for place and year: p00 2010"):
            read(frame, "y", ["x"], years_by="region")


def test_too_many_effects_are_refused_and_a_region_in_two_forms(monkeypatch):
    frame = panel()
    mixed = frame.assign(region=frame.region.where(frame.index > 9, " r0"))
    with pytest.raises(Refused, match="region 'r0' is written in 2 forms|region ' r0' is written in 2 forms"):
        solve(Moments.from_frame(mixed, "y", ["x"], years_by="region"))
    monkeypatch.setattr(combination, "MOST", 1000)
    with pytest.raises(
        Refused, match="28 effects of year by region in 30 clusters: their cross-products need 0.0 GB"
    ):
        Moments.from_frame(frame, "y", ["x"], years_by="region")


def test_a_place_without_a_region_is_named():
    moments = Moments.from_frame(panel(), "y", ["x"])
    with pytest.raises(Refused, match="p01, p02, p03 and 26 more in no region"):
        larger_clusters(moments, {"p00": "N"}, "region")
