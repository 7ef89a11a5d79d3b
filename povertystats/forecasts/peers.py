"""What peers say about how short annual rates move: their shared path, its shocks, and the deviations from it.

A place's series is a path that all peers share plus a deviation of its own, ``y_i(t) = c(t) + d_i(t)``; both
follow structural trends of a grid of shapes, and the peers say how probable each shape is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from povertystats.forecasts.empirical_bayes import Fit, Trends, fit_of, level_variance, own_trends
from povertystats.forecasts.instruments import Beside, beside, besides, most, other_ways
from povertystats.forecasts.mixtures import Way, mixture
from povertystats.forecasts.predictive import Predictive
from povertystats.forecasts.scores import link_problems, sampling, to_scale
from povertystats.forecasts.shared_paths import (
    FEWEST_PEERS,
    FEWEST_SHAPED,
    Tilt,
    believed,
    by_shape,
    deviations,
    expected,
    last_digit,
    probable,
    rounding,
    tilted,
)
from povertystats.forecasts.structural_trends import Shape, breadth, diagonal, with_slopes
from povertystats.frames.rates import Units, rate_panel
from povertystats.frames.reader import Place
from povertystats.words.errors import InvalidValue, refuse
from povertystats.words.result import Result


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
        Its shape, ``(φ, share of slope shocks, share of noise)``; of a level without trend also what it keeps a year.
    kappa, log_weight : numpy.ndarray, shape (K,)
        The variance of its slope between places, and the logarithm of its weight.
    df, variance, noise : float
        The ν0 and s0² of the variance of a year's change, and how that depends on the level, 0 to 2.
    instruments, beside : dict of str to str, tuple
        What measures each indicator, empty for all the same; series by another instrument than that of the paths.
    fit, tilt : dict of tuple to tuple, Tilt
        How well the scale fits each series, ``{(indicator, place): (last level in percent, log density)}``; what a year does by level.

    Notes
    -----
    The variance of a year's change in a place at level p is ``σ² g(p)``, ``σ² ~ ν0 s0²/χ²(ν0)``, ν0 3 or more, so that
    variances exist; ``g(p) = (4 p (1 − p))^−noise`` on the log-odds: 0, the same at all levels, 1, the sampling noise
    of a share, to 2, the same in points; in points ``2 − noise`` takes the place of ``−noise``. Rounding comes on top.

    The grid: ARIMA(0,1,1) with drift, damped trend, local linear trend, and a level without a trend of its own, which
    walks or returns. The shared path has a trend, or keeps its level: a trend is believed when four times as likely. A
    forecast has a Student-t for each of the four in each way of the path likelier than one in a million. A place ``x`` above the
    mean takes ``1 + λ x`` times its moves, λ ~ N(0, .5²), and ``x`` times a path that yearly slopes on x tell.

    Examples
    --------
    >>> import povertystats as ps
    >>> ps.fit_peers(ps.load_facts().as_of("2020-05-07").peers("poor_household_pct"))
    <Peers> 201 series of 3 indicators on log_odds, 8 left out
    """

    scale: str
    used: int
    left_out: dict[str, int]
    paths: dict[str, dict[int, float]]
    family: np.ndarray
    shapes: tuple[Shape, ...]
    kappa: np.ndarray
    log_weight: np.ndarray
    df: float
    variance: float
    noise: float
    instruments: Mapping[str, str] = field(default_factory=dict)
    beside: tuple[Beside, ...] = ()
    fit: Fit = field(default_factory=dict)
    tilt: Tilt = Tilt()
    _kept: dict[tuple, list[Way]] = field(default_factory=dict, init=False)

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
        mean, covariance : numpy.ndarray, shapes (N,) and (N, N)
            On the scale.
        df : float
            Degrees of freedom.

        Notes
        -----
        Indicators share their pace; each has its own level and shocks. The mixture of shapes is reduced to two moments.
        """
        return expected(self.paths, indicator, years, self.variance)

    def paths_ahead(
        self,
        indicator: str,
        years: Sequence[int] | np.ndarray,
        values: np.ndarray,
        horizon: int,
        se: np.ndarray | None = None,
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
        se : numpy.ndarray, shape (n,), optional
            Standard errors of the figures of one series, in percent; NaN where none is known.

        Returns
        -------
        paths : list of tuple of Predictive
            For each series one Predictive a year ahead.
        shared, together : numpy.ndarray, shapes (S, horizon) and (2, S, K, horizon, horizon)
            The share of each variance that is the path's own: what a shock to all places contributes; and by component
            the covariance of the years ahead, on the scale: all of it, and what the path's own makes up.

        Notes
        -----
        Given a shape, ``z − c ~ N(level, σ² g (D + κ x x' + C/(g s0²)))``, C the covariance of the shared
        path; what a tilt adds is taken out first, and put back. Where the peers have the indicator, C is 0 in their years: past
        shocks are not counted twice. Where they do not, it covers the own years, and both variances are integrated.
        """
        every, z, step = tuple(map(int, years)), to_scale(values, self.scale), [*map(last_digit, values)]
        g = level_variance(z[:, -1], self.scale, self.noise)
        g = g + rounding(z[:, -1], np.array(step), self.scale) / self.variance
        known, errors = indicator in self.paths, sampling(z[0], se, horizon, self.scale)
        on = every + tuple(range(every[-1] + 1, every[-1] + 1 + horizon))
        tilt = tilted(self.tilt, self.paths, indicator, on, z, self.variance)
        z, g, errors = tilt.level(z, g, errors)
        # All at once, but for what each series is told by other places than itself.
        alone = beside(self.beside, self.instruments, self.paths, indicator, {}) is not None
        each = [slice(s, s + 1) for s in range(len(z))] if alone else [slice(None)]
        ways = (self._ways(indicator, every, on, z[of]) for of in each)
        parts = [mixture(self, z[of], g[of], known, w, errors) for of, w in zip(each, ways, strict=True)]
        weights, at, df, whole, theirs = map(np.concatenate, zip(*parts, strict=True))
        at, whole, theirs = tilt.back(at, whole, theirs)
        spread = np.sqrt(diagonal(whole) / breadth(df))
        shared = np.einsum("sf,sfh->sh", weights, diagonal(theirs) / diagonal(whole))

        def said(s: int, h: int) -> Predictive:
            parts = (weights[s], df[s, :, h], at[s, :, h], spread[s, :, h])
            return Predictive(*parts, self.scale, values[s, -1])

        found = [tuple(said(s, h) for h in range(horizon)) for s in range(len(z))]
        return found, shared, np.array([whole, theirs])

    def _ways(self, indicator: str, years: tuple[int, ...], on: tuple[int, ...], z: np.ndarray) -> list[Way]:
        # What does not depend on the series is kept, once for all of the same years.
        figures = dict(zip(years, z[0].tolist(), strict=True))
        others = beside(self.beside, self.instruments, self.paths, indicator, figures)
        key = (indicator, years, on, others if others is None else tuple(map(id, others)))
        if key not in self._kept:
            if others is not None:
                trends = Trends(*(getattr(self, name) for name in Trends._fields))
                self._kept[key] = other_ways(self.paths, others, trends, indicator, on)
            else:
                # Of a path that is known in its years, own figures say nothing.
                told = believed if indicator in self.paths else by_shape
                paths = told(self.paths, (indicator,) * len(on), on, self.variance)
                own = with_slopes(self.shapes, on, self.kappa)
                self._kept[key] = [Way(path, own, path.name) for path in probable(paths)]
        return self._kept[key]


