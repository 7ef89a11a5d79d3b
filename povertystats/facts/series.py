"""One figure a year of one place: what a forecast starts from."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from povertystats.words.result import Plotted


@dataclass(frozen=True, eq=False, repr=False)
class AnnualSeries(Plotted):
    """One figure a year of one place, under one poverty standard.

    Parameters
    ----------
    place : str
        The place's own name.
    indicator : str
        The indicator's name in ``indicators.csv``.
    standard : str
        The poverty standard of the figures; "" where the indicator needs none.
    unit : str
        The unit of the figures, such as "pct" (percent) or "persons".
    table : DataFrame
        One row a year, ascending: year, value (in ``unit``), status, period, source_id, available_from.
        Years without a figure are absent, never filled.

    Examples
    --------
    >>> import povertystats as ps
    >>> known = ps.load_facts().as_of("2020-05-07")
    >>> known.series("poor_household_pct", place="Bắc Kạn").years.tolist()
    [2015, 2016, 2017, 2018, 2019]
    """

    place: str
    indicator: str
    standard: str
    unit: str
    table: pd.DataFrame

    @property
    def years(self) -> np.ndarray:
        """Years with a figure, ascending: integer array of shape (n,)."""
        return self.table["year"].to_numpy(dtype=int)

    @property
    def values(self) -> np.ndarray:
        """The figures, in ``unit``: float array of shape (n,)."""
        return self.table["value"].to_numpy(dtype=float)

    @property
    def basis(self) -> str:
        """The indicator under its standard, as ``Facts.peers`` names a column."""
        return f"{self.indicator}@{self.standard}" if self.standard else self.indicator

    @property
    def latest(self) -> pd.Series:
        """The last figure, with its year, period, status and source: a row of ``table``."""
        return self.table.iloc[-1]

    def _sentence(self) -> str:
        span = f"{self.years[0]} to {self.years[-1]}" if len(self.table) else "no year"
        return f"{self.basis} in {self.place}, {self.unit}: figures of {len(self.table)} year(s), {span}"
