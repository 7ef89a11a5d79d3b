"""The event study: coverage in simulations, growing associations, verdicts, options that are wrong."""

import numpy as np
import pytest
from helpers.adoption import made
from hypothesis import given, settings
from hypothesis import strategies as st

from povertystats.adoption.event_study import event_study
from povertystats.associations.associations import fit_drivers
from povertystats.words.errors import Refused

DATES = (2011, 2012, 2013, 2014, 2015, 2016, None)


@pytest.mark.parametrize("estimator", ["imputation", "group_time"])
def test_intervals_cover_and_bands_hold_all_years(estimator):
    # 42 places, 10 years, errors that last, an association that grows by one a year.
    covered, together, alarms, n = [], [], [], 20
    for seed in range(n):
        study = event_study(made(seed, 42, 10, DATES, grows=1.0), "y", "since", estimator=estimator, draws=0)
        row, since = study.overall, study.since
        truth = (since["n"] * (since["since"] + 1)).sum() / since["n"].sum()
        covered.append(row["low"] <= truth <= row["high"])
        together.append(since["since"].add(1).between(since["low_all"], since["high_all"]).all())
        alarms.append(study.p_before < 0.05)
    # Of 20: 19 give or take 1; three of these are left.
    assert sum(covered) >= 16 and sum(together) >= 16 and sum(alarms) <= 4


def test_two_way_effects_mix_cohorts_where_associations_grow_and_this_does_not():
    rows = made(7, 60, 12, (2010, 2012, 2014, 2016, 2018), grows=1.0, rho=0.2)
    study = event_study(rows, "y", "since", draws=0)
    since = study.since
    truth = (since["n"] * (since["since"] + 1)).sum() / since["n"].sum()
    two_way = fit_drivers(rows, "y", ["on"], scales=["points"], draws=0).table.iloc[0]
    assert study.overall["low"] < truth < study.overall["high"]
    assert two_way["high"] < 0.5 * truth


def test_places_left_without_two_others_to_compare_with_are_counted():
    rows = made(3, 30, 10, (2011, 2014))  # nobody is left from 2014 on
    for estimator in ("imputation", "group_time"):
        study = event_study(rows, "y", "since", estimator=estimator, draws=0)
        assert study.left_out == (("alone", "since", 15 * 4 + 15 * 4),)
        assert study.by_cohort["cohort"].tolist() == [2011] and study.overall["n"] == 15 * 3
    with pytest.raises(Refused, match="fewer than two places have not adopted"):
        event_study(rows[rows["year"] >= 2011].assign(since=2014.0), "y", "since")


def test_a_cohort_of_one_has_an_estimate_and_no_error():
    dates = [2012] * 10 + [2014] + [None] * 14
    study = event_study(made(2, 25, 10, dates), "y", "since", draws=0)
    alone = study.by_cohort.set_index("cohort").loc[2014]
    assert np.isfinite(alone["estimate"]) and np.isnan(alone["se"])
    assert (alone["verdict"], alone["read"], alone["why"], alone["places"]) == ("none", "", "one_cluster", 1)
    assert study.overall["se"] > 0


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["imputation", "group_time"]), st.floats(0.6, 1))
def test_effects_of_places_and_years_and_the_order_of_rows_do_not_matter(seed, estimator, keep):
    rows = made(seed, 18, 8, (2011, 2013, None), keep=keep)
    options = {"estimator": estimator, "draws": 0, "before": 2}
    study = event_study(rows, "y", "since", **options)
    moved = rows.assign(y=3 * rows["y"] + 100 * rows["place"] - 7 * rows["year"]).sample(
        frac=1, random_state=1
    )
    other = event_study(moved, "y", "since", **options)
    assert np.allclose(other.table["estimate"], 3 * study.table["estimate"], atol=1e-6, equal_nan=True)
    assert np.allclose(other.table["p"], study.table["p"], atol=1e-6, equal_nan=True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"scale": "cubes", "estimator": "magic", "comparison": "all"}, "estimator 'magic' is not known"),
        ({"controls": "x"}, "controls must be a list"),
        ({"controls": ["on"], "estimator": "group_time"}, "controls are for estimator"),
        ({"comparison": "never"}, 'is for estimator="group_time"'),
        ({"level": 95}, "level is 95"),
        ({"anticipation": -1, "before": 0.5, "draws": True}, "anticipation is -1"),
        ({"controls": ["y"]}, "'y' stands more than once"),
    ],
)
def test_options_that_are_wrong_are_named(options, said):
    with pytest.raises(Refused) as refused:
        event_study(made(), "y", "since", **options)
    assert said in str(refused.value)


def test_the_scale_is_that_of_the_outcome():
    rows = made(grows=0.3)
    rows = rows.assign(rate_pct=50 + rows["y"] - rows["y"].mean())
    log_odds = np.log(rows["rate_pct"] / (100 - rows["rate_pct"]))
    ours = event_study(rows, "rate_pct", "since", scale="log_odds", draws=0).overall
    assert ours["estimate"] == pytest.approx(
        event_study(rows.assign(y=log_odds), "y", "since", draws=0).overall["estimate"]
    )


def test_an_outcome_without_errors_is_refused_and_one_of_0_and_1_is_a_share():
    rows = made()
    for y in (1.0, rows["place"] * 2.0 + rows["year"]):
        with pytest.raises(Refused, match="does not vary but by place and year"):
            event_study(rows.assign(y=y), "y", "since")
    answers = rows.assign(poor=(rows["y"] > rows["y"].median()).astype(int))
    study = event_study(answers, "poor", "since", draws=0)
    assert set(study.table["unit"]) == {"share"} and "0.01 is one percentage point" in study.text("en")
    with pytest.raises(Refused, match="have no log-odds"):
        event_study(answers, "poor", "since", scale="log_odds")


def test_logarithms_of_controls_and_keys_of_several_columns():
    rows = made(places=36).assign(x=lambda f: np.exp(np.sin(f.index)), z=lambda f: np.sin(f.index))
    whole = event_study(rows, "y", "since", controls=["z"], draws=0).overall["estimate"]
    assert event_study(rows, "y", "since", controls=["log(x)"], draws=0).overall["estimate"] == pytest.approx(
        whole
    )
    keyed = rows.assign(district=rows["place"] // 6, commune=rows["place"] % 6).drop(columns="place")
    for place in (["district", "commune"], "commune"):
        found = event_study(keyed, "y", "since", controls=["z"], place=place, draws=0).overall["estimate"]
        assert found == pytest.approx(whole)