def fit_peers(
    panel: pd.DataFrame,
    indicators: str | Sequence[str] | None = None,
    *,
    scale: str = "log_odds",
    place: Place = "place",
    year: str = "year",
    units: Units = None,
    instruments: Mapping[str, str] | None = None,
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
    instruments : mapping of str to str, optional
        What measures each indicator, also one that is to be forecast and is no column; by default what the panel says
        of itself (``panel.attrs["instruments"]``, as ``Facts.peers`` does), else all one and the same. The one with most
        series gives the paths and the trends; figures by another tell how like the two are.

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
    Year effects are the shared path (their sampling noise is what the deviations lack). The deviations give the grid's weights,
    drawn towards equal ones of families, with ν0 and s0² by EM; noise by level is the likeliest of 0, 0.5, 1, 1.5 and 2.

    References
    ----------
    Efron & Morris 1975, doi:10.1080/01621459.1975.10479864 (empirical Bayes); Harvey 1989,
    doi:10.1017/CBO9781107049994 (structural trends).

    Examples
    --------
    >>> import povertystats as ps
    >>> peers = fit_peers(ps.load_facts().as_of("2020-05-07").peers("poor_household_pct"))
    >>> peers.used, peers.left_out
    (201, {'few': 6, 'no_log_odds': 2})
    """
    told = (
        panel.attrs
        if isinstance(panel, pd.DataFrame) and instruments is None
        else {"instruments": instruments}
    )
    panel, names, problems = rate_panel(panel, indicators, place=place, year=year, units=units)
    refuse("cannot fit peers", [*problems, *link_problems(scale)])
    return fitted_peers(panel, names, scale, told.get("instruments"))


def fitted_peers(
    panel: pd.DataFrame,
    names: Sequence[str],
    scale: str,
    instruments: Mapping[str, str] | None = None,
    tilts: bool = True,
) -> Peers:
    """Return what ``fit_peers`` does of a panel that was checked (``rate_panel``), with no ``tilt`` unless ``tilts``."""
    names, others = most(panel, names, instruments := dict(instruments or {}))
    paths, series, left_out, tilt = deviations(panel, names, scale, tilts and not others)
    used = sum(map(len, series.values()))
    series = {years: rows for years, rows in series.items() if len(years) >= FEWEST_SHAPED}
    if sum(map(len, series.values())) < FEWEST_PEERS:
        counts = ", ".join(f"{reason}: {n}" for reason, n in left_out.items())
        told = f"{FEWEST_PEERS} or more peers with {FEWEST_SHAPED} figures or more each; {used} usable series"
        raise InvalidValue(f"cannot fit peers: expected {told}, left out {counts}")
    own = own_trends(series, scale)
    if own is None:
        raise InvalidValue("cannot fit peers: they move exactly alike, so that no spread can be estimated")
    more = instruments, (apart := tuple(besides(panel, others, own, scale))), fit_of(series, own, scale)
    return Peers(scale, used + len(apart), left_out, paths, *own, *more, tilt)
