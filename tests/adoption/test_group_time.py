"""Cohorts and years against published figures, another package, and differences by hand."""

import numpy as np
import pytest
from helpers.adoption import castle, made, mpdta

from povertystats.adoption.event_study import event_study

GROUP_TIME = {"estimator": "group_time", "draws": 0}


def test_the_published_figures_of_county_employment():
    # Documentation of the R package did (aggte of att_gt(lemp ~ 1), never treated): -.0400 (.0120) in all; .0199, .0510
    # and so on by years of exposure, -.0797, -.0229, -.0261 by group.
    study = event_study(mpdta(), "lemp", "first", place="county", comparison="never", **GROUP_TIME)
    assert study.overall["estimate"] == pytest.approx(-0.0400, abs=5e-5)
    assert study.overall["se"] == pytest.approx(0.0120, abs=2e-4)  # theirs by influence functions
    assert study.since["estimate"].round(4).tolist() == [-0.0199, -0.0510, -0.1373, -0.1008]
    assert study.by_cohort["estimate"].round(4).tolist() == [-0.0797, -0.0229, -0.0261]
    assert study.since["se"].to_numpy() == pytest.approx([0.0118, 0.0169, 0.0364, 0.0344], rel=0.05)


@pytest.mark.parametrize(
    ("comparison", "whole", "before"),
    [
        ("not_yet", 0.10935495842431808, [0.01538915591, 0.06224081785, 0.06515159202]),
        ("never", 0.11038303545755608, [-0.00768525023, 0.05681363164, 0.05791601347]),
    ],
)
def test_the_package_csdid_gives_the_same_for_fifty_states(comparison, whole, before):
    # csdid 0.4.3: ATTgt(...).fit(base_period="universal"), aggte "simple" and "dynamic".
    study = event_study(castle(), "l_homicide", "on", place="sid", comparison=comparison, **GROUP_TIME)
    assert study.overall["estimate"] == pytest.approx(whole, abs=1e-9)
    assert study.before["estimate"].to_numpy() == pytest.approx(before, abs=1e-7)


def test_one_cohort_is_a_difference_of_differences_and_gaps_are_compared_with_gaps():
    rows = made(dates=(2013, None, None), keep=0.9, seed=6)
    wide = rows.pivot(index="place", columns="year", values="y")
    treated = rows.groupby("place")["since"].first().notna()
    study = event_study(rows, "y", "since", **GROUP_TIME)
    for since, estimate in zip(study.since["since"], study.since["estimate"], strict=True):
        change = wide[2013 + since] - wide[2012]
        assert estimate == pytest.approx(change[treated].mean() - change[~treated].mean())


def test_years_every_second_year_take_the_last_year_before_adoption():
    rows = made(dates=(2013, None), seed=2)
    rows = rows[rows["year"] % 2 == 0]
    study = event_study(rows, "y", "since", **GROUP_TIME)
    assert study.since["since"].tolist() == [1, 3] and study.before["since"].tolist() == [-3]
    assert np.isfinite(study.since["se"]).all()
