"""Numbers, yes and no, as people write them: read by the signs of a whole column, asked about where they mean two things."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from povertystats.files.doubts import mixed_zeros

MISSING = ("", "NA", "N/A", "n.a.", "NaN", "null", "none", ".", "..", "...", "…", "-", "–", "—", "#N/A", ":")
YES = ("1", "1.0", "true", "t", "yes", "y", "có", "co", "x", "đúng", "✓", "√", "✔", "☑")
NO = ("0", "0.0", "false", "f", "no", "n", "không", "khong", "ko", "sai", "☐", "✗")
# Blanks and apostrophes between digits can only be thousands.
_SPACED = re.compile(r"[-+]?\d{1,3}([ '’\u00a0\u2007-\u2009\u202f]\d{3})+([.,]\d+)?")
_BLANKS = re.compile(r"[ '’\u00a0\u2007-\u2009\u202f]")


def _kinds(mark: str, other: str) -> dict[str, str]:
    """Return the patterns of numbers with a mark that may be a decimal sign, and another that may be the thousands'."""
    mark, other = re.escape(mark), re.escape(other)
    groups = rf"[1-9]\d{{0,2}}({other}\d{{3}})+|[1-9]\d?({other}\d{{2}})*{other}\d{{3}}"
    return {
        "decimal": rf"\d*{mark}\d{{1,2}}|\d*{mark}\d{{4,}}|0?\d*{mark}|(0\d*)?{mark}\d{{3}}|\d{{4,}}{mark}\d{{3}}|({groups}){mark}\d+",
        "groups": rf"[1-9]\d{{0,2}}({mark}\d{{3}}){{2,}}|[1-9]\d?({mark}\d{{2}})+{mark}\d{{3}}",
        "either": rf"[1-9]\d{{0,2}}{mark}\d{{3}}",
    }


# What a number's writing tells: of its decimal sign, of the thousands', of neither. DuckDB and Spark know these patterns.
PATTERNS = {
    "whole": r"[-+]?\d+",
    "exponent": r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+",
    **{f"point_{kind}": rf"[-+]?({pattern})" for kind, pattern in _kinds(".", ",").items()},
    **{f"comma_{kind}": rf"[-+]?({pattern})" for kind, pattern in _kinds(",", ".").items()},
}

_COMPILED = {name: re.compile(pattern) for name, pattern in PATTERNS.items()}


@dataclass(frozen=True)
class Notation:
    """How a table writes its values.

    Parameters
    ----------
    decimal, thousands : str, optional
        "." or ","; thousands also " " or "" (none). None: seen from each column, and asked where that cannot be.
    missing, yes, no : tuple of str
        Words for what is missing, for yes and for no; case and blanks around them do not count.
    bare : bool, default True
        Whether numbers stand without a currency or a sign of per cent beside them.
    """

    decimal: str | None = None
    thousands: str | None = None
    missing: tuple[str, ...] = MISSING
    yes: tuple[str, ...] = YES
    no: tuple[str, ...] = NO
    bare: bool = True

    def __post_init__(self) -> None:
        from povertystats.words.errors import refuse

        signs = {
            "decimal": (self.decimal, (".", ",")),
            "thousands": (self.thousands, (".", ",", " ", "'", "")),
        }
        problems = [
            f"{name} is {sign!r}; expected one of {', '.join(map(repr, known))}"
            for name, (sign, known) in signs.items()
            if sign is not None and sign not in known
        ]
        if self.decimal is not None and self.decimal == self.thousands:
            problems.append(f"decimal and thousands are both {self.decimal!r}")
        refuse("cannot read numbers so", problems)


def notation_of(**given: Any) -> Notation:
    """Return a notation of what is given (not None) of its fields; words as a tuple, one text as one word.

    >>> notation_of(decimal=",", missing=["?"], yes=None).missing
    ('?',)
    """
    words = ("missing", "yes", "no")
    known = {name: value for name, value in given.items() if value is not None}
    for name in known.keys() & {*words}:
        known[name] = (known[name],) if isinstance(known[name], str) else tuple(map(str, known[name]))
    return Notation(**known)


