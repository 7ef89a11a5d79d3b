"""Keys of records: even, of the secret, the household and the year alone, and summed up over what is counted."""

import numpy as np
import pandas as pd
import pytest

from povertystats.engines.record_keys import KEYED, KEYS, record_keys, with_keys

ibis = pytest.importorskip("ibis")
SECRET = "a long secret of the office"


def keys(rows, secret=SECRET):
    table = ibis.memtable(rows)
    return table.mutate(key=record_keys(table, secret)).to_pandas().set_index(["household", "year"])["key"]


def test_keys_are_even_and_of_household_year_and_secret():
    rows = pd.DataFrame({"household": map(str, range(20_000)), "year": 2018})
    found = keys(rows)
    assert found.between(0, KEYS - 1).all() and found.is_unique | (found.nunique() > 19_990)
    shares = np.bincount(found.to_numpy() * 16 // KEYS, minlength=16) / len(rows)
    np.testing.assert_allclose(shares, 1 / 16, atol=0.008)
    pd.testing.assert_series_equal(keys(rows[::-1]).loc[found.index], found)
    for other in (keys(rows.assign(year=2019)), keys(rows, "another secret of theirs")):
        assert abs(np.corrcoef(other, found)[0, 1]) < 0.03
    # By hand: the first seven digits of the MD5 sum, the lowest first.
    from hashlib import md5

    digits = md5(f"{SECRET}|2018|7".encode()).hexdigest()[:7]
    assert found["7", 2018] == int(digits[::-1], 16)


def test_sums_of_keys_stand_beside_counts():
    rows = pd.DataFrame({"household": map(str, range(9)), "year": 2018, "poor": [True, False, None] * 3})
    table = ibis.memtable(rows.assign(poor=rows["poor"].astype("boolean")))
    table, sums = with_keys(table, {"all": table.count(), "poor": table["poor"].sum()}, SECRET)
    found = table.aggregate(**sums).to_pandas().iloc[0]
    each = keys(rows[["household", "year"]]).to_numpy()
    assert found.to_dict() == {
        "all": 9,
        f"{KEYED}all": each.sum(),
        "poor": 3,
        f"{KEYED}poor": each[::3].sum(),
    }
