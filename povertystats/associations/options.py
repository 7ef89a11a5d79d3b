"""The options of a model as users give them: drivers, scales and estimators, kinds of clusters, and what goes together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from povertystats.estimators.errors import ERRORS
from povertystats.estimators.estimators import ESTIMATORS, Estimator, Keys
from povertystats.frames.keys import Key, keyed
from povertystats.regression.combination import MOST
from povertystats.regression.inference import bad_level
from povertystats.regression.terms import SCALES, parse
from povertystats.words.errors import not_whole, refuse


def model_options(
    outcome: Any,
    drivers: Any,
    controls: Any,
    scales: Any,
    estimators: Any,
    errors: Any = "cv3",
    level: Any = 0.95,
    draws: Any = 0,
    seed: Any = 1,
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...], list[str]]:
    """Return drivers, controls, scales and estimators, each as a tuple, and what is wrong with the options of a model.

    Raises Refused at once where a term is no text.

    >>> model_options("y_pct", ["x"], [], ["points"], ["magic"])[-1]
    ["estimator 'magic' is not known; choose from within, first_differences, long_differences, between, fractional_logit"]
    """
    problems: list[str] = []
    lists: list[tuple] = []
    given = {"drivers": drivers, "controls": controls, "scales": scales, "estimators": estimators}
    for option, items in given.items():
        if isinstance(items, str):
            problems.append(f"{option} must be a list, not the text {items!r}")
            items = [items]
        lists.append(tuple(dict.fromkeys(items)) if option in ("scales", "estimators") else tuple(items))
    drivers, controls, scales, estimators = lists
    problems += [
        f"{option} are empty"
        for option, items in zip(given, lists, strict=True)
        if option != "controls" and not items
    ]
    for what, chosen, known in (("scale", scales, SCALES), ("estimator", estimators, ESTIMATORS)):
        problems += [
            f"{what} {item!r} is not known; choose from {', '.join(known)}"
            for item in chosen
            if item not in known
        ]
    problems += not_whole(draws=draws, seed=seed)
    texts = [item for item in (outcome, *drivers, *controls) if not isinstance(item, str)]
    if texts:
        problems += [f"{item!r} is no column name; expected text" for item in texts]
        refuse(f"cannot fit drivers of {outcome!r}", problems)
    if errors not in ERRORS:
        others = ", ".join(ERRORS[:-1]).replace("robust", "robust (HC1)")
        problems.append(f"errors {errors!r} are not known; choose {others} or {ERRORS[-1]}")
    if parse(outcome)[0]:
        problems.append(f"outcome {outcome!r} must be a column; the scales transform it")
    shared = [term for term in (*drivers, *controls) if parse(term)[1] == parse(outcome)[1]]
    problems += [f"{outcome!r} is both outcome and regressor ({term!r})" for term in shared]
    return drivers, controls, scales, estimators, problems + bad_level(level)


def two_kinds(
    cluster: Key | None, place: Key, time: str | None, columns: Sequence = ()
) -> tuple[Key, str | None, list[str]]:
    """Return the kinds of clusters that a text with a plus names, the second None without, and what is wrong.

    ``columns``: those of the frame, of which one may be called so.

    >>> two_kinds("place + year", "place", "year")
    ('place', 'year', [])
    >>> print(*two_kinds(["place", "year"], "place", "year")[-1])
    cluster ['place', 'year'] is one key and holds the time; clusters of two kinds are written "place + year"
    """
    if cluster is None:
        return place, None, []
    if not isinstance(cluster, str):
        key = cluster if isinstance(cluster, list | tuple) else []
        if len(key) < 2 or time is None or time not in key:
            return cluster, None, []
        hint = f'clusters of two kinds are written "{" + ".join(map(str, key))}"'
        return place, None, [f"cluster {cluster!r} is one key and holds the time; {hint}"]
    if not cluster.strip():
        return place, None, [f"cluster is {cluster!r}; expected a column, such as 'place'"]
    if "+" not in cluster or cluster in columns:
        return cluster, None, []
    first, *rest = (part.strip() for part in cluster.split("+"))
    if len(rest) != 1 or not first or not rest[0] or first == rest[0]:
        return (
            first or place,
            None,
            [f'cluster {cluster!r} is not two kinds; expected two columns, such as "place + year"'],
        )
    # The kind of places stays first: it is what is left out one by one.
    return (rest[0], first, []) if first == time else (first, rest[0], [])


def crossed(frame: Any, cluster: Key, entity: Key | None) -> bool:
    """Return whether entities lie across clusters by design, most of them in several, and not by a slip here and there.

    >>> crossed(pd.DataFrame({"place": list("aabb"), "year": [1, 2, 1, 2]}), "year", "place")
    True
    """
    columns = cluster, entity
    if (
        not isinstance(frame, pd.DataFrame)
        or cluster == entity
        or not all(isinstance(c, str) and c in frame for c in columns)
    ):
        return False
    pairs = frame[[*columns]].dropna().drop_duplicates()
    return bool(len(pairs) > 1.5 * max(pairs[entity].nunique(), 1))


def crowded(frame: Any, cluster: Key, time: str | None, years_by: Key | None, columns: int) -> bool:
    """Return whether regions have so many times together that a frame's moments would not hold their effects.

    >>> crowded(pd.DataFrame({"place": list("ab"), "year": [1, 2], "region": list("ab")}), "place", "year", "region", 2)
    False
    """
    if not isinstance(frame, pd.DataFrame) or time is None or years_by is None:
        return False
    rows, place, region = keyed(frame, cluster, years_by)
    if not all(list(rows.columns).count(column) == 1 for column in (place, region, time)):
        return False
    pairs = len(rows[[region, time]].drop_duplicates()) if region != time else 0
    return rows[place].nunique() * (columns + pairs) ** 2 > MOST


def led_on(
    problems: Sequence[str], panel: Any, outcome: Any, cluster: Key, place: Key, year: str, alone: bool
) -> list[str]:
    """Return what to try where a column is not there by its usual name, or clusters hold several places.

    ``alone``: whether the clusters are to have one row a year.

    >>> rows = pd.DataFrame({"place": ["a"], "region": ["N"]})
    >>> led_on(["more than one row for region and year: N 2016"], rows, "y", "region", "place", "year", True)
    ["clusters 'region' that hold several places need the column of these, as entity='place'"]
    """
    lacking = " ".join(problem.split(";")[0] for problem in problems if problem.startswith("no such column"))
    hints = [
        f"{option}s stand in a column {usual!r}, unless {option}= names another"
        for option, usual, given in (("place", "place", place), ("year", "year", year))
        if given == usual and repr(usual) in lacking
    ]
    if isinstance(outcome, str) and "~" in outcome and repr(outcome) in lacking:
        hints.append("a formula names its drivers; expected none beside it, but for controls=")
    repeated = any(problem.startswith("more than one row for") for problem in problems)
    if alone and repeated and cluster != place:
        there = isinstance(place, str) and place in getattr(panel, "columns", ())
        needed = f"as entity={place!r}" if there else "as entity"
        hints.append(f"clusters {cluster!r} that hold several places need the column of these, {needed}")
    return hints


def listed(effects: Any) -> tuple[tuple[str, ...], list[str]]:
    """Return further effects as a tuple, and what is wrong with the list.

    >>> listed("sector")
    (('sector',), ["effects must be a list, not the text 'sector'"])
    """
    if effects is None:
        return (), []
    if isinstance(effects, str):
        return (effects,), [f"effects must be a list, not the text {effects!r}"]
    wrong = [
        f"{effect!r} is no column of effects; expected text"
        for effect in effects
        if not isinstance(effect, str)
    ]
    return tuple(effect for effect in effects if isinstance(effect, str)), wrong


def unfit(
    chosen: Sequence[Estimator], panel: Any, keys: Keys, errors: str
) -> Iterator[tuple[list[Estimator], str]]:
    """Yield the estimators that the options do not fit, and why, in words after their names.

    >>> [why for _, why in unfit([ESTIMATORS["between"]], pd.DataFrame(), Keys(weights="w"), "cv3")]
    ['take no weights; within does']
    """
    alone = ", ".join(e.name for e in ESTIMATORS.values() if e.any_rows)
    others = [e for e in chosen if not e.any_rows]
    limits = (
        (not isinstance(panel, pd.DataFrame), others, f"need a DataFrame; files and ibis tables are fitted by {alone!r} alone"),
        (keys.time is None, [e for e in chosen if e.needs_time], "compare years; expected a column as time, not None"),
        (keys.entity not in (None, keys.cluster), others, f"compare clusters; entity {keys.entity!r} is for {alone!r} alone"),
        (
            keys.years_by is not None,
            [e for e in chosen if not e.regional],
            "have no year effects, which years_by gives each region; "
            f"{', '.join(repr(e.name) for e in ESTIMATORS.values() if e.regional)} have",
        ),
        (keys.weights is not None, others, f"take no weights; {alone} does"),
        (bool(keys.effects), others, f"take no further effects; {alone} does"),
        (keys.other is not None, others, f"have clusters of one kind; {alone} takes two"),
        (True, [e for e in chosen if errors in ERRORS and errors not in e.errors], f"have no {errors} errors"),
    )  # fmt: skip
    yield from ((those, why) for met, those, why in limits if met and those)


def rows_problems(panel: Any, keys: Keys, errors: str) -> Iterator[str]:
    """Yield what needs rows in memory where there are none.

    >>> list(rows_problems("a.parquet", Keys(effects=("sector",)), "cv3"))
    ['effects need rows in memory; files and ibis tables are read as sums by place and time: expected a DataFrame']
    """
    needs = {"effects": bool(keys.effects), "clusters of two kinds": keys.other is not None}
    needs |= {
        "robust errors": errors == "robust",
        f"clusters {keys.cluster!r}, which are the times,": keys.in_rows,
    }
    asked = [what for what, needed in needs.items() if needed]
    if asked and not isinstance(panel, pd.DataFrame):
        yield f"{asked[0]} need rows in memory; files and ibis tables are read as sums by place and time: expected a DataFrame"
