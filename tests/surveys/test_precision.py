"""Which estimates are too uncertain to be told, and that intervals hold the truth as often as they say."""

import numpy as np
import pandas as pd
import pytest

from povertystats.surveys.estimates import survey_estimates
from povertystats.surveys.linearisation import Strata, linearised
from povertystats.surveys.precision import with_precision

pytest.importorskip("ibis")


def simple(poor, n, weight=10.0):
    return pd.DataFrame({"poor": [1] * poor + [0] * (n - poor), "weight": weight})


@pytest.mark.parametrize(
    "poor, n, why",
    [
        (60, 200, ""),
        (10, 25, "fewer than 30 effective households"),
        (20, 40, "interval of 30 points or more"),
        (2, 60, "interval wider than 130 % of the rate"),
        (1, 400, ""),  # narrower than five points
        (0, 400, "no variation"),
    ],
)
def test_rates_are_marked_by_the_rules_of_their_source(poor, n, why):
    found = survey_estimates(simple(poor, n), rates=["poor"])
    assert found.table["uncertain"].tolist() == [why]
    assert ("too uncertain" in found.text("en")) == bool(why)
    assert not why or f"{found.table['estimate'][0]:.1f}" not in found.text("vi")


def test_totals_are_marked_by_their_coefficient_of_variation():
    few, more = (survey_estimates(simple(poor, 400), totals=["poor"]).table.iloc[0] for poor in (8, 12))
    assert few["uncertain"] == "coefficient of variation over 33.3 %" and few["cv_pct"] > 33.3
    assert more["uncertain"] == "" and more["cv_pct"] < 33.3


def test_intervals_of_rates_stay_within_their_bounds():
    table = survey_estimates(simple(1, 40), rates=["poor"]).table
    assert 0 < table["low"][0] < table["estimate"][0] < table["high"][0] < 100


def test_intervals_of_a_two_stage_sample_hold_the_truth_as_often_as_they_say():
    """4 strata of 200 villages, 8 villages drawn by size in each, 10 households a village: 600 samples at once.

    Illustrative. Of 600 intervals at 95 % between 92.5 and 97.5 % hold the truth, four errors of the simulation around
    a coverage that is a little below 95 % with 28 degrees of freedom; taken for a simple sample fewer than 85 % would.
    """
    rng, draws, h, villages, drawn, homes = np.random.default_rng(7), 600, 4, 200, 8, 10
    shares = 1 / (1 + np.exp(-rng.normal(-1 + 0.4 * np.arange(h)[:, None], 0.9, (h, villages))))
    size = rng.integers(40, 400, (h, villages))
    poor = rng.binomial(size, shares)
    truth = poor.sum() / size.sum()
    frames = []
    for stratum in range(h):
        chance = size[stratum] / size[stratum].sum()
        at = rng.choice(villages, (draws, drawn), p=chance)  # with replacement, by size
        found = rng.hypergeometric(poor[stratum][at], (size - poor)[stratum][at], homes)
        weight = size[stratum].sum() / (drawn * homes)
        columns = {
            "key_draw": np.repeat(range(draws), drawn),
            "y0": weight * found.ravel(),
            "n0": float(homes),
        }
        frames.append(pd.DataFrame(columns).assign(w0=weight * homes, stratum=stratum))
    cells = pd.concat(frames, ignore_index=True)
    cells = cells.assign(psu=cells.index, x0=cells["w0"], xx0=cells["w0"], yy0=cells["y0"], xy0=cells["y0"])
    # Each draw is a sample of its own: its strata hold its units alone.
    strata = Strata(np.full(h, drawn), np.zeros(h))
    table = with_precision(linearised(cells, strata, ["rate"], ["draw"]).assign(kind="rate"), 0.95)
    inside = (table["low"] <= 100 * truth) & (100 * truth <= table["high"])
    assert 0.925 <= inside.mean() <= 0.975
    assert table["df"].eq(h * (drawn - 1)).all() and table["deff"].mean() > 1.5
    naive = table["se"] / np.sqrt(table["deff"])
    assert (abs(table["estimate"] - 100 * truth) < 1.96 * naive).mean() < 0.85
