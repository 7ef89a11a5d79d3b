"""Parents that change: which place another one lies in on a day, by what moved and what ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from povertystats.files.problems import Problem
from povertystats.words.names import did_you_mean, plain

# Of a place that is still there.
_LATER = pd.Timestamp("2200-01-01")
_DAY = pd.Timedelta(days=1)


def parents_on(places: pd.DataFrame, changes: pd.DataFrame, day: pd.Timestamp) -> pd.Series:
    """Return the place that each place lies in on a day; of one that ended before, that of its last day.

    Parameters
    ----------
    places : DataFrame
        Columns place, parent (the last one that it is said to have), last_day.
    changes : DataFrame
        Columns day, place, into, part ("moved": place lies in ``into`` since, and lay in ``out_of``; "whole": place
        ended, and what lay in it lies in ``into``; into blank: in what it lay in itself), out_of.
    day : Timestamp
        The day.

    Returns
    -------
    Series
        Names of places, by the rows of ``places``.

    Examples
    --------
    >>> places = pd.DataFrame({"place": ["Vĩnh Phúc", "Mê Linh"], "parent": ["", "Hà Nội"], "last_day": pd.NaT})
    >>> moved = {"place": "Mê Linh", "into": "Hà Nội", "part": "moved", "out_of": "Vĩnh Phúc"}
    >>> changes = pd.DataFrame([moved | {"day": pd.Timestamp("2008-08-01")}])
    >>> [parents_on(places, changes, pd.Timestamp(day))[1] for day in ("2008-07-31", "2008-08-01")]
    ['Vĩnh Phúc', 'Hà Nội']
    """
    parents, whose, ends = places["parent"].tolist(), _whose(places), _ends(places)
    heirs = _heirs(places, changes, whose, ends)
    on = [min(end, day) for end in ends]
    moves = changes[changes["part"] == "moved"].sort_values("day", ascending=False)
    for place, out_of, since in zip(moves["place"], moves["out_of"], moves["day"], strict=True):
        for at, of in enumerate(whose):
            if of == place and on[at] < since:
                parents[at] = out_of
    for at, until in enumerate(on):
        seen = set[str]()
        while (above := parents[at]) in heirs and heirs[above][0] <= until and above not in seen:
            seen.add(above)
            parents[at] = heirs[above][1]
    return pd.Series(parents, places.index, places["parent"].dtype, "parent")


def earlier_parents(places: pd.DataFrame, changes: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return {place: every place that it lay in, or lies in, at some time}, of those where it changed.

    >>> places = pd.DataFrame({"place": ["Mê Linh"], "parent": ["Hà Nội"], "last_day": pd.NaT})
    >>> moved = {"day": pd.Timestamp("2008-08-01"), "place": "Mê Linh", "into": "Hà Nội", "part": "moved"}
    >>> earlier_parents(places, pd.DataFrame([moved | {"out_of": "Vĩnh Phúc"}]))
    {'Mê Linh': ('Hà Nội', 'Vĩnh Phúc')}
    """
    found: dict[str, dict[str, None]] = {}
    moves = changes[changes["part"] == "moved"]
    for place, *both in zip(moves["place"], moves["into"], moves["out_of"], strict=True):
        found.setdefault(place, {}).update(dict.fromkeys(both))
    now = parents_on(places, changes, _LATER)
    for place, given, last in zip(places["place"], places["parent"], now, strict=True):
        if given != last:
            found.setdefault(place, {}).update(dict.fromkeys([given, last]))
    return {place: tuple(names) for place, names in found.items()}


