"""What own figures and peers say together: a mixture of the families of own trends, around each way of the shared path."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple, Protocol

import numpy as np
from scipy.special import logsumexp, softmax

from povertystats.forecasts.empirical_bayes import log_density
from povertystats.forecasts.shared_paths import Path
from povertystats.forecasts.structural_trends import FAMILIES, breadth, diagonal, kriging

# Weights of families as the peers say, but a quarter of the way to equal ones: equal weights are hard to beat.
_TRUST = 0.75
# What is so many times less likely than the likeliest shape of a way, with its variances, is left out.
_HARDLY = 1e-4


class Way(NamedTuple):
    """One way in which a series may move: the shared path, and the covariances (K, N, N) of deviations of variance 1.

    ``stretch``: how many times the variance of the peers' own changes its own has. Ways of one ``name`` are told as one.
    """

    path: Path
    own: np.ndarray
    name: str
    stretch: float = 1.0


class Taught(Protocol):
    """What is needed of ``Peers``: the grid of own trends, and how unsteady places are."""

    @property
    def family(self) -> np.ndarray: ...
    @property
    def log_weight(self) -> np.ndarray: ...
    @property
    def df(self) -> float: ...
    @property
    def variance(self) -> float: ...


def mixture(
    peers: Taught,
    z: np.ndarray,
    g: np.ndarray,
    known: bool,
    ways: Sequence[Way],
    errors: np.ndarray | None = None,
) -> tuple[np.ndarray, ...]:
    """Return weights (S, C), location and df (S, C, H), covariances of the years ahead, all and shared (S, C, H, H).

    ``z`` (S, n): series on the scale; ``g`` (S,): their variances as multiples of ``peers.variance``; ``known``: whether
    the shared path is known in their years, else ``z`` is one series; C: each family in each name of the ``ways``.
    ``errors`` (n + H,): the sampling variances of one series, which its own trend has not to explain.
    """
    if not known:
        return _integrated(peers, z[0], float(g[0]), ways, errors)
    likely, parts = zip(*(_given(peers, z, g, way, errors) for way in ways), strict=True)
    chance = softmax(np.array(likely), axis=0)
    named = np.array([way.name for way in ways])
    found = []
    for name in dict.fromkeys(named):
        of = named == name
        weights, at, df, whole, theirs = (np.array(part)[of] for part in zip(*parts, strict=True))
        weights = chance[of][..., None] * weights
        share = weights / weights.sum(axis=0)
        middle = np.einsum("wsc,wsch->sch", share, at)
        apart = at - middle
        whole = whole + apart[..., None] * apart[..., None, :]
        spread = (np.einsum("wsc,wscgh->scgh", share, part) for part in (whole, theirs))
        found.append((weights.sum(axis=0), middle, np.einsum("wsc,wsch->sch", share, df), *spread))
    return tuple(np.concatenate(part, axis=1) for part in zip(*found, strict=True))


def _nodes(df: float, dims: int, squares: float) -> tuple[np.ndarray, np.ndarray]:
    """Return values of a variance with scaled inverse χ² prior of mean square 1, and the logarithms of their weights.

    Evenly apart on the logarithm, by 1.5 standard deviations of what ``dims`` figures, whose squares sum to ``squares``, tell
    of it: for what is nearly normal a sum over such steps is exact to a few parts in ten thousand.
    """
    sd = np.sqrt(2 / df)
    top = max(3.5 * sd, np.log(3 * (df + squares) / (df + dims)))
    x = np.arange(-2.5 * sd, top, 1.5 * np.sqrt(2 / (df + dims)))
    log_p = -df / 2 * (x + np.exp(-x))
    return np.exp(x), log_p - logsumexp(log_p)


class _Seen(NamedTuple):
    """Of ways alike in their own part: what own figures say of each shape and both variances, on axes of their own."""

    ways: list[Way]
    own: np.ndarray  # (K, N - 1, N - 1): covariances of differences from the last figure
    mean: np.ndarray  # (W, N - 1): of the path
    path: np.ndarray  # (W, N - 1, N - 1): its covariance
    z: np.ndarray  # (n - 1,): own figures
    turn: np.ndarray  # (W, K, n - 1, n - 1): to axes on which both are diagonal
    common: np.ndarray  # (W, K, n - 1): the path's variances there, the own ones being 1
    variances: tuple[np.ndarray, np.ndarray]  # (J,): own and path's, as multiples
    likely: np.ndarray  # (W, K, J)


def _integrated(
    peers: Taught, z: np.ndarray, g: float, ways: Sequence[Way], errors: np.ndarray | None
) -> tuple[np.ndarray, ...]:
    """Return ``mixture`` of one series (n,) around a path that is not known in its years.

    Own variance and the path's are each what figures make of it: both are integrated over a grid, beside every shape of
    every way. What a Student-t is told by are the mean and variance of the precision.
    """
    m, ahead = len(z) - 1, len(ways[0].path.mean) - len(z)
    alike: dict[tuple[int, float], list[Way]] = {}
    for way in ways:
        alike.setdefault((id(way.own), way.stretch), []).append(way)
    told = np.delete(np.eye(m + 1 + ahead), m, axis=0)
    told[:, m] -= 1
    every = [_seen(peers, z[:m] - z[m], g, some, errors, told) for some in alike.values()]
    # Every family in every name has its place, however unlikely: some of its weight is the same for all.
    cells = [
        ((name, family), seen, of, seen.likely[np.ix_(*of)])
        for name, family in product(dict.fromkeys(way.name for way in ways), FAMILIES)
        for seen in every
        if all(map(len, of := (_named(seen, name), np.flatnonzero(peers.family == family))))
    ]
    least: dict[tuple[str, str], float] = {}
    for key, _, _, likely in cells:
        least[key] = max(least.get(key, -np.inf), likely.max() + np.log(_HARDLY))
    parts: dict[tuple[str, str], list[tuple[np.ndarray, ...]]] = {key: [] for key in least}
    for key, seen, of, likely in cells:
        if len((at := np.nonzero(likely > least[key]))[0]):
            parts[key].append((likely[at], *_ahead(seen, of[0][at[0]], of[1][at[1]], at[2], m)))
    found = {key: tuple(map(np.concatenate, zip(*some, strict=True))) for key, some in parts.items()}
    chance = {key: float(logsumexp(some[0])) for key, some in found.items()}
    whole = logsumexp([*chance.values()])
    reduced = []
    for name in dict.fromkeys(name for name, _ in found):
        of_name = logsumexp([p for (one, _), p in chance.items() if one == name])
        families = [family for one, family in found if one == name]
        for family in families:
            trusted = _TRUST * np.exp(chance[name, family] - of_name) + (1 - _TRUST) / len(families)
            middle, *rest = _student(*found[name, family])
            reduced.append((np.exp(of_name - whole) * trusted, z[m] + middle, *rest))
    return tuple(np.array(part)[None] for part in zip(*reduced, strict=True))


def _named(seen, name):
    """Return which ways have the name."""
    return np.array([w for w, way in enumerate(seen.ways) if way.name == name], dtype=int)


def _seen(peers, z, g, ways, errors, told):
    """Return _Seen of ways of one own part; ``z`` (m,): differences from the last figure, as ``told`` (N - 1, N) takes them."""
    m, own = len(z), ways[0].own
    unit = peers.variance * ways[0].stretch * g
    if errors is not None:
        own = own + np.diag(errors) / unit
    own = unit * (told @ own @ told.T)
    mean = np.array([way.path.mean for way in ways]) @ told.T
    path = told @ np.array([way.path.covariance for way in ways]) @ told.T
    root = np.linalg.inv(np.linalg.cholesky(own[:, :m, :m]))
    common, axes = np.linalg.eigh(root @ path[:, None, :m, :m] @ root.transpose(0, 2, 1))
    turn, common = axes.transpose(0, 1, 3, 2) @ root, np.maximum(common, 0)
    at = np.einsum("wkij,wj->wki", turn, z - mean[:, :m])
    (mine, of_mine), (theirs, of_theirs) = (
        _nodes(peers.df, m, np.square(at).sum(axis=2).max()),
        _nodes(ways[0].path.df, 0, 0.0),
    )
    mine, theirs = variances = np.repeat(mine, len(theirs)), np.tile(theirs, len(mine))
    determinant, square = 1.0, 0.0
    for i in range(m):  # an axis after the other: all at once would be far more to hold
        spread = mine + theirs * common[:, :, i, None]
        determinant, square = determinant * spread, square + np.square(at)[:, :, i, None] / spread
    likely = np.zeros((len(ways), len(own), len(mine))) - 0.5 * (np.log(determinant) + square)
    likely += (of_mine[:, None] + of_theirs).ravel()
    likely += (peers.log_weight + np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1))[:, None]
    likely += np.log([way.path.chance for way in ways])[:, None, None]
    return _Seen(ways, own, mean, path, z, turn, common, variances, likely)


def _ahead(seen, w, k, j, m):
    """Return of ways, shapes and variances (P,) the changes ahead (P, H), and covariances, the own's and the path's."""
    mine, theirs = (part[j, None, None] for part in seen.variances)
    turn, own, path = seen.turn[w, k], mine * seen.own[k], theirs * seen.path[w]
    spread = mine[:, 0] + theirs[:, 0] * seen.common[w, k]
    weights = (own[:, m:, :m] + path[:, m:, :m]) @ turn.swapaxes(1, 2) / spread[:, None] @ turn
    at = seen.mean[w, m:] + np.einsum("phm,pm->ph", weights, seen.z - seen.mean[w, :m])

    def left(cov):
        across = weights @ cov[:, :m, m:]
        return (
            cov[:, m:, m:]
            - across
            - across.swapaxes(1, 2)
            + weights @ cov[:, :m, :m] @ weights.swapaxes(1, 2)
        )

    return at, left(own), left(path)


def _student(likely, at, mine, theirs):
    """Return location, df (H,), covariances, all and the path's (H, H), of a mixture of normals (J,) as one Student-t."""
    r = softmax(likely)
    middle = r @ at
    off = at - middle
    apart, whole = np.einsum("j,jg,jh->gh", r, off, off), mine + theirs
    precision = 1 / (np.diagonal(whole, axis1=1, axis2=2) + np.diag(apart))
    mean = r @ precision
    df = np.clip(2 * mean**2 / np.maximum(r @ np.square(precision - mean), 1e-9 * mean**2), 3.0, 1e3)
    cov = np.tensordot(r, whole, 1) + apart
    wide = np.sqrt(breadth(df) / mean / np.diagonal(cov))
    wide = wide * wide[:, None]
    return middle, df, cov * wide, np.tensordot(r, theirs, 1) * wide


