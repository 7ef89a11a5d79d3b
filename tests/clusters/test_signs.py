"""New signs by row: literal refits, its size with one treated place; signs by cluster, which cannot reject there."""

import numpy as np
import pandas as pd
import pytest
from helpers.panels import gappy

from povertystats.clusters import statistics
from povertystats.clusters.bootstrap import wild
from povertystats.clusters.signs import Signs, rows_of, squares_by_row, standardised
from povertystats.clusters.statistics import Statistics
from povertystats.regression.inference import crv1, solve
from povertystats.regression.moments import Moments

OPTIONS = [{}, {"entity": None}, {"years_by": "region"}, {"weights": "w"}, {"weights": "w", "entity": None}]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_sign_a_row_is_a_refit_with_signs_changed(options):
    frame = gappy(5, places=8, keep=0.95).assign(region=lambda f: f.place % 2, w=lambda f: 1 + f.index % 3)
    moments, null = Moments.from_frame(frame, "y", ["x", "z"], **options), 0.4
    fit = standardised(moments)
    rows = rows_of(moments, fit)
    flips = np.random.default_rng(1).integers(0, 2, size=(len(frame), 30))
    unit, squares = squares_by_row(fit, rows, 0, flips)

    def t(outcome, about):
        made = Moments.from_frame(frame.assign(y=outcome), "y", ["x", "z"], **options)
        beta = solve(made)
        return abs(beta[0] - about) / np.sqrt(crv1(made, beta)[0, 0])

    # The restricted fit, with null·x, by dummies.
    z = [
        frame[["z"]],
        pd.get_dummies(frame.place, dtype=float) if "entity" not in options else frame[["z"]] * 0 + 1,
    ]
    by = frame.year if "years_by" not in options else frame.year.astype(str) + frame.region.astype(str)
    z = np.hstack([*z, pd.get_dummies(by, dtype=float)])
    root = np.sqrt(frame.w if "weights" in options else 1 + 0 * frame.w).to_numpy()
    rest = frame.y - null * frame.x
    fitted = z @ np.linalg.lstsq(z * root[:, None], rest * root, rcond=None)[0]
    order = np.lexsort([frame.year, frame.place])
    literal = []
    for column in flips.T:
        signs = np.empty(len(frame))
        signs[order] = 1.0 - 2 * column
        literal.append(t(null * frame.x + fitted + signs * (rest - fitted), null))
    s = (solve(moments)[0] - null) * fit.size[0] / unit
    numerator, denominator = s ** np.arange(3) @ squares
    ours = np.sqrt(numerator / denominator) * t(frame.y, null) / abs(s)
    np.testing.assert_allclose(ours, literal, rtol=1e-6)


def treated_panel(seed, places, treated, effect=0.0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame([(i, t) for i in range(places) for t in range(8)], columns=["place", "year"])
    frame["d"] = ((frame.place < treated) & (frame.year >= 4)).astype(int)
    return frame.assign(
        y=3 * rng.normal(size=places)[frame.place] + rng.normal(size=len(frame)) + effect * frame.d
    )


def p_by_cluster(moments):
    fit = standardised(moments)
    unit, squares, every = Signs(moments, fit, 199, 1).squares("cluster", 0)
    return Statistics(squares, every).p(solve(moments)[0] * fit.size[0] / unit)


@pytest.mark.parametrize(
    "places, treated, left_out", [(14, 1, 1), (14, 2, 1), (63, 2, 1), (63, 4, 0), (8, 4, 0)]
)
def test_signs_by_cluster_are_refused_where_they_cannot_reject(places, treated, left_out):
    panels = [treated_panel(seed, places, treated, effect=1.0) for seed in range(20)]
    found = np.mean([p_by_cluster(Moments.from_frame(panel, "y", ["d"])) <= 0.05 for panel in panels])
    assert (found < 0.25) if left_out else (found > 0.3)  # an effect of one standard deviation of a row
    beside = panels[0].assign(x=np.random.default_rng(0).normal(size=len(panels[0])))
    told = wild(Moments.from_frame(beside, "y", ["d", "x"]), draws=199)
    assert told.table.column.tolist() == ["d", "x"][left_out:]
    if left_out:
        assert "treated, or untreated, in so few places" in told.left_out["d"]
        either = wild(Moments.from_frame(beside, "y", ["d", "x"]), draws=199, signs="either")
        assert either.table.signs.tolist() == ["row", "cluster"] and either.left_out == {}
        by_row = wild(Moments.from_frame(beside, "y", ["d", "x"]), "d", draws=199, signs="row").table
        pd.testing.assert_frame_equal(by_row, either.table[:1])
        with pytest.raises(ValueError, match="cannot bootstrap:\n- d is treated"):
            wild(Moments.from_frame(beside, "y", ["d", "x"]), "d", draws=199)


def test_signs_by_row_have_their_size_with_one_treated_place(monkeypatch):
    # p alone is asked for; years of a place are independent. 160 panels: two standard errors of .034 at .05.
    monkeypatch.setattr(statistics, "stretches", lambda quartics, few: np.array([[0.0, np.inf]]))
    panels = [Moments.from_frame(treated_panel(seed, 14, 1), "y", ["d"]) for seed in range(160)]
    rejected = np.mean([wild(m, draws=199, signs="row").table.p[0] <= 0.05 for m in panels])
    assert 0.05 - 0.034 <= rejected <= 0.05 + 0.034


def test_signs_by_row_need_rows():
    frame = treated_panel(0, 14, 1)
    several = Moments.from_frame(pd.concat([frame, frame.assign(y=frame.y + 1)]), "y", ["d"], unique=False)
    with pytest.raises(ValueError, match="need one row a cluster and time"):
        wild(several, signs="row")
    with pytest.raises(ValueError, match=r"in so few places.*; signs by row need"):
        wild(several, signs="either")
    with pytest.raises(ValueError, match="signs is 'rows'; expected 'cluster', 'row' or 'either'"):
        wild(several, signs="rows")
    # Three places have too few patterns, their 24 rows have not.
    few = Moments.from_frame(treated_panel(0, 4, 2), "y", ["d"])
    assert wild(few, signs="row").table.draws.tolist() == [9999]
    with pytest.raises(ValueError, match="4 clusters have 16 patterns"):
        wild(few)
