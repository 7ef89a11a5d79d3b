"""Which places are meant by "all": those of one kind, within one place, or those that a file names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from povertystats.files.identity import KINDS
from povertystats.files.problems import DataError, Problem
from povertystats.kinds.known import places_in
from povertystats.words.errors import InvalidValue, MissingFile, NotFound
from povertystats.words.languages import LANGUAGES
from povertystats.words.names import plain

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts
    from povertystats.facts.places import Places

# What the column of places may be called, without diacritics.
_HEADS = frozenset({"place", "places", "place name", "name", "dia phuong", "ten dia phuong", "noi"})
_PARENTS = frozenset({"parent", "within", "thuoc"})


def all_places(places: Places, *, kind: str | None = None, within: str | None = None) -> list[str]:
    """Return the places of a kind, in the order of their codes; of the largest kind below the country by default.

    ``within``: only those that lie in that place, however far below; then of the kind just below it. Raises NotFound
    where there is none, InvalidValue for a kind that no place has. A kind goes by the package's words for it: where
    districts are called provinces, "province" and "provinces" are these.

    >>> import povertystats as ps
    >>> known = ps.load_facts().places
    >>> len(all_places(known)), len(all_places(known, within="Bac Kan"))
    (63, 8)
    """
    table = places.table
    table = table[table["of"] == ""] if "of" in table else table
    if within is not None:
        table = table[table["place"].isin(places_in(places, places.find(within)))]
    # Of a country there is one, and a group is made of others.
    there = {*table["kind"]} - {"country", "group"}
    kinds = [one for one in (*KINDS, *sorted(there - {*KINDS})) if one in there]
    if kind is None and not kinds:
        raise NotFound(
            f"there is no place within {within}" if within else "the package has no places below a country"
        )
    every = {*places.table["kind"]}
    words = {
        plain(places.word(one, lang, many=many)): one
        for one in sorted(every & {*KINDS})
        for lang in LANGUAGES
        for many in (False, True)
    }
    kind = kind and words.get(plain(kind), kind)
    if kind is not None and kind not in every:
        raise InvalidValue(f"there is no place of the kind {kind!r}; there are {', '.join(kinds)}")
    found = table.loc[table["kind"] == (kind or kinds[0]), "place"].tolist()
    if not found:
        raise NotFound(f"there is no {kind} within {within}")
    return found


def kind_of_targets(facts: Facts) -> str | None:
    """Return the kind of the place of the first target: that of most interest; None without targets.

    >>> import povertystats as ps
    >>> kind_of_targets(ps.load_facts())
    'province'
    """
    kinds = facts.places.table.set_index("place")["kind"]
    first = next(iter(facts.targets["where"]), None)
    kind = None if first is None else str(kinds.get(facts.places.find(first), ""))
    return kind if kind not in ("", "country", "group") else None


def named_places(path: str | Path, places: Places) -> list[str]:
    """Return the places that a file names, each once: one a line, or a table with a column "place" (CSV, Excel).

    A line "name, parent" and a column "parent" tell places of one name apart; a line after "#" is a remark. Raises
    DataError that names every row that is no place, with what may have been meant.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingFile(f"{path}: there is no such file")
    found, problems = [], []
    for row, name, parent in _named(path):
        try:
            found.append(places.find(name, parent=parent or None))
        except (InvalidValue, NotFound) as error:
            problems.append(Problem(path.name, row, "place", name, str(error)))
    if not found and not problems:
        problems.append(Problem(path.name, None, "place", "", "names no place"))
    if problems:
        raise DataError(path, problems)
    return list(dict.fromkeys(found))


def _named(path: Path) -> Iterator[tuple[int, str, str]]:
    """Yield the row, the name and the parent of each place in a file."""
    from povertystats.tables.table import read_cells
    from povertystats.tables.text import decoded

    content = path.read_bytes()
    if not content.startswith(b"PK"):  # no workbook
        lines = decoded(content, path.name)[0].splitlines()
        first = next((line for line in lines if line.strip() and not line.startswith("#")), "")
        if not any({plain(cell) for cell in first.replace('"', "").split(sign)} & _HEADS for sign in ",;\t|"):
            named = ((row, line.strip()) for row, line in enumerate(lines, start=1))
            yield from ((row, name, "") for row, name in named if name and not name.startswith("#"))
            return
    cells = read_cells(path)
    heads = {plain(str(column)): column for column in cells.frame.columns}
    column = next((heads[head] for head in heads if head in _HEADS), None)
    problems = [problem for problem in cells.problems]
    if column is None and not problems:
        problems = [Problem(path.name, 1, "place", "", 'no column "place"')]
    if problems:
        raise DataError(path, problems)
    parent = next((heads[head] for head in heads if head in _PARENTS), None)
    texts = cells.frame.map(_text)
    for row, record in texts.iterrows():
        if record[column]:
            yield int(row), record[column], record[parent] if parent else ""


def _text(cell: object) -> str:
    """Return a cell as a name or a code; a spreadsheet holds codes as numbers."""
    if isinstance(cell, float):
        return f"{cell:.0f}" if cell.is_integer() else ""
    return " ".join(str(cell).split()) if isinstance(cell, str | int) else ""
