"""The wild cluster restricted bootstrap from moments: p-values and intervals that hold with few clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from povertystats.clusters.effective import partial_leverage
from povertystats.clusters.jackknife import equations, unknown_columns
from povertystats.clusters.statistics import TIE, Statistics
from povertystats.regression.inference import bad_level, crv1, solve, too_few
from povertystats.regression.moments import Moments
from povertystats.words.errors import not_whole, refuse
from povertystats.words.result import Result

# Up to this many clusters every pattern of signs is used, none is drawn.
_ALL_PATTERNS = 12
# A smaller share of what the null adds to a score than this is rounding.
_NOTHING = 1e-13
# Draws worked on at once: few enough to stay in the processor's cache.
_BATCH = 2048


@dataclass(frozen=True, eq=False, repr=False)
class WildBootstrap(Result):
    """Tests and intervals by the wild cluster restricted bootstrap.

    Parameters
    ----------
    table : DataFrame
        A row a column: column, estimate, t (of the estimate against ``null``, by CRV1), p (two-sided), low and high (at
        ``level``; infinite where the test never rejects), draws (2^G where every pattern of signs was used), ties
        (draws whose statistic equals t but for 1e-10 or a share of that; they count towards p), holes (stretches
        between values that are not rejected on which all are: where p is not monotone).
    pieces : DataFrame
        Every stretch of values that are not rejected at ``level``, one more a column than its holes: column, low, high.
    null : float
        The value tested.
    level : float
        Confidence of the intervals.

    Examples
    --------
    >>> rng = np.random.default_rng(5)
    >>> panel = pd.DataFrame({"place": np.repeat(range(8), 5), "x": rng.normal(size=40), "y": rng.normal(size=40)})
    >>> wild(Moments.from_frame(panel, "y", ["x"], time=None)).table["draws"].tolist()
    [256]
    """

    table: pd.DataFrame
    pieces: pd.DataFrame
    null: float
    level: float

    def _sentence(self) -> str:
        columns = ", ".join(self.table["column"])
        told = f"Wild cluster bootstrap of {columns} against {self.null:g}: {100 * self.level:g}% intervals"
        joint = self.pieces.merge(self.table, on="column", suffixes=("", "_told"))
        outside = (joint["high"] < joint["low_told"]) | (joint["low"] > joint["high_told"])
        beyond = ", ".join(joint["column"][outside].unique())
        more = f"; of {beyond}, values beyond {self.null:g} are not rejected either: see .pieces"
        return told + (more if beyond else "")


def wild(
    moments: Moments,
    columns: str | Sequence[str] | None = None,
    *,
    null: float = 0.0,
    draws: int = 9999,
    seed: int = 1,
    level: float = 0.95,
    count_nested: bool = False,
) -> WildBootstrap:
    """Test coefficients by the wild cluster restricted bootstrap (WCR), Rademacher signs by cluster.

    With β̃ estimated under the null, ``s̃_g = c_g − A_g β̃``, a = row j of A⁻¹, ``c*_g = a s̃_g``,
    ``H_gh = a A_g A⁻¹ s̃_h`` and signs v: ``t* = c*'v / sqrt(ssc·Σ_g (c*_g v_g − (Hv)_g)²)``, which is t by
    CRV1 when the residuals under the null change sign cluster by cluster. p is the share of ``|t*| ≥ |t|``
    over all 2^G patterns when G ≤ 12, else ``(1 + count)/(1 + draws)``. The values with ``p > 1 − level`` are known
    exactly: a draw is as extreme as the data where a quartic in the null is not negative. The interval reaches to the
    farthest of them on each side. Where ``null`` is rejected and values beyond it are not (a hole), the interval ends
    before it, and they stand in ``pieces``: p and the interval never contradict each other.

    Parameters
    ----------
    moments : Moments
        The model.
    columns : str or sequence of str, optional
        Names among ``moments.columns``; the regressors when left out. All share the same signs, so that a result does
        not depend on what is tested beside it.
    null : float, default 0.0
        The value tested.
    draws, seed : int
        Draws of signs with more than 12 clusters, and their seed.
    level : float, default 0.95
        Confidence of the intervals.
    count_nested : bool, default False
        As in ``crv1``: it changes t, but neither p nor the interval.

    Returns
    -------
    WildBootstrap
        Estimates and intervals in units and with the sign of the coefficient.

    Raises
    ------
    Refused
        All problems at once: unknown columns, a null that is not finite, bad level, draws or seed, fewer than two
        clusters, clusters or draws too few to reject anything at ``level``, a column that varies in one cluster only.

    References
    ----------
    Roodman, MacKinnon, Nielsen & Webb 2019, doi:10.1177/1536867X19830877; Cameron, Gelbach & Miller 2008,
    doi:10.1162/rest.90.3.414.

    Examples
    --------
    >>> from povertystats.regression.moments import Moments
    >>> rng = np.random.default_rng(5)
    >>> panel = pd.DataFrame({"place": np.repeat(range(8), 5), "x": rng.normal(size=40)})
    >>> panel["y"] = 0.4 * panel.x + rng.normal(size=40)
    >>> tests = wild(Moments.from_frame(panel, "y", ["x"], time=None)).table
    >>> tests[["t", "p", "low", "high", "draws", "ties"]].round(3).loc[0].tolist()
    [2.028, 0.062, -0.042, 1.25, 256.0, 2.0]
    """
    columns = moments.regressors if columns is None else [columns] if isinstance(columns, str) else columns
    refuse("cannot bootstrap", _problems(moments, columns, null, draws, seed, level))
    beta = solve(moments)
    refuse("cannot bootstrap", _alone(moments, columns))
    se = np.sqrt(np.diag(crv1(moments, beta, columns, count_nested=count_nested)))
    every = len(moments.n) <= _ALL_PATTERNS
    flips = _patterns(len(moments.n)) if every else _random(len(moments.n), draws, seed)
    xx, scores, inverse, size = _standardised(moments)
    mirrors = 2 if every else 1
    rows, pieces = [], []
    for name in columns:
        j = moments.columns.index(name)
        unit, squares = _squares(xx, scores, inverse, j, flips)
        told = Statistics(squares, every).tell(beta[j], unit / size[j], null, level)
        rows.append(
            {
                "column": name,
                "estimate": beta[j],
                "t": (beta[j] - null) / se[j],
                "p": told.p,
                "low": told.low,
                "high": told.high,
                "draws": mirrors * flips.shape[1],
                "ties": mirrors * told.ties,
                "holes": len(told.pieces) - 1,
            }
        )
        pieces += [{"column": name, "low": low, "high": high} for low, high in told.pieces]
    return WildBootstrap(pd.DataFrame(rows), pd.DataFrame(pieces), null, level)


def _standardised(moments):
    """Return A_g (G, K, K), scores ŝ_g (G, K), A⁻¹ and √diag A (K,), the columns in units of the latter."""
    each = equations(moments)
    size = np.sqrt(np.diag(each.sum(axis=0)))
    xx, xy = each[:, :, :-1] / np.outer(size, size), each[:, :, -1] / size
    inverse = np.linalg.inv(xx.sum(axis=0))
    return xx, xy - xx @ (inverse @ xy.sum(axis=0)), inverse, size


def _squares(xx, scores, inverse, j, flips):
    """Return √Σĉ_g² and, in units of it, ``_Test.squares``; ``flips`` (G, B) is 1 where a sign changes.

    ĉ_g = a ŝ_g. Under a null a distance s away: s̃_g = ŝ_g + s·A_g a'/a_j, hence c*_g = ĉ_g + s·h_g with the
    partial leverage h. New signs move the coefficients by u = A⁻¹Σ s̃_g v_g and each a ŝ_g by −a A_g u, and
    since v_g² = 1: q = Σ(c*_g v_g − a A_g u)² = Σc*_g² − 2u'Σ c*_g v_g (a A_g)' + u'Du, D = Σ(a A_g)'(a A_g).
    """
    row = inverse[j]
    half = xx @ row
    own, share = scores @ row, half @ row / row[j]
    unit = np.sqrt(own @ own)
    own, d = own / unit, half.T @ half
    moves = inverse @ scores.T / unit, inverse @ half.T / row[j]
    sums = np.vstack([own, share, *moves, half.T * own, half.T * share])
    parts = 2 + len(row) * np.arange(4)
    squares = np.empty((2, 3, flips.shape[1]))
    for start in range(0, flips.shape[1], _BATCH):
        draws = slice(start, start + _BATCH)
        n, u0, u1, w0, w1 = np.split(sums @ (1.0 - 2 * flips[:, draws]), parts)
        d0, d1 = d @ u0, d @ u1
        squares[0, :, draws] = n[0] ** 2, 2 * n[0] * n[1], n[1] ** 2
        squares[1, 0, draws] = 1 + _dot(u0, d0 - 2 * w0)
        squares[1, 1, draws] = 2 * (own @ share + _dot(u0, d1 - w1) - _dot(u1, w0))
        squares[1, 2, draws] = share @ share + _dot(u1, d1 - 2 * w1)
    # All that tells of the column changed sign together, or not at all: what a null adds is then fitted again.
    squares[1, 1:, squares[1, 2] < _NOTHING * (share @ share)] = 0
    return unit, squares


def _dot(a, b):
    return np.einsum("kb,kb->b", a, b)


def _patterns(clusters):
    """Return every choice of clusters to flip but for the complements, which give the same |t*|."""
    return (np.arange(2 ** (clusters - 1)) >> np.arange(clusters)[:, None]) & 1


def _random(clusters, draws, seed):
    """Return which clusters change sign in each draw, as 0 and 1: (G, B) bytes."""
    count = clusters * draws
    bits = np.frombuffer(np.random.default_rng(seed).bytes(-(-count // 8)), np.uint8)
    return np.unpackbits(bits, count=count).reshape(clusters, draws)


def _problems(moments, columns, null, draws, seed, level):
    problems = unknown_columns(moments, columns)
    if not np.isfinite(null):
        problems.append(f"null is {null}; expected a finite number, in units of the coefficient")
    problems += not_whole(seed=seed)
    unfit = bad_level(level) + not_whole(1, draws=draws)
    g = len(moments.n)
    problems += too_few(moments, "the bootstrap needs", better=10)
    if g > 1 and not unfit:
        problems += _never_rejects(g, draws, level)
    return problems + unfit


def _alone(moments, columns):
    """Return which columns vary in one cluster only: its residuals beside them add up to nothing."""
    shares = {name: partial_leverage(moments, name) for name in columns}
    alone = {name: moments.clusters[h.argmax()] for name, h in shares.items() if h.max() > 1 - TIE}
    why = "its clustered error is zero by construction, and no test of it exists"
    advice = "leave it out, or add places in which it varies"
    return [f"{name} varies on its own in {place} only: {why}; {advice}" for name, place in alone.items()]


def _never_rejects(clusters, draws, level):
    every = clusters <= _ALL_PATTERNS
    least = 2.0 ** (1 - clusters) if every else 1 / (1 + draws)
    if least <= 1 - level + TIE:
        return []
    few = f"{clusters} clusters have {2**clusters} patterns of signs" if every else f"draws is {draws}"
    other = "use the jackknife (cv3)" if every else "expected 999 or more"
    return [f"{few}: p is never below {least:.3g}, nothing can be rejected at level {level}; {other}"]
