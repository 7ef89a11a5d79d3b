"""Where the header of a table stands among the records of a file, and how many rows it has."""

import re
from collections.abc import Sequence
from typing import Any

Record = tuple[int, list[Any]]  # its number in the file, from 1, and its cells
Merged = tuple[int, int, int, int]  # first row, first column (from 0), last row, last column
_NUMBER = re.compile(r"[-+]?\d[\d.,  ]*%?")
_YEAR = re.compile(r"(19|20)\d\d")
_COUNTED = re.compile(r"\(?(\d{1,2}|[A-Z]|[IVX]{1,4})\)?( ?=.*)?")
# What stands at the head of an office's sheet, and never in the header of its table.
_HEAD = re.compile(
    r"cộng h(òa|oà) xã hội|độc lập *[-–]|\(?(kèm theo|ban hành kèm)|\(?(đơn vị( tính)?|đvt|unit) *:|(mẫu|biểu) số",
    re.IGNORECASE,
)


def filled(cell: object) -> bool:
    """Say whether anything stands in a cell.

    >>> filled(" "), filled(0)
    (False, True)
    """
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def is_figure(cell: Any) -> bool:
    """Say whether a number stands in a cell that is no year.

    >>> is_figure("1.234,5"), is_figure(12), is_figure("2019"), is_figure("A")
    (True, True, False, False)
    """
    if isinstance(cell, str):
        return bool(_NUMBER.fullmatch(cell.strip())) and not _YEAR.fullmatch(cell.strip())
    return filled(cell) and not (isinstance(cell, int) and 1900 <= cell < 2100)


def header_of(some: list[Record], merged: Sequence[Merged]) -> tuple[int, int]:
    """Return where the header begins, and how many rows it has: as merged cells say, or blanks that are named below.

    It is the first row that is wider than half of the table, and no title.

    >>> header_of([(1, ["REVIEW", "", ""]), (3, ["", "2018", ""]), (4, ["place", "n", "%"]), (5, ["A", "1", "2,5"])], ())
    (1, 2)
    """
    width = max(sum(map(filled, cells)) for _, cells in some)
    for at, (number, cells) in enumerate(some):
        depth = _depth(some[at:], merged)
        over = sum(right - left for top, left, _, right in merged if top == number)
        wide = over + sum(map(filled, spread(cells) if depth > 1 and not over else cells))
        alone = sum(map(filled, cells)) == 1 and width > 1 and (depth == 1 or over)
        head = any(_HEAD.match(cell.strip()) for cell in cells if isinstance(cell, str))
        if wide * 2 > width and not (alone or head or _is_title(some, at) or _parts_none(some[at:], merged)):
            return at, depth
    return 0, 1


def _parts_none(rows: list[Record], merged: Sequence[Merged]) -> bool:
    """Say whether the first row is merged over columns, none of which has parts below: lines of titles, no group."""
    number = rows[0][0]
    groups = [area for area in merged if area[0] == number and area[3] > area[1]]
    for _, left, bottom, right in groups:
        under = next(((at, cells) for at, cells in rows if at > bottom), None)
        if under is None:
            return False
        across = [area for area in merged if area[0] == under[0] and (area[1] < left or area[3] > right)]
        parts = [at for at in range(left, min(right + 1, len(under[1]))) if filled(under[1][at])]
        if sum(not any(area[1] <= at <= area[3] for area in across) for at in parts) > 1:
            return False
    return bool(groups)


def _is_title(some: list[Record], at: int) -> bool:
    """Say whether a text of several parts stands above the header, which alone has as many fields as the rows have."""
    lengths = [len(cells) for _, cells in some]
    common = max(sorted({*lengths}), key=lengths.count)
    for _, cells in some[at : at + 10] if lengths[at] != common else ():
        if any(map(is_figure, cells)):
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
            new = last if any(map(is_figure, rows[numbers.index(under[0])][1])) else under[0]
        if new == last:
            break
        last = new
    depth = max(1, sum(number <= last for number in numbers))
    joined = any(first <= area[0] <= last for area in merged)
    while not joined and depth < len(rows) and _continues(rows[depth - 1][1], _over(rows[depth], merged)):
        depth += 1
    return depth


