"""Units turn into one another by exact factors, or not at all."""

import itertools

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from povertystats.facts.package import read_package
from povertystats.files.units import COUNTS, convert, counts_things, factor, unit_of
from povertystats.words.errors import InvalidValue

CHAINS = [
    ("vnd", "vnd_k", "vnd_m", "vnd_bn"),
    *(tuple(f"{unit}{end}" for end in ("", "_k", "_m", "_bn")) for unit in COUNTS),
]


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain[0])
def test_each_step_is_a_thousand(chain):
    for (i, one), (j, other) in itertools.product(enumerate(chain), repeat=2):
        assert factor(one, other) == pytest.approx(1000.0 ** (i - j), rel=1e-15)


@pytest.mark.parametrize(
    ("written", "wanted", "times"),
    [
        ("share", "pct", 100),
        ("share", "pp", 100),
        ("permille", "pct", 0.1),
        ("pct", "permille", 10),
        ("%", "pct", 1),
        ("pct", "pp", 1),
        (" Triệu  đồng", "vnd_k", 1000),
        ("index", "index", 1),
        ("bushels", "bushels", 1),
    ],
)
def test_rates_words_and_units_of_ones_own(written, wanted, times):
    assert factor(written, wanted) == times


@pytest.mark.parametrize(
    ("written", "wanted"),
    [("vnd", "pct"), ("persons", "households"), ("pct", "index"), ("vnd_kk", "vnd_k"), ("", "pct")],
)
def test_an_unknown_pair_is_named(written, wanted):
    with pytest.raises(InvalidValue) as error:
        factor(written, wanted)
    assert repr(written) in str(error.value) and repr(wanted) in str(error.value)


def test_units_that_come_along_are_known_or_stand_for_themselves():
    units = set(read_package()["indicators"]["unit"])
    assert all(factor(unit, unit) == 1 and unit_of(unit) == unit for unit in units)
    assert {unit for unit in units if counts_things(unit)} == set(COUNTS)


@given(st.integers(0, 10_000), st.integers(0, 4))
def test_shares_become_the_per_cent_that_they_were_made_of(digits, decimals):
    rate = digits / 10**decimals
    assert convert(pd.Series([float(f"{rate / 100:.12g}")]), "share", "pct").tolist() == [
        pytest.approx(rate, rel=1e-11)
    ]
    if decimals <= 2:
        assert f"{convert(pd.Series([digits / 10**decimals / 100]), 'share', 'pct')[0]}" == f"{float(rate)}"
