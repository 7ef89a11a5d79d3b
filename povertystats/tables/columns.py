"""What the columns of a table hold, seen from every cell: numbers, years, dates, words for yes and no, codes, texts."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pandas as pd

from povertystats.files import units
from povertystats.files.doubts import is_income, lost_points, parts_of_counts, shares, stand_ins
from povertystats.files.numbers import (
    SETTLED_BY,
    Notation,
    is_missing,
    number_rules,
    read_numbers,
    read_yes_no,
)
from povertystats.files.problems import Problem
from povertystats.tables.table import Cast, cast, problems_of
from povertystats.words.errors import InvalidValue

# A column is one of numbers with a fault, and none of texts, where at least this part of it can be read as numbers.
_MOSTLY = 0.9
ORDER = re.compile(r"(tt|stt|số tt|số thứ tự|no\.?|nr\.?|#|№)", re.IGNORECASE)
_YEAR_NAME = re.compile(
    r"(^|[\W_])(years?|năm|años?|anos?|années?|jahre?|tahun)($|[\W_])|^nam$", re.IGNORECASE
)
_YEAR = re.compile(r"(19|20)\d\d(\.0)?")
# A column of years and nothing else, unlike "Số năm đi học".
_YEAR_ALONE = re.compile(
    r"\W*(năm|year|jahr|año|ano|année|tahun)( (báo cáo|rà soát|điều tra|thống kê))?\W*", re.IGNORECASE
)
_DAY_NAME = re.compile(r"(^|[\W_])(ngày|date|day)($|[\W_])", re.IGNORECASE)
_CODE_NAME = re.compile(r"(^|[\W_])(codes?|ids?|mã|mã số|código)($|[\W_])", re.IGNORECASE)
_CODE = re.compile(r"0\d+|\d{16,}")  # more digits than a number keeps
_TURNED_DAY = re.compile(r"\d{1,2}[/. -](\d{1,2}|[^\W\d_]{3,9})[/. -]\d{2,4}")
_ROUNDED = re.compile(r"\d([.,]\d+)?[eE]\+\d{2,}")  # as spreadsheets show long codes
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_PER_CENT = re.compile(r"[^%]*\d\s*%")
_FIGURE = re.compile(r"\W*\d[\d\W]*")  # digits and signs, no letters
_BEGINS = re.compile(r"\W*\d")
_SIGNED = re.compile(r"[-+−–(<>~≈±]*\s*\d+([.,]\d+)?\s*[-+−–)*%‰]*")  # one number, with signs around it
# Words that say yes or no and nothing else, unlike "x" or "n".
_PLAIN_WORDS = {"có", "không", "yes", "no", "true", "false", "đúng", "sai"}
_MARKS = {"x", "✓", "✔", "☑", "☐", "✗"}
_RATE = re.compile(r"\b(tỷ lệ|tỉ lệ|rate|percentage|proportion|tasa|porcentaje|taux)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Column:
    """A column as understood: its values, what it is (``kind``), its unit ("" where none is said), signs, and problems."""

    name: str
    kind: str
    values: pd.Series
    unit: str = ""
    decimal: str = ""
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def read_column(
    cells: pd.Series,
    file: str,
    notation: Notation = Notation(),  # noqa: B008
    kind: str | None = None,
    written: str | None = None,
    percent: bool = False,
    usual: str = "",
) -> Column:
    """Return what a column holds: of the kind that is asked for, or of the only one that all of its cells fit.

    Parameters
    ----------
    cells : Series
        Its cells as they stand; the index holds the rows of the file.
    file : str
        For problems.
    notation : Notation
        How the table writes its values.
    kind : str, optional
        One of ``KINDS`` of ``cast``.
    written : str, optional
        The unit in which its figures are written, which settles what is doubtful of it.
    percent : bool, default False
        Whether the cells are shown in per cent, and were read so.
    usual : str, default ""
        The unit that the table tells of all its figures, where a column tells none.

    Returns
    -------
    Column
        What may mean two things is left as text, with a problem that asks.

    Examples
    --------
    >>> column = read_column(pd.Series(["30,5", "25"], [2, 3], name="Tỷ lệ (%)"), "a.csv")
    >>> column.kind, column.unit, column.decimal, column.values.tolist()
    ('number', 'pct', ',', [30.5, 25.0])
    >>> read_column(pd.Series(["01", "12"], name="code"), "a.csv").values.tolist()
    ['01', '12']
    """
    name, told = str(cells.name), "pct" if percent else units.unit_told(str(cells.name))
    some = cells[~is_missing(cells, notation)]
    texts = some[some.map(lambda cell: isinstance(cell, str))].map(str.strip)
    if (
        kind is None
        and len(texts) == len(some) > 0
        and texts.map(lambda text: bool(_PER_CENT.fullmatch(text))).all()
    ):
        # Each figure has its own sign of per cent.
        cells, told = (
            cells.where(~cells.index.isin(texts.index), cells.map(lambda c: str(c).replace("%", ""))),
            told or "pct",
        )
        some = texts = cells[texts.index].map(str.strip)
        percent = True
    found = kind or _kind(name, some, texts, notation)
    warnings: list[Problem] = []
    if found in ("number", "integer"):
        fallback = "" if ORDER.fullmatch(name) else usual
        return _numbers(cells, file, notation, found, told or fallback, written, percent)
    if kind is None and found == "text":
        fits = (
            read_numbers(some, notation) if not (ORDER.fullmatch(name) or _CODE_NAME.search(name)) else None
        )
        codes = texts.map(lambda text: bool(_CODE.fullmatch(text)))
        if fits is not None and 0 < codes.sum() < (1 - _MOSTLY) * len(some):
            rule = "a few cells have leading zeros, so that the column is kept as text"
            warnings = [Problem(file, int(row), name, str(cell), rule) for row, cell in texts[codes].items()]
        elif fits is not None and len(some) and not codes.any():
            able = int((~fits.wrong).sum())
            signed = some.map(lambda cell: isinstance(cell, float) or bool(_FIGURE.fullmatch(str(cell))))
            measured = _measured(name, told)
            odd_ones = some[fits.wrong].map(lambda cell: bool(_SIGNED.fullmatch(str(cell))))
            begun = texts.map(lambda text: bool(_BEGINS.match(text))).astype(bool)
            figures = measured and (signed.any() or begun.mean() > 0.5) or able and odd_ones.all()
            if figures or able >= _MOSTLY * len(some) or (able > 1 and len(some) - able == 1):
                rule = (
                    "no number, as its column is said to hold"
                    if measured
                    else "no number, as the others of its column are"
                )
                hint = "" if signed[fits.wrong].all() else "words for what is missing are set by missing="
                odd = [*problems_of(file, some, Cast(fits.values, [(fits.wrong, rule, hint)]))]
                return Column(name, "text", cast(cells, "text", notation).values, told, problems=odd)
            if able * 2 > len(some):
                rule = f"numbers and words in one column: kept as text, {able} of {len(some)} are numbers"
                warnings = [Problem(file, None, name, "", rule)]
        if len(texts) and _dated(texts).all():
            warnings = [
                Problem(
                    file, None, name, texts.iloc[0], "days kept as text", "write year-month-day, 2020-05-07"
                )
            ]
    made = cast(cells, found, notation)
    problems = [*problems_of(file, cells, made)]
    if found == "text" and kind is None:
        problems += _doubted(file, some, _no_years(texts) if _YEAR_ALONE.fullmatch(name) else ())
        if not _measured(name, told):
            problems += _doubted(file, some, _lost_digits(some))
            warnings = warnings or [*_doubted(file, some, _lost_zeros(texts))]
    return Column(name, found, made.values, told, problems=problems, warnings=warnings)


def _measured(name: str, told: str) -> bool:
    """Say whether the name of a column tells that figures stand in it: a unit, a rate, an income, "number of"."""
    counted = units.counts_things(told)
    return bool(
        told and not counted or _RATE.search(name) or is_income(name) or counted and units.is_count(name)
    )


def _no_years(cells: pd.Series) -> Iterator[tuple[pd.Series, str, str]]:
    """Yield what stands in a column of years and is of no century, or of another calendar: 19, '19, 2562."""
    bare = cells.map(lambda cell: re.sub(r"^\W+|\.0+$", "", str(cell)))
    wrong = bare.str.fullmatch(r"\d+") & ~bare.str.fullmatch(r"(1[89]|2[01])\d\d")
    if wrong.any():
        yield wrong.reindex(cells.index), "no year of four digits of our calendar", "write it as 2019"


