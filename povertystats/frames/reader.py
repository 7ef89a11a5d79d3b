"""The frame that a user hands over: its places, years and numbers read, and what is wrong or doubtful in them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from povertystats.files.days import read_years
from povertystats.files.doubts import Doubt, jumps, leaping, shares
from povertystats.files.numbers import Notation, number_rules, read_numbers
from povertystats.files.problems import Problem, listed
from povertystats.files.units import convert
from povertystats.frames.keys import full_key, shown
from povertystats.frames.spellings import MARK, RULES, never_together, tidied, two_ways
from povertystats.words.errors import InvalidValue, WrongType
from povertystats.words.names import did_you_mean, first_names, plain

# A column, or the columns of a full key from the largest area to the smallest.
Place = str | Sequence[str]


@dataclass
class FrameReader:
    """The columns of a frame, read one by one; what is wrong with them is kept until all are read.

    Parameters
    ----------
    frame : DataFrame
        As it was given.
    what : str, default "frame"
        What it is called where something is wrong. Rows count from 0, as ``iloc`` does.

    Examples
    --------
    >>> frame = pd.DataFrame({"tỉnh": ["Bắc Kạn ", "Bắc Kạn"], "năm": ["2018", "2019"], "poor_pct": ["21,88", "19,57"]})
    >>> reader = FrameReader(frame)
    >>> reader.places("tỉnh").tolist(), reader.years("năm").tolist(), reader.numbers("poor_pct").tolist()
    (['Bắc Kạn', 'Bắc Kạn'], [2018, 2019], [21.88, 19.57])
    >>> reader.lines
    []
    """

    frame: pd.DataFrame
    what: str = "frame"
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not isinstance(self.frame, pd.DataFrame):
            raise WrongType(f"{self.what} must be a pandas DataFrame, not {type(self.frame).__name__}")
        self._index: Sequence[Hashable] = self.frame.index.names
        self._names: pd.Series | None = None
        self.frame = self.frame.reset_index(drop=True)
        # What a frame says of itself pandas would copy at every step.
        self.frame.attrs = {}

    @property
    def lines(self) -> list[str]:
        """What is wrong, a sentence for each cause."""
        return list(listed(self.problems))

    def has(self, name: Hashable) -> bool:
        """Say whether one column has this name.

        >>> FrameReader(pd.DataFrame({"y": [1]})).has("x")
        False
        """
        one = self.frame.columns.nlevels == 1 and isinstance(name, Hashable)
        return one and sum(other == name for other in self.frame.columns) == 1

    def column(self, name: Hashable) -> pd.Series | None:
        """Return a column as it stands, or None where there is none or more than one of that name."""
        columns = self.frame.columns
        if columns.nlevels > 1:
            self._tell("", f"its columns have {columns.nlevels} levels; expected one name each")
            return None
        stands = sum(other == name for other in columns) if isinstance(name, Hashable) else 0
        if stands > 1:
            self._tell(str(name), f"there is more than one column {name!r}")
        elif not stands and name in self._index:
            self._tell(str(name), "stands in the index", "give frame.reset_index()")
        elif not stands:
            near = did_you_mean(str(name), {plain(str(other)): str(other) for other in columns})
            hint = near.removeprefix("; ") or f"there are {first_names(columns) or 'none'}"
            self._tell(str(name), "no such column", hint)
        else:
            cells = self.frame[name]
            return cells.astype(object) if isinstance(cells.dtype, pd.CategoricalDtype) else cells
        return None

    def _tell(self, name: str, rule: str, hint: str = "") -> None:
        problem = Problem(self.what, None, name, "", rule, hint)
        self.problems += [] if problem in self.problems else [problem]

    def tell(self, name: str, cells: pd.Series, found: Iterable[tuple[pd.Series, str, str]]) -> None:
        """Keep what is wrong with cells of a column: masks, each with a rule and a suggestion.

        >>> reader = FrameReader(pd.DataFrame({"x": [1, -1]}))
        >>> reader.tell("x", reader.frame["x"], [(reader.frame["x"] < 0, "expected 0 or more", "")])
        >>> reader.lines
        ["frame, row 1, field x: '-1': expected 0 or more"]
        """
        for mask, rule, hint in found:
            for row in np.flatnonzero(mask):
                value = str(cells.iloc[row]) + (
                    f" ({self._names.iloc[row]})" if self._names is not None else ""
                )
                self.problems.append(Problem(self.what, int(row), name, value, rule, hint))

    def places(self, place: Place, *, gaps: bool = False, times: pd.Series | None = None) -> pd.Series | None:
        """Return the label of each row's place; of a full key (``frames.keys.full_key``) the smallest area first.

        Names come in one Unicode form and without stray blanks; numbers stay the codes that they are. ``gaps``: a row
        may be without a place; ``times``: the years of the rows, by which names are told that change with them.
        """
        keys = full_key(place, self.frame.columns)
        cells = [(key, self.column(key)) for key in keys]
        read = [self._labels(key, column, gaps) for key, column in cells if column is not None]
        parts = [labels for labels in read if labels is not None]
        if not keys or len(parts) < len(keys):
            return None
        label = parts[-1]
        for larger in reversed(parts[:-1]):
            both = label.notna() & larger.notna()
            label = (label.astype(str) + MARK + larger.astype(str)).astype(object).where(both, None)
        self._spelled(keys[-1], label, times)
        label = label.str.replace(MARK, ", ") if len(parts) > 1 else label
        apart = pd.concat(parts, axis=1)[label.notna()].drop_duplicates() if len(parts) > 1 else ()
        if len(apart) > label.nunique():
            self._tell(", ".join(keys), "two places would be called the same", "names hold commas")
        return label

    def names(self, name: str) -> pd.Series | None:
        """Return a column of names, each in one Unicode form and without stray blanks; codes and gaps as they stand."""
        cells = self.column(name)
        return None if cells is None else self._labels(name, cells, True)

    def _labels(self, name: str, cells: pd.Series, gaps: bool) -> pd.Series | None:
        labels = cells
        if not pd.api.types.is_numeric_dtype(cells):
            try:
                codes, every = pd.factorize(cells.astype(object))
            except TypeError:
                self._tell(name, "expected names or codes", "a list or a dict is neither")
                return None
            tidy = [tidied(label) if isinstance(label, str) else label for label in every]
            clean = np.array([*(None if label == "" else label for label in tidy), None], dtype=object)
            if 0 < sum(isinstance(label, str) for label in every) < len(every):
                hint = "1 and '1' would be two places; give all as text"
                self._tell(name, "numbers and texts in one column", hint)
            labels = pd.Series(clean[codes], index=cells.index, dtype=object)
        self._missing(name, labels, gaps)
        return labels

    def _missing(self, name: str, cells: pd.Series, gaps: bool) -> None:
        self.tell(name, cells, [(cells.isna(), "missing; every row needs one", "")] if not gaps else [])

    def _spelled(self, name: str, labels: pd.Series, times: pd.Series | None) -> None:
        """Keep as problems the labels that may be one place in two spellings, at the first row of the rarer one."""
        codes, every = pd.factorize(labels)
        moments, last = pd.factorize(np.zeros(len(labels)) if times is None else times)

        def apart(group: Sequence[int]) -> bool:
            seen = pd.crosstab(codes[at := np.isin(codes, group)], moments[at]).to_numpy() > 0
            return len(seen) > 1 and never_together(seen)

        usual = pd.Series(codes).value_counts()
        told = dict[int, tuple[int, str]]()
        for how, group in two_ways(every.tolist(), apart if len(last) > 1 else None):
            first, *others = sorted(group, key=lambda i: -usual[i])
            told |= {other: (first, how) for other in others if how in RULES and other not in told}
        for other, (first, how) in told.items():
            rule, hint = RULES[how].split("; expected ")
            row = pd.Series(np.arange(len(codes)) == int((codes == other).argmax()))
            there = f"{shown([every[first]])[0]!r} stands there too"
            self.tell(name, labels, [(row, rule, f"{there}; {hint}")])

    def years(self, year: str, *, times: bool = False) -> pd.Series | None:
        """Return the years as whole numbers, from numbers, texts, dates, periods, categories or Arrow.

        ``times``: whole numbers of any size will do, such as 0, 1, 2 or 201901, and a row may be without one.
        """
        cells = self.column(year)
        if cells is None:
            return None
        if times and pd.api.types.is_numeric_dtype(cells):
            if pd.api.types.is_integer_dtype(cells) and not cells.hasnans:
                return cells.astype(int)
            numbers = read_numbers(cells).values
            wrong = numbers % 1 != 0
            years = numbers.mask(wrong).astype("Int64")
        else:
            years, wrong = read_years(cells)
        wrong = wrong & cells.notna()
        self.tell(year, cells, [(wrong, "expected a whole year, such as 2019", "")])
        self._missing(year, cells, times)
        return years if years.isna().any() else years.astype(int)

    def one_row_each(self, places: pd.Series, years: pd.Series) -> None:
        """Keep as problems the rows whose place and year stood before; what is wrong with other cells is told with theirs.

        >>> reader = FrameReader(pd.DataFrame({"place": ["A", "A"], "year": pd.PeriodIndex(["2019-01", "2019-02"], freq="M")}))
        >>> reader.one_row_each(reader.places("place"), reader.years("year"))
        >>> reader.lines
        ["frame, row 1: 'A 2019': a place and year stands more than once; of months or quarters give the year's mean or its last"]
        """
        keys = pd.DataFrame({"place": places, "year": years})
        twice = keys.duplicated() & keys.notna().all(axis=1)
        hint = "of months or quarters give the year's mean or its last"
        which = keys["place"].astype(str) + " " + keys["year"].astype(str)
        self.tell("", which, [(twice, "a place and year stands more than once", hint)])
        self._names = which

    def numbers(self, name: str, notation: Notation = Notation()) -> pd.Series | None:  # noqa: B008
        """Return a column as floats, missing where nothing stands; texts are read as numbers are written."""
        cells = self.column(name)
        if cells is None:
            return None
        numbers = read_numbers(cells, notation)
        self.tell(name, cells, number_rules(numbers))
        return numbers.values.mask(numbers.wrong)

    def rates(
        self,
        name: str,
        unit: str | None = None,
        places: pd.Series | None = None,
        years: pd.Series | None = None,
    ) -> pd.Series | None:
        """Return a column of rates in per cent; thousands never stand in one, so that any sign is the decimal sign.

        ``unit``: in which they are written, "share" or "pct"; where none is said, figures that may be shares are asked
        about, and those that jump by a power of ten in the series of a place.

        >>> reader = FrameReader(pd.DataFrame({"poor_pct": ["21,875", "120"]}))
        >>> reader.rates("poor_pct").tolist(), reader.lines
        ([21.875, 120.0], ["frame, row 1, field poor_pct: '120': expected a percentage between 0 and 100"])
        """
        values = self.numbers(name, Notation(thousands=""))
        if values is None:
            return None
        if unit is not None:
            try:
                values = convert(values, unit, "pct")
            except InvalidValue as error:
                self._tell(name, str(error))
        else:
            doubts = list(shares(values, name, blocks=places))
            self.tell(name, self.frame[name], doubts or self._jumps(name, values, places, years))
        outside = (values < 0) | (values > 100)
        self.tell(name, self.frame[name], [(outside, "expected a percentage between 0 and 100", "")])
        return values

    @staticmethod
    def _jumps(
        name: str, values: pd.Series, places: pd.Series | None, years: pd.Series | None
    ) -> Iterator[Doubt]:
        if places is None or years is None:
            return
        known = values.loc[years.argsort()].dropna()
        doubtful = leaping(known, places)
        for _, series in known[places.loc[known.index].isin(doubtful)].groupby(places):
            for mask, rule, hint in jumps(series, name, "pct"):
                yield mask.reindex(values.index, fill_value=False), rule, hint
