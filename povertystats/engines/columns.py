"""Columns of texts in an engine, as numbers, as yes and no or as labels: by their signs, with a count of what did not fit.

No type is guessed from the first rows: a column is what it is asked to be, and every row of it is looked at. The same
on DuckDB and Spark, whose regular expressions both know ``numbers.PATTERNS``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from povertystats.files.numbers import PATTERNS, SETTLED_BY, Notation, fitting, settle
from povertystats.files.problems import Problem

if TYPE_CHECKING:
    from ibis.expr.types import Table, Value

# What a column may be asked to be; a "measure" is a number, or true and false as 1 and 0.
KINDS = ("number", "whole", "measure", "yes_no", "label")
# Written so, a number means one thing under any signs but a decimal comma; nothing else needs to be looked at twice.
_CERTAIN = r"^[-+]?\d+(\.\d{1,2}|\.\d{4,})?$"
# Stands for a number whose point is certain, unless other numbers say otherwise.
POINTED = ".0"
_INFINITE = r"^[-+]?([iI]nf(inity)?|INF)$"
_SPACED = r"^[-+]?\d{1,3}([ '’\x{00A0}\x{2007}-\x{2009}\x{202F}]\d{3})+([.,]\d+)?$"
_BLANKS = r"[ '’\x{00A0}\x{2007}-\x{2009}\x{202F}]"
_AROUND = r"^[\s\x{00A0}\x{2007}-\x{2009}\x{202F}]+|[\s\x{00A0}\x{2007}-\x{2009}\x{202F}]+$"
_TRUE, _FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")
_USUAL = ("false", "true", "0", "1", "False", "True")
_WHOLE = r"^[-+]?\d+$"
_LARGEST = 10**18 - 1  # of a label that is told as a number
# So many rows of a column that was read badly are told.
_SHOWN = 20
_RULES = {
    **{"number": "expected a finite number", "measure": "expected a finite number"},
    **{"whole": "expected a whole number", "yes_no": "expected yes or no"},
}
_DOUBTFUL = [name for name in PATTERNS if name.startswith(("point", "comma"))]


@dataclass(frozen=True)
class Reading:
    """How a column was read: its kind and signs, what is doubtful in it, and how many values are wrong or doubtful."""

    kind: str
    decimal: str = "."
    thousands: str = ""
    doubt: str = ""
    wrong: int = 0
    doubtful: int = 0


def cast(
    table: Table,
    kinds: Mapping[str, str],
    notation: Notation = Notation(),  # noqa: B008
) -> tuple[Table, dict[str, Reading]]:
    """Return a table with columns of texts as what they are asked to be, and how each was read; others stay as they are.

    ``kinds``: {column: one of ``KINDS``}. A "number" or "measure" becomes a float, a "whole" number an integer,
    "yes_no" a boolean, a "label" a text without blanks around it; what is missing, wrong or doubtful is null. One
    scan where every value is plain; the columns that are not take two more.

    >>> import ibis
    >>> rows = ibis.memtable({"code": ["01", "02"], "income": ["650", "1.500,5"], "loan": ["Có", "0"]})
    >>> read, readings = cast(rows, {"code": "label", "income": "number", "loan": "yes_no"})
    >>> read.to_pandas().values.tolist(), readings["income"].decimal
    ([['01', 650.0, True], ['02', 1500.5, False]], ',')
    >>> _, readings = cast(ibis.memtable({"income": ["650", "1.500", "?"]}), {"income": "number"})
    >>> readings["income"].doubtful, readings["income"].wrong
    (1, 1)
    """
    readings = _readings(table, kinds, notation)
    return table.mutate(**{c: converted(table[c], r, notation) for c, r in readings.items()}), readings


def _readings(table, kinds, notation):
    """Return how each column of texts is read; a scan for all, two more for those that are not plain."""
    texts = {column: kind for column, kind in kinds.items() if table[column].type().is_string()}
    readings = {column: Reading(kind) for column, kind in texts.items()}
    asked = {column: kind for column, kind in texts.items() if kind != "label"}
    if not asked:
        return readings
    met = {c: certain(table[c], kind, notation) | table[c].isnull() for c, kind in asked.items()}
    plain = _counts(table, met)
    unsure = {column: kind for column, kind in asked.items() if plain[column] < plain[""]}
    return readings | settled(table, unsure, notation)


def settled(table: Table, kinds: Mapping[str, str], notation: Notation = Notation()) -> dict[str, Reading]:  # noqa: B008
    """Return how columns of texts are read, every value looked at: signs, doubts, and counts of what is wrong.

    >>> import ibis
    >>> settled(ibis.memtable({"income": ["1.500", "2.000"]}), {"income": "number"})["income"].doubt
    'a point before three digits may part thousands or be a decimal sign'
    """
    if not kinds:
        return {}
    numeric = [column for column, kind in kinds.items() if kind not in ("yes_no", "label")]
    found = {}
    if numeric:
        written = {column: _cleaned(_present(table[column], notation)) for column in numeric}
        patterns = {
            (c, name): _is(written[c], pattern) for c in numeric for name, pattern in PATTERNS.items()
        }
        found = _counts(table, patterns)
    readings = {}
    for column, kind in kinds.items():
        signs = settle({name: found.get((column, name), 0) for name in PATTERNS}, notation)
        readings[column] = Reading(kind, *(signs if column in numeric else ()))
    conditions: dict[tuple[str, str], Any] = {}
    for column, reading in readings.items():
        doubt = doubtful(_present(table[column], notation), reading)
        lost = converted(table[column], reading, notation).isnull() & ~missing(table[column], notation)
        conditions |= {(column, "wrong"): lost & ~doubt, (column, "doubtful"): doubt}
    counts = _counts(table, conditions)
    return {
        c: Reading(r.kind, r.decimal, r.thousands, r.doubt, counts[c, "wrong"], counts[c, "doubtful"])
        for c, r in readings.items()
    }


def certain(value: Value, kind: str, notation: Notation = Notation()) -> Value:  # noqa: B008
    """Return where a text surely is of a kind, which is cheap to ask of every row."""
    if kind == "yes_no":
        return _surely_said(value, notation).notnull()
    comma = notation.decimal == "," or notation.thousands == "."
    sure = value.re_search(_WHOLE if comma or kind == "whole" else _CERTAIN) & _no_code(value, notation)
    return sure | value.isin((*_TRUE, *_FALSE)) if kind == "measure" else sure


def surely(value: Value, kind: str, notation: Notation = Notation()) -> tuple[Value, Value]:  # noqa: B008
    """Return a column of texts as what it surely is, else null; and as text what must be looked at once more, else null.

    ``kind``: one of ``KINDS`` but "measure"; labels that are numbers without noughts before them are told as such, being
    compared faster, and whole ones are sure as an engine writes them, which is faster seen than a pattern. Beside a
    number with a point stands ``POINTED``: where others doubt its sign, it is doubtful as well.

    >>> import ibis
    >>> rows = ibis.memtable({"x": ["650", "12.5", "1.500"]})
    >>> sure, rest = surely(rows["x"], "number")
    >>> sure.to_pandas().tolist(), rest.to_pandas().tolist()[1:]
    ([650.0, 12.5, nan], ['.0', '1.500'])
    """
    if kind == "number":
        met, pointed = certain(value, kind, notation), value.contains(".").ifelse(POINTED, None)
        return met.ifelse(value.try_cast("float64"), None), met.ifelse(pointed, value)
    if kind == "yes_no":
        sure = _surely_said(value, notation)
    else:
        number = value.try_cast("int64")
        met = (number.cast("string") == value) & _no_code(value, notation)
        met &= number.between(1, _LARGEST) if kind == "label" else True
        sure = met.ifelse(number, None)
    return sure, sure.isnull().ifelse(value, None)


def missing(value: Value, notation: Notation = Notation()) -> Value:  # noqa: B008
    """Return where a text is missing, or a word for that."""
    words = sorted({word.strip().lower() for word in notation.missing} | {""})
    return value.isnull() | value.strip().lower().isin(words)


def doubtful(value: Value, reading: Reading) -> Value:
    """Return where a text may mean two numbers."""
    if not reading.doubt:
        return value.isnull() & False
    written = _cleaned(value)
    return reduce(or_, (_is(written, PATTERNS[name]) for name in _DOUBTFUL)).fill_null(False)


def converted(value: Value, reading: Reading, notation: Notation = Notation()) -> Value:  # noqa: B008
    """Return a column of texts as it was read; null where it is missing, wrong or doubtful."""
    if reading.kind == "label":
        return value.strip().nullif("")
    if reading.kind == "yes_no":
        return _yes_no(value, notation)
    number = _number(_present(value, notation), reading)
    if reading.kind == "measure":
        number = value.cases(*((w, 1.0) for w in _TRUE), *((w, 0.0) for w in _FALSE), else_=number)
    if reading.kind == "whole":
        whole = number.try_cast("int64")
        number = (whole == number).ifelse(whole, None)
    return number


def _number(value, reading):
    import ibis

    written = _cleaned(value)
    plain = written.replace(reading.thousands, "") if reading.thousands in (".", ",") else written
    plain = plain.replace(",", ".") if reading.decimal == "," else plain
    fits = _is(written, fitting(reading.decimal, reading.thousands)) & ~doubtful(value, reading)
    infinite = written.re_search(_INFINITE)
    # Most values are plain: only the others are looked at more closely.
    quick = r"^\d+$" if reading.decimal == "," or reading.doubt else r"^\d+(\.\d*)?$"
    return ibis.cases(
        (value.re_search(quick), value.try_cast("float64")),
        (fits | infinite, plain.try_cast("float64")),
    )


def _codes(notation):
    return [word.strip() for word in notation.missing if any(sign.isdigit() for sign in word)]


def _no_code(value, notation):
    return ~value.isin(codes) if (codes := _codes(notation)) else True


def _present(value, notation):
    """Return texts without those numbers that are words for missing, such as -9."""
    return value.strip().isin(codes).ifelse(None, value) if (codes := _codes(notation)) else value


def _yes_no(value, notation):
    words = _words(notation)
    said = _answered(value.strip().lower(), words)
    return value.isnull().ifelse(words[""], said) if "" in words else said


def _surely_said(value, notation):
    """Return yes and no where a text is such a word, in small letters or not: the most frequent as they stand."""
    words = _words(notation)
    usual = {word: words[word.lower()] for word in _USUAL if word.lower() in words}
    others = {word: yes for word, yes in words.items() if word and word not in usual}
    said = _answered(value, usual, _answered(value.lower(), others))
    return value.isnull().ifelse(words[""], said) if "" in words else said


def _words(notation):
    """Return {word: whether it is a yes}, in small letters; a word for both is one."""
    return dict.fromkeys(_forms(notation.no), False) | dict.fromkeys(_forms(notation.yes), True)


def _answered(value, words, else_=None):
    """Return what each of some texts means: compared one by one, for among many an engine would look by a join."""
    import ibis

    else_ = ibis.null("boolean") if else_ is None else else_
    return value.cases(*words.items(), else_=else_) if words else else_


def _forms(words):
    """Return words in small letters, in both forms in which Unicode writes their accents."""
    small = {word.strip().lower() for word in words}
    return sorted({unicodedata.normalize(form, word) for word in small for form in ("NFC", "NFD")})


def _cleaned(value):
    """Return texts without blanks around them, and between thousands."""
    text = value.re_replace(_AROUND, "").re_replace("^[−–—‑]", "-")
    return text.re_search(_SPACED).ifelse(text.re_replace(_BLANKS, ""), text)


def _is(value, pattern):
    return value.re_search(f"^({pattern})$")


def _counts(table, conditions):
    """Return how many rows meet each condition, and under "" how many there are, in one scan."""
    names = {key: f"n{i}" for i, key in enumerate(conditions)}
    sums = {names[key]: met.sum() for key, met in conditions.items()}
    (row,) = table.aggregate(n=table.count(), **sums).to_pyarrow().to_pylist()
    return {"": row["n"], **{key: row[name] or 0 for key, name in names.items()}}


def reading_problems(
    tables: Mapping[str, Table],
    readings: Mapping[str, Reading],
    notation: Notation = Notation(),  # noqa: B008
) -> Iterator[Problem]:
    """Yield what is wrong and what is doubtful in columns that were read: the first values, with file and row.

    ``tables``: the columns as they stand, by file. Rows count from 2, the header being 1; tables on Spark have no order.

    >>> import ibis
    >>> rows = ibis.memtable({"income": ["650", "1.500"]})
    >>> [str(problem) for problem in reading_problems({"a.csv": rows}, cast(rows, {"income": "number"})[1])][0][:61]
    "a.csv, row 3, field income: '1.500': a point before three dig"
    """
    import ibis

    for column, reading in readings.items():
        if not (reading.wrong or reading.doubtful):
            continue
        for file, table in tables.items():
            ordered = table.get_backend().name == "duckdb"
            row = ibis.row_number() if ordered else ibis.literal(0)
            rows = table.select(row=row, value=table[column])
            doubt = doubtful(_present(rows["value"], notation), reading)
            lost = converted(rows["value"], reading, notation).isnull() & ~missing(rows["value"], notation)
            bad = rows.select("row", "value", doubt=doubt).filter(lost | doubt)
            for one in bad.order_by("row").limit(_SHOWN).to_pyarrow().to_pylist():
                rule, hint = (reading.doubt, SETTLED_BY) if one["doubt"] else (_RULES[reading.kind], "")
                yield Problem(file, one["row"] + 2 if ordered else None, column, one["value"], rule, hint)
