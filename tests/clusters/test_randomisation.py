"""Randomisation inference: published examples, literal refits of every assignment, its size."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from povertystats.clusters.randomisation import randomisation
from povertystats.regression.inference import crv1, solve
from povertystats.regression.moments import Moments


def cross_section(y, d):
    frame = pd.DataFrame({"place": range(len(y)), "y": y, "d": d})
    return Moments.from_frame(frame, "y", ["d"], entity=None, time=None)


def test_seven_villages_of_gerber_and_green():
    # Field Experiments (2012), table 2.2 and ch. 3, as in the vignette of the R package ri2: 8 of 21.
    test = randomisation(cross_section([15, 15, 20, 20, 10, 15, 30], [1, 0, 0, 0, 0, 0, 1]), "d")
    row = test.table.set_index("statistic").loc["estimate"]
    assert (test.assignments, test.treated, test.places) == (21, 2, 7)
    assert row.estimate == pytest.approx(6.5) and row.p == pytest.approx(8 / 21)


def test_the_lady_tasting_tea():
    # Three of four cups named rightly: Fisher's exact test, two-sided. One cup less, and chance alone ties with it.
    test = randomisation(cross_section([1, 1, 1, 0, 1, 0, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0]), "d")
    assert test.assignments == 70
    assert test.table.p.tolist() == pytest.approx([fisher_exact([[3, 1], [1, 3]]).pvalue] * 2)
    assert test.least == pytest.approx(2 / 70)


def adopted(seed, places=9, years=6, treated=(2, 5), keep=1.0, effect=0.0, since=3):
    """Places of which some adopt half-way; a regressor beside, errors that go together within places."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame([(i, t) for i in range(places) for t in range(years)], columns=["place", "year"])
    frame["d"] = (frame.place.isin(treated) & (frame.year >= since)).astype(int)
    frame["z"] = rng.normal(size=len(frame)) + 0.3 * frame.d
    noise = rng.normal(size=places)[frame.place] * (1 + frame.year / 4) + rng.normal(size=len(frame))
    frame["y"] = 30 + 0.5 * frame.z + effect * frame.d + noise
    frame["region"] = frame.place % 2
    frame["w"] = rng.integers(1, 5, size=len(frame))
    return frame[rng.random(len(frame)) < keep].reset_index(drop=True)


OPTIONS = [
    {},
    {"entity": None},
    {"entity": None, "time": None},
    {"weights": "w"},
    {"weights": "w", "entity": None},
    {"years_by": "region"},
]


def literal(frame, null, options):
    """|t| and |estimate − null| of the data and of every assignment, each by a fit of its own."""
    since = 0 if options.get("time", "year") is None else 3
    made = []
    for pair in [(2, 5), *combinations(range(9), 2)]:
        given = (frame.place.isin(pair) & (frame.year >= since)).astype(int)
        # The outcome less the null's effect is what it would be without treatment.
        rows = frame.assign(y=frame.y - null * frame.d, d=given)
        moments = Moments.from_frame(rows, "y", ["d", "z"], **options)
        beta = solve(moments)
        made.append((abs(beta[0]) / np.sqrt(crv1(moments, beta)[0, 0]), abs(beta[0])))
    return np.array(made)


@pytest.mark.parametrize(
    "options, keep, null", [({}, 1.0, 0.0), *((some, 0.8, 0.7) for some in OPTIONS)], ids=str
)
def test_every_assignment_is_a_fit_of_its_own(options, keep, null):
    # Without years only which places are treated is known.
    frame = adopted(3, keep=keep, effect=0.5, since=0 if options.get("time", "year") is None else 3)
    test = randomisation(Moments.from_frame(frame, "y", ["d", "z"], **options), "d", null=null)
    made = literal(frame, null, options)
    largest = made[1:, 0] >= made[1:, 0].max() * (1 - 1e-9)
    assert (test.assignments, test.every) == (36, True)
    assert test.least == pytest.approx(largest.mean()) or made[:, 0].max() > 1e6  # places that have no error
    expected = (made[1:] >= made[0] * (1 - 1e-9)).mean(axis=0)
    assert test.table.p.to_numpy() == pytest.approx(expected)
    assert (test.statistic, test.p) == ("t", test.table.p[0])


def test_several_rows_a_place_and_time_are_those_of_their_cells():
    frame = adopted(1)
    rows = pd.concat([frame, frame.assign(y=frame.y + 1, z=-frame.z), frame.assign(y=2 * frame.z)])
    moments = Moments.from_frame(rows, "y", ["d", "z"], unique=False)
    made = literal(rows, 0.0, {"unique": False})
    expected = (made[1:] >= made[0] * (1 - 1e-9)).mean(axis=0)
    assert randomisation(moments, "d").table.p.to_numpy() == pytest.approx(expected)


