"""Where a table stands among the records of a file: titles above it, its header of one row or several, what follows it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from povertystats.files.problems import Problem

Record = tuple[int, list[Any]]  # its number in the file, from 1, and its cells
Merged = tuple[int, int, int, int]  # first row, first column (from 0), last row, last column
_NUMBER = re.compile(r"[-+]?\d[\d.,  ]*%?")
_YEAR = re.compile(r"(19|20)\d\d")
_COUNTED = re.compile(r"\(?(\d{1,2}|[A-Z])\)?( ?=.*)?")
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
        first, depth = _header(some, merged)
    else:
        places = [at for at, (number, _) in enumerate(some) if number in header]
        first, depth = (places[0], places[-1] - places[0] + 1) if places else (0, 0)
    rows = some[first : first + depth]
    width = max(len(cells) for _, cells in some)
    names = _joined(rows, merged) if rows else [str(at + 1) for at in range(width)]
    body = some[first + depth :]
    if header is None and body and _counts_columns(body, names, depth > 1 or first > 0):
        rows, body = [*rows, body[0]], body[1:]
    below: list[Record] = []
    while body and _is_note(body[-1][1], len(names)):
        below.insert(0, body.pop())
    numbers = tuple(number for number, _ in rows)
    found = list(_misnamed(names, file, numbers, body))
    body, doubts = _unmerged(body, merged, names, file)
    return Layout(names, numbers, body, some[:first], below, [*found, *doubts])


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


def _header(some: list[Record], merged: Sequence[Merged]) -> tuple[int, int]:
    """Return where the header begins and how many rows it has."""
    width = max(sum(map(filled, cells)) for _, cells in some)
    for at, (number, cells) in enumerate(some):
        depth = _depth(some[at:], merged)
        over = sum(right - left for top, left, _, right in merged if top == number)
        wide = over + sum(map(filled, _spread(cells) if depth > 1 and not over else cells))
        alone = sum(map(filled, cells)) == 1 and width > 1 and (depth == 1 or over)
        if wide * 2 > width and not alone and not _is_title(some, at):
            return at, depth
    return 0, 1


def _is_title(some: list[Record], at: int) -> bool:
    """Say whether a text of several parts stands above the header, which alone has as many fields as the rows have."""
    lengths = [len(cells) for _, cells in some]
    common = max(sorted({*lengths}), key=lengths.count)
    for _, cells in some[at : at + 10] if lengths[at] != common else ():
        if any(map(_is_figure, cells)):
            return False
        if len(cells) == common and all(map(filled, cells)):
            return True
    return False


def _depth(rows: list[Record], merged: Sequence[Merged]) -> int:
    """Return how many rows a header has that begins at the first: as merged cells say, or blanks that are named below."""
    first = last = rows[0][0]
    numbers = [number for number, _ in rows]
    while True:
        inside = [area for area in merged if first <= area[0] <= last]
        new = max([last, *(bottom for _, _, bottom, _ in inside)])
        under = numbers[numbers.index(new) + 1 :] if new in numbers else []
        if (
            new == last
            and under
            and any(bottom == last and right > left for _, left, bottom, right in inside)
        ):
            new = last if any(map(_is_figure, rows[numbers.index(under[0])][1])) else under[0]
        if new == last:
            break
        last = new
    depth = max(1, sum(number <= last for number in numbers))
    joined = any(first <= area[0] <= last for area in merged)
    while not joined and depth < len(rows) and _continues(rows[depth - 1][1], rows[depth][1]):
        depth += 1
    return depth


def _counts_columns(body: list[Record], names: list[str], official: bool) -> bool:
    """Say whether the row under a header counts the columns and is no data: "(1) (2) (3)", or under titles or a header of
    several rows also "A B 1 2", and "1 2 3" where words follow."""
    cells = [_name(cell) for cell in body[0][1]]
    some = [match for match in map(_COUNTED.fullmatch, filter(None, cells)) if match]
    if len(some) < 3 or len(some) < sum(map(bool, cells)) or len(some) < len([*filter(None, names)]) - 1:
        return False
    digits = [int(match[1]) for match in some if match[1].isdigit()]
    if not digits or digits != [*range(digits[0], digits[0] + len(digits))] or digits[0] > 3:
        return False
    if sum(not match[0].isalnum() for match in some) > 1:
        return True
    letters = [match[1] for match in some if not match[1].isdigit()]
    lettered = len(letters) > 1 and digits[0] == 1 and letters == [*"ABCDEFGH"[: len(letters)]]
    counted = [at for at, cell in enumerate(cells) if cell.isdigit()]
    return official and (lettered or any(_is_word(row, at) for at in counted for _, row in body[1:]))


def _is_word(row: list[Any], at: int) -> bool:
    return at < len(row) and isinstance(row[at], str) and filled(row[at]) and not _is_figure(row[at])


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


def _joined(header: list[Record], merged: Sequence[Merged]) -> list[str]:
    """Return the names of columns, "group: column" where a group's name stands above."""
    width = max(len(cells) for _, cells in header)
    rows = {number: [*cells, *[None] * (width - len(cells))] for number, cells in header}
    areas = [area for area in merged if area[0] in rows]
    for top, left, bottom, right in areas:
        for number in rows.keys() & {*range(top, bottom + 1)}:
            rows[number][left : right + 1] = [rows[top][left]] * (min(right + 1, width) - left)
    last = rows[header[-1][0]]
    upper = [row if areas else _spread(row) for row in [*rows.values()][:-1]]
    names = []
    for at in range(width):
        above = upper if filled(last[at]) else [*rows.values()]
        parts = [_name(row[at]) for row in [*above, last]]
        names.append(": ".join(dict.fromkeys(filter(None, parts))))
    return names


def _name(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str(cell).removesuffix(" 00:00:00").split()) if filled(cell) else ""


def _is_note(cells: list[Any], width: int) -> bool:
    """Say whether a row is a remark under the table: one text that begins as such, where the table has several columns."""
    texts = [cell for cell in cells if filled(cell)]
    return width > 1 and len(texts) == 1 and isinstance(texts[0], str) and bool(_NOTE.match(texts[0].strip()))


def _misnamed(names: list[str], file: str, rows: tuple[int, ...], body: list[Record]) -> Iterator[Problem]:
    row = rows[-1] if rows else None
    for name in sorted({name for name in names if name and names.count(name) > 1}):
        yield Problem(file, row, name, "", "more than one column of this name", "rename one of them")
    used = {at for _, cells in body for at, cell in enumerate(cells) if filled(cell)}
    for at, name in enumerate(names):
        if not name and at in used:
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
    again = [
        name
        for at, name in enumerate(names)
        if name
        and any(at < len(cells) and cells[at] == name for number, cells in body if number not in repeated)
    ]
    figures = [name for name in names if _is_figure(name)]
    counted = "".join(figures).isdigit() and figures == [
        str(int(figures[0]) + at) for at in range(len(figures))
    ]
    many = len(figures) * 2 > len([*filter(None, names)]) and not counted
    broken = [name for name in figures if re.search(r"\d[.,]\d", name)]
    if many or broken or len(again) > 1:
        shown = ", ".join([*broken, *again, *figures][:3])
        yield Problem(file, row, "", shown, "values where names of columns are expected", "add a header")
