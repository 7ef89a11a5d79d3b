"""Verdicts in tables of estimates: every estimator has one in each row, and few treated places are tested by randomisation."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from povertystats.associations.associations import fit_drivers
from povertystats.estimators.errors import ERRORS

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
import size  # noqa: E402

EVERY = ("within", "first_differences", "long_differences", "between", "fractional_logit")


def pilots(treated, places=30, years=6, seed=1):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame([(g, t) for g in range(places) for t in range(years)], columns=["place", "year"])
    frame["pilot"] = (frame.place.isin(treated) & (frame.year >= years // 2)).astype(int)
    frame["money"] = rng.normal(size=len(frame))
    return frame.assign(poor_pct=20 + rng.normal(size=len(frame)))


def fitted(frame, drivers=("pilot",), **options):
    return fit_drivers(frame, "poor_pct", list(drivers), scales=["points"], **options).table


def test_every_row_of_every_estimator_has_a_verdict():
    table = fitted(pilots(range(12)), ("pilot", "money"), estimators=EVERY, draws=0)
    assert len(table) == 10 and table["verdict"].isin(["holds", "doubtful", "none"]).all()
    assert table["effective"].between(1, 30).all() and table["p_random"].isna().all()
    pilot = table[table.driver == "pilot"].set_index("estimator")["treated"]
    assert (pilot == 12).all()
    assert table[table.driver == "money"]["treated"].isna().all()
    assert (table["why"].eq("") == table["verdict"].eq("holds")).all()


def test_few_treated_are_read_by_randomisation_and_many_are_not():
    few, many = (fitted(pilots(range(n)), draws=999).iloc[0] for n in (2, 12))
    assert (few.verdict, few.read, few.treated) == ("doubtful", "p_random", 2) and 0 < few.p_random <= 1
    assert (many.verdict, many.read) == ("holds", "p") and np.isnan(many.p_random)


@pytest.mark.parametrize("errors", ["cv3", "crv1"])
def test_one_treated_of_few_places_has_no_test_and_of_many_one(errors):
    if errors == "cv3":
        with pytest.raises(
            ValueError, match="pilot cannot be told apart .* without 0, and no clustered test"
        ):
            fitted(pilots([0], 14), draws=0)
    drivers = ("pilot", "money")
    none, some = (
        fitted(pilots([0], places), drivers, draws=999, errors=errors).iloc[0] for places in (14, 40)
    )
    assert (
        (none.verdict, none.read) == ("none", "") and np.isfinite(none.estimate) and np.isnan(none.p_random)
    )
    assert (some.verdict, some.read) == ("doubtful", "p_random") and some.p_random >= 1 / 40


def test_every_kind_of_errors_has_a_verdict():
    for errors in ERRORS:
        row = fitted(pilots(range(12)), draws=99, errors=errors).iloc[0]
        assert row.verdict == ("holds" if errors in ("cv3", "crv1") else "doubtful"), errors
    row = fitted(pilots(range(12)), draws=99, cluster="place + year").iloc[0]
    assert (row.verdict, row.why) == ("doubtful", "few_of_a_kind")


# ---- the study of verdicts in benchmarks/size.py, in short --------------------------------------


def test_few_treated_are_never_called_sound_and_read_by_a_test_of_the_right_size():
    for places, panels in ((20, 50), (63, 4)):
        found = size.verdicts(places, "2 treated", panels, draws=99)
        assert not found["verdict"].eq("holds").any() and found["read"].eq("p_random").all()
        # Two standard errors of 50 panels are .06.
        assert places == 63 or (found["to_read"] <= 0.05).mean() <= 0.11


def test_balanced_panels_are_called_sound_and_shared_regions_are_not():
    balanced = size.verdicts(20, "balanced", 40, draws=0)
    assert balanced["verdict"].eq("holds").mean() >= 0.9 and (balanced["p"] <= 0.05).mean() <= 0.12
    regions = size.verdicts(63, "regions", 8, draws=0)
    assert regions["verdict"].eq("holds").sum() <= 1 and regions["why"].str.contains("shared").sum() >= 7