def test_the_interval_holds_what_is_not_rejected():
    moments = Moments.from_frame(adopted(4, effect=1.0), "y", ["d", "z"])
    told = randomisation(moments, "d", level=0.8).table.set_index("statistic")
    for name, row in told.iterrows():
        width = row.high - row.low
        for null in np.linspace(row.low - width, row.high + width, 17):
            p = randomisation(moments, "d", null=float(null)).table.set_index("statistic").p[name]
            if p > 0.2 + 1e-9:
                assert row.low <= null <= row.high
            elif not row.holes:
                assert not row.low + 1e-9 <= null <= row.high - 1e-9


def test_draws_agree_with_all_assignments():
    moments = Moments.from_frame(adopted(6, places=12, treated=(1, 2, 3, 4)), "y", ["d", "z"])
    whole, drawn = (randomisation(moments, "d", draws=draws) for draws in (999, 400))
    assert (whole.every, whole.assignments) == (True, 495)
    assert (drawn.every, drawn.assignments) == (False, 401)
    np.testing.assert_allclose(drawn.table.p, whole.table.p, atol=4 * np.sqrt(0.25 / 400))
    assert drawn.least == pytest.approx((1 + 400 / 495) / 401)
    again = randomisation(moments, "d", draws=400).table
    pd.testing.assert_frame_equal(again, drawn.table)


def test_paths_of_several_kinds_are_all_given_to_others():
    frame = adopted(2, places=7, treated=(1,))
    frame.loc[(frame.place == 4) & (frame.year >= 5), "d"] = 1
    test = randomisation(Moments.from_frame(frame, "y", ["d"]), "d")
    assert (test.assignments, test.treated) == (42, 2)


def test_one_treated_place_is_read_by_its_estimate_and_says_what_can_come_out():
    frame = adopted(0, places=14, treated=(0,))
    test = randomisation(Moments.from_frame(frame, "y", ["d"]), "d")
    assert (test.statistic, test.assignments, test.treated) == ("estimate", 14, 1)
    assert test.least == pytest.approx(1 / 14)  # no test at 5 %
    # All other places have one mean: there is no clustered error, and no t.
    places = pd.DataFrame(
        {"place": np.repeat(range(9), 2), "y": [3.0, 5] + [-1, 1] * 8, "d": [1, 1] + [0] * 16}
    )
    alone = randomisation(Moments.from_frame(places, "y", ["d"], entity=None, time=None), "d")
    assert np.isnan(alone.table.p[0]) and alone.p == alone.table.p[1]


def test_what_cannot_be_given_to_others_is_refused():
    frame = adopted(0)
    moments = Moments.from_frame(frame.assign(e=1 * (frame.place > 2)), "y", ["d", "z", "e"], entity=None)
    with pytest.raises(ValueError, match="these moments have no times"):
        randomisation(Moments.from_frame(frame, "y", ["d"], time=None), "d")
    with pytest.raises(ValueError, match="cannot randomise") as caught:
        randomisation(moments, "z", null=np.inf, draws=0, level=2)
    assert len(str(caught.value).splitlines()) == 5
    for column, why in {"z": "has more than two values", "q": "no such column"}.items():
        with pytest.raises(ValueError, match=why):
            randomisation(moments, column)
    everywhere = frame.assign(d=1 * (frame.year > 2))
    with pytest.raises(ValueError, match="same path in every place"):
        randomisation(Moments.from_frame(everywhere, "y", ["d"]), "d")
    with pytest.raises(ValueError, match="no regressor"):
        randomisation(Moments.from_frame(frame, "y", ["d"]), "year[1]")
    nested = frame.assign(region=frame.place // 3)
    with pytest.raises(ValueError, match="effects of place within region"):
        randomisation(Moments.from_frame(nested, "y", ["d"], cluster="region", entity="place"), "d")


@pytest.mark.parametrize("noisy", [False, True])
def test_exchangeable_places_get_a_test_of_exact_size(noisy):
    # Whichever two of nine places are treated: p is below or at a share of the samples in just that share.
    frame = adopted(5).drop(columns="z")
    frame["y"] += noisy * 10 * (frame.place == 8) * np.sin(frame.index)
    found = []
    for pair in combinations(range(9), 2):
        rows = frame.assign(d=1 * (frame.place.isin(pair) & (frame.year > 2)))
        found.append(randomisation(Moments.from_frame(rows, "y", ["d"]), "d").table.p)
    for p in np.sort(found, axis=0).T:
        np.testing.assert_allclose(p, np.arange(1, 37) / 36)
