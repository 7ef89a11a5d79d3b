"""The mixture of families and ways against scipy's multivariate Student-t."""

from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from povertystats.forecasts.mixtures import Way, mixture
from povertystats.forecasts.shared_paths import Path
from povertystats.forecasts.structural_trends import FAMILIES, breadth, with_slopes

YEARS, N = (2010, 2011, 2013, 2014, 2016), 3
SHAPES = ((1.0, 0.0, 0.3), (1.0, 0.0, 0.9), (0.8, 0.3, 0.4), (1.0, 0.4, 0.2), (1.0, 0.0, 0.0, 0.8))
FAMILY = np.array(["arima011", "arima011", "damped", "local_trend", "level"])
OWN = with_slopes(SHAPES, YEARS, np.array([0.1, 0.0, 0.5, 2.0, 0.0]))
PEERS = SimpleNamespace(family=FAMILY, log_weight=np.log([0.1, 0.2, 0.3, 0.15, 0.25]), df=5.0, variance=0.04)
Z = np.array([[-1.0, -1.2, -1.1], [-2.0, -1.9, -2.3]])
G = np.array([1.0, 3.0])


def path(known, pace, chance=1.0, df=7.0):
    """A path of some pace, and what is not known of it: nothing in its years, or all but a level."""
    at = np.array(YEARS) - (2013 if known else 2010)
    ahead = np.maximum(at, 0)
    return Path(pace * at, 0.02 * np.minimum.outer(ahead, ahead), df, chance)


def steps(known, way, g):
    """The steps' mean and covariance from the first figure on, by hand."""
    own = OWN * PEERS.variance * g + way.covariance
    take = np.hstack([-np.ones((len(YEARS) - 1, 1)), np.eye(len(YEARS) - 1)])
    return take @ way.mean, take @ own @ take.T


def by_hand(known, way, z, g):
    """Densities of shapes, and location and variance of the years ahead given the steps."""
    mean, cov = steps(known, way, g)
    d, m = np.diff(z[[0, 1]]), N - 1
    d = z[1:] - z[0]
    rest = d - mean[:m]
    density, at, spread = [], [], []
    for k in range(len(SHAPES)):
        inner = cov[k, :m, :m]
        density.append(stats.multivariate_t.pdf(d, mean[:m], inner, df=PEERS.df))
        gain = np.linalg.solve(inner, cov[k, :m, m:]).T
        at.append(z[0] + mean[m:] + gain @ rest)
        left = cov[k, m:, m:] - gain @ cov[k, :m, m:]
        df = PEERS.df + m
        spread.append(left * (PEERS.df + rest @ np.linalg.solve(inner, rest)) / df * breadth(df))
    return np.array(density), np.array(at), np.array(spread)


def test_weights_and_locations_are_those_of_the_multivariate_t():
    known, ways = True, [path(True, -0.1, 0.7), path(True, 0.0, 0.3)]
    for z, g in zip(Z, G, strict=True):
        weights, at, df, whole, shared = mixture(
            PEERS, z[None], np.array([g]), known, [Way(way, OWN, str(n)) for n, way in enumerate(ways)]
        )
        found = [by_hand(known, way, z, g) for way in ways]
        joint = [np.exp(PEERS.log_weight) * density for density, _, _ in found]
        of_way = np.array([way.chance * likely.sum() for way, likely in zip(ways, joint, strict=True)])
        of_way /= of_way.sum()
        for w, (likely, (_, middle, _)) in enumerate(zip(joint, found, strict=True)):
            for f, name in enumerate(FAMILIES):
                of, c = name == FAMILY, w * len(FAMILIES) + f
                # Three quarters by what is likely, one alike.
                mixed = 0.75 * likely[of].sum() / likely.sum() + 0.0625
                assert weights[0, c] == pytest.approx(of_way[w] * mixed, rel=1e-9)
                r = likely[of] / likely[of].sum()
                assert at[0, c] == pytest.approx(r @ middle[of], rel=1e-9)
        assert weights.sum() == pytest.approx(1) and (df >= 3).all()