def _over(row: Record, merged: Sequence[Merged]) -> list[Any]:
    """Return the cells of a row, with what is merged over several of them in each."""
    number, cells = row
    lefts = {at: left for top, left, _, right in merged if top == number for at in range(left, right + 1)}
    return [cells[lefts.get(at, at)] for at in range(len(cells))]


def counts_columns(body: list[Record], names: list[str], official: bool) -> bool:
    """Say whether the row under a header counts the columns and is no data: "(1) (2) (3)", or under titles or a header of
    several rows also "A B 1 2", and "1 2 3" where words follow."""
    cells = [named(cell) for cell in body[0][1]]
    some = [match for match in map(_COUNTED.fullmatch, filter(None, cells)) if match]
    if len(some) < 3 or len(some) < sum(map(bool, cells)) or len(some) < len([*filter(None, names)]) - 1:
        return False
    digits = [int(match[1]) for match in some if match[1].isdigit()]
    if not digits or digits != [*range(digits[0], digits[0] + len(digits))] or digits[0] > 3:
        return False
    if sum(not match[0].isalnum() for match in some) > 1:
        return True
    letters = [match[1] for match in some if not match[1].isdigit()]
    lettered = (
        len(letters) > 1
        and digits[0] == 1
        and letters in ([*"ABCDEFGH"[: len(letters)]], ["I", "II", "III", "IV"][: len(letters)])
    )
    # "A B 1 2" over "1 Ba Bể 10 2,5": a letter where figures follow.
    numbered = [at for at, cell in enumerate(cells) if cell.isalpha()]
    if lettered and any(at < len(row) and is_figure(row[at]) for at in numbered for _, row in body[1:]):
        return True
    counted = [at for at, cell in enumerate(cells) if cell.isdigit()]
    return official and (lettered or any(is_word(row, at) for at in counted for _, row in body[1:]))


def is_word(row: list[Any], at: int) -> bool:
    """Say whether words stand in a field of a record.

    >>> is_word(["A", "1,5"], 0), is_word(["A", "1,5"], 1), is_word(["A"], 2)
    (True, False, False)
    """
    return at < len(row) and isinstance(row[at], str) and any(map(str.isalpha, row[at]))


def _continues(upper: list[Any], under: list[Any]) -> bool:
    """Say whether the row under a header names the columns that a group's name leaves blank."""
    if not any(map(filled, upper)) or any(map(is_figure, under)):
        return False
    upper = [*upper, *[None] * (len(under) - len(upper))]
    open_ = [at for at in range(1, len(upper)) if not filled(upper[at]) and any(map(filled, upper[:at]))]
    below = [at for at, cell in enumerate(under) if filled(cell)]
    named = [at for at, cell in enumerate(upper) if filled(cell)]
    # Each blank is named below; a column that the upper row names alone is blank below.
    alone = [at for at in named if at not in below]
    return bool(open_) and all(at in below for at in open_) and bool(alone or not filled(upper[0]))


def spread(cells: list[Any]) -> list[Any]:
    """Return cells, each blank one as the one before it.

    >>> spread(["", "2018", ""])
    ['', '2018', '2018']
    """
    made: list[Any] = []
    for cell in cells:
        made.append(cell if filled(cell) or not made else made[-1])
    return made


def named(cell: Any) -> str:
    """Return what a cell of a header says, in one line.

    >>> named(2018.0), named(" Tỷ lệ\\n(%)"), named(None)
    ('2018', 'Tỷ lệ (%)', '')
    """
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str(cell).removesuffix(" 00:00:00").split()) if filled(cell) else ""
