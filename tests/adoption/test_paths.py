"""Dates dealt out to places: against every deal, and the share of false findings where two places of many adopt."""

from itertools import permutations

import numpy as np
import pytest
from helpers.adoption import made

from povertystats.adoption.adopted import read_adoption
from povertystats.adoption.event_study import event_study
from povertystats.adoption.imputation import Imputation
from povertystats.adoption.paths import by_chance


def test_p_is_that_of_every_deal():
    rows = made(seed=8, places=7, years=6, dates=(2011, None, None, None))
    data = read_adoption(rows, "y", "since")
    design = Imputation(data, before=1)
    every = []
    for dealt in sorted(set(permutations(data.first))):
        parts = design.parts(np.array(dealt))
        whole = design.finish(parts.sum(axis=0))
        moves = design.finish(parts.sum(axis=0) - parts) - whole
        every.append(np.abs(whole / np.sqrt(6 / 7 * (moves**2).sum(axis=0)))[0])
    actual = event_study(rows, "y", "since", before=1, draws=0).overall["t"]
    exact = np.mean(np.array(every) >= abs(actual) - 1e-9)
    assert len(every) == 21 and by_chance(design)[0][0] == pytest.approx(exact)
    drawn = by_chance(design, draws=20, seed=3)[0][0]
    assert drawn == pytest.approx(exact, abs=0.25) and by_chance(design, draws=18) is None


def test_one_place_is_judged_by_its_rank_among_all():
    rows = made(seed=5, places=40, dates=(None,) * 39 + (2013,))
    row = event_study(rows, "y", "since", draws=199).overall
    assert np.isnan(row["se"]) and row["verdict"] == "doubtful" and row["read"] == "p_random"
    assert 0 < row["p_random"] <= 1


def test_two_places_of_many_find_an_effect_too_often_by_the_jackknife_alone():
    found, warned = {"p": 0, "p_random": 0}, 0
    for seed in range(25):
        study = event_study(made(seed, 60, 4, (2010, *[None] * 29)), "y", "since", before=1, draws=39)
        row, warned = study.overall, warned + (study.p_before <= 0.05)
        assert row["places"] == 2 and row["verdict"] == "doubtful" and row["read"] == "p_random"
        for kind in found:
            found[kind] += row[kind] < 0.05
    # 5 % of 25 are 1.3, give or take 1.1.
    assert warned <= 4 and found["p_random"] <= 4 and found["p"] > found["p_random"]
