"""When each place adopted: a column of years or of 0 and 1 read, doubts asked about; the panel laid out as places by years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from povertystats.estimators.outcomes import answers_in, outcome_scales, rate_in
from povertystats.frames.keys import Key, keyed
from povertystats.frames.model import read_model
from povertystats.frames.rates import Units, model_rates
from povertystats.frames.reader import FrameReader
from povertystats.regression.terms import SCALES, first_three, model_problems, parse, read_term, repeated
from povertystats.words.errors import refuse

# Fewer letters than a year has: 15 for 2015.
_NO_YEAR = 1000
_EXPECTED = "expected the year of first adoption, missing where a place never adopts, or 0 and 1 in each year"
_WHAT = "cannot study how {} moves after {}"


@dataclass(frozen=True, eq=False)
class Adoption:
    """A panel laid out for places that adopt a programme: outcome and controls by place and year, first years, clusters.

    ``y`` (G, T) and ``x`` (k, G, T): NaN where there is no figure; ``first`` (G,): the year of adoption, infinite for
    places that do not adopt up to the last year; ``cluster`` (G,): positions in ``clusters``; ``left_out``: (reason,
    column, number) of rows or places; ``unit``: of the outcome ("points", "share" of 0 and 1, "units", "log", "log_odds").
    """

    places: tuple
    years: np.ndarray
    y: np.ndarray
    x: np.ndarray
    first: np.ndarray
    cluster: np.ndarray
    clusters: tuple
    left_out: tuple[tuple[str, str, int], ...]
    unit: str = "units"

    @property
    def cohorts(self) -> np.ndarray:
        """The years in which places adopt, from the first to the last."""
        return np.unique(self.first[np.isfinite(self.first)]).astype(int)


def read_adoption(
    panel: pd.DataFrame,
    outcome: str,
    adopted: str,
    *,
    controls: Sequence[str] = (),
    scale: str = "points",
    place: Key = "place",
    year: str = "year",
    cluster: Key | None = None,
    anticipation: int = 0,
    units: Units = None,
    every: bool = False,
) -> Adoption:
    """Return the panel by places and years of those that can be compared before and after, each with when it adopts.

    Places that had adopted before their first figure (less ``anticipation``) have nothing to compare with; they are left
    out and counted, unless ``every`` place is asked for. Raises WrongType where ``panel`` is no frame, and Refused with every problem at once.

    >>> frame = pd.DataFrame({"place": list("aabb"), "year": [1, 2] * 2, "y": [1.0, 2, 3, 4], "on": [0, 1, 0, 0]})
    >>> read_adoption(frame, "y", "on").first.tolist()
    [2.0, inf]
    """
    data = _by_places(panel, outcome, adopted, controls, scale, place, year, cluster, units)
    if every:
        return data
    before = (~np.isnan(data.y) & (data.years < data.first[:, None] - anticipation)).any(axis=1)
    always = int((~before).sum())
    left_out = (*data.left_out, *((("always", adopted, always),) if always else ()))
    codes, clusters = pd.factorize(np.array(data.clusters, object)[data.cluster[before]])
    places = tuple(place for place, kept in zip(data.places, before, strict=True) if kept)
    some = data.y[before], data.x[:, before], data.first[before]
    made = Adoption(places, data.years, *some, codes, tuple(clusters), left_out, data.unit)
    refuse(_WHAT.format(repr(outcome), repr(adopted)), _nothing_to_compare(made, adopted, always))
    return made


def _by_places(panel, outcome, adopted, controls, scale, place, year, cluster, units):
    """Return the panel by places and years, every place with when it adopts, whether it can be compared or not."""
    what, columns = (
        _WHAT.format(repr(outcome), repr(adopted)),
        [outcome, *(parse(one)[1] for one in controls)],
    )
    frame, problems = read_model(panel, columns, place=place, time=year, entity=cluster)
    frame, doubts = model_rates(frame, columns, linked=rate_in(outcome, [scale], (), units), units=units)
    kind = outcome_scales(outcome, [scale], (), yes=answers_in(frame, outcome), units=units)
    terms = (SCALES[scale].format(outcome), *controls, adopted)
    unknown = model_problems(list(frame.columns), terms, place, cluster or place, year)
    refuse(what, dict.fromkeys([*problems, *doubts, *kind.problems, *unknown]))
    frame, who, group = keyed(frame, place, cluster)
    read = [read_term(frame, term) for term in terms[:-1]]
    problems += [problem for *_, some in read for problem in some]
    gone = frame[[who, year]].isna().any(axis=1).to_numpy()
    left_out = [("missing", f"{who}, {year}", int(gone.sum()))]
    named = frame[~gone]
    for _, reasons, _ in read:
        for reason, column, rows in reasons:
            left_out.append((reason, column, int((rows & ~gone).sum())))
            gone = gone | rows
    if gone.all():
        told = "; ".join(f"{reason} {column}: {count}" for reason, column, count in left_out if count)
        problems.append(f"no row has all figures ({told or 'the frame is empty'})")
    twice = named[named.duplicated([who, year])]
    problems += repeated(
        list(dict.fromkeys(twice[who].astype(str) + " " + twice[year].astype(str))), who, year
    )
    refuse(what, problems)
    first, problems = first_years(named, adopted, who, year)
    owner = named.groupby(who)[group or who]
    moved = owner.nunique(dropna=False)[lambda n: n > 1].index.union(
        owner.first()[lambda one: one.isna()].index
    )
    if len(moved):
        problems.append(
            f"{group} is missing or not the same in every row of {first_three([*map(str, moved)])}"
        )
    refuse(what, problems)
    rows = frame[~gone].assign(**{f"_{i}": values[~gone] for i, (values, *_) in enumerate(read)})
    y, *x = (rows.pivot(index=who, columns=year, values=f"_{i}") for i in range(len(read)))
    years, since = y.columns.to_numpy(int), first.reindex(y.index).to_numpy(float)
    codes, clusters = pd.factorize(owner.first().reindex(y.index).to_numpy(object))
    cells = np.array([one.to_numpy(float) for one in x]).reshape(len(x), *y.shape)
    reached = np.where(since > years.max(initial=0), np.inf, since)
    counted = tuple(reason for reason in left_out if reason[2])
    figures = y.to_numpy(float), cells, reached, codes, tuple(clusters), counted
    return Adoption(tuple(y.index), years, *figures, kind.unit_of(scale))


def first_years(frame: pd.DataFrame, adopted: str, place: str, year: str) -> tuple[pd.Series, list[str]]:
    """Return the year in which each place adopts (infinite: never), and what is wrong or doubtful in the column.

    A column of years, the same in every row of a place, in which missing, 0 and infinite mean never; or of 0 and 1 in
    each year, which turns once from 0 to 1.

    >>> frame = pd.DataFrame({"place": list("aabb"), "year": [1, 2] * 2, "on": [1, 0, 0, 1]})
    >>> first_years(frame, "on", "place", "year")[1][0][:64]
    "'on' switches off in a (2); an event study asks for adoption tha"
    """
    cells = frame[adopted]
    if isinstance(cells, pd.DataFrame) or cells.dtype.kind == "c":
        many = isinstance(cells, pd.DataFrame)
        return pd.Series(dtype=float), [
            f"{adopted!r}: {'more than one column' if many else 'no years'}; {_EXPECTED}"
        ]
    values = pd.to_numeric(cells.astype(object), errors="coerce").astype(float)
    if pd.api.types.is_datetime64_any_dtype(cells) or (values.isna() & cells.notna()).any():
        reader = FrameReader(frame, "panel")
        read = reader.years(adopted, times=True)
        if read is None or reader.lines:
            return pd.Series(dtype=float), [*reader.lines, f"{adopted!r}: {_EXPECTED}"]
        values = pd.Series(read.to_numpy(float, na_value=np.nan), frame.index)
    if values.isin([0, 1]).sum() == values.notna().sum() and values.notna().any():
        return _switched_on(frame.assign(**{adopted: values}), adopted, place, year)
    values = values.mask(values == 0).replace([np.inf, -np.inf], np.nan)
    by_place = values.groupby(frame[place])
    problems = []
    moved = by_place.nunique()
    if list(moved.index[moved > 1]):
        listed = [
            f"{name} ({' and '.join(_years(by_place.get_group(name)))})" for name in moved.index[moved > 1]
        ]
        problems.append(
            f"{adopted!r}: {first_three(listed)}: more than one year; expected the year of first adoption"
        )
    part = by_place.count().between(1, by_place.size() - 1)
    if listed := [str(name) for name in part.index[part]]:
        problems.append(
            f"{adopted!r} is missing in some rows of {first_three(listed)}, not in others; expected one year a place"
        )
    odd = values[values.notna() & (values % 1 != 0)]
    problems += [f"{adopted!r}: {value:g} is no whole year" for value in odd[:1]]
    short = values[(values < _NO_YEAR) & (frame[year].min() >= _NO_YEAR)]
    expected = f"expected a year such as {frame[year].max()}, or missing where a place never adopts"
    problems += [f"{adopted!r}: {value:g} is no year of this panel; {expected}" for value in short[:1]]
    return by_place.first().fillna(np.inf), problems


def _switched_on(frame, adopted, place, year):
    """Return the first year of 1 of each place, and the places in which 1 turns to 0 or a gap hides when it came."""
    rows = frame.sort_values([place, year], kind="stable")
    on, by_place = rows[adopted], rows[place]
    known_before, known_after = on.groupby(by_place).ffill(), on.groupby(by_place).bfill()
    hidden = on.isna() & ~((known_before == 1) | (known_after == 0))
    filled = on.fillna(known_before.where(known_before == 1, known_after))
    off = (filled == 0) & (filled.groupby(by_place).cummax() == 1)
    problems = []
    if off.any():
        at = rows[off].drop_duplicates(place)
        listed = [f"{name} ({when})" for name, when in zip(at[place], at[year], strict=True)]
        stays = "an event study asks for adoption that stays"
        advice = "keep the rows up to the year in which it ends, or fit it as a driver (fit_drivers)"
        problems.append(f"{adopted!r} switches off in {first_three(listed)}; {stays}; {advice}")
    if hidden.any():
        listed = [f"{n} ({y})" for n, y in rows[hidden][[place, year]].drop_duplicates(place).to_numpy()]
        problems.append(
            f"{adopted!r} is missing where it cannot be told whether a place had adopted: {first_three(listed)}; fill it in, or leave these rows out"
        )
    first = rows[year].where(filled == 1).astype(float).groupby(by_place).min().fillna(np.inf)
    steps = filled.groupby(by_place).nunique()
    if not problems and (steps <= 1).all() and (filled == 1).any():
        problems.append(
            f"{adopted!r} is 0 or 1 in all years of each place: it tells which places adopt, not when; expected the year "
            "of first adoption, or a column that turns from 0 to 1"
        )
    return first, problems


def _years(values):
    return [f"{value:g}" for value in sorted(values.dropna().unique())[:3]]


def _nothing_to_compare(made, adopted, always):
    """Return why no place can be compared before and after its adoption, as a list of problems."""
    adopts = np.isfinite(made.first)
    told = f"{always} had adopted before their first figure, {int((~adopts).sum())} have not adopted by the last year"
    if not adopts.any():
        return [f"{adopted!r}: no place adopts between two years that it has figures of ({told})"]
    if len(made.clusters) < 2:
        return [
            f"{len(made.clusters)} place or cluster is left ({told}); expected at least 2, better 20 or more"
        ]
    return []
