"""Layouts of a fit's table: what it holds, nothing else."""

import numpy as np
import pandas as pd

from povertystats.associations.associations import fit_drivers
from povertystats.associations.layout import intervals, regression_table


def test_both_layouts_name_the_share_of_an_outcome_of_0_and_1():
    rng = np.random.default_rng(1)
    panel = pd.DataFrame(
        {"place": np.repeat(list("abcdefgh"), 6), "year": [*range(6)] * 8, "x": rng.normal(size=48)}
    )
    fit = fit_drivers(panel.assign(dry=panel["x"] + rng.normal(size=48) > 0), "dry", ["x"], draws=0)
    assert intervals(fit.table, ["x"])["scale"].tolist() == ["share"]
    assert "within, share: 48 rows, 8 clusters" in regression_table(fit.table) in fit.summary()
    assert "with dry, as a share: 48 rows" in repr(fit)


def test_what_has_no_error_has_no_interval():
    rng = np.random.default_rng(1)
    panel = pd.DataFrame({"place": np.repeat([*"abcdefgh"], 6), "year": [*range(6)] * 8})
    panel["d"] = ((panel["place"] == "a") & (panel["year"] > 2)).astype(int)
    panel = panel.assign(x=rng.normal(size=48), y=rng.normal(size=48))
    fit = fit_drivers(panel, "y", ["d", "x"], scales=["points"], draws=0)
    told = intervals(fit.table, ["d"])["d"][0]
    assert told == f"{fit.table['estimate'][0]:.2g}, no test" and "nan" not in repr(fit)


def test_no_interval_is_shown_where_no_test_exists():
    table = pd.DataFrame(
        {"estimator": "within", "scale": "points", "unit": "points", "driver": ["x", "z"], "estimate": 1.5}
    ).assign(low=1.2, high=1.8, verdict=["none", "doubtful"])
    assert intervals(table, ["x", "z"])[["x", "z"]].values.tolist() == [
        ["1.5, no test", "1.5 (1.2, 1.8), doubtful"]
    ]
