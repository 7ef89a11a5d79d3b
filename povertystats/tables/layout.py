"""Where a table stands among the records of a file: titles above it, its header of one row or several, what follows it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import eq
from typing import Any

from povertystats.files.problems import Problem
from povertystats.tables.header import (
    Merged,
    Record,
    counts_columns,
    filled,
    header_of,
    is_figure,
    is_word,
    named,
    spread,
)

_FEW = 20  # so many rows may stand below the last figures and be none of the table
_NOTE = re.compile(r"(nguồn|ghi chú|chú thích|sources?|notes?|fuente|nota)\b|\(?\*", re.IGNORECASE)


@dataclass(frozen=True)
class Layout:
    """A table among the records of its file.

    ``names``: of its columns; ``header``: the numbers of the header's rows; ``records``: those of the table; ``above``
    and ``below``: those that are no part of it; ``problems``: what is wrong with the names.
    """

    names: list[str]
    header: tuple[int, ...]
    records: list[Record]
    above: list[Record] = field(default_factory=list)
    below: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def laid_out(
    records: Sequence[Record], file: str, header: Sequence[int] | None = None, merged: Sequence[Merged] = ()
) -> Layout:
    """Return the table among records: its header is the first row that is wider than half of the table.

    Parameters
    ----------
    records : sequence of (int, list)
        Rows with their numbers in the file; cells are texts, numbers, dates, None.
    file : str
        For problems.
    header : sequence of int, optional
        The numbers of the header's rows, where they are known; none of them: the columns are called 1, 2, ….
    merged : sequence of (int, int, int, int)
        Areas that are one cell: a name over several columns, a text that counts for several rows.

    Returns
    -------
    Layout
        Without the rows that are all blank.

    Examples
    --------
    >>> rows = [(1, ["REVIEW", "", ""]), (3, ["", "2018", ""]), (4, ["place", "n", "%"]), (5, ["A", "1", "2,5"])]
    >>> table = laid_out(rows, "review.csv")
    >>> table.names, table.header, table.records
    (['place', '2018: n', '2018: %'], (3, 4), [(5, ['A', '1', '2,5'])])
    """
    some = [(number, cells) for number, cells in records if any(map(filled, cells))]
    if not some:
        return Layout([], (), [], problems=[Problem(file, None, "", "", "holds no table")])
    if header is None:
        first, depth = header_of(some, merged)
    else:
        places = [at for at, (number, _) in enumerate(some) if number in header]
        first, depth = (places[0], places[-1] - places[0] + 1) if places else (0, 0)
    rows = some[first : first + depth]
    width = max(len(cells) for _, cells in some)
    names = _joined(rows, merged) if rows else [str(at + 1) for at in range(width)]
    body = some[first + depth :]
    if header is None and body and counts_columns(body, names, depth > 1 or first > 0):
        rows, body = [*rows, body[0]], body[1:]
    body, below = _ended(body, len(names))
    numbers = tuple(number for number, _ in rows)
    found = list(_misnamed(names, file, numbers, body))
    body, doubts = _unmerged(body, merged, names, file)
    return Layout(names, numbers, body, some[:first], below, [*found, *doubts])


def _unmerged(
    body: list[Record], merged: Sequence[Merged], names: list[str], file: str
) -> tuple[list[Record], list[Problem]]:
    """Return the rows with a text that is merged over several of them in each, and a problem for such a figure."""
    rows, problems = {number: [*cells] for number, cells in body}, []
    for top, left, bottom, _ in merged:
        cell = rows[top][left] if top in rows and left < len(rows[top]) else None
        if bottom > top and isinstance(cell, int | float) and not isinstance(cell, bool):
            rule = "a figure in a cell that is merged over several rows"
            problems.append(
                Problem(file, top, names[left], str(cell), rule, "write it into the row that it belongs to")
            )
        elif bottom > top and filled(cell):
            for number in range(top + 1, bottom + 1):
                if number in rows:
                    rows[number][left] = cell
    return [*rows.items()], problems


def _joined(header: list[Record], merged: Sequence[Merged]) -> list[str]:
    """Return the names of columns, "group: column" where a group's name stands above."""
    width = max(len(cells) for _, cells in header)
    rows = {number: [*cells, *[None] * (width - len(cells))] for number, cells in header}
    areas = [area for area in merged if area[0] in rows]
    for top, left, bottom, right in areas:
        for number in rows.keys() & {*range(top, bottom + 1)}:
            rows[number][left : right + 1] = [rows[top][left]] * (min(right + 1, width) - left)
    last = rows[header[-1][0]]
    upper = [row if areas else spread(row) for row in [*rows.values()][:-1]]
    names = []
    for at in range(width):
        above = upper if filled(last[at]) else [*rows.values()]
        parts = [named(row[at]) for row in [*above, last]]
        names.append(": ".join(dict.fromkeys(filter(None, parts))))
    return names


