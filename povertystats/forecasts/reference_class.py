"""The reference class: how much comparable places changed over so many years, from a like level."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
import pandas as pd

from povertystats.forecasts.predictive import HALF_STEP, LINKS, Predictive, to_scale

# Comparable places: within these log-odds of the level, the first band that holds enough; the last is "all".
BANDS = (0.25, 0.5, 1.0, 2.0, np.inf)
ENOUGH, FEWEST_CHANGES = 30, 10
# Tails of a kernel: changes bolder than any seen remain possible.
_KERNEL_DF = 4.0


@dataclass(frozen=True, eq=False)
class Reference:
    """Changes of comparable places over exactly ``years`` years, from a start near ``level`` (percent).

    ``table``: one row a change: place, indicator, from_year, to_year, start, end (percent), change (points, a
    fall is negative). ``band``: how far the starts may lie from the level, in log-odds (infinite: anywhere).
    """

    level: float
    years: int
    band: float
    table: pd.DataFrame

    @property
    def n(self):
        """Number of changes (province-years)."""
        return len(self.table)

    @property
    def places(self):
        """Number of places."""
        return self.table["place"].nunique()

    @property
    def origins(self):
        """The years that the changes start from, ascending."""
        return sorted(self.table["from_year"].unique().tolist())

    def share(self, *, at_most=None, at_least=None):
        """Return the share (0-1) of changes of at most, or at least, so many points.

        Raises ValueError unless exactly one bound is given.
        """
        if (at_most is None) == (at_least is None):
            raise ValueError("share: give exactly one of at_most and at_least, in points")
        # Differences of printed decimals: equal means equal as printed.
        change = self.table["change"].round(6)
        return float((change <= at_most).mean() if at_least is None else (change >= at_least).mean())

    def predictive(self, *, scale="log_odds"):
        """Return the Predictive of a rate that stands at ``level``: a kernel at every change, on ``scale``.

        Kernels are Student-t (4 degrees of freedom) at ``g(level) + Δ_i``, their scale is Silverman's
        ``0.9 min(s, IQR/1.349) n^(−1/5)`` or, if larger, half a step of rounding. Rates of 0 and 100 are
        taken as 0.05 and 99.95.

        Source: Silverman 1986, doi:10.1201/9781315140919, eq. 3.31.
        """
        if scale not in LINKS:
            raise ValueError(f"predictive: scale {scale!r} is not known; choose one of {', '.join(LINKS)}")
        level = _inside(self.level)
        at = to_scale(level, scale)
        steps = to_scale(_inside(self.table["end"]), scale) - to_scale(_inside(self.table["start"]), scale)
        low, high = np.quantile(steps, [0.25, 0.75])
        spread = min(steps.std(ddof=1), (high - low) / 1.349) or steps.std(ddof=1)
        rounding = HALF_STEP * (100 / (level * (100 - level)) if scale == "log_odds" else 1)
        width = np.full(self.n, max(0.9 * spread * self.n**-0.2, rounding))
        return Predictive(
            np.full(self.n, 1 / self.n), np.full(self.n, _KERNEL_DF), at + steps, width, scale, self.level
        )


def comparable_changes(panel, level, *, years=1):
    """Return the changes of comparable places over ``years`` years, from a level near ``level``.

    ``panel``: place, year and columns in percent, as ``Facts.peers`` gives them (a change never crosses two
    columns). Near is near on the log-odds scale: the first of ``BANDS`` that holds 30 changes, else all.

    Raises ValueError that lists every problem: columns, level, years; or too few changes (under 10).

    Source: Flyvbjerg 2006, doi:10.1177/875697280603700302 (reference class forecasting).

    >>> import povertystats as ps
    >>> known = ps.load_facts().as_of("2020-05-07")
    >>> like = comparable_changes(known.peers("poor_household_pct"), 19.57)
    >>> like.band, like.n >= 30, 0 < like.share(at_most=-2.0) < 1
    (0.25, True, True)
    """
    absent = [name for name in ("place", "year") if name not in panel]
    problems = []
    if not 0 <= level <= 100:
        problems.append(f"level must be a percentage between 0 and 100, got {level}")
    if isinstance(years, bool) or not isinstance(years, Integral) or years < 1:
        problems.append(f"years must be a whole number, 1 or more, got {years!r}")
    if absent:
        problems.append(f"the panel has no column {', '.join(absent)}")
    else:
        figures = panel.drop(columns=["place", "year"])
        problems += [
            f"{name} must be percentages between 0 and 100" for name in figures if _wrong(figures[name])
        ]
        problems += ["place and year must be unique"] if panel.duplicated(["place", "year"]).any() else []
    if problems:
        raise ValueError("comparable_changes: " + "; ".join(problems))
    long = panel.melt(["place", "year"], var_name="indicator", value_name="end").dropna()
    before = long.rename(columns={"end": "start", "year": "from_year"})
    pairs = long.rename(columns={"year": "to_year"}).assign(from_year=long["year"] - years)
    pairs = pairs.merge(before, on=["place", "indicator", "from_year"])
    pairs["change"] = pairs["end"] - pairs["start"]
    apart = np.abs(_log_odds(pairs["start"]) - _log_odds(level))
    band = next((b for b in BANDS if (apart <= b).sum() >= ENOUGH), BANDS[-1])
    found = pairs.loc[apart <= band, ["place", "indicator", "from_year", "to_year", "start", "end", "change"]]
    if len(found) < FEWEST_CHANGES:
        raise ValueError(
            f"comparable_changes: expected {FEWEST_CHANGES} or more changes over {years} years in the panel, "
            f"found {len(found)}"
        )
    return Reference(float(level), int(years), float(band), found.reset_index(drop=True))


def _inside(percent):
    return np.clip(np.asarray(percent, dtype=float), HALF_STEP, 100 - HALF_STEP)


def _log_odds(percent):
    return to_scale(_inside(percent), "log_odds")


def _wrong(column):
    figures = pd.to_numeric(column, errors="coerce")
    return bool(((figures.isna() & column.notna()) | (figures < 0) | (figures > 100)).any())
