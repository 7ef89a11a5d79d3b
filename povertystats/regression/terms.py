"""The terms of a model, such as ``log(column)``: parsed, read from a frame, refused with every reason at once."""

import re

import numpy as np
import pandas as pd

# The scales of an outcome, as terms of its column.
SCALES = {"points": "{}", "log": "log({})", "log_odds": "log_odds({})"}
_TERM = re.compile(r"(log|log1p|log_odds)\((.+)\)")


def parse(term):
    """Split a term into its transformation ("log", "log1p", "log_odds" or None) and its column.

    >>> parse("log(ntp_transfer_pc_vnd_k)"), parse("trained_pct")
    (('log', 'ntp_transfer_pc_vnd_k'), (None, 'trained_pct'))
    """
    found = _TERM.fullmatch(term)
    return (found[1], found[2]) if found else (None, term)


def read_term(frame, term):
    """Return a term's values, the reasons for which rows lack one, and what is wrong with its column.

    Values: float (n,), natural logarithm for ``log(x)``, ln(1 + x) for ``log1p(x)``, ln(x/(100 − x)) for
    ``log_odds(x)``, NaN where there is none. Reasons: (name, column, boolean (n,)) each. Problems: sentences,
    for columns that stand twice or are not numeric, infinite values, and percentages outside 0-100 under log_odds.

    >>> values, reasons, problems = read_term(pd.DataFrame({"x": [1.0, 0.0]}), "log(x)")
    >>> values.tolist(), reasons[1][0], reasons[1][2].tolist(), problems
    ([0.0, nan], 'no_log', [False, True], [])
    """
    kind, column = parse(term)
    series = frame[column]
    if isinstance(series, pd.DataFrame):
        return None, (), [f"there is more than one column {column!r}"]
    if not pd.api.types.is_numeric_dtype(series):
        return None, (), [f"{column!r} must be numeric, is {series.dtype}"]
    values = series.to_numpy(dtype=float, na_value=np.nan)
    wrong = {"infinite": np.isinf(values)}
    if kind == "log_odds":
        wrong["outside 0-100, where no log-odds exist"] = (values < 0) | (values > 100)
    undefined = {
        "log": values <= 0,
        "log1p": values < 0,
        "log_odds": (values <= 0) | (values >= 100),
    }.get(kind, np.zeros(len(values), bool))
    problems = [
        f"{column!r}: {len(found)} value(s) {what}, first {values[found[0]]:g} in row {frame.index[found[0]]}"
        for what, rows in wrong.items()
        if len(found := np.flatnonzero(rows))
    ]
    reasons = (("missing", column, np.isnan(values)), (f"no_{kind}", column, undefined))
    if kind:
        values = np.where(undefined, np.nan, values)
        values = {
            "log": np.log,
            "log1p": np.log1p,
            "log_odds": lambda x: np.log(x) - np.log(100 - x),
        }[kind](values)
    return values, reasons, problems