def _ended(body: list[Record], width: int) -> tuple[list[Record], list[Record]]:
    """Return the rows of a table, and those below it: remarks, and after the last figures a date, offices, who signed.

    Few rows that follow figures without any, most of their cells blank, are below where a line is blank before them, or
    words stand where figures do.
    """
    last = next((at for at in reversed(range(len(body))) if any(map(is_figure, body[at][1]))), len(body))
    after = body[last + 1 :]
    sparse = 0 < len(after) <= _FEW and all(2 * sum(map(filled, row)) <= width for _, row in after)
    rows = [row for _, row in body[: last + 1]] if sparse else []
    counted = [
        at
        for at in range(width)
        if any(at < len(row) and is_figure(row[at]) for row in rows)
        and not any(is_word(row, at) for row in rows)
    ]
    for at in range(last + 1, len(body)) if sparse else ():
        number, cells = body[at]
        if number > body[at - 1][0] + 1 or any(is_word(cells, column) for column in counted):
            return body[:at], body[at:]
    end = len(body)
    while end and is_note(body[end - 1][1], width):
        end -= 1
    return body[:end], body[end:]


def is_note(cells: list[Any], width: int) -> bool:
    """Say whether a row is a remark under the table: one text that begins as such, where the table has several columns.

    >>> is_note(["Nguồn: Sở LĐTBXH", None], 2), is_note(["Ba Bể", None], 2)
    (True, False)
    """
    texts = [cell for cell in cells if filled(cell)]
    return width > 1 and len(texts) == 1 and isinstance(texts[0], str) and bool(_NOTE.match(texts[0].strip()))


def _misnamed(names: list[str], file: str, rows: tuple[int, ...], body: list[Record]) -> Iterator[Problem]:
    row = rows[-1] if rows else None
    for name in sorted({name for name in names if name and names.count(name) > 1}):
        yield Problem(file, row, name, "", "more than one column of this name", "rename one of them")
    for at, name in enumerate(names):
        if not name and any(at < len(cells) and filled(cells[at]) for _, cells in body):
            yield Problem(
                file, row, f"column {at + 1}", "", "a column without a name", "name it, or remove it"
            )
    if rows:
        yield from _no_names(names, file, row, body)


def _no_names(names: list[str], file: str, row: int | None, body: list[Record]) -> Iterator[Problem]:
    """Yield a problem where the first rows of the data stand where a header is expected, or a header among the data."""
    repeated = [number for number, cells in body if cells == names]
    for number in repeated:
        yield Problem(file, number, "", "", "the header stands again among the rows", "remove it")
    held = {
        at
        for number, cells in body
        if any(map(eq, cells, names)) and number not in repeated
        for at, (cell, name) in enumerate(zip(cells, names, strict=False))
        if cell == name
    }
    again = [name for at, name in enumerate(names) if name and at in held]
    figures = [name for name in names if is_figure(name)]
    counted = "".join(figures).isdigit() and figures == [
        str(int(figures[0]) + at) for at in range(len(figures))
    ]
    many = len(figures) * 2 > len([*filter(None, names)]) and not counted
    broken = [name for name in figures if re.search(r"\d[.,]\d", name)]
    if many or broken or len(again) > 1:
        shown = ", ".join([*broken, *again, *figures][:3])
        yield Problem(file, row, "", shown, "values where names of columns are expected", "add a header")
