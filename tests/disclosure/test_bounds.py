import numpy as np
import pytest

from povertystats.disclosure.bounds import Bounds
from povertystats.words.errors import Refused


def test_ranges_are_those_of_all_that_fits():
    """Three counts that add up to 20, of which one is told and another is 2 or more."""
    told = Bounds([({("a",): 1, ("b",): 1, ("c",): 1}, 20), ({("c",): 2}, 10)], [({("a",): -1}, -2)])
    assert told.range({("a",): 1}) == (2, 15) and told.range({("b",): 1}) == (0, 13)
    assert told.range({("c",): 1}) == (5, 5) and told.range({("a",): 1, ("b",): -1}) == (-11, 15)
    assert told.range({("unknown",): 1}) == (0, np.inf)


def test_parts_that_hang_together_are_solved_apart_and_added():
    pairs = [({(k, 0): 1, (k, 1): 1}, 10 + k) for k in range(4)]
    assert Bounds(pairs, []).range({(k, 0): 1 for k in range(4)}) == (0, 46)


def test_what_cannot_be_is_refused():
    told = Bounds([({("a",): 1, ("b",): 1}, 3)], [({("a",): -1}, -4)])
    with pytest.raises(Refused, match="no counts of 0 or more add up"):
        told.range({("a",): 1})