def _lost_digits(cells: pd.Series) -> Iterator[tuple[pd.Series, str, str]]:
    """Yield codes that a spreadsheet rounded, of which it keeps 15 digits: 1.2E+10."""
    lost = cells.map(
        lambda cell: isinstance(cell, float) and abs(cell) >= 1e15 or bool(_ROUNDED.fullmatch(str(cell)))
    ).astype(bool)
    if lost.any():
        yield lost, "digits of a code are lost", "format its column as text before it is filled in"


def _lost_zeros(texts: pd.Series) -> Iterator[tuple[pd.Series, str, str]]:
    """Yield codes that are shorter than those with leading zeros: 2 beside 01."""
    digits = texts[texts.map(str.isdecimal).astype(bool)]
    padded = digits.str.startswith("0") & digits.str.len().gt(1)
    if padded.any() and (short := digits.str.len() < digits[padded].str.len().min()).any():
        rule = "shorter than codes with leading zeros: are its own lost?"
        yield short.reindex(texts.index, fill_value=False), rule, "write all codes with as many digits"


def _dated(texts: pd.Series) -> pd.Series:
    return texts.map(lambda text: bool(_TURNED_DAY.fullmatch(text))).astype(bool)


def _kind(name: str, some: pd.Series, texts: pd.Series, notation: Notation) -> str:
    """Return the kind that every cell of a column fits."""
    if not len(some):
        return "text"
    if some.map(lambda cell: isinstance(cell, bool)).all():
        return "boolean"
    if some.map(lambda cell: isinstance(cell, datetime.date)).all():
        return "date"
    if ORDER.fullmatch(name) and len(texts) or _CODE_NAME.search(name) and not units.unit_told(name):
        return "text"
    written = some.map(lambda cell: str(cell).strip())
    if _YEAR_NAME.search(name) and written.map(lambda text: bool(_YEAR.fullmatch(text))).all():
        return "year"
    if len(texts) == len(some):
        if all(map(_DAY.fullmatch, texts)) and cast(some, "date", notation).values.notna().mean() > 0.5:
            return "date"
        words = {*texts.str.casefold()}
        if not read_yes_no(some, notation)[1].any() and (words & _PLAIN_WORDS or words <= _MARKS):
            return "boolean"
    large = some.map(lambda cell: isinstance(cell, int) and abs(cell) > 2**53).any()
    if large or texts.map(lambda text: bool(_CODE.fullmatch(text))).any():
        return "text"
    numbers = read_numbers(some, notation)
    return "text" if numbers.wrong.any() else "number"


