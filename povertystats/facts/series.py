"""Figures of one place over years, which forecasts start from; of all places at few dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from povertystats.facts import panels
from povertystats.facts.memory import remembered
from povertystats.files.days import read_years
from povertystats.files.numbers import Notation, read_numbers
from povertystats.words.errors import InvalidValue, WrongType, expect
from povertystats.words.result import Plotted, Result
from povertystats.words.wording import Sentence

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts
    from povertystats.facts.tables import Tables


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
        One row a year, ascending: year, value and se, its standard error (both in ``unit``; se missing where none is
        known), bound, status, period, source_id, available_from.
        Years without a figure are absent, never filled.
    since : int, optional
        The first year of the indicator's present basis, where it was re-based and all figures are on that basis.
    ended : mapping, optional
        Where the place was known to have ended: ``since`` which day, ``into`` what; no forecast goes beyond.

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
    since: int | None = None
    ended: Mapping[str, Any] | None = field(default=None, kw_only=True)

    @cached_property
    def years(self) -> np.ndarray:
        """Years with a figure, ascending: integers (n,), not to be written to."""
        return _kept(self.table["year"].to_numpy(dtype=int))

    @cached_property
    def values(self) -> np.ndarray:
        """The figures, in ``unit``: float array of shape (n,), not to be written to."""
        return _kept(self.table["value"].to_numpy(dtype=float))

    @cached_property
    def se(self) -> np.ndarray:
        """Standard errors of the figures, in ``unit``: float array of shape (n,), NaN where none is known."""
        return _kept(self.table["se"].to_numpy(dtype=float))

    @property
    def basis(self) -> str:
        """The indicator under its standard or on its new basis, as ``Facts.peers`` names a column."""
        basis = self.since or self.standard
        return f"{self.indicator}@{basis}" if basis else self.indicator

    @property
    def latest(self) -> pd.Series:
        """The last figure, with its year, period, status and source: a row of ``table``."""
        return self.table.iloc[-1]

    def _sentence(self) -> str:
        span = f"{self.years[0]} to {self.years[-1]}" if len(self.table) else "no year"
        return f"{self.basis} in {self.place}, {self.unit}: figures of {len(self.table)} year(s), {span}"


def _kept(values: np.ndarray) -> np.ndarray:
    values = values.view()
    values.setflags(write=False)
    return values


@dataclass(frozen=True, eq=False)
class Observed:
    """The figures behind a forecast: ``years`` and ``values`` (n,) in percent; ``basis`` is the name that peers know.

    ``se``: the standard errors of the figures, in percentage points, NaN where none is known (all, by default).
    """

    years: np.ndarray
    values: np.ndarray
    place: str = ""
    indicator: str = ""
    basis: str = ""
    unit: str = "pct"
    se: np.ndarray = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if self.se is None:
            object.__setattr__(self, "se", np.full(np.shape(self.values), np.nan))


def observed(series: AnnualSeries | Observed | pd.Series) -> Observed:
    """Take the figures out of an AnnualSeries or a pandas Series, unchecked but for their kind.

    Years may be numbers, texts, dates or periods; what is no year stays as it stands, for ``series_problems`` to name.

    >>> observed(pd.Series({2018: 21.88, 2019: 19.57}, name="poor_household_pct")).years.tolist()
    [2018, 2019]
    >>> observed(pd.Series(["21,88", "19,57"], pd.PeriodIndex(["2018", "2019"], freq="Y"))).values.tolist()
    [21.88, 19.57]
    """
    if isinstance(series, Observed):
        return series
    try:
        years, figures = (series.index if isinstance(series, pd.Series) else series.years), series.values
    except AttributeError:
        kind = type(series).__name__
        raise WrongType(f"expected an AnnualSeries or a pandas Series indexed by year, got {kind}") from None
    plain = all(isinstance(one, np.ndarray) for one in (years, figures))
    if plain and np.asarray(years).dtype.kind == "i" and np.asarray(figures).dtype.kind == "f":
        pass  # as facts hold them
    elif np.ndim(figures) == np.ndim(years) == 1:
        # Thousands do not stand in a rate: any sign is the decimal sign.
        read = read_numbers(pd.Series(figures), Notation(thousands=""))
        if len(unread := pd.Series(figures)[read.wrong | read.doubtful]):
            raise WrongType(f"expected figures in percent, got {', '.join(map(repr, unread))}")
        whole, wrong = read_years(pd.Series(years))
        years, figures = (pd.Series(years).astype(object) if wrong.any() else whole.astype(int)), read.values
    years, values = np.asarray(years), np.asarray(figures)
    if isinstance(series, pd.Series):
        name = str(series.name or "")
        return Observed(years, values, indicator=name, basis=name)
    texts = {name: str(getattr(series, name, "") or "") for name in ("place", "indicator")}
    basis, unit = getattr(series, "basis", texts["indicator"]), getattr(series, "unit", "pct")
    missing = np.full(values.shape, np.nan)
    return Observed(years, values, **texts, basis=basis, unit=unit, se=getattr(series, "se", missing))


def series_problems(series: Observed, scale: str, fewest: int) -> Iterator[tuple[str, str]]:
    """Yield what keeps a series from being forecast on ``scale`` from ``fewest`` figures or more, each with its code."""
    years, values = series.years, series.values
    if series.unit != "pct":
        yield "bad_input", f"expected figures in percent (unit pct), got {series.unit}"
    if years.shape != values.shape or years.ndim != 1:
        yield "bad_input", f"years and values must be 1-d of one length, got {years.shape}, {values.shape}"
        return
    if years.dtype.kind != "i":
        yield "bad_input", f"years must be whole numbers, such as 2019, got {years.tolist()}"
    elif np.any(np.diff(years) <= 0):
        yield "bad_input", f"years must ascend and be unique, got {years.tolist()}"
    if series.se.shape != values.shape or np.any((series.se < 0) | np.isinf(series.se)):
        yield "bad_input", f"standard errors must be 0 or more, one a figure, got {series.se.tolist()}"
    outside = years[~((values >= 0) & (values <= 100))]
    if outside.size:
        what = f"figures must be percentages between 0 and 100, which those of {_list(outside)} are not"
        yield "bad_input", what
    if len(values) < fewest:
        what = "a forecast needs a figure" if fewest == 1 else f"a drift needs at least {fewest} figures"
        yield "too_few", f"{what}, there are {len(values)}"
    edges = years[at_edge(values)]
    if scale == "log_odds" and edges.size:
        yield "no_log_odds", f"0% and 100% have no log-odds, and the figures of {_list(edges)} are such"


def at_edge(values: np.ndarray) -> np.ndarray:
    """Say of each rate whether it is 0 % or 100 %, which have no log-odds."""
    return (values == 0) | (values == 100)


def _list(years: np.ndarray) -> str:
    return ", ".join(map(str, years.tolist()))


@dataclass(frozen=True, eq=False, repr=False)
class Driver(Result):
    """A driver known once (its level) or twice (its change) for some places.

    Parameters
    ----------
    name : str
        Its name, such as an indicator.
    values : pandas.Series
        Floats by place.
    times : tuple of str
        The one or two times that they speak of.
    step : mapping of str to str
        "One unit more of it" in words, by language.
    evidence : {"cross_section", "proxy"}
        What kind of evidence it can give; the reason stands in the sentences, section long_difference.evidence.
    notes : tuple of str
        More such sentences.

    Examples
    --------
    >>> import povertystats as ps
    >>> ps.known_driver(ps.load_facts(), "census_tap_or_drilled_well_pct", [2009])
    <Driver> census_tap_or_drilled_well_pct, 2009: 63 places
    """

    name: str
    values: pd.Series
    times: tuple[str, ...]
    step: Mapping[str, str]
    evidence: str = "cross_section"
    notes: tuple[str, ...] = ()

    def _sentence(self) -> str:
        return f"{self.name}, {'–'.join(self.times)}: {len(self.values)} places"


def known_driver(
    facts: Facts,
    indicator: str,
    years: Sequence[int],
    *,
    evidence: str = "cross_section",
    notes: Sequence[str] = (),
) -> Driver:
    """Return an indicator as a Driver: its level in one year, or its change (later minus earlier) between two.

    Parameters
    ----------
    facts : Facts
        The figures.
    indicator : str
        The indicator's name.
    years : sequence of int
        One year, or two in order.
    evidence : {"cross_section", "proxy"}, default "cross_section"
        What kind of evidence it can give.
    notes : sequence of str, optional
        Sentences about it, of section long_difference.note.

    Returns
    -------
    Driver
        Values in the unit of the indicator, of the places that have all years.

    Raises
    ------
    NotFound, InvalidValue
        For an unknown indicator; when there are not one or two years in order.

    Examples
    --------
    >>> import povertystats as ps
    >>> toilets = known_driver(ps.load_facts(), "census_hygienic_toilet_pct", [2009, 2019])
    >>> round(float(toilets.values["Bắc Kạn"]), 2), toilets.times
    (38.49, ('2009', '2019'))
    """
    expect("Facts", "panel", facts=facts)
    if len(years) not in (1, 2) or list(years) != sorted(set(years)):
        raise InvalidValue(f"years are {years!r}; expected one year, or two in order")
    panel = facts.panel([indicator], years=list(years))
    wide = panel.pivot(index="place", columns="year", values=indicator).reindex(columns=list(years))
    change = len(years) == 2
    values = (wide[years[1]] - wide[years[0]] if change else wide[years[0]]).dropna()
    kind = ("change" if change else "level") + ("_pct" if indicator.endswith("_pct") else "")
    name = facts.titles(indicator, short=True)
    step = Sentence(f"long_difference.step.{kind}", name=name, first=years[0], last=years[-1])
    return Driver(indicator, values, tuple(map(str, years)), step, evidence, tuple(notes))


@remembered
def standing(facts: Tables, indicator: str, illustrative: bool = False) -> pd.DataFrame:
    """Return the figures of an indicator by the order of trust: one a place, year and standard."""
    rows = facts.table[facts.table["indicator"] == indicator]
    return panels.trusted(panels.outcomes(rows, illustrative=illustrative))


@remembered
def figures_by_place(facts: Tables, indicator: str, illustrative: bool = False) -> dict[str, pd.DataFrame]:
    """Return {place: its figures of an indicator by the order of trust, one a year and standard, ascending}."""
    rows = standing(facts, indicator, illustrative).sort_values("year", kind="stable")
    rows = rows if "se" in rows else rows.assign(se=np.nan)
    return dict(iter(rows[[*OF_A_YEAR, "standard", "place"]].groupby("place", sort=False)))


OF_A_YEAR = ["year", "value", "se", "bound", "status", "period", "source_id", "available_from"]
NO_FIGURES = pd.DataFrame({name: [] for name in (*OF_A_YEAR, "standard")})
