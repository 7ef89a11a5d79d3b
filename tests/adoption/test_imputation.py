"""Imputation against dummies fitted to the figures without adoption, pyfixest, and published figures."""

import numpy as np
import pytest
import statsmodels.formula.api as smf
from helpers.adoption import castle, made

from povertystats.adoption.event_study import event_study


@pytest.mark.parametrize("anticipation", [0, 1])
def test_it_is_the_mean_of_what_figures_exceed_dummies_by(anticipation):
    rows = made(seed=3, keep=0.85).assign(z=lambda f: np.sin(7 * f["place"] + f["year"] ** 2))
    rows["elapsed"] = rows["year"] - rows["since"]
    free = ~(rows["elapsed"] >= -anticipation)
    fit = smf.ols("y ~ C(place) + C(year) + z", rows[free]).fit()
    rows["gap"] = rows["y"] - fit.predict(rows)
    study = event_study(rows, "y", "since", controls=["z"], anticipation=anticipation, draws=0)
    since = rows[~free].groupby("elapsed")["gap"].mean()
    assert (
        np.allclose(study.since["estimate"], since) and study.since["since"].tolist() == since.index.tolist()
    )
    treated = rows[rows["elapsed"] >= 0]
    assert np.isclose(study.overall["estimate"], treated["gap"].mean()) and study.overall["n"] == len(treated)
    assert np.allclose(study.by_cohort["estimate"], treated.groupby("since")["gap"].mean())
    leads = {since: (rows["elapsed"] == since).astype(int) for since in study.before["since"]}
    some = rows.assign(**{f"lead{-since:.0f}": cells for since, cells in leads.items()})[free]
    placebo = (
        smf.ols(f"y ~ C(place) + C(year) + z + {' + '.join(some.filter(like='lead'))}", some).fit().params
    )
    assert study.before["since"].tolist()[-1] == -1 - anticipation and len(leads) == 4 - anticipation
    assert np.allclose(study.before["estimate"], placebo.filter(like="lead"))


def test_two_stages_of_pyfixest_give_the_same():
    # pyfixest 0.60: did2s(castle, "l_homicide", "~0 | sid + year", "~on", "on", "sid"), effects to its tolerance.
    ours = event_study(castle(), "l_homicide", "on", place="sid", draws=0).overall
    assert ours["estimate"] == pytest.approx(0.0798016, abs=5e-7)
    # Theirs is the clustered error of two stages, without a correction for few clusters.
    assert 0.0609789 < ours["se"] < 1.1 * 0.0609789


def test_leads_that_cannot_be_told_apart_are_not_looked_at():
    rows = made(
        dates=(2010, None), years=6
    )  # two years before adoption: one is what the other is compared with
    assert event_study(rows, "y", "since", draws=0).before["since"].tolist() == [-1]
    first = event_study(rows[rows["year"] > 2008], "y", "since", draws=0)
    assert first.before.empty and np.isnan(first.p_before)


def test_a_control_that_nothing_tells_is_refused():
    rows = made().assign(fixed=lambda f: f["place"] * 1.0)
    with pytest.raises(ValueError, match="fixed: constant within places"):
        event_study(rows.assign(fixed=rows["fixed"] + rows["on"]), "y", "since", controls=["fixed"])
