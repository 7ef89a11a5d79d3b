"""Stretches on which enough quartics are not negative: against their roots."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from povertystats.clusters.stretches import stretches


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 30), share=st.floats(0, 1))
def test_stretches_end_at_roots_and_hold_between_them(seed, count, share):
    rng = np.random.default_rng(seed)
    quartics, few = rng.normal(size=(5, count)) * 10.0 ** rng.integers(-2, 3, size=(5, 1)), share * count
    found = stretches(quartics, few)
    roots = [np.roots(column[::-1]) for column in quartics.T]
    ends = np.sort([r.real for column in roots for r in column if abs(r.imag) < 1e-9 and r.real > 0])
    middles = np.r_[0, ends][: len(ends)] / 2 + ends / 2
    for s in [*middles, 2 * ends[-1] if len(ends) else 1.0]:
        kept = (s ** np.arange(5) @ quartics >= 0).sum() > few
        assert kept == any(low <= s <= high for low, high in found)
    for end in found[np.isfinite(found) & (found > 0)]:
        assert np.abs(ends / end - 1).min() < 1e-6
    assert (np.diff(found.ravel()) >= 0).all()


def test_all_and_nothing():
    none = np.array([[-1.0], [0], [0], [0], [0]])
    assert stretches(none, 0).shape == (0, 2)
    assert stretches(-none, 0).tolist() == stretches(none, -0.5).tolist() == [[0.0, np.inf]]
