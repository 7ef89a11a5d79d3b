"""The scales of an outcome by its values: of 0 and 1, of money, of rates."""

import numpy as np
import pandas as pd
import pytest

from povertystats.adoption.event_study import event_study
from povertystats.associations.associations import fit_drivers
from povertystats.cells.cell_logit import cell_logit
from povertystats.checks.placebo import placebo
from povertystats.checks.specification_curve import specification_curve
from povertystats.estimators.outcomes import answers_in, outcome_scales
from povertystats.regression.fractional import fractional_logit
from povertystats.regression.scan import scan


def droughts():
    rng = np.random.default_rng(0)
    panel = pd.DataFrame(
        {"place": np.repeat([f"P{i:02d}" for i in range(25)], 6), "year": [*range(2010, 2016)] * 25}
    )
    panel["x"] = rng.normal(size=150)
    panel["dry"] = panel["x"] + rng.normal(size=150) > 0
    return panel.assign(said=np.where(panel["dry"], "Có", "Không"), dry_pct=100.0 * panel["dry"])


def test_usual_scales_that_an_outcome_lacks_are_left_out_and_those_asked_for_refused():
    usual = ["points", "log", "log_odds"]
    kind = outcome_scales("dry", None, usual, yes=1.0)
    assert (kind.scales, kind.unit_of("points"), kind.problems) == (("points",), "share", ())
    assert kind.without == (("log", "yes_no"), ("log_odds", "yes_no"))
    assert len(outcome_scales("dry", usual, usual, yes=1.0).problems) == 2
    assert outcome_scales("dry", ["points"], usual, yes=100.0).unit == "points"
    assert outcome_scales("rate", None, usual, units="share").unit == "points"
    assert outcome_scales("rate", None, usual).unit == "units"
    assert outcome_scales("visits_k", None, usual).without == (("log_odds", "unit"),)
    assert outcome_scales("visits_k", ["log_odds"], usual).scales == ("log_odds",)


@pytest.mark.parametrize("outcome", ["dry", "said"])
@pytest.mark.parametrize("verb", [fit_drivers, placebo, specification_curve])
def test_every_verb_fits_the_share_and_refuses_its_logarithms(verb, outcome):
    found = verb(droughts(), outcome, ["x"])
    assert set(found.table["scale"]) == {"points"}
    if "unit" in found.table:
        assert set(found.table["unit"]) == {"share"}
    for scale in ("log", "log_odds"):
        with pytest.raises(ValueError, match="holds 0 and 1 alone, which have no log"):
            verb(droughts(), outcome, ["x"], scales=[scale])


def test_a_fractional_logit_of_0_and_1_is_in_per_cent_once_that_is_said():
    with pytest.raises(ValueError, match=r'holds 0 and 1 alone.*units={"dry": "share"}'):
        fractional_logit(droughts(), "dry", ["x"])
    for verb in (fit_drivers, specification_curve):
        with pytest.raises(ValueError, match=r'holds 0 and 1 alone.*units={"dry": "share"}'):
            verb(droughts(), "dry", ["x"], estimators=["fractional_logit"])
    both = ["within", "fractional_logit"]
    said = fit_drivers(droughts(), "dry", ["x"], estimators=both, units="share", draws=0).table
    want = fit_drivers(droughts(), "dry_pct", ["x"], estimators=both, draws=0).table
    np.testing.assert_allclose(said["estimate"], want["estimate"])
    assert said["unit"].tolist() == ["points", "points"]


def test_an_exact_logit_reads_yes_and_no_in_words_and_in_per_cent():
    panel = droughts().assign(high=lambda rows: rows["x"] > 0)
    want = cell_logit(panel, "dry", ["high"], cluster="place").table["estimate"]
    for outcome in ("said", "dry_pct"):
        np.testing.assert_allclose(
            cell_logit(panel, outcome, ["high"], cluster="place").table["estimate"], want
        )


def test_log_odds_that_do_not_vary_are_told_with_the_rows_that_have_them():
    panel = droughts().assign(dry=lambda rows: np.where(rows.index % 3 == 0, 50, rows["dry_pct"]))
    with pytest.raises(
        ValueError, match=r"log_odds\(dry\) is constant .* in the 50 rows that have it: nothing"
    ):
        fit_drivers(panel, "dry", ["x"], scales=["log_odds"])


def test_answers_are_looked_for_in_frames_alone():
    assert answers_in(droughts(), "dry") == 1 and answers_in(droughts(), "none") is None
    assert answers_in("a.parquet", "dry") is None


@pytest.mark.parametrize("units", ["share", {"poor": "share"}])
def test_an_outcome_said_to_be_in_shares_is_told_in_points_by_every_verb(units):
    frame = droughts()
    frame["poor_pct"] = 30 + frame["x"] + np.random.default_rng(1).normal(size=150)
    frame["since"] = frame["place"].map(lambda name: 2012 if name < "P10" else None)
    shares = frame.assign(poor=frame["poor_pct"] / 100)
    asked = {"scales": ["points"]}
    for verb in (fit_drivers, placebo, specification_curve):
        how = asked | ({"draws": 0} if verb is fit_drivers else {})
        how |= {"estimators": ["within"]} if verb is specification_curve else {}
        want = verb(frame, "poor_pct", ["x"], **how).table["estimate"]
        got = verb(shares, "poor", ["x"], units=units, **how).table
        np.testing.assert_allclose(got["estimate"], want)
    study = event_study(shares, "poor", "since", units=units, draws=0).overall
    want = event_study(frame, "poor_pct", "since", draws=0).overall["estimate"]
    assert (study["estimate"], study["unit"]) == (pytest.approx(want), "points")
    moments = scan(shares, "poor", ["x"], units=units)
    np.testing.assert_allclose(moments.yy, scan(frame, "poor_pct", ["x"]).yy)
