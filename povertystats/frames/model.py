"""The frame of a model: its keys and terms read as regressions take them, what is missing left for these to count."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from povertystats.frames.reader import FrameReader, Place
from povertystats.words.errors import WrongType


def read_model(
    frame: pd.DataFrame,
    columns: Iterable[str],
    *,
    place: Place,
    time: str | None = None,
    entity: str | None = None,
) -> tuple[pd.DataFrame, str, list[str]]:
    """Return a frame whose columns a regression can take, the name of its column of places, and every problem.

    Texts become the numbers, years and names that they are written for; what is a number stays as it is. A full key
    makes a column of its own, called by its columns. What is missing, and columns that are, stay: regressions count
    the rows of the one and refuse the other.

    >>> frame = pd.DataFrame({"district": ["Ba Bể", "Chợ Mới"], "commune": "Tân Lập", "year": "2019", "x": ["1,5", "2"]})
    >>> read, place, problems = read_model(frame, ["x"], place=["district", "commune"], time="year")
    >>> place, read[[place, "year", "x"]].values.tolist(), problems
    ('district, commune', [['Tân Lập, Ba Bể', 2019, 1.5], ['Tân Lập, Chợ Mới', 2019, 2.0]], [])
    """
    if not isinstance(frame, pd.DataFrame):
        raise WrongType(f"panel must be a pandas DataFrame, not {type(frame).__name__}")
    reader = FrameReader(frame, "panel")
    keys = [place] if isinstance(place, str) else [*place]
    name = ", ".join(map(str, keys))
    made = {}
    if len(keys) != 1 or reader.has(keys[0]):
        made[name] = reader.places(keys, gaps=True)
    if entity is not None and entity != name and reader.has(entity):
        made[entity] = reader.places(entity, gaps=True)
    if time is not None and reader.has(time):
        made[time] = reader.years(time, times=True)
    for column in dict.fromkeys(columns):
        if column not in made and reader.has(column) and not _is_number(frame[column]):
            made[column] = reader.numbers(column)
    # Numbers stay in the type that they have: a label 2016.0 or a nullable 2016 is one already.
    made = {
        column: cells.to_numpy()
        for column, cells in made.items()
        if cells is not None and not (column in frame and _is_number(frame[column]))
    }
    return frame.assign(**made), name, reader.lines


def _is_number(cells: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(cells) and cells.dtype.kind != "c"
