"""Tables of delimited text: the records of a file, with what is broken in them, by a dialect that is given or seen.

``declared(resource)`` turns the descriptor of a Frictionless resource (v1 or v2) into the options of this room.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from povertystats.files.numbers import MISSING, NO, YES, Notation
from povertystats.files.problems import Problem
from povertystats.tables.layout import Record
from povertystats.words.errors import Refused

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
# Signs that part fields where they part every record, the first one into words, and no usual one does.
RARE = ":~^#@!$&*=\\¦§\x01"
_NONE = "\x1f"  # a table of one column
_AS_TEXT = re.compile(r'(^|[^\w"])="([^",;\t\n]*)"', re.MULTILINE)  # how exports keep leading zeros: ="06"
_SEEN = 500  # so many records tell the delimiter
_FIGURE = re.compile(r"\s*[-+]?[\d.,]*\s*")
SETTLED_BY = 'say which with delimiter=, such as delimiter=";"'


@dataclass(frozen=True)
class Dialect:
    """How a text parts its records and fields, and which of its rows are no data.

    Parameters
    ----------
    delimiter : str, optional
        None: seen from the text.
    quote, escape : str, optional
        Around fields that hold delimiters; before a sign that is meant as such.
    double_quote : bool, default True
        Whether a quote within quotes is written twice.
    skip_blank : bool, default False
        Whether blanks after a delimiter are no part of a field.
    header : tuple of int, optional
        The rows of the header, from 1; (): there is none; None: seen from the table.
    remarks : tuple of int, default ()
        Rows that are no data.
    remark : str, default ""
        What begins a row that is no data.
    """

    delimiter: str | None = None
    quote: str | None = '"'
    escape: str | None = None
    double_quote: bool = True
    skip_blank: bool = False
    header: tuple[int, ...] | None = None
    remarks: tuple[int, ...] = ()
    remark: str = ""


def records(text: str, file: str, dialect: Dialect = Dialect()) -> tuple[list[Record], str, list[Problem]]:  # noqa: B008
    """Return the records of a text with their numbers, its delimiter, and what is broken.

    Parameters
    ----------
    text : str
        The text.
    file : str
        Its name, for problems.
    dialect : Dialect
        What is known of it.

    Returns
    -------
    tuple
        Records (a quoted line break parts none; blank lines are counted), delimiter, problems.

    Examples
    --------
    >>> records('place;rate\\nA;1,5\\n', "a.csv")
    ([(1, ['place', 'rate']), (2, ['A', '1,5'])], ';', [])
    >>> records('place,rate\\nA,"1', "a.csv")[2][0].rule
    'a quote is opened and never closed, or a delimiter is missing behind it'
    """
    told = text[:5].casefold() == "sep=" + text[4:5] and text[5:6] in ("\r", "\n")
    delimiter = dialect.delimiter or (text[4] if told else None)
    problems, made = list[Problem](), list[Record]()
    if delimiter is None:
        delimiter, doubt = _seen(text, dialect)
        if doubt:
            hint = SETTLED_BY.replace(";", " ") if delimiter == " " else SETTLED_BY
            return [], "", [Problem(file, None, "", "", doubt, hint)]
    text = _AS_TEXT.sub(r"\1\2", text) if '="' in text else text
    for number, cells, broken in _parsed(text, delimiter, dialect):
        if broken:
            problems.append(
                Problem(file, number, "", "", broken, "the file may be cut off; quote marks come in pairs")
            )
        elif not (told and number == 1 or _is_remark(number, cells, dialect)):
            made.append((number, cells))
    return made, delimiter, problems


def ragged(made: list[Record], width: int, file: str) -> Iterator[Problem]:
    """Yield a problem for every record that has not as many fields as the header.

    >>> [problem.rule for problem in ragged([(2, ["A", "1", "5"])], 2, "a.csv")]
    ['expected 2 fields, got 3']
    """
    for number, cells in made:
        if len(cells) != width:
            rule = f"expected {width} fields, got {len(cells)}"
            yield Problem(file, number, "", "", rule, "quote a field that holds the delimiter")


def _is_remark(number: int, cells: list[str], dialect: Dialect) -> bool:
    marked = bool(dialect.remark) and bool(cells) and cells[0].startswith(dialect.remark)
    return marked or number in dialect.remarks


def _parsed(text: str, delimiter: str, dialect: Dialect) -> Iterator[tuple[int, list[str], str]]:
    """Yield number, cells and what is broken of each record; after what is broken nothing can be told."""
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quotechar=dialect.quote or None,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        escapechar=dialect.escape,
        doublequote=dialect.double_quote,
        skipinitialspace=dialect.skip_blank or delimiter == " ",
        strict=True,
    )
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield number, [], "a quote is opened and never closed, or a delimiter is missing behind it"
            return
        yield number, cells, ""


def _seen(text: str, dialect: Dialect) -> tuple[str, str]:
    """Return the delimiter that a text shows, and what is doubtful about it."""
    shares = _parting(text, "".join(_DELIMITERS), dialect)
    best = max(shares.values(), default=(0.0, False))
    if best[0] < 1:
        rare = _parting(text, "".join(sign for sign in RARE if sign in text), dialect)
        shares = {mark: share for mark, share in rare.items() if share == (1, True)} or shares
        best = max(shares.values(), default=best)
    fit = [mark for mark, share in shares.items() if share == best]
    if len(fit) > 1:
        return fit[0], f"{' and '.join(_DELIMITERS.get(mark, mark) for mark in fit)} part it alike"
    rows = [line.split() for line in text.splitlines() if line.strip()][:_SEEN]
    alike = (
        len(rows) > 1 and len({*map(len, rows)}) == 1 and all(_FIGURE.fullmatch(row[-1]) for row in rows[1:])
    )
    # "Phường 1" is one field, "A 1,5" two.
    if (
        not fit
        and alike
        and (len(rows[0]) > 2 or len(rows[0]) > 1 and any({*",."} & {*row[-1]} for row in rows[1:]))
    ):
        return " ", "blanks seem to part its fields"
    return (fit or [_NONE])[0], ""


def _parting(text: str, marks: str, dialect: Dialect) -> dict[str, tuple[float, bool]]:
    """Return, of each mark that may part fields, the part of records that are alike, and whether no blank follows it."""
    shares: dict[str, tuple[float, bool]] = {}
    for mark in marks:
        rows = []
        for number, cells, broken in _parsed(text, mark, dialect):
            if number > _SEEN or broken:
                break
            if cells and not _is_remark(number, cells, dialect):
                rows.append(cells)
        widths = [len(cells) for cells in rows]
        common = max(sorted({*widths}, reverse=True), key=widths.count, default=1)
        first = next((cells for cells in rows if len(cells) == common), [])
        # A decimal comma parts no names, and digits alone; a comma before a blank is one between words.
        joints = (
            [pair for row in rows[1:] for pair in pairwise(row)] if len(widths) and widths[0] == 1 else []
        )
        digits = bool(joints) and all(one[-1:].isdigit() and two[:1].isdigit() for one, two in joints)
        if common > 1 and not (digits or all(map(_FIGURE.fullmatch, first))):
            spaced = any(cell.startswith(" ") for cell in first[1:])
            shares[mark] = widths.count(common) / len(widths), not spaced
    return shares


_KINDS = {"string": "text", "number": "number", "integer": "integer", "year": "year", "boolean": "boolean"}
_KINDS |= {"date": "date", "datetime": "date"}


@dataclass(frozen=True)
class Declared:
    """What a descriptor says of a table: how its text is parted, and of each field its kind, notation and form of dates.

    ``kinds``: as ``cast`` knows them, "" for others; ``patterns``: of dates, for ``strptime``; ``problems``: sentences.
    """

    dialect: Dialect = field(default_factory=Dialect)
    encoding: str | None = None
    sheet: str | int | None = None
    notation: Notation = field(default_factory=Notation)
    kinds: dict[str, str] = field(default_factory=dict)
    notations: dict[str, Notation] = field(default_factory=dict)
    patterns: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def declared(resource: dict[str, Any], notation: Notation = Notation()) -> Declared:  # noqa: B008
    """Return what the descriptor of a Frictionless resource says of its table.

    Parameters
    ----------
    resource : dict
        In the spelling of v1 (``dialect: {delimiter}``) or v2 (``dialect: {csv: {delimiter}}``).
    notation : Notation
        What the user says, which goes before.

    Returns
    -------
    Declared
        What is not said is seen from the file.

    Examples
    --------
    >>> fields = [{"name": "value", "type": "number", "decimalChar": ","}]
    >>> said = declared({"dialect": {"csv": {"delimiter": ";"}}, "schema": {"fields": fields}})
    >>> said.dialect.delimiter, said.notations["value"].decimal, said.kinds
    (';', ',', {'value': 'number'})
    """
    parts = {name: resource.get(name) or {} for name in ("dialect", "schema")}
    problems = [f"{name} must be an object" for name, part in parts.items() if not isinstance(part, dict)]
    dialect, schema = (part if isinstance(part, dict) else {} for part in parts.values())
    nested = [dialect[kind] for kind in ("csv", "excel") if isinstance(dialect.get(kind), dict)]
    said = {key: value for part in (dialect, *nested) for key, value in part.items()}
    end = said.get("lineTerminator")
    if end not in (None, "\n", "\r", "\r\n"):
        problems.append(f"lineTerminator is {end!r}; expected a line feed, a carriage return, or both")
    quote, escape = said.get("quoteChar", '"') or None, said.get("escapeChar") or None
    signs = {"delimiter": said.get("delimiter"), "quoteChar": quote, "escapeChar": escape}
    for key, sign in signs.items():
        if sign is not None and not (isinstance(sign, str) and len(sign) == 1 and sign not in "\r\n"):
            problems.append(f"{key} is {sign!r}; expected one sign")
    for key in ("headerRows", "commentRows"):
        rows = said.get(key) or []
        if not isinstance(rows, list) or not all(isinstance(row, int) for row in rows):
            problems.append(f"{key} is {rows!r}; expected a list of numbers of rows")
    header = said.get("headerRows") if said.get("header", True) else ()
    words: tuple[str, ...] = (str(said["nullSequence"]),) if said.get("nullSequence") else ()
    sheet = said.get("sheet")
    if problems:
        return Declared(problems=problems)
    found = Declared(
        Dialect(
            signs["delimiter"],
            quote,
            escape,
            bool(said.get("doubleQuote", True)) or escape is None,
            bool(said.get("skipInitialSpace")),
            None if header is None else tuple(header),
            tuple(said.get("commentRows") or ()),
            str(said.get("commentChar") or ""),
        ),
        resource.get("encoding"),
        sheet - 1 if isinstance(sheet, int) else sheet,
        _noted(schema, notation, words),
        problems=problems,
    )
    for one in schema.get("fields") or []:
        if isinstance(one, dict) and isinstance(name := one.get("name"), str):
            found.kinds[name] = _KINDS.get(str(one.get("type")), "")
            form = str(one.get("format", ""))
            found.patterns[name] = form if "%" in form else ""
            try:
                found.notations[name] = _noted(one, found.notation, words)
            except Refused as error:
                found.problems.extend(f"field {name}: {problem}" for problem in error.problems)
    return found


def _noted(said: dict[str, Any], base: Notation, words: tuple[str, ...]) -> Notation:
    """Return a notation with what a schema or a field says, where the user says nothing."""
    keys = {"decimal": "decimalChar", "thousands": "groupChar", "bare": "bareNumber"}
    new: dict[str, Any] = {name: said[key] for name, key in keys.items() if said.get(key) is not None}
    for name in ("decimal", "thousands"):
        if getattr(base, name) is not None:
            new.pop(name, None)
    lists = {"missing": ("missingValues", MISSING), "yes": ("trueValues", YES), "no": ("falseValues", NO)}
    for name, (key, default) in lists.items():
        if isinstance(said.get(key), list) and getattr(base, name) == default:
            some = [value.get("value") if isinstance(value, dict) else value for value in said[key]]
            new[name] = (*map(str, some), *(words if name == "missing" else ()))
    return replace(base, **new)
