"""The frame of a model: its keys and terms read as regressions take them, what is missing left for these to count."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from povertystats.files.numbers import Notation, read_yes_no
from povertystats.frames.keys import Key, full_key
from povertystats.frames.reader import FrameReader
from povertystats.words.errors import WrongType


def read_model(
    frame: pd.DataFrame,
    columns: Iterable[str],
    *,
    place: Key,
    time: str | None = None,
    entity: Key | None = None,
    regions: Iterable[Key | None] = (),
    notation: Notation = Notation(),  # noqa: B008
) -> tuple[pd.DataFrame, list[str]]:
    """Return a frame whose columns a regression can take, and every problem.

    Texts become the numbers, years and names that they are written for, yes and no 1 and 0; what is a number stays as it is; so do the
    columns of a full key (``frames.keys``), each by itself. What is missing, and columns that are, stay: regressions
    count the rows of the one and refuse the other.

    >>> frame = pd.DataFrame({"district": ["Ba Bể ", "Chợ Mới"], "commune": "Tân Lập", "year": "2019", "x": ["1,5", "2"]})
    >>> read, problems = read_model(frame, ["x"], place=["district", "commune"], time="year")
    >>> read.values.tolist(), problems
    ([['Ba Bể', 'Tân Lập', 2019, 1.5], ['Chợ Mới', 'Tân Lập', 2019, 2.0]], [])
    """
    if not isinstance(frame, pd.DataFrame):
        raise WrongType(f"panel must be a pandas DataFrame, not {type(frame).__name__}")
    reader = FrameReader(frame, "panel")
    made: dict[str, pd.Series | None] = {}
    keys = (key for key in (place, entity, *regions) if key is not None)
    times = reader.years(time, times=True) if time is not None and reader.has(time) else None
    for path in dict.fromkeys(full_key(key, frame.columns) for key in keys):
        if all(map(reader.has, path)):
            made |= {part: reader.names(part) for part in path}
            reader.places(path, gaps=True, times=times)
    if time is not None:
        made[time] = times
    for column in dict.fromkeys(columns):
        if column not in made and reader.has(column) and not _is_number(frame[column]):
            said = answers(frame[column], notation)
            made[column] = reader.numbers(column, notation) if said is None else said
    # Numbers stay in the type that they have: a label 2016.0 or a nullable 2016 is one already.
    made = {
        column: cells.to_numpy()
        for column, cells in made.items()
        if cells is not None and not (column in frame and _is_number(frame[column]))
    }
    return frame.assign(**made), reader.lines


def answers(cells: pd.Series, notation: Notation = Notation()) -> pd.Series | None:  # noqa: B008
    """Return a column of yes and no, in the words for them, as 1 and 0; None where anything else stands in it.

    >>> answers(pd.Series(["Có", "không", None])).tolist(), answers(pd.Series(["yes", "2"]))
    ([1.0, 0.0, nan], None)
    """
    said, wrong = read_yes_no(cells.astype(object), notation)
    return None if wrong.any() or said.isna().all() else said.astype("Float64").astype(float)


def weight_problems(frame: pd.DataFrame, weights: str | None) -> list[str]:
    """Return what is wrong with a column of weights, if there is to be one, as a list of problems.

    >>> weight_problems(pd.DataFrame({"w": [1.0, 0.0]}), "w")
    ["'w': 1 value(s) that are no weights (missing, zero, negative or infinite), first 0 in row 1"]
    """
    if weights is not None and not isinstance(weights, str):
        return [f"weights are a {type(weights).__name__}; expected the name of a column, as text"]
    if weights is None:
        return []
    if list(frame.columns).count(weights) != 1:
        there = "more than one" if weights in frame else "no such"
        return [f"there is {there} column of weights: {weights!r}"]
    if not _is_number(frame[weights]):
        return [f"{weights!r} must be numeric, is {frame[weights].dtype}"]
    values = frame[weights].to_numpy(dtype=float, na_value=np.nan)
    at = np.flatnonzero(~((values > 0) & (values < np.inf)))
    what = "that are no weights (missing, zero, negative or infinite)"
    return [
        f"{weights!r}: {len(at)} value(s) {what}, first {values[i]:g} in row {frame.index[i]}" for i in at[:1]
    ]


def _is_number(cells: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(cells) and cells.dtype.kind != "c"
