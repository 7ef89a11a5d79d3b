"""All places that lie in one tell a count, or none does."""

import numpy as np
import pandas as pd
import pytest

from povertystats.disclosure.families import all_or_none


@pytest.mark.parametrize(
    ("unsafe", "told"),
    [
        ([], [True] * 6),
        ([2], [True, True, False, False, False, False]),
        ([1], [True, False, False, False, False, False]),
        ([5], [True, True, True, True, False, False]),
    ],
)
def test_one_unsafe_place_silences_those_beside_and_below_it_and_groups(unsafe, told):
    rows = pd.DataFrame(
        {"level": ["p", "d", "c", "c", "ethnic", "ethnic"], "p": "P", "d": ["", *"DDDDD"], "year": 2019}
    ).assign(c=["", "", "A", "B", "A", "B"])
    safe = np.ones(6, bool)
    safe[unsafe] = False
    assert all_or_none(rows, ["p", "d", "c"], safe).tolist() == told
