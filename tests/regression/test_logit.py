"""The likelihood from counts: its maximum where it is known in closed form, and where there is none."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from povertystats.cells.patterns import count_patterns
from povertystats.regression.logit import Likelihood


def likelihood(cells, terms, **how):
    """The likelihood of rows told as counts: n rows, of which some with outcome 1."""
    ones, zeros = (
        cells.loc[cells.index.repeat(cells.events)],
        cells.loc[cells.index.repeat(cells.n - cells.events)],
    )
    return Likelihood.of(count_patterns(pd.concat([ones.assign(y=1), zeros.assign(y=0)]), "y", terms, **how))


def table(n, events):
    return pd.DataFrame({"commune": list("abab"), "x": [0, 0, 1, 1], "n": n, "events": events})


COUNTS = st.tuples(st.integers(1, 30), st.integers(1, 30))


@settings(max_examples=10, deadline=None)
@given(low=COUNTS, high=COUNTS)
def test_one_regressor_of_0_and_1_is_the_log_odds_ratio(low, high):
    n, events = [sum(low), 5, sum(high), 5], [low[0], 2, high[0], 3]
    found = likelihood(table(n, events), ["x"])
    theta, eta = found.maximum(["x"])
    shares = [(low[0] + 2) / (sum(low) + 5), (high[0] + 3) / (sum(high) + 5)]
    np.testing.assert_allclose(expit(eta), shares, rtol=1e-12)
    assert theta[0] / found.size[0] == pytest.approx(logit(shares[1]) - logit(shares[0]), abs=1e-11)


def test_two_rows_an_effect_give_twice_the_conditional_estimate():
    # Neyman & Scott: with two rows a commune the logit with commune effects finds 2·ln(n01/n10).
    pairs = [(0, 1)] * 12 + [(1, 0)] * 4
    cells = pd.DataFrame([(f"{i:02d}", x, 1, y) for i, pair in enumerate(pairs) for x, y in enumerate(pair)])
    found = likelihood(cells.set_axis(["commune", "x", "n", "events"], axis=1), ["x"], effects="commune")
    theta, _ = found.maximum(["x"])
    assert theta[0] / found.size[0] == pytest.approx(2 * np.log(12 / 4), rel=1e-10)


def test_the_maximum_is_where_every_score_is_nought_and_shares_add_up():
    found = likelihood(table([40, 30, 20, 35], [8, 10, 9, 20]), ["x"])
    theta, eta = found.maximum(["x"])
    each = found.clusters(theta, eta)
    np.testing.assert_allclose(each["added"].sum(axis=0), 0, atol=1e-12)
    assert each["slope_added"].sum() == pytest.approx(0, abs=1e-12)
    mu = expit(eta)[found.pattern]
    assert each["slope"] == pytest.approx(found.n @ (mu * (1 - mu)) / found.n.sum(), rel=1e-12)
    assert np.isfinite(each["without"]).all()


@pytest.mark.parametrize("start", [1e-6, 1 - 1e-6])
def test_newton_does_not_overshoot_from_rare_outcomes(start):
    n = np.array([10**6, 10**6, 50, 50])
    events = np.array([1, 1, 25, 30]) if start < 0.5 else n - [1, 1, 25, 30]
    cells = {
        "place": [0, 1, 0, 1],
        "effect": [0] * 4,
        "x": [[0.0], [0.0], [1.0], [1.0]],
        "n": n,
        "events": events,
    }
    found = Likelihood.of(type("Cells", (), {name: np.array(value) for name, value in cells.items()}))
    theta, _ = found.maximum(["x"])
    expected = logit(0.55) - logit(1e-6)
    assert theta[0] / found.size[0] == pytest.approx(expected if start < 0.5 else -expected, rel=1e-9)


def test_columns_that_cannot_be_told_apart_are_found_with_their_partners():
    rng = np.random.default_rng(1)
    rows = pd.DataFrame(rng.integers(0, 4, (200, 2)), columns=["a", "b"]).assign(y=rng.integers(0, 2, 200))
    rows = rows.assign(
        commune=rng.integers(0, 5, 200), one=3, sum=1000 + rows.a - 2 * rows.b, free=rng.integers(0, 3, 200)
    )
    cells = count_patterns(rows, "y", ["a", "b", "one", "free", "sum"])
    assert Likelihood.of(cells).collinear() == {2: [], 4: [0, 1]}


@pytest.mark.parametrize(
    ("events", "names"), [([0, 0, 0, 5], "x, z"), ([0, 0, 5, 6], "x"), ([3, 10, 3, 10], "z")]
)
def test_without_a_maximum_the_regressors_that_run_away_are_named(events, names):
    cells = table([10] * 4, events).assign(z=[0, 1, 0, 1], commune=list("abcd"))
    cells = pd.concat([cells, cells.assign(commune=list("efgh"))])
    with pytest.raises(ValueError, match=f"no finite estimate for {names}: .* row"):
        likelihood(cells.reset_index(drop=True), ["x", "z"]).maximum(["x", "z"])
