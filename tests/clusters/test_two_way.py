"""The jackknife by clusters of two kinds: the largest of three, each by refitting."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import stdtrit

from povertystats.clusters.two_way import two_way_jackknife
from povertystats.regression.inference import solve
from povertystats.rows.row_moments import RowMoments


@pytest.mark.parametrize("weights", [None, "w"])
def test_it_is_the_largest_of_three_jackknives_by_refitting(weights):
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(
        {"place": np.repeat(range(8), 6), "year": np.tile(range(6), 8), "x": rng.normal(size=48)}
    )
    frame["y"] = frame.x + rng.normal(size=48) + np.repeat(rng.normal(size=8), 6) * frame.x
    frame["w"], frame["cell"] = rng.uniform(0.5, 2, 48), range(48)

    def slope(rows):
        m = RowMoments.of(rows, "y", ["x"], weights=weights)
        return solve(m)[0]

    moves = {
        kind: np.array([slope(frame[frame[kind] != label]) - slope(frame) for label in frame[kind].unique()])
        for kind in ("place", "year", "cell")
    }
    first, second, both = ((1 - 1 / len(m)) * m @ m for m in moves.values())
    ours = RowMoments.of(frame, "y", ["x"], weights=weights, other="year")
    found = two_way_jackknife(ours, solve(ours))[0]
    assert found == pytest.approx(np.sqrt(max(first, second, first + second - both)), rel=1e-9)


def test_size_of_the_five_per_cent_test_where_places_and_years_share_shocks():
    rng, samples = np.random.default_rng(1), 120
    panel = pd.DataFrame([(g, t) for g in range(20) for t in range(12)], columns=["place", "year"])

    def draw():
        return rng.normal(size=20)[panel.place] + rng.normal(size=12)[panel.year] + rng.normal(size=240)

    rejected = 0
    for _ in range(samples):
        frame = panel.assign(x=draw(), y=draw())
        m = RowMoments.of(frame, "y", ["x"], other="year", entity=None, time=None)
        beta = solve(m)
        rejected += abs(beta[0] / two_way_jackknife(m, beta)[0]) > stdtrit(11, 0.975)
    # Five per cent, and three standard deviations of the share in so many samples.
    assert abs(rejected / samples - 0.05) < 3 * np.sqrt(0.05 * 0.95 / samples)
