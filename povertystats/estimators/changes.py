"""What a panel becomes before it is fitted: changes from year to year, from first to last, means of places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from povertystats.frames.keys import Key, full_key, keyed
from povertystats.regression.terms import data_problems, parse, read_term, usable_rows
from povertystats.words.errors import WrongType, not_lists, refuse
from povertystats.words.names import first_names

Dropped = tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, eq=False)
class Changes:
    """What a panel becomes: rows ready for ``Moments.from_frame``, and the rows of the panel that were left out.

    ``table``: place, the year where one is left, one column a term. ``columns``: its columns in the order of
    the terms, called "Δ log(x)" or "mean log(x)": ``Moments`` must not take the logarithm again. ``years``: first and
    last year of the panel's rows behind the table, None when there are none. ``dropped``: as in ``Moments.dropped``, and
    no_year_before, between_years, no_other_year where a row has nothing to be compared with.
    """

    table: pd.DataFrame
    columns: tuple[str, ...]
    years: tuple | None
    dropped: Dropped


def first_differences(
    panel: pd.DataFrame,
    terms: Sequence[str],
    *,
    place: Key = "place",
    time: str = "year",
    region: str | None = None,
) -> Changes:
    """Return each term's change from the year before, ``Δx_it = x_it − x_i,t−1`` (later minus earlier).

    ``panel``: one row a place and year; ``terms``: columns, ``log(column)``, ``log_odds(column)``, in whose units the
    changes are. Only where both years have every term: a gap is neither filled nor bridged. One row a place and later year.
    ``region``: a column that comes along, of the later year.

    Raises WrongType when ``panel`` is no DataFrame; Refused, all problems at once, on bad columns or values, years that
    are no whole numbers, two rows for one place and year.
    Source: Wooldridge 2010, Econometric Analysis of Cross Section and Panel Data, section 10.6.

    >>> panel = pd.DataFrame({"place": list("aaabb"), "year": [1, 2, 4, 1, 2], "x": [5.0, 7, 8, 3, 1]})
    >>> changes = first_differences(panel, ["x"])
    >>> changes.table.values.tolist(), changes.dropped
    ([['a', 2, 2.0], ['b', 2, -2.0]], (('no_year_before', 'year', 3),))
    """
    beside = (region,) if region is not None else ()
    rows, dropped, place = _complete(panel, terms, place, time, beside)
    follows = (rows[place] == rows[place].shift()) & (rows[time] == rows[time].shift() + 1)
    changes = rows[list(terms)].diff()[follows]
    behind = rows[time][follows | follows.shift(-1, fill_value=False)]
    dropped += _counted("no_year_before", time, ~follows)
    keys = [*dict.fromkeys([place, time, *beside])]
    return _changes(rows.loc[follows, keys], changes, "Δ ", behind, dropped)


def long_differences(
    panel: pd.DataFrame, terms: Sequence[str], *, place: Key = "place", time: str = "year"
) -> Changes:
    """Return each term's change from the panel's first year to its last, ``x_iT − x_i1`` (later minus earlier).

    First and last are the earliest and the latest year in which any place has every term; places without
    one of the two are left out. One row a place; arguments, units and errors as in ``first_differences``.
    Source: Griliches & Hausman 1986, doi:10.1016/0304-4076(86)90058-8.

    >>> panel = pd.DataFrame({"place": list("aaabb"), "year": [1, 2, 4, 1, 2], "x": [5.0, 7, 8, 3, 1]})
    >>> changes = long_differences(panel, ["x"])
    >>> changes.table.values.tolist(), changes.years, changes.dropped
    ([['a', 3.0]], (1, 4), (('between_years', 'year', 2), ('no_other_year', 'year', 1)))
    """
    rows, dropped, place = _complete(panel, terms, place, time)
    inside = rows[time].gt(rows[time].min()) & rows[time].lt(rows[time].max())
    ends = rows[~inside]
    both = ends[place].duplicated(keep=False)
    dropped += _counted("between_years", time, inside) + _counted("no_other_year", time, ~both)
    ends = ends[both]
    last = ends[place].duplicated()
    changes = ends[list(terms)].diff()[last]
    return _changes(ends.loc[last, [place]], changes, "Δ ", ends[time], dropped)


def place_means(
    panel: pd.DataFrame, terms: Sequence[str], *, place: Key = "place", time: str = "year"
) -> Changes:
    """Return each term's mean over the years of a place in which every term is there.

    ``x̄_i = Σ_t x_it / T_i``; the logarithm before the mean, as within and between views of one model need.
    One row a place; arguments, units and errors as in ``first_differences``.
    Source: Mundlak 1978, doi:10.2307/1913646.

    >>> panel = pd.DataFrame({"place": list("aab"), "year": [1, 2, 1], "x": [5.0, 7, 3], "z": [1.0, 2, None]})
    >>> means = place_means(panel, ["x", "z"])
    >>> means.columns, means.table.values.tolist(), means.dropped
    (('mean x', 'mean z'), [['a', 6.0, 1.5]], (('missing', 'z', 1),))
    """
    rows, dropped, place = _complete(panel, terms, place, time)
    means = rows.groupby(place, sort=False)[list(terms)].mean().reset_index()
    return _changes(means[[place]], means[list(terms)], "mean ", rows[time], dropped)


def _changes(keys, values, prefix, years, dropped):
    columns = tuple(prefix + term for term in values)
    table = pd.concat([keys, values.set_axis(columns, axis="columns")], axis="columns")
    seen = (int(years.min()), int(years.max())) if len(years) else None
    return Changes(table.reset_index(drop=True), columns, seen, dropped)


def _counted(reason, column, rows):
    return ((reason, column, int(rows.sum())),) if rows.any() else ()


def _complete(panel, terms, place, time, beside=()):
    """Return the rows with every term by place and year, why the others are not there, and the column of places."""
    if not isinstance(panel, pd.DataFrame):
        raise WrongType(f"panel must be a pandas DataFrame, not {type(panel).__name__}")
    problems, key, (panel, place) = not_lists(terms=terms), place, keyed(panel, place)
    terms = (terms,) if isinstance(terms, str) else tuple(terms)
    problems += [] if terms else ["terms are empty; expected at least one"]
    problems += [f"{t!r} stands more than once among the terms" for t in terms if terms.count(t) > 1]
    columns = [*(parse(term)[1] for term in terms), *beside]
    needed = dict.fromkeys([*full_key(key, panel.columns), time, *columns])
    if unknown := [column for column in needed if column not in panel]:
        there = f"the panel has {first_names(panel.columns)}"
        problems.append(f"no such column: {', '.join(map(repr, unknown))}; {there}")
    read = {term: read_term(panel, term) for term in (*terms, time) if parse(term)[1] in panel}
    problems += data_problems(panel, terms, place, time, True)
    if time in read and read[time][0] is not None:
        years = read[time][0][np.isfinite(read[time][0])]
        if (parts := years[years % 1 > 0]).size:
            problems.append(f"{time!r} must hold whole years, has {parts[0]:g}")
    refuse("cannot compare the years of a panel", dict.fromkeys(problems))
    usable, dropped = usable_rows(read, panel[place].isna().to_numpy(), terms, place, time)
    values = {column: panel[column] for column in (place, *beside)}
    values |= {term: read[term][0] for term in terms} | {time: panel[time]}
    rows = pd.DataFrame(values, index=panel.index)[usable]
    return rows.astype({time: int}).sort_values([place, time], ignore_index=True), dropped, place