def settle(counts: Mapping[str, int], notation: Notation = Notation()) -> tuple[str, str, str]:  # noqa: B008
    """Return the decimal sign, the thousands' sign, and what is doubtful ("" where nothing is), of a column.

    Parameters
    ----------
    counts : mapping of str to int
        How many values have each of ``PATTERNS``, blanks between digits taken away.
    notation : Notation
        What is known of it.

    Returns
    -------
    tuple of str
        Signs, and a sentence that says what two things a value may mean.

    Examples
    --------
    >>> settle({"comma_decimal": 3, "point_either": 1})
    (',', '.', '')
    >>> settle({"whole": 3, "point_either": 1})[2]
    'a point before three digits may part thousands or be a decimal sign'
    """
    has = {name: counts.get(name, 0) > 0 for name in PATTERNS}
    decimals = {mark for mark, name in ((".", "point"), (",", "comma")) if has[f"{name}_decimal"]}
    decimals |= {"."} if has["exponent"] else set()
    thousands = {mark for mark, name in ((".", "point"), (",", "comma")) if has[f"{name}_groups"]}
    given_decimal = notation.decimal or {".": ",", ",": "."}.get(notation.thousands or "")
    if given_decimal:
        other = "," if given_decimal == "." else "."
        return given_decimal, other if notation.thousands is None else notation.thousands, ""
    if notation.thousands in ("", " ", "'") and len(decimals) < 2:
        # No point and no comma parts thousands: whichever stands there is the decimal sign.
        marks = decimals | {m for m, name in ((".", "point"), (",", "comma")) if has[f"{name}_either"]}
        if len(marks) < 2:
            return (marks or {"."}).pop(), notation.thousands, ""
    if len(decimals) == 2 or len(thousands) == 2:
        return ".", "", "points and commas are both used as the same sign"
    if decimals & thousands:
        return ".", "", f"{_NAMED[decimals.pop()]} is used as decimal sign and between thousands"
    if decimals or thousands:
        decimal = decimals.pop() if decimals else {".": ",", ",": "."}[thousands.pop()]
        return decimal, "," if decimal == "." else ".", ""
    either = [mark for mark, name in ((".", "point"), (",", "comma")) if has[f"{name}_either"]]
    if len(either) == 2:
        return ".", "", "points and commas both stand before three digits"
    if either:
        return ".", "", _EITHER.format(_NAMED[either[0]])
    return ".", "", ""


_NAMED = {".": "a point", ",": "a comma"}
_EITHER = "{} before three digits may part thousands or be a decimal sign"
# The suggestion that goes with what ``settle`` finds doubtful.
SETTLED_BY = 'say which with decimal="," or decimal="."'


@dataclass(frozen=True)
class Numbers:
    """A column of numbers as read: ``values`` (floats, missing where there is none), ``wrong`` and ``doubtful`` (masks).

    ``decimal`` and ``thousands`` are the signs understood, ``doubt`` what two things a doubtful value may mean.
    """

    values: pd.Series
    wrong: pd.Series
    doubtful: pd.Series
    decimal: str = "."
    thousands: str = ""
    doubt: str = ""


def is_missing(cells: pd.Series, notation: Notation = Notation()) -> pd.Series:  # noqa: B008
    """Say of each cell whether it is missing or a word for that.

    >>> is_missing(pd.Series(["..", " na ", "0", None], dtype=object)).tolist()
    [True, True, False, True]
    """
    words = {word.strip().casefold() for word in notation.missing}
    every = {cell for cell in cells.to_numpy(object) if isinstance(cell, str)}
    lost = {text for text in every if text.strip().casefold() in words}
    if not lost:
        return cells.isna()
    return cells.isna() | pd.Series(
        [isinstance(cell, str) and cell in lost for cell in cells], cells.index, dtype=bool
    )