def given_parts(places: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """Return the changes with what moves imply: the place that one lay in gave a part to the one that it lies in since.

    So did what these lie in, as far up as they differ; where it is told already, it is not told again.
    """
    above = dict(zip(places["place"], places["parent"], strict=True))
    told = {*changes[["day", "place", "into"]].itertuples(index=False, name=None)}
    more = []
    for row in changes[changes["part"] == "moved"].to_dict("records"):
        for out_of, into in _unlike(row["out_of"], row["into"], above):
            if (row["day"], out_of, into) not in told:
                told.add((row["day"], out_of, into))
                more.append({**row, "place": out_of, "into": into, "part": "part", "out_of": "", "code": ""})
    return pd.concat([changes, pd.DataFrame(more)], ignore_index=True) if more else changes


def became(place: str, changes: pd.DataFrame) -> str:
    """Return what became of a place that ended, with the legal text; "" where that is not known.

    >>> import povertystats as ps
    >>> became("Bắc Kạn", ps.load_facts().places.changes)
    'part of Thái Nguyên (code 19) since 2025-07-01 (202/2025/QH15)'
    """
    rows = changes[(changes["place"] == place) & (changes["part"] == "whole") & changes["day"].notna()]
    said = []
    for row in rows.itertuples():
        into = (
            f"part of {row.into}{f' (code {row.code})' if row.code else ''}"
            if row.into
            else "no longer a place"
        )
        said.append(f"{into} since {row.day:%Y-%m-%d} ({row.decision})")
    return "; ".join(said)


def move_problems(places: pd.DataFrame, changes: pd.DataFrame) -> Iterator[Problem]:
    """Yield a Problem for every move that does not go on from where the place lay before, or lies after."""
    lies = dict(zip(places["place"], places["parent"], strict=True))
    moves = changes[changes["part"] == "moved"].sort_values("day", kind="stable")
    for place, of in moves.groupby("place", sort=False):
        after = [*of["out_of"].iloc[1:], lies.get(place, "")]
        for row, then in zip(of.itertuples(), after, strict=True):
            if place not in lies:
                yield Problem(row.file, row.row, "place", row.place, "no such place in places.csv")
            elif row.out_of and row.out_of not in lies:
                near = did_you_mean(row.out_of, {plain(name): name for name in lies}).removeprefix("; ")
                yield Problem(row.file, row.row, "out_of", row.out_of, "no such place in places.csv", near)
            elif not row.out_of or row.out_of == row.into:
                yield Problem(
                    row.file, row.row, "out_of", row.out_of, "expected the place in which it lay before"
                )
            elif plain(row.into) != plain(then):
                rule = f"afterwards it lies in {then or 'none'}, by places.csv or by its next move"
                yield Problem(row.file, row.row, "into", row.into, rule)


def elsewhere(
    facts: pd.DataFrame, days: pd.Series, places: pd.DataFrame, changes: pd.DataFrame
) -> Iterator[Problem]:
    """Yield a Problem for every figure that is said to lie where its place did not lie on its day, but did on another.

    ``days``: those that the figures speak of.
    """
    earlier = earlier_parents(places, changes) if "parent" in facts else {}
    asked = facts[facts["place"].isin(earlier) & (facts["parent"] != "")] if earlier else facts[:0]
    at = dict(zip(places["place"], places.index, strict=True))
    for row, day in zip(asked.to_dict("records"), days[asked.index], strict=True):
        lay = str(parents_on(places, changes, day)[at[row["place"]]])
        if plain(row["parent"]) != plain(lay) and plain(row["parent"]) in map(plain, earlier[row["place"]]):
            rule = f"on {day:%Y-%m-%d} {row['place']} lay in {lay}"
            yield Problem(row["file"], int(row["row"]), "parent", row["parent"], rule)


def changed_parents(names: pd.DataFrame, levels: Sequence[str]) -> Iterator[tuple[str, str, str, list[str]]]:
    """Yield places that lie in one place in some years and in another in others: level, level above, name, parents.

    ``names``: columns of ``levels``, from the largest area to the smallest, and year, each row once.

    >>> names = pd.DataFrame({"district": ["A", "A", "B"], "commune": ["C", "D", "C"], "year": [2018, 2019, 2019]})
    >>> list(changed_parents(names, ["district", "commune"]))
    [('commune', 'district', 'C', ['A', 'B'])]
    """
    for depth in range(1, len(levels)):
        level, above, key = levels[depth], levels[depth - 1], [*levels[: depth - 1], levels[depth]]
        pairs = names[[*key, above]].drop_duplicates()
        several = pairs[pairs.duplicated(key, keep=False)]
        for _, of in names.merge(several).groupby(key):
            if not of.drop_duplicates([above, "year"]).duplicated("year").any():
                yield level, above, str(of[level].iloc[0]), sorted(of[above].unique())


def _unlike(one: str, other: str, above: dict[str, str]) -> Iterator[tuple[str, str]]:
    while one and other and one != other:
        yield one, other
        one, other = above.get(one, ""), above.get(other, "")


def _whose(places):
    """Return the place whose territory each row speaks of: one has a row for each that it had or has."""
    names = places["place"].tolist()
    return [of or name for of, name in zip(places["of"], names, strict=True)] if "of" in places else names


def _ends(places):
    return places["last_day"].fillna(_LATER).tolist()


def _heirs(places, changes, whose, ends):
    """Return {place that ended: the first day after it, the place in which lies since what lay in it}."""
    last: dict = {}
    for place, day in zip(whose, ends, strict=True):
        last[place] = max(day, last.get(place, day))
    whole = changes[changes["part"] == "whole"]
    into = dict(zip(zip(whole["place"], whole["day"], strict=True), whole["into"], strict=True))
    above = dict(zip(places["place"], places["parent"], strict=True))
    first = {place: day + _DAY for place, day in last.items() if day < _LATER}
    return {place: (day, into.get((place, day), "") or above.get(place, "")) for place, day in first.items()}
