"""What is asked of moments of either sort: of sums the one kind of clusters, of rows in memory what these hold."""

import pandas as pd
import pytest

from povertystats.regression.moments import Moments
from povertystats.rows.kinds import absorbs, by_kind, further, kinds, sizes
from povertystats.rows.row_moments import RowMoments


@pytest.fixture
def panel():
    rows = {"place": list("aaabbbccc"), "year": [1, 2, 3] * 3, "x": [0.0, 1, 4, 0, 2, 2, 0, 3, 1]}
    return pd.DataFrame(rows).assign(y=[0.0, 1, 5, 0, 3, 1, 1, 4, 2], sector=[1, 2, 2, 1, 1, 2, 2, 1, 2])


def test_sums_have_one_kind_and_no_further_effects(panel):
    m = Moments.from_frame(panel, "y", ["x"])
    assert (kinds(m), sizes(m), by_kind(m), further(m), absorbs(m)) == (("place",), (3,), (m,), (), True)
    assert not absorbs(Moments.from_frame(panel, "y", ["x"], entity=None))


def test_rows_have_those_that_they_were_asked_for(panel):
    m = RowMoments.of(panel, "y", ["x"], other="year", effects=["sector"])
    assert kinds(m) == ("place", "year") and sizes(m) == (3, 3) and further(m) == ("sector",)
    assert [kinds(one) for one in by_kind(m)] == [("place",), ("year",)]
    assert absorbs(m) and not absorbs(RowMoments.of(panel, "y", ["x"], entity=None, effects=["sector"]))
