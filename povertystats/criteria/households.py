"""What keeps a frame of households from being classed by a standard."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from povertystats.criteria.classes import CLASS, COUNT


def wrong_rows(column: Any, wrong: Any, values: pd.Series, what: str) -> list[str]:
    """Return a sentence on the rows that are wrong, in a list that is empty where there are none."""
    rows = np.flatnonzero(wrong)
    return [
        f"{column}: {len(rows)} value(s) {what}, first {value} in row {row}"
        for row, value in values.iloc[rows[:1]].items()
    ]


def frame_problems(
    frame: pd.DataFrame, income: str | None, told: str, keys: Sequence[str], flags: Sequence[str]
) -> Iterator[str]:
    """Yield what keeps a frame of households from being classified.

    ``income``: its column, if there is one, and ``told`` what its numbers are; ``keys``: place and year, where lines or prices differ by
    them; ``flags``: the columns of yes and no.
    """
    for column in filter(None, (income, *flags, *keys)):
        if (times := list(frame.columns).count(column)) != 1:
            yield f"{column}: {f'there are {times} such columns' if times else 'there is no such column'}"
            continue
        values = frame[column]
        if column in keys:
            yield from wrong_rows(column, values.isna(), values, "missing")
        elif column != income:
            known = pd.api.types.is_bool_dtype(values)
            wrong = values.isna() if known else [not isinstance(value, bool | np.bool_) for value in values]
            yield from wrong_rows(column, wrong, values, "neither True nor False")
        elif not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
            yield f"{column}: expected numbers ({told}), is {values.dtype}"
        else:
            numbers = values.to_numpy(dtype=float, na_value=np.nan)
            # Below zero it is a loss.
            yield from wrong_rows(column, ~np.isfinite(numbers), values, "missing or infinite")
    yield from (f"{column}: it is there already" for column in (COUNT, CLASS) if column in frame)
