"""Households counted by place and year at every level, in one scan, with small cells hidden."""

import pandas as pd

from povertystats.disclosure import protect
from povertystats.engines import reading
from povertystats.households import PLACES
from povertystats.terms import refuse


def tally(rows, sums, parts, *, by, group=None, minimum=10, files=()):
    """Return counts by place and year, from the province down to ``by``, and what of them is hidden.

    ``rows``: an ibis table of records; ``sums`` {name: what is summed up over households}; ``parts`` {total: the counts that add
    up to it}, as in ``disclosure.protect``, a total before its own parts are totals; ``group``: a text column, such as ``ethnic``, by which each place ``by`` is told
    apart once more; ``minimum`` households a count must tell of, 0 to hide nothing.

    Counts: level, place, province, district, commune ("" below the level), the group ("" in the rows of places), year and one
    column a sum. Hidden: these keys, column, reason; with a ``group`` the sums of one group over several places are not told.

    Raises ValueError, all problems at once, on an unknown level or group or a bad minimum, and where records cannot be read.
    """
    problems = (
        [] if by in PLACES else [f"by: {by!r} is no level of places; expected one of {', '.join(PLACES)}"]
    )
    texts = [
        name
        for name, kind in rows.schema().items()
        if kind.is_string() and name not in (*PLACES, "household")
    ]
    if group is not None and group not in texts:
        problems.append(f"group: {group!r} is no text column of the records; they have {', '.join(texts)}")
    if isinstance(minimum, bool) or not isinstance(minimum, int) or minimum < 0 or minimum == 1:
        problems.append(
            f"minimum: {minimum!r}; expected a whole number of households from 2, or 0 to hide nothing"
        )
    refuse("cannot count households", problems)
    levels = [*PLACES[: PLACES.index(by) + 1], *([group] if group else [])]
    with reading(files):
        counts = rows.group_by(*levels, "year").aggregate(**sums).to_pandas()
    counts = counts.assign(**{name: counts[name].fillna(0).astype("int64") for name in (*sums, "year")})
    table = pd.concat(
        [_up_to(counts, levels, depth) for depth in range(1, len(levels) + 1)], ignore_index=True
    )
    places = [name for name in PLACES if name in levels]
    table = table.assign(**{name: "" for name in PLACES if name not in levels}, place=_names(table, places))
    table = table.sort_values([*levels, "year"], ignore_index=True)
    table = table[["level", "place", *PLACES, *levels[len(places) :], "year", *sums]]
    if not minimum:
        return table, pd.DataFrame(columns=[*levels, "year", "column", "reason"])
    return _protected(table, levels, parts, minimum)


def _protected(table, levels, parts, minimum):
    """Return the table without what tells of few households, and what that was."""
    hidden = {}
    for total, split in parts.items():
        kept = protect(table, levels=levels, by=("year",), parts={total: split}, minimum=minimum).table
        # What is hidden of a total is hidden of its parts: together they would tell it.
        above = hidden.setdefault(total, kept[total].isna())
        for name in [name for names in split for name in ([names] if isinstance(names, str) else names)]:
            hidden[name] = kept[name].isna() | above
    found = []
    for name, rows in hidden.items():
        small = table[name].between(1, minimum - 1)[rows]
        found.append(
            table.loc[rows, [*levels, "year"]].assign(
                column=name, reason=small.map({True: "small", False: "secondary"})
            )
        )
    shown = table.assign(**{name: table[name].astype("Int64").mask(rows) for name, rows in hidden.items()})
    return shown, pd.concat(found, ignore_index=True)


def _up_to(counts, levels, depth):
    """Return the counts summed up to a level; what lies below it is ""."""
    sums = counts.groupby([*levels[:depth], "year"], as_index=False).sum(numeric_only=True)
    return sums.assign(level=levels[depth - 1], **{lower: "" for lower in levels[depth:]})


def _names(table, places):
    """Return each row's place by its own name; where two places of a level share one, with the places it lies in."""
    names = pd.Series("", table.index)
    depth = (table[places] != "").sum(axis=1)
    for end in range(1, len(places) + 1):
        rows = table.loc[depth == end, places[:end]]
        for start in range(end - 1, -1, -1):
            # As many of the places above as it takes to tell all places of the level apart.
            told = rows.iloc[:, start:end].iloc[:, ::-1].agg(", ".join, axis=1)
            if told.nunique() == len(rows.drop_duplicates()):
                break
        names[rows.index] = told
    return names
