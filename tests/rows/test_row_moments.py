"""Moments of rows in memory: those of sums where both exist, rows that count, and refusals with every reason."""

import numpy as np
import pandas as pd
import pytest
from helpers.panels import with_gaps

from povertystats.clusters.bootstrap import wild
from povertystats.clusters.dependence import residuals
from povertystats.clusters.jackknife import leave_one_out, leave_pairs_out
from povertystats.regression.inference import classical, crv1, parameters, solve, within_r2
from povertystats.regression.moments import Moments
from povertystats.rows.row_moments import RowMoments
from povertystats.words.errors import Refused, WrongType

DRIVERS = ["trained_pct", "log(income)"]


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(4)
    frame = with_gaps()
    return frame.assign(
        w=rng.uniform(0.5, 4, len(frame)),
        sector=rng.choice([*"abcd"], len(frame)),
        region=frame.place.str[-1:],
    )


def drivers(panel):
    return [c for c in panel.columns if c not in ("place", "year", "poor_pct", "w", "sector", "region")][:2]


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("effects", [{}, {"time": None}, {"entity": None}, {"entity": None, "time": None}])
def test_without_further_effects_they_say_what_sums_by_place_and_year_say(panel, weights, effects):
    terms = drivers(panel)
    sums = Moments.from_frame(panel, "poor_pct", terms, weights=weights, **effects)
    rows = RowMoments.of(panel, "poor_pct", terms, weights=weights, **effects)
    p = len(terms)
    assert (rows.clusters, rows.n.tolist(), rows.years, rows.dropped) == (
        sums.clusters, sums.n.tolist(), sums.years, sums.dropped
    )  # fmt: skip
    assert [parameters(rows, nested) for nested in (0, 1)] == [parameters(sums, nested) for nested in (0, 1)]
    beta = solve(sums)
    np.testing.assert_allclose(solve(rows), beta[:p], rtol=1e-9)
    for variance in (crv1, classical):
        want = variance(sums, beta)[:p, :p]
        np.testing.assert_allclose(variance(rows, solve(rows)), want, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(leave_one_out(rows), leave_one_out(sums)[:, :p], rtol=1e-8)
    tests = [wild(m, terms, draws=499).table.round(8).to_dict("records") for m in (rows, sums)]
    assert tests[0] == tests[1]
    pairs = [leave_pairs_out(m, terms[0], solve(m))["estimate"].head(9) for m in (rows, sums)]
    np.testing.assert_allclose(*pairs, rtol=1e-7)
    if sums.time:
        np.testing.assert_allclose(residuals(rows, solve(rows)), residuals(sums, beta), atol=1e-8)
    if sums.entity:
        assert within_r2(rows, solve(rows)) == pytest.approx(within_r2(sums, beta))


def test_rows_that_are_alone_in_any_effect_are_dropped_again_and_again():
    panel = pd.DataFrame({"place": [*"aabbccdd", "e"], "year": [1, 2] * 4 + [1]})
    panel = panel.assign(x=[0, 1, 0, 2, 1, 5, 3, 3, 1], y=[9, 8, 7, 5, 6, 2, 3, 1, 4], sector=[*"uvuvuvzvu"])
    m = RowMoments.of(panel, "y", ["x"], effects=["sector"])
    # The only row of sector z goes; its place then has one row, as place e has.
    assert m.dropped == (("singleton", "place", 2), ("singleton_effect", "sector", 1))
    assert m.clusters == ("a", "b", "c")


def test_rows_without_an_effect_or_a_second_cluster_are_counted(panel):
    frame = panel.assign(zone=panel.place.str[-2:])
    frame.loc[frame.index[:3], "sector"] = None
    frame.loc[frame.index[5], "zone"] = None
    m = RowMoments.of(frame, "poor_pct", drivers(panel), effects=["sector"], other="zone")
    assert {("missing", "sector"), ("missing", "zone")} <= {pair[:2] for pair in m.dropped}
    assert len(m.rows.clusters) == 2


def test_a_smaller_model_is_that_of_its_own_terms(panel):
    a, b = drivers(panel)
    whole = RowMoments.of(panel, "poor_pct", [a, b], effects=["sector"])
    rows = panel.dropna(subset=[a, b])
    np.testing.assert_allclose(
        solve(whole.only(regressors=[b])),
        solve(RowMoments.of(rows, "poor_pct", [b], effects=["sector"])),
        rtol=1e-10,
    )


def test_everything_wrong_is_said_at_once(panel):
    with pytest.raises(Refused) as refused:
        RowMoments.of(
            panel, "poor_pct", drivers(panel), effects=["sectr", "place", "w", "w"], other="zone", weights="W"
        )
    told = str(refused.value)
    for part in ("no such column 'sectr'", "no such column 'zone'", "effects of 'place' are there already"):
        assert part in told
    assert "'w' stands more than once" in told and "column of weights: 'W'" in told
    with pytest.raises(Refused, match="both a regressor or the outcome and an effect"):
        RowMoments.of(panel, "poor_pct", drivers(panel), effects=[drivers(panel)[0]])
    with pytest.raises(Refused, match="clusters of two kinds are both 'place'"):
        RowMoments.of(panel, "poor_pct", drivers(panel), other="place")
    with pytest.raises(Refused, match=r"written in 2 forms"):
        wrong = panel.assign(sector=np.where(panel.index == 0, "a ", panel.sector))
        RowMoments.of(wrong, "poor_pct", drivers(panel), effects=["sector"])
    with pytest.raises(WrongType):
        RowMoments.of("a.csv", "y", ["x"])


def test_what_effects_absorb_is_refused_with_their_names(panel):
    frame = panel.assign(level=panel.sector.map({"a": 1.0, "b": 5, "c": 2, "d": 9}) + panel.year * 3.7)
    with pytest.raises(Refused, match="level is absorbed by the effects of place, year, sector"):
        RowMoments.of(frame, "poor_pct", ["level"], effects=["sector"])
    with pytest.raises(Refused, match="more than one row for place and year"):
        RowMoments.of(
            pd.concat([panel, panel[:1]]), "poor_pct", drivers(panel), cluster="year", entity="place"
        )


def test_years_of_each_region_are_those_of_sums(panel):
    terms, options = drivers(panel), {"years_by": "region", "weights": "w"}
    sums, rows = (
        Moments.from_frame(panel, "poor_pct", terms, **options),
        RowMoments.of(panel, "poor_pct", terms, **options),
    )
    beta = solve(sums)
    np.testing.assert_allclose(solve(rows), beta[:2], rtol=1e-9)
    assert [parameters(rows, nested) for nested in (0, 1)] == [parameters(sums, nested) for nested in (0, 1)]
    np.testing.assert_allclose(crv1(rows, solve(rows)), crv1(sums, beta)[:2, :2], rtol=1e-8)
    assert rows.effects == ("place", "region^year")