def read_numbers(cells: pd.Series, notation: Notation = Notation()) -> Numbers:  # noqa: B008
    """Return a column as numbers; cells that are numbers already are taken as they are, texts as they are written.

    Parameters
    ----------
    cells : Series
        Texts, numbers, or both, as in a spreadsheet.
    notation : Notation
        What is known of how the numbers are written.

    Returns
    -------
    Numbers
        Values; doubtful ones are missing among them.

    Examples
    --------
    >>> read_numbers(pd.Series(["1.234,5", "12,25", "..", "-3"])).values.tolist()
    [1234.5, 12.25, nan, -3.0]
    >>> asked = read_numbers(pd.Series(["650", "1.500"]))
    >>> asked.doubtful.tolist(), asked.doubt
    ([False, True], 'a point before three digits may part thousands or be a decimal sign')
    """
    # Of complex numbers pandas would take the real part.
    if pd.api.types.is_numeric_dtype(cells) and cells.dtype.kind not in "bc":
        values = cells.astype("float64")
        return Numbers(values, np.isinf(values), pd.Series(False, index=cells.index))
    cells = cells.astype(object)
    missing = is_missing(cells, notation).to_numpy()
    typed = np.array(
        [isinstance(cell, Real | Decimal) and not isinstance(cell, bool) for cell in cells], bool
    )
    typed &= ~missing
    written = ~typed & ~missing
    clean = _cleaned if notation.bare else _bared
    texts = [clean(cell) if text else "" for cell, text in zip(cells, written, strict=True)]
    # Each text once: columns repeat themselves.
    met = {
        text: [name for name, kind in _COMPILED.items() if kind.fullmatch(text)] for text in {*texts} - {""}
    }
    decimal, thousands, doubt = settle(
        Counter(name for text in texts if text for name in met[text]), notation
    )
    fits = re.compile(fitting(decimal, thousands))
    read = {
        text: _number(text, decimal, thousands) if kinds and fits.fullmatch(text) else np.nan
        for text, kinds in met.items()
    }
    if doubt:
        asked = {text for text, kinds in met.items() if any(kind[:5] in ("point", "comma") for kind in kinds)}
    elif asked := mixed_zeros(met, decimal) if notation.decimal is notation.thousands is None else set():
        doubt = _EITHER.format(_NAMED[decimal])
    numbers = np.array([read.get(text, np.nan) for text in texts], "float64")
    numbers[typed] = cells[typed].astype("float64")
    doubtful = np.array([text in asked for text in texts], bool)
    wrong = (written & np.isnan(numbers) & ~doubtful) | np.isinf(numbers)
    numbers[wrong | doubtful] = np.nan
    values, bad, unsure = (pd.Series(part, index=cells.index) for part in (numbers, wrong, doubtful))
    return Numbers(values, bad, unsure, decimal, thousands, doubt)


def _number(text: str, decimal: str, thousands: str) -> float:
    return float((text.replace(thousands, "") if thousands in (".", ",") else text).replace(decimal, "."))


def fitting(decimal: str, thousands: str) -> str:
    """Return the pattern of the numbers that these signs can write."""
    mark = re.escape(decimal)
    whole = r"\d+"
    if thousands in (".", ","):
        other = re.escape(thousands)
        whole += rf"|[1-9]\d{{0,2}}({other}\d{{3}})+|[1-9]\d?({other}\d{{2}})+{other}\d{{3}}"
    return rf"[-+]?(({whole})({mark}\d*)?|{mark}\d+)([eE][-+]?\d+)?"


def _cleaned(cell: object) -> str:
    text = re.sub("^[−–—‑]", "-", str(cell).strip())  # a minus as word processors write it
    return _BLANKS.sub("", text) if _SPACED.fullmatch(text) else text


def _bared(cell: object) -> str:
    return _cleaned(re.sub(r"^[^-+\d.,]+|[^\d.,]+$", "", str(cell)))


def read_yes_no(cells: pd.Series, notation: Notation = Notation()) -> tuple[pd.Series, pd.Series]:  # noqa: B008
    """Return a column as yes and no (nullable booleans), and where neither stands.

    >>> said, wrong = read_yes_no(pd.Series(["Có", "x", "0", "", "maybe"]))
    >>> said.tolist(), wrong.tolist()
    ([True, True, False, <NA>, <NA>], [False, False, False, False, True])
    """
    if pd.api.types.is_bool_dtype(cells):
        return cells.astype("boolean"), pd.Series(False, index=cells.index)
    yes, no = ({word.strip().casefold() for word in words} for words in (notation.yes, notation.no))

    def read(cell: object) -> object:
        if cell is None or cell is pd.NA or isinstance(cell, float) and np.isnan(cell):
            return pd.NA
        word = f"{cell:g}" if isinstance(cell, float) else str(cell).strip().casefold()
        return True if word in yes else False if word in no else pd.NA

    said = cells.map(read).astype("boolean")
    return said, said.isna() & ~is_missing(cells, notation)


def number_rules(numbers: Numbers) -> Iterator[tuple[pd.Series, str, str]]:
    """Yield (mask, rule, suggestion) for what is wrong and what is doubtful in a column of numbers.

    >>> [rule for _, rule, _ in number_rules(read_numbers(pd.Series(["many"])))]
    ['expected a finite number']
    """
    if numbers.wrong.any():
        yield numbers.wrong, "expected a finite number", ""
    if numbers.doubtful.any():
        yield numbers.doubtful, numbers.doubt, SETTLED_BY
