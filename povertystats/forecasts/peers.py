"""What peers say about how short annual rates move: their shared path, its shocks, and the deviations from it.

A place's series is a path that all peers share plus a deviation of its own, ``y_i(t) = c(t) + d_i(t)``; both
follow structural trends of a grid of shapes, and the peers say how probable each shape is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import pandas as pd
from scipy.special import logsumexp, softmax

from povertystats.forecasts import structural_trends as trends
from povertystats.forecasts.predictive import Predictive
from povertystats.forecasts.scores import link_problems, to_scale
from povertystats.frames.rates import Units, rate_panel
from povertystats.frames.reader import Place
from povertystats.words.errors import InvalidValue, refuse
from povertystats.words.result import Result

# So short a path can look too smooth: a prior worth one year, at a part of the places' own variance.
_SHOCK_DF, _SHOCK_SHARE = 1.0, 0.1
# Weights of families as the peers say, but half way to equal ones: equal weights are hard to beat.
_TRUST = 0.5


@dataclass(frozen=True, eq=False, repr=False)
class Peers(Result):
    """How comparable series move, estimated by ``fit_peers``.

    Parameters
    ----------
    scale : {"log_odds", "points"}
        The scale on which they move.
    used : int
        Series, those of two figures included, which tell of the pace alone.
    left_out : dict of str to int
        Series left out, by reason: "few", "no_log_odds".
    paths : dict of str to dict of int to float
        Each indicator's shared path, ``{year: level}`` on the scale.
    family : numpy.ndarray of str, shape (K,)
        The family of each own deviation of the grid.
    shapes : tuple of length K
        Its shape, ``(φ, share of slope shocks, share of noise)``.
    kappa : numpy.ndarray, shape (K,)
        The variance of its slope between places.
    log_weight : numpy.ndarray, shape (K,)
        The logarithm of its weight.
    df, variance : float
        The ν0 and s0² of the variance of a year's change.
    noise : float
        How that depends on the level, 0 to 1.

    Notes
    -----
    The variance of a year's change in a place at level p is ``σ² g(p)``, ``σ² ~ ν0 s0²/χ²(ν0)``;
    ``g(p) = (4 p (1 − p))^−noise`` on the log-odds: 0, the same at all levels, to 1, the sampling noise of a share;
    in points ``2 − noise`` takes the place of ``−noise``.

    Examples
    --------
    >>> import povertystats as ps
    >>> ps.fit_peers(ps.load_facts().as_of("2020-05-07").peers("poor_household_pct"))
    <Peers> 184 series of 3 indicators on log_odds, 8 left out
    """

    scale: str
    used: int
    left_out: dict[str, int]
    paths: dict[str, dict[int, float]]
    family: np.ndarray
    shapes: tuple[tuple[float, float, float], ...]
    kappa: np.ndarray
    log_weight: np.ndarray
    df: float
    variance: float
    noise: float
    _designs: dict[tuple, tuple] = field(default_factory=dict, init=False)

    def _sentence(self) -> str:
        left_out = sum(self.left_out.values())
        return f"{self.used} series of {len(self.paths)} indicators on {self.scale}, {left_out} left out"

    def shared(self, indicator: str, years: Sequence[int]) -> tuple[np.ndarray, np.ndarray, float]:
        """Return what is believed of an indicator's shared path.

        Parameters
        ----------
        indicator : str
            The indicator, as ``paths`` names it; one that the peers do not have starts from a level of 0.
        years : sequence of int, length N
            The years.

        Returns
        -------
        mean : numpy.ndarray, shape (N,)
            Its mean on the scale.
        covariance : numpy.ndarray, shape (N, N)
            Its covariance.
        df : float
            Degrees of freedom.

        Notes
        -----
        Indicators share their pace; each has its own level and shocks. The mixture of shapes is reduced to its mean
        and covariance.
        """
        rows = [(name, t, c) for name, levels in self.paths.items() for t, c in levels.items()]
        known, when, path = zip(*rows, strict=True)
        labels, c = known + (indicator,) * len(years), np.array(path)
        columns, cov = trends.covariances(tuple(chain(*trends.SHARED.values())), when + tuple(years), labels)
        levels = np.array([[label == name for name in self.paths] for label in labels], dtype=float)
        levels = np.broadcast_to(levels, (len(cov), *levels.shape))
        q, w, a, h = trends.kriging(cov, np.concatenate([levels, columns[:, :, None]], axis=2), len(c))
        df = _SHOCK_DF + len(c) - len(self.paths) - 1
        total = _SHOCK_DF * _SHOCK_SHARE * self.variance + np.einsum("n,knm,m->k", c, q, c)
        prior = np.concatenate(
            [np.full(len(shapes), -np.log(len(shapes))) for shapes in trends.SHARED.values()]
        )
        r = softmax(prior - h - df / 2 * np.log(total))
        apart = w @ c - r @ (w @ c)
        errors = (total / df)[:, None, None] * (a @ cov @ a.transpose(0, 2, 1))
        return r @ (w @ c), np.einsum("k,kij->ij", r, errors + apart[:, :, None] * apart[:, None, :]), df

    def paths_ahead(
        self, indicator: str, years: Sequence[int] | np.ndarray, values: np.ndarray, horizon: int
    ) -> tuple[list[tuple[Predictive, ...]], np.ndarray, np.ndarray]:
        """Forecast S series of one indicator and the same years.

        Parameters
        ----------
        indicator : str
            The indicator, as ``paths`` names it.
        years : sequence of int, length n
            The years of the figures, one or more.
        values : numpy.ndarray, shape (S, n)
            The figures in percent.
        horizon : int
            Years ahead.

        Returns
        -------
        paths : list of tuple of Predictive
            For each series one Predictive a year ahead.
        shared : numpy.ndarray, shape (S, horizon)
            The share of each variance that is the path's own: what a shock to all places contributes.
        together : numpy.ndarray, shape (2, S, K, horizon, horizon)
            The covariance of the years ahead by component, on the scale: all of it, and what the path's own makes up.

        Notes
        -----
        Given a shape, ``z − c ~ N(level, σ² g (D + κ x x' + C/(g s0²)))``, C the covariance of the shared
        path. Where the peers have the indicator, C is 0 in their years: past shocks are taken out of ``z``,
        not counted twice. Where they do not, C covers the own years, and own noise scales both.
        """
        every, z = tuple(map(int, years)), to_scale(values, self.scale)
        weights, at, spread, df, shared, together = self._components(indicator, every, z, horizon)

        def said(s: int, h: int) -> Predictive:
            return Predictive(
                weights[s], df[s, :, h], at[s, :, h], spread[s, :, h], self.scale, values[s, -1]
            )

        return [tuple(said(s, h) for h in range(horizon)) for s in range(len(z))], shared, together

    def _components(self, indicator, years, z, horizon):
        """Return weights (S, 3); location, scale, df (S, 3, horizon); shares (S, horizon) and covariances of years."""
        n, known, g = len(years), indicator in self.paths, trends.level_variance(z, self.scale, self.noise)
        if not known and len(z) > 1:
            each = [self._components(indicator, years, row[None], horizon) for row in z]
            *several, together = zip(*each, strict=True)
            return *map(np.concatenate, several), np.concatenate(together, axis=1)
        scale = 1.0 if known else g[0]
        mean, common_df, q, w, h, own, common = self._design(indicator, years, horizon, scale)
        variance = (self.variance * g)[:, None]
        apart = z - mean[:n]
        total = self.df * variance + np.einsum("sn,knm,sm->sk", apart, q, apart, optimize=True)
        df = self.df + n - 1
        log_r = self.log_weight - h + trends.log_density(self.df, variance, total, n - 1)
        sigma2, at = (total / df)[:, :, None, None], mean[n:] + np.einsum("kfn,sn->skf", w, apart)
        mine = sigma2 * own
        theirs = common * (np.ones_like(sigma2) if known else sigma2 / variance[:, :, None, None])
        spread = mine + theirs
        # Welch and Satterthwaite: a sum of two estimated variances; where own noise scales both, its estimate is in all.
        whole, of_own, of_path = map(trends.diagonal, (spread, mine if known else spread, theirs))
        freedom = whole**2 / (of_own**2 / df + of_path**2 / common_df)
        chances, parts = [], []
        for name in trends.FAMILIES:
            of = self.family == name
            chances.append(logsumexp(log_r[:, of], axis=1))
            r = softmax(log_r[:, of], axis=1)
            middle = r[:, None] @ at[:, of]
            off = at[:, of] - middle
            wide = np.einsum("sk,skgh->sgh", r, spread[:, of] + off[..., None] * off[:, :, None])[:, None]
            shared = np.einsum("sk,skgh->sgh", r, theirs[:, of])[:, None]
            parts.append([middle, r[:, None] @ freedom[:, of], wide, shared])
        weights = _TRUST * softmax(np.array(chances).T, axis=1) + (1 - _TRUST) / len(trends.FAMILIES)
        at, freedom, *both = (np.concatenate(part, axis=1) for part in zip(*parts, strict=True))
        variances, of_path = map(trends.diagonal, both)
        shares = np.einsum("sf,sfh->sh", weights, of_path / variances)
        return weights, at, np.sqrt(variances), freedom, shares, np.array(both)

    def _design(self, indicator, years, horizon, g):
        # What does not depend on the series is kept, once for all of the same years.
        key = (indicator, years, horizon)
        if key not in self._designs:
            every = years + tuple(range(years[-1] + 1, years[-1] + 1 + horizon))
            self._designs[key] = (
                self.shared(indicator, every),
                trends.with_slopes(self.shapes, every, self.kappa),
            )
        (mean, common, common_df), own = self._designs[key]
        q, w, a, h = trends.kriging(
            own + common / (g * self.variance), np.ones((*own.shape[:2], 1)), len(years)
        )
        return mean, common_df, q, w, h, *(a @ part @ a.transpose(0, 2, 1) for part in (own, common))


def fit_peers(
    panel: pd.DataFrame,
    indicators: str | Sequence[str] | None = None,
    *,
    scale: str = "log_odds",
    place: Place = "place",
    year: str = "year",
    units: Units = None,
) -> Peers:
    """Estimate from a panel how such series move, by empirical Bayes.

    Parameters
    ----------
    panel : pandas.DataFrame
        One row a place and year, with the indicators in percent; years as numbers, texts, dates or periods.
    indicators : str or sequence of str, optional
        One or several names, all others when left out. A place's series of each is one peer; before and after a change
        of standard are two indicators (``Facts.peers``).
    scale : {"log_odds", "points"}, default "log_odds"
        The scale on which they move.
    place, year : str or sequence of str, default "place" and "year"
        The columns of places (the full key, from the largest area to the smallest, where names repeat) and of years.
    units : str or mapping of str to str, optional
        The unit in which the indicators are written, "pct" or "share", of all or by name; asked for where doubtful.

    Returns
    -------
    Peers
        For any number of forecasts.

    Raises
    ------
    Refused
        With every problem: unknown columns and scale, years that are not whole, a place and year twice, figures that
        are no percentages. It is a ValueError.
    InvalidValue
        For too few peers, or peers without spread.
    TypeError
        For what is no DataFrame.

    Notes
    -----
    Year effects are the shared path (their sampling noise is what the deviations lack); the deviations give the grid's
    weights, ν0, s0² and how noise depends on the level.

    References
    ----------
    Efron & Morris 1975, doi:10.1080/01621459.1975.10479864 (empirical Bayes); Harvey 1989,
    doi:10.1017/CBO9781107049994 (structural trends).

    Examples
    --------
    >>> import povertystats as ps
    >>> peers = fit_peers(ps.load_facts().as_of("2020-05-07").peers("poor_household_pct"))
    >>> peers.used, peers.left_out
    (184, {'few': 6, 'no_log_odds': 2})
    """
    panel, names, problems = rate_panel(panel, indicators, place=place, year=year, units=units)
    refuse("cannot fit peers", [*problems, *link_problems(scale)])
    return fitted_peers(panel, names, scale)


def fitted_peers(panel: pd.DataFrame, names: Sequence[str], scale: str) -> Peers:
    """Return what ``fit_peers`` does of a panel that was checked (``rate_panel``); raises InvalidValue as it does."""
    paths, series, left_out = trends.deviations(panel, names, scale)
    used = sum(map(len, series.values()))
    series = {years: rows for years, rows in series.items() if len(years) >= trends.FEWEST_SHAPED}
    if sum(map(len, series.values())) < trends.FEWEST_PEERS:
        counts = ", ".join(f"{reason}: {n}" for reason, n in left_out.items())
        needed = f"{trends.FEWEST_PEERS} or more peers with {trends.FEWEST_SHAPED} figures or more each"
        raise InvalidValue(f"cannot fit peers: expected {needed}; {used} usable series, left out {counts}")
    own = trends.own_trends(series, scale)
    if own is None:
        raise InvalidValue("cannot fit peers: they move exactly alike, so that no spread can be estimated")
    return Peers(scale, used, left_out, paths, *own)
