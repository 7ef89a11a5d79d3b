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
    the shared path is known in their years; C: each family in
    each name of the ``ways``. Where it is not, ``z`` is one series. ``errors`` (n + H,): the sampling variances of one
    series, which its own trend has not to explain.
    """
    likely, parts = zip(*(_given(peers, z, g, known, way, errors) for way in ways), strict=True)
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


def _given(peers, z, g, known, way, errors):
    """Return how likely a way is, (S,), and what ``mixture`` returns of the families then."""
    path, own, _, stretch = way
    n, variance = z.shape[1], (peers.variance * stretch * g)[:, None]
    if errors is not None:
        own = own + np.diag(errors) / variance[0]
    unit = peers.variance * stretch if known else variance[0]
    q, w, a, h = kriging(own + path.covariance / unit, np.ones((*own.shape[:2], 1)), n)
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
    theirs = common * (breadth(path.df) if known else sigma2 / variance[:, :, None, None])
    mine = sigma2 * ahead
    spread = mine + theirs
    # Welch and Satterthwaite: a sum of two estimated variances; where own noise scales both, its estimate is in all.
    whole, of_own, of_path = map(
        diagonal, (spread, mine if known else spread, np.broadcast_to(theirs, spread.shape))
    )
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
