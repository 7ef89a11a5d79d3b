"""An association by regions: the same as a fit with regions as clusters, and what is no region of a place."""

import numpy as np
import pandas as pd
import pytest
from helpers.panels import DRIVERS, provinces

from povertystats.associations.associations import fit_drivers
from povertystats.associations.regional import by_regions, regions_of
from povertystats.clusters.jackknife import by_jackknife, leave_one_out
from povertystats.regression.inference import solve
from povertystats.regression.moments import Moments
from povertystats.words.errors import Refused


def panel(regions=5):
    rows = provinces()
    return rows.assign(region=[f"r{int(place[1:]) % regions}" for place in rows["place"]])


def test_the_answer_by_region_is_a_fit_with_regions_as_clusters_and_places_as_entities():
    rows = panel()
    fit = fit_drivers(rows, "poor_pct", DRIVERS, scales=["points"], draws=0)
    of, problems = regions_of(rows, "place", "region")
    found = by_regions(fit.moments["within", "points"], of, 2, draws=99)
    whole = fit_drivers(
        rows, "poor_pct", DRIVERS, scales=["points"], cluster="region", entity="place", draws=99
    )
    columns = ["estimate", "se", "t", "p", "low", "high"]
    np.testing.assert_allclose(found.table[columns], whole.table[columns].astype(float), rtol=1e-8)
    assert problems == [] and found.table["clusters"].tolist() == [5, 5]
    assert found.table["p_wild"].isna().all() and "5 clusters have 32" in found.table["no_bootstrap"][0]


def test_a_driver_of_one_region_has_a_reason_and_changes_what_is_clear():
    rows = panel()
    rng = np.random.default_rng(1)
    rows["x"] = np.where(rows.region == "r1", rng.normal(size=len(rows)), 0)
    rows["y"] = 5 * rows["x"] + rng.normal(size=len(rows))
    fit = fit_drivers(rows, "y", ["x"], scales=["points"], draws=0)
    found = by_regions(fit.moments["within", "points"], regions_of(rows, "place", "region")[0], 1)
    assert np.isnan(found.table["p"][0]) and "without r1" in found.table["reason"][0]
    assert found.changes(fit.table["p"], 0.95).tolist() == [True]
    assert found.changes(fit.table["p"] * 0 + 0.5, 0.95).tolist() == [False]


@pytest.mark.parametrize("options", [{"time": None}, {"years_by": "region"}])
def test_without_years_in_common_there_is_no_test_of_dependence(options):
    rows = panel()
    fit = fit_drivers(rows, "poor_pct", DRIVERS, scales=["points"], draws=0, **options)
    found = by_regions(fit.moments["within", "points"], regions_of(rows, "place", "region")[0], 2)
    assert np.isnan(found.dependence.p) and found.dependence.reason and not found.called_for(0.95)


def test_what_is_no_region_of_a_place_is_told():
    rows = pd.DataFrame({"district": list("aabb"), "commune": "x", "region": ["N", "N", "S", None]})
    key = ["district", "commune"]
    assert len(regions_of(rows, key, "region")[0]) == 2  # a row without one, of a place that has one
    assert regions_of(rows, "place", "region")[1] == [
        "no such column: 'place'; the panel has district, commune, region"
    ]
    assert "also the clusters" in regions_of(rows, "district", "district")[1][0]


def shared(seed=5, places=24):
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame([(g, t) for g in range(places) for t in range(8)], columns=["place", "year"])
    rows["region"], (shock, trend) = rows.place % 6, rng.normal(size=(2, 6, 8)).cumsum(axis=2)
    rows["x"] = trend[rows.region, rows.year] + rng.normal(size=len(rows))
    return rows.assign(y=2 * shock[rows.region, rows.year] + rng.normal(size=len(rows)))


def test_a_fit_that_is_told_regions_calls_doubtful_what_they_change():
    options = {"scales": ["points"], "draws": 0, "estimators": ["within", "first_differences"]}
    plain, told = (
        fit_drivers(shared(), "y", ["x"], **options, **more) for more in ({}, {"region": "region"})
    )
    row = told.table.iloc[0]
    assert (row["verdict"], row["read"]) == ("doubtful", "") and row["why"].split("; ")[-1] == "regions"
    columns = [column for column in plain.table if column not in ("verdict", "read", "why")]
    pd.testing.assert_frame_equal(plain.table[columns], told.table[columns])
    assert "errors by region give another answer" in told.text("en")
    assert "sai số theo vùng cho kết luận khác" in told.text("vi")
    assert "regions" not in told.table["why"][1]  # changes from year to year are not clear by place either


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"region": "vùng"}, "no such column: 'vùng'"),
        (
            {"region": "region", "effects": ["x2"]},
            "goes with clusters of one kind and without further effects",
        ),
    ],
)
def test_bad_regions_are_refused(options, message):
    rows = shared().assign(x2=lambda frame: frame.place % 2)
    with pytest.raises(Refused, match=message):
        fit_drivers(rows, "y", ["x"], scales=["points"], **options)


def test_regions_of_a_file_are_refused(tmp_path):
    shared().to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(Refused, match="is a column of a DataFrame"):
        fit_drivers(str(tmp_path / "rows.csv"), "y", ["x"], scales=["points"], region="region")


def test_tests_by_place_find_too_much_where_regions_share_errors_and_are_called_doubtful_there():
    rng, found = np.random.default_rng(20200507), []
    for _ in range(50):
        rows = pd.DataFrame([(g, t) for g in range(63) for t in range(8)], columns=["place", "year"])
        region = rows.place % 6
        for name in "xy":
            own, common = rng.normal(size=len(rows)), rng.normal(size=(6, 8))
            rows[name] = own + common[region, rows.year]
        places = Moments.from_frame(rows, "y", ["x"])
        years = Moments.from_frame(rows.assign(region=region), "y", ["x"], years_by="region")
        answer = by_regions(places, {g: g % 6 for g in range(63)}, 1, draws=0)
        p, apart = (by_jackknife(m.columns, solve(m), leave_one_out(m))["p"] for m in (places, years))
        doubtful = answer.called_for(0.95) and answer.changes(p[:1], 0.95)[0]
        found.append((p[0], answer.table["p"][0], apart[0], 1 if doubtful else p[0]))
    place, by_region, by_years, held = (np.array(found) <= 0.05).mean(axis=0)
    # Of 50 samples; 5% and 2.4 standard errors are .125.
    assert place > 0.15 and max(by_region, by_years, held) <= 0.125
