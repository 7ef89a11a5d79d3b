"""What own figures and peers say together: a mixture of the families of own trends, around each way of the shared path."""

from __future__ import annotations

from collections.abc import Sequence
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
# Numbers worked on at once.
_BLOCK = 20000


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
    the shared path is known in their years; C: each family in each name of the ``ways``.
    ``errors`` (n + H,): the sampling variances of one series, which its own trend has not to explain.
    """
    if not known:
        return _integrated(peers, z, g, ways, errors)
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


class _Axes(NamedTuple):
    """Ways alike in their own part, each with every shape (A,), on axes on which both covariances of the figures are diagonal.

    Figures are differences from the last. It is the same for all series of the same years.
    """

    key: np.ndarray  # (A,): which name and family
    prior: np.ndarray  # (A,): logarithms
    path_df: float
    mean: np.ndarray  # (N - 1, A): of the path
    turn: np.ndarray  # (m, m, A): to the axes, on which the own variances are 1
    common: np.ndarray  # (m, A): the path's there
    own: np.ndarray  # (m, H, A): covariances of the axes with the years ahead
    path: np.ndarray  # (m, H, A)
    left: np.ndarray  # (H, H, A): what the own ones leave of the years ahead
    ahead: np.ndarray  # (H, H, A): the path's there


def _integrated(
    peers: Taught, z: np.ndarray, g: np.ndarray, ways: Sequence[Way], errors: np.ndarray | None
) -> tuple[np.ndarray, ...]:
    """Return ``mixture`` of series (S, n) around a path that is not known in their years.

    Own variance and the path's are each what figures make of it: both are integrated over a grid, beside every shape of
    every way. What a Student-t is told by are the mean and variance of the precision.
    """
    m = z.shape[1] - 1
    alike: dict[tuple[int, float], list[Way]] = {}
    for way in ways:
        alike.setdefault((id(way.own), way.stretch), []).append(way)
    names = list(dict.fromkeys(way.name for way in ways))
    named = [np.array([names.index(way.name) for way in some]) for some in alike.values()]
    # Every family in every name has its place, however unlikely: some of its weight is the same for all.
    families = [family for family in FAMILIES if family in peers.family]
    cell = np.array([families.index(family) for family in peers.family])
    error = None if errors is None else errors / (peers.variance * g[0])
    every = [
        _axes(peers, some, of[:, None] * len(families) + cell, error, m)
        for some, of in zip(alike.values(), named, strict=True)
    ]
    found = [
        _one(peers, row[:m] - row[m], wide, every, (len(names), len(families)))
        for row, wide in zip(z, g, strict=True)
    ]
    weights, at, *rest = map(np.array, zip(*found, strict=True))
    return weights, z[:, m, None, None] + at, *rest


def _axes(peers, ways, key, error, m):
    """Return _Axes of ways of one own part; ``error`` (N,): variances of figures, in the peers' variance at the level."""
    unit, own = peers.variance * ways[0].stretch, ways[0].own
    if error is not None:
        own = own + np.diag(error / ways[0].stretch)
    own = unit * _from_last(own, m)
    path = _from_last(np.array([way.path.covariance for way in ways]), m)
    mean = np.array([way.path.mean for way in ways])
    mean = np.delete(mean, m, axis=1) - mean[:, [m]]
    root = np.linalg.inv(np.linalg.cholesky(own[:, :m, :m]))
    common, axes = np.linalg.eigh(root @ path[:, None, :m, :m] @ root.transpose(0, 2, 1))
    turn = axes.transpose(0, 1, 3, 2) @ root
    across = turn @ own[:, :m, m:]
    prior = np.log([way.path.chance for way in ways])[:, None] + peers.log_weight
    prior = prior + np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)

    def last(part):
        whole = np.broadcast_to(part, (*key.shape, *part.shape[2:]))
        return np.ascontiguousarray(np.moveaxis(whole.reshape(key.size, *part.shape[2:]), 0, -1))

    theirs, left = turn @ path[:, None, :m, m:], own[:, m:, m:] - across.transpose(0, 1, 3, 2) @ across
    parts = mean[:, None], turn, np.maximum(common, 0), across, theirs, left, path[:, None, m:, m:]
    return _Axes(key.ravel(), prior.ravel(), ways[0].path.df, *map(last, parts))


def _from_last(covariances, m):
    """Return covariances (W, N - 1, N - 1) of differences from the last figure."""
    apart = covariances - covariances[:, [m]]
    apart = apart - apart[:, :, [m]]
    return np.delete(np.delete(apart, m, axis=1), m, axis=2)


