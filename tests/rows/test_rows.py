"""What leaving out a group of rows takes from a fit: the same as fitting the others, with any effects."""

import numpy as np
import pytest

from povertystats.rows import rows as module
from povertystats.rows.rows import Kind, Rows

N = 90


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(3)
    kinds = {
        name: Kind(name, tuple(range(size)), np.r_[:size, rng.integers(0, size, N - size)])
        for name, size in {"place": 9, "year": 6, "sector": 4}.items()
    }
    values = rng.normal(size=(3, N)) + 0.3 * kinds["place"].codes
    return Rows(values, rng.uniform(0.5, 3, N), (kinds["place"], kinds["year"]), tuple(kinds.values()))


def fitted(rows, keep):
    d = [(e.codes[:, None] == range(len(e.labels))) * 1.0 for e in rows.effects]
    x = np.hstack([rows.values[1:].T, *d])[keep] * np.sqrt(rows.weights[keep])[:, None]
    return np.linalg.lstsq(x, rows.values[0, keep] * np.sqrt(rows.weights[keep]))[0][:2]


@pytest.mark.parametrize("block", [0, 256])
@pytest.mark.parametrize("which", ["place", "year", "both"])
def test_what_a_group_takes_is_what_a_fit_without_it_lacks(rows, which, block, monkeypatch):
    monkeypatch.setattr(module, "BLOCK", block)
    place, year = rows.clusters
    kind = {"place": place, "year": year, "both": place.by(year)}[which]
    whole = rows.left @ rows.left.T
    for g, taken in enumerate(rows.taken(kind)):
        rest = whole - taken
        np.testing.assert_allclose(
            np.linalg.solve(rest[1:, 1:], rest[1:, 0]), fitted(rows, kind.codes != g), atol=1e-10
        )


def test_equations_of_clusters_add_up_and_leave_out_exactly(rows):
    for kind in rows.clusters:
        each = rows.equations(kind)
        rest = each.sum(axis=0) - each[2]
        found = np.linalg.lstsq(rest[1:, 1:], rest[1:, 0])[0][:2]
        np.testing.assert_allclose(found, fitted(rows, kind.codes != 2), atol=1e-9)


def test_equations_that_cannot_be_held_are_none(rows, monkeypatch):
    monkeypatch.setattr(module, "_CELLS", 100)
    assert rows.only([0, 1]).equations(rows.clusters[0]) is None


def test_effects_that_are_told_apart_and_those_nested_in_no_clusters_are_counted(rows):
    assert rows.ranks == (9 + 5 + 3, 3)
    assert rows.only([0, 2]).left.tolist() == rows.left[[0, 2]].tolist()


def test_equations_without_nested_effects_have_an_intercept_last():
    rng = np.random.default_rng(5)
    place, sector = (
        Kind("place", tuple(range(5)), np.arange(40) % 5),
        Kind("sector", tuple(range(3)), np.arange(40) % 3),
    )
    rows = Rows(rng.normal(size=(2, 40)), np.ones(40), (place,), (sector,))
    each = rows.equations(place)
    assert each.shape == (5, 2 + 2 + 1, 5) and each[:, -1, -1].tolist() == [8] * 5
    # The last column tells what a cluster has in common: the sum of a term over its rows.
    np.testing.assert_allclose(each[:, 0, -1], np.bincount(place.codes, rows.left[0]))
