"""Where a table stands among the records of a file: titles above it, its header of one row or several, what follows it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from povertystats.files.problems import Problem

Record = tuple[int, list[Any]]  # its number in the file, from 1, and its cells
_NUMBER = re.compile(r"[-+]?\d[\d.,  ]*%?")
_YEAR = re.compile(r"(19|20)\d\d")
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


def laid_out(records: Sequence[Record], file: str, header: Sequence[int] | None = None) -> Layout:
    """Return the table among records: its header is the first row that is as wide as half of the table.

    Parameters
    ----------
    records : sequence of (int, list)
        Rows with their numbers in the file; cells are texts, numbers, dates, None.
    file : str
        For problems.
    header : sequence of int, optional
        The numbers of the header's rows, where they are known; none of them: the columns are called 1, 2, ….

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
        first, depth = _header(some)
    else:
        places = [at for at, (number, _) in enumerate(some) if number in header]
        first, depth = (places[0], places[-1] - places[0] + 1) if places else (0, 0)
    rows = some[first : first + depth]
    width = max(len(cells) for _, cells in some)
    names = _joined([cells for _, cells in rows]) if rows else [str(n + 1) for n in range(width)]
    body = some[first + depth :]
    below: list[Record] = []
    while body and _is_note(body[-1][1], len(names)):
        below.insert(0, body.pop())
    numbers = tuple(number for number, _ in rows)
    found = list(_misnamed(names, file, numbers[-1] if numbers else None, body))
    return Layout(names, numbers, body, some[:first], below, found)


def filled(cell: object) -> bool:
    """Say whether anything stands in a cell.

    >>> filled(" "), filled(0)
    (False, True)
    """
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def _is_figure(cell: Any) -> bool:
    if isinstance(cell, str):
        return bool(_NUMBER.fullmatch(cell.strip())) and not _YEAR.fullmatch(cell.strip())
    return filled(cell) and not (isinstance(cell, int) and 1900 <= cell < 2100)


def _header(some: list[Record]) -> tuple[int, int]:
    """Return where the header begins and how many rows it has."""
    width = max(sum(map(filled, cells)) for _, cells in some)
    for at, (_, cells) in enumerate(some):
        under = some[at + 1][1] if at + 1 < len(some) else []
        two = _continues(cells, under)
        wide = sum(map(filled, _spread(cells) if two else cells))
        if wide * 2 > width and (wide > 1 or width == 1):
            return at, 1 + two
    return 0, 1


def _continues(upper: list[Any], under: list[Any]) -> bool:
    """Say whether the row under a header names the columns that a group's name leaves blank."""
    if not any(map(filled, upper)) or any(map(_is_figure, under)):
        return False
    upper = [*upper, *[None] * (len(under) - len(upper))]
    open_ = [at for at in range(1, len(upper)) if not filled(upper[at]) and any(map(filled, upper[:at]))]
    below = [at for at, cell in enumerate(under) if filled(cell)]
    named = [at for at, cell in enumerate(upper) if filled(cell)]
    # Each blank is named below; a column that the upper row names alone is blank below.
    alone = [at for at in named if at not in below]
    return bool(open_) and all(at in below for at in open_) and bool(alone or not filled(upper[0]))


def _spread(cells: list[Any]) -> list[Any]:
    made: list[Any] = []
    for cell in cells:
        made.append(cell if filled(cell) or not made else made[-1])
    return made


def _joined(rows: list[list[Any]]) -> list[str]:
    """Return the names of columns, "group: column" where a group's name stands above."""
    width = max(map(len, rows))
    rows = [[*row, *[None] * (width - len(row))] for row in rows]
    spread = [_spread(row) for row in rows[:-1]] + rows[-1:]
    names = []
    for at in range(width):
        parts = [_name(row[at]) for row in spread]
        if len(rows) > 1 and not filled(rows[-1][at]):
            parts = [_name(row[at]) for row in rows]
        names.append(": ".join(dict.fromkeys(filter(None, parts))))
    return names


def _name(cell: Any) -> str:
    return " ".join(str(cell).split()) if filled(cell) else ""


def _is_note(cells: list[Any], width: int) -> bool:
    """Say whether a row is a remark under the table: one text that begins as such, where the table has several columns."""
    texts = [cell for cell in cells if filled(cell)]
    return width > 1 and len(texts) == 1 and isinstance(texts[0], str) and bool(_NOTE.match(texts[0].strip()))


def _misnamed(names: list[str], file: str, row: int | None, body: list[Record]) -> Iterator[Problem]:
    for name in sorted({name for name in names if name and names.count(name) > 1}):
        yield Problem(file, row, name, "", "more than one column of this name", "rename one of them")
    used = {at for _, cells in body for at, cell in enumerate(cells) if filled(cell)}
    for at, name in enumerate(names):
        if not name and at in used:
            yield Problem(
                file, row, f"column {at + 1}", "", "a column without a name", "name it, or remove it"
            )
