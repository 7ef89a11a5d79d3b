"""The jackknife by clusters of two kinds: the largest of three, each by refitting."""

import numpy as np
import pandas as pd
import pytest

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