def _given(peers, z, g, way, errors):
    """Return how likely a way is, (S,), and what ``mixture`` returns of the families then."""
    path, own, _, stretch = way
    n, variance = z.shape[1], (peers.variance * stretch * g)[:, None]
    if errors is not None:
        own = own + np.diag(errors) / variance[0]
    q, w, a, h = kriging(own + path.covariance / (peers.variance * stretch), np.ones((*own.shape[:2], 1)), n)
    ahead, common = (a @ part @ a.transpose(0, 2, 1) for part in (own, path.covariance))
    apart = z - path.mean[:n]
    total = peers.df * variance + np.einsum("sn,knm,sm->sk", apart, q, apart, optimize=True)
    df = peers.df + n - 1
    log_r = peers.log_weight - h + log_density(peers.df, variance, total, n - 1)
    # Where spreads add up, those of Student-t count by the width of their middle 80 %.
    sigma2, at = (
        (total / df * breadth(df))[:, :, None, None],
        path.mean[n:] + np.einsum("kfn,sn->skf", w, apart),
    )
    theirs = common * breadth(path.df)
    mine = sigma2 * ahead
    spread = mine + theirs
    # Welch and Satterthwaite: a sum of two estimated variances.
    whole, of_own, of_path = map(diagonal, (spread, mine, np.broadcast_to(theirs, spread.shape)))
    # No fewer than either of the two may have.
    freedom = np.maximum(whole**2 / (of_own**2 / df + of_path**2 / path.df), 3.0)
    chances, parts = [], []
    for name in FAMILIES:
        of = peers.family == name
        chances.append(logsumexp(log_r[:, of], axis=1))
        r = softmax(log_r[:, of], axis=1)
        middle = r[:, None] @ at[:, of]
        off = at[:, of] - middle
        wide = np.einsum("sk,skgh->sgh", r, spread[:, of] + off[..., None] * off[:, :, None])[:, None]
        shared = np.einsum("sk,skgh->sgh", r, np.broadcast_to(theirs, spread.shape)[:, of])[:, None]
        parts.append([middle, r[:, None] @ freedom[:, of], wide, shared])
    weights = _TRUST * softmax(np.array(chances).T, axis=1) + (1 - _TRUST) / len(FAMILIES)
    likely = np.log(path.chance) + logsumexp(log_r, axis=1)
    return likely, (weights, *(np.concatenate(part, axis=1) for part in zip(*parts, strict=True)))
