"""What all checks of an estimate share: their leading columns, which rows are clear, their sentence."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from povertystats.drivers.check import LEADING, Check, checked


@dataclass(frozen=True, eq=False, repr=False)
class Halves(Check):
    """The same estimate in both halves of the years."""

    table: pd.DataFrame
    kind = "halves"


ROWS = pd.DataFrame({
    "half": ["first", "second", "none"],
    "scale": "points",
    "driver": "x",
    "estimate": [-1.0, 0.5, np.nan],
    "low": [-2.0, -0.5, np.nan],
    "high": [-0.1, 1.5, np.nan],
})  # fmt: skip


def test_the_table_begins_with_what_all_checks_have():
    table = checked("halves", ROWS, ["half", "scale"])
    assert tuple(table)[: len(LEADING)] == LEADING and list(table)[len(LEADING) :] == ["half", "scale"]
    assert table["way"].tolist() == ["first, points", "second, points", "none, points"]
    assert table["p"].isna().all() and table["check"].eq("halves").all()
    assert list(ROWS) == ["half", "scale", "driver", "estimate", "low", "high"]


def test_an_interval_on_one_side_of_zero_is_clear():
    found = Halves(checked("halves", ROWS, ["half"]))
    assert found.clear.tolist() == [True, False, False]
    first = repr(found).splitlines()[0]
    assert first == "<Halves> halves of x: 2 estimates, 1 clear (interval excludes zero)"
    assert len(repr(found).splitlines()) <= 15
