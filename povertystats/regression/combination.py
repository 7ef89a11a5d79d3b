"""Moments made of moments: parts added, years told apart by region, places added up to regions; no row is read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from povertystats.regression.nested import Within
from povertystats.regression.sums import with_times
from povertystats.regression.terms import counted, first_three, reasons
from povertystats.words.errors import refuse

if TYPE_CHECKING:
    from povertystats.regression.moments import Moments

# The most numbers in the cross-products of all clusters with the effects: a quarter of a gigabyte.
MOST = 2**25


class RegionTime(NamedTuple):
    """A time of one region: what a year effect is of where each region has its own.

    >>> sorted([RegionTime(2016, "South"), RegionTime(2016, "North"), RegionTime(2014, "South")])[1]
    RegionTime(time=2016, region='North')
    >>> f"year[{RegionTime(2016, 'North')}]"
    'year[2016, North]'
    """

    time: Any
    region: Any

    def __lt__(self, other: Any) -> bool:
        return (self.time, str(self.region)) < (other.time, str(other.region))

    def __str__(self) -> str:
        return f"{self.time}, {self.region}"


def time_of(time: Any) -> Any:
    """Return a time, of a region's time as well.

    >>> time_of(2016), time_of(RegionTime(2016, "North"))
    (2016, 2016)
    """
    return time.time if isinstance(time, RegionTime) else time


def nests(cluster: str, years_by: str | None) -> str:
    """Return what entities must lie in: the cluster, and a region as well where each has years of its own.

    >>> nests("commune", None), nests("commune", "region"), nests("region", "region")
    ('commune', 'commune and region', 'region')
    """
    return cluster if years_by in (None, cluster) else f"{cluster} and {years_by}"


def apart(moments: Moments, unique: bool) -> Moments:
    """Return moments of places in which every region has times of its own, from those of pairs of place and region.

    ``moments``: clusters are pairs of place and region, times those of all regions. Times become ``RegionTime``s, those
    that some row has; a place that lies in several regions is added up. ``unique`` is that of the result. The effects of these are as many as
    regions have times: with cross-products of more than 2²⁵ numbers they are refused.

    >>> import pandas as pd
    >>> from povertystats.regression.moments import Moments
    >>> rows = pd.DataFrame({"place": list("aabb"), "year": [1, 2] * 2, "region": list("NNSS"), "y": [1.0, 2, 4, 7]})
    >>> found = Moments.from_frame(rows.assign(x=[0, 1, 1, 3]), "y", ["x"], years_by="region")
    >>> found.labels, [*map(str, found.times)], found.counts.tolist()
    (('a', 'b'), ['1, N', '1, S', '2, N', '2, S'], [[1, 0, 1, 0], [0, 1, 0, 1]])
    """
    g, p, t = moments.sums.shape[0], len(moments.names), len(moments.times)
    places, areas = [place for place, _ in moments.labels], [area for _, area in moments.labels]
    regions = {area: i for i, area in enumerate(dict.fromkeys(areas))}
    region = np.array([regions[area] for area in areas], int)
    there = np.zeros((len(regions), t), bool)
    np.logical_or.at(there, region, moments.counts > 0)
    pairs = sorted(
        (RegionTime(moments.times[k], area), i, k)
        for area, i in regions.items()
        for k in np.flatnonzero(there[i])
    )
    column = np.full(there.shape, -1)
    column[[i for _, i, _ in pairs], [k for *_, k in pairs]] = range(len(pairs))
    if (size := len({*places}) * (p + len(pairs)) ** 2) > MOST:
        many = f"{len(pairs)} effects of {moments.time} by {moments.years_by} in {len({*places})} clusters"
        room = f"their cross-products need {8 * size / 2**30:.1f} GB"
        advice = "expected larger regions or clusters, or a DataFrame in fit_drivers"
        refuse("cannot build moments", [f"{many}: {room}; {advice}"])
    wide: dict[str, Any] = {
        "counts": np.zeros((g, len(pairs)), int),
        "sums": np.zeros((g, len(pairs), p)),
        "masses": None if moments.masses is None else np.zeros((g, len(pairs))),
    }
    within = moments.within and Within(
        np.zeros((g, p + len(pairs), p + len(pairs))), moments.within.entities, np.zeros((g, len(pairs)), int)
    )
    for i in range(len(regions)):
        rows, used = np.flatnonzero(region == i), np.flatnonzero(there[i])
        to = column[i, used]
        for name, array in wide.items():
            if array is not None:
                array[np.ix_(rows, to)] = getattr(moments, name)[np.ix_(rows, used)]
        if within and moments.within:
            axis, own = [*range(p), *(p + to)], [*range(p), *(p + used)]
            within.products[np.ix_(rows, axis, axis)] = moments.within.products[np.ix_(rows, own, own)]
            within.single[np.ix_(rows, to)] = moments.within.single[np.ix_(rows, used)]
    times = tuple(pair for pair, *_ in pairs)
    return _together(replace(moments, times=times, within=within, **wide), places, unique)


def larger_clusters(moments: Moments, of: Mapping[Any, Any], cluster: str) -> Moments:
    """Return the moments by larger clusters, such as regions, the absorbed effects staying those of places (or smaller).

    ``of``: {label of a cluster: that of the larger one}; ``cluster``: what these are called. The same as a scan with
    ``cluster="region", entity="place"``. Raises Refused, naming them, where clusters are in no larger one.

    >>> import pandas as pd
    >>> from povertystats.regression.moments import Moments
    >>> rows = pd.DataFrame({"place": list("aabbcc"), "year": [1, 2] * 3, "y": [1.0, 2, 4, 7, 2, 1], "x": [0, 1, 1, 3, 1, 0]})
    >>> found = larger_clusters(Moments.from_frame(rows, "y", ["x"]), {"a": "N", "b": "N", "c": "S"}, "region")
    >>> found.clusters, found.n.tolist(), found.xx[:, 0, 0].round(9).tolist()
    (('N', 'S'), [4, 2], [2.5, 0.5])
    """
    nowhere = [str(label) for label in moments.labels if label not in of or _missing(of[label])]
    known = f"{first_three(nowhere)} in no {cluster}; expected one each"
    refuse(f"cannot add up to clusters by {cluster!r}", [known] if nowhere else [])
    within = moments.within
    if moments.entity and not within:
        # Sums within places, as of entities that are nested in clusters.
        mass = moments.counts if moments.masses is None else moments.masses
        alone = moments.counts.sum(axis=1) == 1
        products = with_times(mass, moments.means, moments.sums, moments.products, overall=False)
        within = Within(products, (~alone).astype(int), np.where(alone[:, None], moments.counts, 0))
    larger = replace(moments, cluster=cluster, within=within)
    return _together(larger, [of[label] for label in moments.labels], moments.unique)


def seen(moments: Moments) -> np.ndarray:
    """Return whether a cluster has rows at each time, in whatever region: boolean, shape (G, times).

    >>> import pandas as pd
    >>> from povertystats.regression.moments import Moments
    >>> rows = pd.DataFrame({"place": list("aab"), "year": [1, 2, 2], "region": list("NNS"), "y": [1.0, 2, 4], "x": [0, 1, 1]})
    >>> seen(Moments.from_frame(rows, "y", ["x"], years_by="region")).tolist()
    [[True, True], [False, True]]
    """
    if not moments.years_by:
        return moments.counts > 0
    column = {time: t for t, time in enumerate(dict.fromkeys(map(time_of, moments.times)))}
    there = np.zeros((len(column), len(moments.labels)), bool)
    np.logical_or.at(there, [column[time_of(time)] for time in moments.times], moments.counts.T > 0)
    return there.T


def places_of(labels: Sequence[tuple], there: np.ndarray) -> tuple[tuple, np.ndarray]:
    """Return the places of pairs of place and region, and whether each has rows at a time in any region (places, times).

    >>> places, there = places_of([("a", "N"), ("a", "S")], np.eye(2, dtype=bool))
    >>> places, there.tolist()
    (('a',), [[True, True]])
    """
    position = {place: i for i, place in enumerate(dict.fromkeys(place for place, _ in labels))}
    found = np.zeros((len(position), there.shape[1]), bool)
    np.logical_or.at(found, [position[place] for place, _ in labels], there)
    return tuple(position), found


def _together(moments, owners, unique):
    """Return the moments with the clusters of one owner added up; ``owners``: one a cluster."""
    labels = sorted({*owners}, key=str)
    position = {label: i for i, label in enumerate(labels)}
    code = np.array([position[owner] for owner in owners], int)

    def added_up(values):
        total = np.zeros((len(labels), *values.shape[1:]), values.dtype)
        np.add.at(total, code, values)
        return total

    mass = moments.counts if moments.masses is None else moments.masses
    size, first = mass.sum(axis=1), np.unique(code, return_index=True)[1]
    # About the first of each: an offset costs no digits.
    base = moments.means[first]
    means = base + added_up(size[:, None] * (moments.means - base[code])) / added_up(size)[:, None]
    gap = moments.means - means[code]
    sums = moments.sums + mass[:, :, None] * gap[:, None]
    products = moments.products + size[:, None, None] * gap[:, :, None] * gap[:, None]
    within = moments.within
    if within:
        within = Within(*map(added_up, (within.products, within.entities, within.single)))
    return replace(
        moments, labels=tuple(labels), counts=added_up(moments.counts), means=means, sums=added_up(sums),
        products=added_up(products), within=within, unique=unique,
        masses=None if moments.masses is None else added_up(moments.masses),
    )  # fmt: skip


def _missing(label):
    return label is None or label != label


def added(a: Any, b: Any) -> dict[str, Any]:
    """Return what two ``Moments`` store together: labels, times and sums over all of them, and the rows left out."""
    labels = tuple(sorted({*a.labels, *b.labels}, key=str))
    times = tuple(sorted({*a.times, *b.times}))
    n_t, mean, sums, products, within, mass = _spread(a, labels, times)
    n_t_b, mean_b, sums_b, products_b, within_b, mass_b = _spread(b, labels, times)
    n, gap = mass.sum(axis=1), mean_b - mean
    share = mass_b.sum(axis=1) / (n + mass_b.sum(axis=1))
    step = share[:, None] * gap
    sums = sums + sums_b - mass[:, :, None] * step[:, None] + mass_b[:, :, None] * (gap - step)[:, None]
    products = products + products_b + (n * share)[:, None, None] * gap[:, :, None] * gap[:, None, :]
    left_out = (((reason, column), rows) for reason, column, rows in a.incomplete + b.incomplete)
    return {
        "labels": labels,
        "times": times,
        "counts": n_t + n_t_b,
        "means": mean + step,
        "sums": sums,
        "products": products,
        "within": within and within + within_b,
        "masses": None if a.masses is None else mass + mass_b,
        "incomplete": counted(left_out, reasons(a.names, a.cluster, a.time, a.entity, a.years_by)),
    }


def _spread(part, labels, times):
    """Return what moments store over wider labels and times, zero where this part has no rows."""
    place, when = ({label: i for i, label in enumerate(axis)} for axis in (labels, times))
    rows, columns = [place[label] for label in part.labels], [when[time] for time in part.times]
    p = len(part.names)
    counts, means = np.zeros((len(labels), len(times)), int), np.zeros((len(labels), p))
    sums, products = np.zeros((*counts.shape, p)), np.zeros((len(labels), p, p))
    counts[np.ix_(rows, columns)], sums[np.ix_(rows, columns)] = part.counts, part.sums
    means[rows], products[rows] = part.means, part.products
    within = part.within and part.within.spread(rows, columns, len(labels), len(times))
    masses = counts
    if part.masses is not None:
        masses = np.zeros(counts.shape)
        masses[np.ix_(rows, columns)] = part.masses
    return counts, means, sums, products, within, masses
