"""The reference class: how much comparable places changed over so many years, from a like level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from povertystats.forecasts.instruments import most
from povertystats.forecasts.predictive import Predictive
from povertystats.forecasts.scores import HALF_STEP, inside, link_problems, to_scale
from povertystats.frames.rates import Units, rate_panel
from povertystats.frames.reader import Place
from povertystats.words.errors import InvalidValue, not_whole, only_one, refuse
from povertystats.words.result import Result

# Comparable places: within these log-odds of the level, the first band that holds enough; the last is "all".
BANDS = (0.25, 0.5, 1.0, 2.0, np.inf)
ENOUGH, FEWEST_CHANGES = 30, 10
# Tails of a kernel: changes bolder than any seen remain possible.
_KERNEL_DF = 4.0


@dataclass(frozen=True, eq=False, repr=False)
class Reference(Result):
    """Changes of comparable places over exactly so many years, from a start near a level.

    Parameters
    ----------
    level : float
        The level in percent.
    years : int
        The years.
    band : float
        How far the starts may lie from the level, in log-odds; infinite: anywhere.
    table : pandas.DataFrame
        One row a change: place, indicator, from_year, to_year, start, end (percent), change (points, a fall is
        negative).

    Examples
    --------
    >>> import povertystats as ps
    >>> known = ps.load_facts().as_of("2020-05-07")
    >>> like = ps.comparable_changes(known.peers("poor_household_pct"), 19.57)
    >>> print(repr(like).splitlines()[0])
    <Reference> 52 changes over 1 year(s) in 21 places that started near 19.57% (within 0.25 log-odds)
    """

    level: float
    years: int
    band: float
    table: pd.DataFrame

    def _sentence(self) -> str:
        near = (
            f"near {self.level:g}% (within {self.band:g} log-odds)" if np.isfinite(self.band) else "anywhere"
        )
        return f"{self.n} changes over {self.years} year(s) in {self.places} places that started {near}"

    @property
    def n(self) -> int:
        """Number of changes (province-years)."""
        return len(self.table)

    @property
    def places(self) -> int:
        """Number of places."""
        return self.table["place"].nunique()

    @property
    def origins(self) -> list[int]:
        """The years that the changes start from, ascending."""
        return sorted(self.table["from_year"].unique().tolist())

    def share(self, *, at_most: float | None = None, at_least: float | None = None) -> float:
        """Return the share of changes that reach a bound; give exactly one.

        Parameters
        ----------
        at_most, at_least : float, optional
            The bound in points; a fall is negative.

        Returns
        -------
        float
            The share, 0 to 1.

        Raises
        ------
        InvalidValue
            Unless exactly one bound is given.
        """
        name, bound = only_one(at_most=at_most, at_least=at_least)
        # Differences of printed decimals: equal means equal as printed.
        change = self.table["change"].round(6)
        return float((change <= bound).mean() if name == "at_most" else (change >= bound).mean())

    def predictive(self, *, scale: str = "log_odds") -> Predictive:
        """Return what these changes let one expect of a rate that stands at ``level``.

        Parameters
        ----------
        scale : {"log_odds", "points"}, default "log_odds"
            The scale of the changes.

        Returns
        -------
        Predictive
            A kernel at every change.

        Raises
        ------
        Refused
            For another scale.

        Notes
        -----
        Kernels are Student-t (4 degrees of freedom) at ``g(level) + Δ_i``, their scale is Silverman's
        ``0.9 min(s, IQR/1.349) n^(−1/5)`` or, if larger, half a step of rounding. Rates of 0 and 100 are
        taken as 0.05 and 99.95.

        References
        ----------
        Silverman 1986, doi:10.1201/9781315140919, eq. 3.31.
        """
        refuse("cannot expect anything", link_problems(scale))
        level = inside(self.level)
        at = to_scale(level, scale)
        steps = to_scale(inside(self.table["end"]), scale) - to_scale(inside(self.table["start"]), scale)
        low, high = np.quantile(steps, [0.25, 0.75])
        spread = min(steps.std(ddof=1), (high - low) / 1.349) or steps.std(ddof=1)
        rounding = HALF_STEP * (100 / (level * (100 - level)) if scale == "log_odds" else 1)
        width = np.full(self.n, max(0.9 * spread * self.n**-0.2, rounding))
        return Predictive(
            np.full(self.n, 1 / self.n), np.full(self.n, _KERNEL_DF), at + steps, width, scale, self.level
        )


def comparable_changes(
    panel: pd.DataFrame,
    level: float,
    *,
    years: int = 1,
    place: Place = "place",
    year: str = "year",
    units: Units = None,
) -> Reference:
    """Return the changes of comparable places over some years, from a level near a given one.

    Parameters
    ----------
    panel : pandas.DataFrame
        One row a place and year, every other column an indicator in percent (``Facts.peers``); a change never crosses
        two columns. Where the panel says what measures them (``panel.attrs["instruments"]``), those by the instrument
        with most series alone.
    level : float
        The level in percent.
    years : int, default 1
        The years of a change.
    place, year : str or sequence of str, default "place" and "year"
        The columns of places (the full key, from the largest area to the smallest, where names repeat) and of years.
    units : str or mapping of str to str, optional
        The unit in which the indicators are written, "pct" or "share", of all or by name; asked for where doubtful.

    Returns
    -------
    Reference
        The changes from the first of ``BANDS`` that holds 30 of them, else all. Near is near on the log-odds scale.

    Raises
    ------
    Refused
        With every problem of columns, level and years. It is a ValueError.
    InvalidValue
        For too few changes (under 10).

    References
    ----------
    Flyvbjerg 2006, doi:10.1177/875697280603700302 (reference class forecasting).

    Examples
    --------
    >>> import povertystats as ps
    >>> known = ps.load_facts().as_of("2020-05-07")
    >>> like = comparable_changes(known.peers("poor_household_pct"), 19.57)
    >>> like.band, like.n >= 30, 0 < like.share(at_most=-2.0) < 1
    (0.25, True, True)
    """
    problems = [] if 0 <= level <= 100 else [f"level must be a percentage between 0 and 100, got {level}"]
    return near(_changes(panel, years, place, year, units, problems), level, years)


def changes_over(panel: pd.DataFrame, *, years: int = 1, units: Units = None) -> pd.DataFrame:
    """Return all changes over some years in a panel, as ``Reference.table`` has them, for ``near``."""
    return _changes(panel, years, "place", "year", units, [])


def _changes(panel, years, place, year, units, problems):
    by = panel.attrs.get("instruments") if isinstance(panel, pd.DataFrame) else None
    panel, names, wrong = rate_panel(panel, place=place, year=year, units=units)
    refuse("there are no comparable changes", [*wrong, *problems, *not_whole(1, years=years)])
    names, _ = most(panel, names, by or {})
    long = panel.melt(["place", "year"], names, var_name="indicator", value_name="end").dropna()
    before = long.rename(columns={"end": "start", "year": "from_year"})
    pairs = long.rename(columns={"year": "to_year"}).assign(from_year=long["year"] - years)
    pairs = pairs.merge(before, on=["place", "indicator", "from_year"])
    pairs["change"] = pairs["end"] - pairs["start"]
    return pairs[["place", "indicator", "from_year", "to_year", "start", "end", "change"]]


def near(changes: pd.DataFrame, level: float, years: int) -> Reference:
    """Return those of all changes over some years that start near a level; raises InvalidValue for fewer than 10."""
    start, here = (to_scale(inside(rate), "log_odds") for rate in (changes["start"].to_numpy(), level))
    apart = np.abs(start - here)
    band = next((b for b in BANDS if (apart <= b).sum() >= ENOUGH), BANDS[-1])
    found = changes[apart <= band]
    if len(found) < FEWEST_CHANGES:
        raise InvalidValue(
            f"expected {FEWEST_CHANGES} or more changes over {years} years in the panel, found {len(found)}"
        )
    return Reference(float(level), int(years), float(band), found.reset_index(drop=True))