def _numbers(
    cells: pd.Series, file: str, notation: Notation, kind: str, told: str, written: str | None, percent: bool
) -> Column:
    """Return a column of numbers in its unit, with what is wrong or doubtful in them."""
    name, read = str(cells.name), read_numbers(cells, notation)
    faults = [
        *number_rules(read),
        (read.values.notna() & (read.values % 1 != 0), "expected a whole number", ""),
    ][: None if kind == "integer" else -1]
    problems = [*problems_of(file, cells, Cast(read.values, faults))]
    if read.doubtful.any():
        return Column(name, "text", cast(cells, "text", notation).values, told, problems=problems)
    values, unit = read.values, told
    warnings: list[Problem] = []
    if not told and not is_income(name):
        texts = cells[cells.map(lambda cell: isinstance(cell, str)) & values.notna()]
        problems += _doubted(file, texts, _lost_digits(texts))
    if _YEAR_ALONE.fullmatch(name):
        problems += _doubted(file, cells[values.notna()], _no_years(values.dropna()))
    elif _DAY_NAME.search(name) and not told and values.dropna().between(20_000, 60_000).all():
        rule = "numbers where days are expected: may a spreadsheet have counted days?"
        warnings.append(Problem(file, None, name, str(cells[values.notna()].iloc[0]), rule))
    warnings += _doubted(file, cells, stand_ins(values))
    if not told and not written and _RATE.search(name) and values.max() <= 100:
        unit = "pct"
    if written:
        unit = told or ("pct" if units.unit_of(written) == "share" else units.unit_of(written))
        try:
            values = units.convert(values, written, unit)
        except InvalidValue as error:
            problems.append(
                Problem(file, None, name, written, str(error), "the name of the column tells another unit")
            )
    elif unit == "pct":
        problems += _doubted(file, cells, shares(values, name) if not percent else ())
        warnings += _doubted(file, cells, lost_points(values, 0, 100))
    elif units.counts_things(unit):
        problems += _doubted(file, cells, parts_of_counts(values))
    whole = bool((values.dropna() % 1 == 0).all()) and not percent and values.abs().max() < 2**53
    values = values.astype("Int64") if whole and values.notna().any() else values
    decimal = read.decimal if any(isinstance(cell, str) and read.decimal in cell for cell in cells) else ""
    return Column(name, "integer" if whole else "number", values, unit, decimal, problems, warnings)


def _doubted(file: str, cells: pd.Series, doubts: Iterable[tuple[pd.Series, str, str]]) -> Iterator[Problem]:
    return problems_of(file, cells, Cast(cells, [*doubts]))


def with_signs(columns: list[Column]) -> Iterator[Problem]:
    """Yield the problems of all columns; what a sign means is suggested from the columns where it is plain.

    >>> asked = read_column(pd.Series(["1.234", "987"], name="n"), "a.csv")
    >>> plain = read_column(pd.Series(["45,67"], name="rate"), "a.csv")
    >>> [problem.suggestion for problem in with_signs([asked, plain])]
    ['say which with decimal="," or decimal="."; in rate it is a comma']
    """
    plain = {column.decimal: column.name for column in reversed(columns) if column.decimal}
    hint = ""
    if len(plain) == 1:
        ((sign, name),) = plain.items()
        hint = f"; in {name} it is a {'comma' if sign == ',' else 'point'}"
    for column in columns:
        for problem in column.problems:
            settled = problem.suggestion == SETTLED_BY
            yield Problem(**{**vars(problem), "suggestion": f"{SETTLED_BY}{hint}"}) if settled else problem