def _one(peers, z, g, every, size):
    """Return of differences (m,) of one series its weights, location, df and covariances by name and family."""
    seen = [_seen(peers, z, g, axes) for axes in every]
    # ``least`` likely that still counts, by name and family.
    least = np.full(np.prod(size), -np.inf)
    for axes, (_, _, _, likely) in zip(every, seen, strict=True):
        np.maximum.at(least, axes.key, likely.max(axis=1))
    least += np.log(_HARDLY)
    told = [block for axes, some in zip(every, seen, strict=True) for block in _ahead(axes, some, least)]
    key, r, wide = (np.concatenate([block[i] for block in told], axis=-1) for i in range(3))
    sums = sum(block[3] for block in told)
    chance = softmax((least + np.log(sums[0])).reshape(size))
    of_name = chance.sum(axis=1, keepdims=True)
    weights = _TRUST * chance + (1 - _TRUST) / size[1] * of_name
    return weights.ravel(), *_student(key, r / sums[0, key], wide, sums[1:] / sums[0])


def _seen(peers, z, g, axes):
    """Return what figures (m,) tell: themselves on the axes, own and path's variances (J,), and how likely all are (A, J)."""
    m = len(z)
    at = np.einsum("ija,ja->ia", axes.turn, z[:, None] - axes.mean[:m])
    squares = np.square(at)
    mine, of_mine = _nodes(peers.df, m, squares.sum(axis=0).max() / g)
    theirs, of_theirs = _nodes(axes.path_df, 0, 0.0)
    mine, theirs = np.repeat(g * mine, len(theirs)), np.tile(theirs, len(mine))
    determinant, total = 1.0, 0.0
    for common, square in zip(axes.common[..., None], squares[..., None], strict=True):
        # An axis after the other: all at once would be far more to hold.
        spread = mine + theirs * common
        determinant, total = determinant * spread, total + square / spread
    likely = (of_mine[:, None] + of_theirs).ravel() - 0.5 * (np.log(determinant) + total)
    return at, mine, theirs, axes.prior[:, None] + likely


def _ahead(axes, seen, least):
    """Yield of what is likely (P,) name and family, weight, variances ahead (H, P), and sums by name and family.

    Summed are weights, and what they have of changes ahead (H), their products, covariances, all and the path's (H × H).
    """
    z, mine, theirs, likely = seen
    found, h = np.flatnonzero(likely > least[axes.key][:, None]), len(axes.left)
    # So few at once that they stay near the processor.
    for some in np.array_split(found, 1 + len(found) * h**2 // _BLOCK):
        a, j = np.divmod(some, likely.shape[1])
        key, own, path = axes.key[a], mine[j], theirs[j]
        ahead, own_left, path_left = (
            part.take(a, axis=-1) for part in (axes.mean[len(z) :], axes.left, axes.ahead)
        )
        for i in range(len(z)):
            figure, common, with_own, with_path = (
                part[i].take(a, axis=-1) for part in (z, axes.common, axes.own, axes.path)
            )
            weight = (own * with_own + path * with_path) / (own + path * common)
            ahead += weight * figure
            off = with_own - weight
            own_left += off[:, None] * off
            path_left += (weight * common - with_path)[:, None] * weight - weight[:, None] * with_path
        path_left *= path
        whole = own * own_left + path_left
        r = np.exp(likely.ravel()[some] - least[key])
        by = np.zeros((len(key), len(least)))
        by[np.arange(len(key)), key] = r
        summed = [np.ones_like(r)[None], ahead, *ahead[:, None] * ahead, *whole, *path_left]
        yield key, r, np.einsum("hhp->hp", whole), np.concatenate(summed) @ by


def _student(key, r, wide, means):
    """Return location, df (C, H), covariances, all and the path's (C, H, H), of mixtures of normals (P,) as one Student-t each.

    ``means`` (H + 3 H H, C): as ``_ahead`` says, but for the weights.
    """
    h, cells = wide.shape[0], means.shape[1]
    middle, (square, whole, theirs) = means[:h], means[h:].reshape(3, h, h, cells)
    apart = square - middle[:, None] * middle
    precision = 1 / (wide + np.einsum("hhc->hc", apart)[:, key])

    def mean(part):
        return np.array([np.bincount(key, r * row, cells) for row in part])

    centre = mean(precision)
    spread = mean(np.square(precision - centre[:, key]))
    df = np.clip(2 * centre**2 / np.maximum(spread, 1e-9 * centre**2), 3.0, 1e3)
    cov = whole + apart
    wider = np.sqrt(breadth(df) / centre / np.einsum("hhc->hc", cov))
    wider = wider[:, None] * wider
    return middle.T, df.T, (cov * wider).T, (theirs * wider).T


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