def test_around_a_path_that_is_not_known_both_variances_are_integrated():
    """Sums over quantiles of the two, each a normal distribution given them."""
    ways, take, m = (
        [path(False, -0.1, 0.7), path(False, 0.0, 0.3)],
        np.hstack([-np.ones((4, 1)), np.eye(4)]),
        N - 1,
    )
    for z, g in zip(Z, G, strict=True):
        weights, at, df, whole, shared = (
            part[0]
            for part in mixture(
                PEERS, z[None], np.array([g]), False, [Way(way, OWN, str(n)) for n, way in enumerate(ways)]
            )
        )
        each = []
        quantiles = (np.arange(60) + 0.5) / 60
        own, common = map(np.ravel, np.meshgrid(*(d / stats.chi2(d).ppf(quantiles) for d in (PEERS.df, 7.0))))
        rest = z[1:] - z[0]
        for way, shape in product(range(len(ways)), range(len(SHAPES))):
            mine = take @ (OWN[shape] * PEERS.variance * g) @ take.T
            theirs = take @ ways[way].covariance @ take.T
            cov = own[:, None, None] * mine + common[:, None, None] * theirs
            mean, seen = take @ ways[way].mean, cov[:, :m, :m]
            gain = np.linalg.solve(seen, cov[:, :m, m:]).transpose(0, 2, 1)
            off = np.tile(rest - mean[:m], (len(cov), 1))
            square = (off * np.linalg.solve(seen, off[..., None])[..., 0]).sum(axis=1)
            likely = np.exp(-square / 2) / np.sqrt(np.linalg.det(seen))
            likely *= ways[way].chance * np.exp(PEERS.log_weight[shape])
            ahead = z[0] + mean[m:] + np.einsum("jhm,jm->jh", gain, off)
            left = np.diagonal(cov[:, m:, m:] - gain @ cov[:, :m, m:], axis1=1, axis2=2)
            each.append((np.full(len(cov), way), np.full(len(cov), shape), likely, ahead, left))
        way, shape, likely, ahead, left = map(np.concatenate, zip(*each, strict=True))
        for w in range(len(ways)):
            of_way = way == w
            for f, name in enumerate(FAMILIES):
                of, c = of_way & (FAMILY[shape] == name), w * len(FAMILIES) + f
                mixed = 0.75 * likely[of].sum() / likely[of_way].sum() + 0.0625
                assert weights[c] == pytest.approx(likely[of_way].sum() / likely.sum() * mixed, rel=0.02)
                r = likely[of] / likely[of].sum()
                middle = r @ ahead[of]
                np.testing.assert_allclose(at[c], middle, atol=0.003)
                precision = 1 / (left[of] + r @ np.square(ahead[of] - middle))
                np.testing.assert_allclose(breadth(df[c]) / np.diagonal(whole[c]), r @ precision, rtol=0.03)
                spread = r @ np.square(precision - r @ precision) / (r @ precision) ** 2
                np.testing.assert_allclose(df[c], np.maximum(2 / spread, 3.0), rtol=0.12)
        assert weights.sum() == pytest.approx(1)
        assert (np.linalg.eigvalsh(whole - shared) > 0).all() and (np.linalg.eigvalsh(shared) > 0).all()


def test_beside_a_known_path_its_shocks_and_own_ones_add_up():
    still, moving = (
        mixture(PEERS, Z, G, True, [Way(way, OWN, "trend")])
        for way in (path(True, -0.1)._replace(covariance=np.zeros((5, 5))), path(True, -0.1))
    )
    covariance = 0.02 * np.array([[1.0, 1.0], [1.0, 3.0]]) * breadth(7.0)
    for whole, shared in zip(
        moving[3][:, :, :, :].reshape(-1, 2, 2), moving[4].reshape(-1, 2, 2), strict=True
    ):
        np.testing.assert_allclose(shared, covariance, rtol=1e-9)
        assert (np.linalg.eigvalsh(whole - shared) > 0).all()
    np.testing.assert_allclose(moving[3] - still[3], np.broadcast_to(covariance, moving[3].shape), rtol=1e-9)
    np.testing.assert_array_equal(still[4], np.zeros_like(still[4]))
    # Without shocks all is own noise: its degrees of freedom, and one more a figure.
    np.testing.assert_allclose(still[2], PEERS.df + N - 1)
    assert (moving[2] > still[2]).any()


@pytest.mark.parametrize("known", [True, False])
def test_many_series_at_once_are_each_alone(known):
    ways = [Way(path(known, -0.1, 0.6), OWN, "trend"), Way(path(known, 0.0, 0.4), OWN, "level")]
    both = mixture(PEERS, Z, G, known, ways)
    for s in range(2):
        for mine, alone in zip(both, mixture(PEERS, Z[[s]], G[[s]], known, ways), strict=True):
            np.testing.assert_allclose(mine[s], alone[0], rtol=1e-9)


def test_a_way_that_fits_better_gains():
    falling = np.array([[-1.0, -1.1, -1.3]])
    ways = [Way(path(True, pace, 0.5), OWN, str(pace)) for pace in (-0.1, 0.1)]
    weights = mixture(PEERS, falling, np.array([0.01]), True, ways)[0]
    assert weights[0, : len(FAMILIES)].sum() > 0.9


def test_where_hardly_anything_is_known_of_either_variance_there_still_is_one():
    """All of the spread is the path's, of few degrees of freedom, as is the own noise."""
    peers = SimpleNamespace(**{**vars(PEERS), "df": 3.0, "variance": 1e-6})
    way = Way(path(False, 0.0, df=3.0), OWN[:, [0, 4]][:, :, [0, 4]], "trend")
    way = Way(
        Path(
            *(
                part[[0, 4]] if i == 0 else part[np.ix_([0, 4], [0, 4])]
                for i, part in enumerate(way.path[:2])
            ),
            3.0,
            1.0,
        ),
        way.own,
        "trend",
    )
    _, _, df, whole, shared = mixture(peers, Z[:1, :1], np.array([1.0]), False, [way])
    assert (df >= 3).all() and (whole[..., 0, 0] > 0).all() and (shared / whole > 0.99).all()
