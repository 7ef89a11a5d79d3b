"""The usual grid of specifications: that of every driver for which none was declared, the same for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from povertystats.estimators.outcomes import Outcome, outcome_scales
from povertystats.facts.specifications import DIMENSIONS, Question
from povertystats.regression.terms import SCALES, parse
from povertystats.words.languages import Words
from povertystats.words.wording import Sentence

# Those that a curve is drawn of, unless others are asked for.
USUAL_SCALES = tuple(SCALES)
USUAL_ESTIMATORS = ("within", "first_differences", "fractional_logit")
# Fewer years do not tell a change from a fluctuation; fewer places leave next to nothing without one of them.
FEWEST_YEARS, FEWEST_PLACES = 3, 5
# Of more places the fractional logit, which has a mean for each, takes minutes a curve: it is asked for by name.
MOST_PLACES = 500


def usual_grid(
    outcome: str,
    drivers: Mapping[str, str],
    *,
    controls: Sequence[str] = (),
    others: Sequence[str] = (),
    years: Iterable[int] = (),
    places: int = FEWEST_PLACES,
    kind: Outcome | None = None,
    estimators: Sequence[str] | None = None,
    title: Words | None = None,
    controls_title: Words | None = None,
) -> Question:
    """Return the usual grid for one driver, or for several that are told apart, as a Question.

    ``drivers``: {name: term}; ``controls``, ``others``: terms, others being drivers that are held beside the controls in
    one option more; ``kind``: the scales of the outcome, else all; ``title``, ``controls_title``: their names, else those of the terms; ``years``, ``places``: the years, and how many places, of the panel.

    Scales: points, logarithms, log-odds. Estimators: within places, first differences, and of up to 500 places the
    fractional logit. Rows: all years;
    each half of the years where it has three or more; all but the place in which the driver varies most, of five or more.
    Controls: none, those that are given, the other drivers beside them.

    >>> grid = usual_grid("poor_pct", {"roads": "roads_km"}, controls=["urban_pct"], years=range(2010, 2019))
    >>> list(grid.options["window"]), list(grid.options["controls"]), len(list(grid.specifications()))
    (['all', 'first_half', 'second_half', 'without_largest'], ['none', 'given'], 56)
    """
    if estimators is None:
        estimators = USUAL_ESTIMATORS if places <= MOST_PLACES else USUAL_ESTIMATORS[:2]
    seen = sorted(set(years))
    half = (len(seen) + 1) // 2
    window: dict[str, dict[str, Any]] = {"all": {"words": Sentence("specification.usual.all")}}
    if len(seen) - half >= FEWEST_YEARS:
        for name, part in (("first_half", seen[:half]), ("second_half", seen[half:])):
            ends = {"first": int(part[0]), "last": int(part[-1])}
            window[name] = {**ends, "words": Sentence("specification.usual.span", **ends)}
    if places >= FEWEST_PLACES:
        words = Sentence("specification.usual.largest")
        window["without_largest"] = {"without_largest": True, "words": words}
    held: dict[str, dict[str, Any]] = {"none": {"terms": (), "words": Sentence("specification.usual.none")}}
    if controls:
        held["given"] = {"terms": tuple(controls), "words": controls_title or Words()}
    if beside := [term for term in others if term not in controls]:
        key = "others_given" if controls else "others"
        held["others"] = {
            "terms": (*beside, *controls),
            "words": Sentence(f"specification.usual.{key}"),
        }
    several, kind = len(drivers) > 1, kind or outcome_scales(outcome, USUAL_SCALES, USUAL_SCALES)
    options: dict[str, dict[str, dict[str, Any]]] = {
        "definition": {name: {"term": term} for name, term in drivers.items()},
        "scale": {s: {"words": Sentence(f"drivers.scale.{kind.unit_of(s)}")} for s in kind.scales},
        "window": window,
        "controls": held,
        "estimator": {e: {"words": Sentence(f"drivers.estimator.{e}")} for e in estimators},
    }
    dimensions = {d: Sentence(f"specification.usual.dimension.{d}") for d in DIMENSIONS}
    if several:
        dimensions["definition"] = Sentence("specification.usual.dimension.driver")
    declared = Sentence(f"specification.usual.{'fewer' if kind.without else 'declared'}")
    name = next(iter(drivers)) if not several else ", ".join(drivers)
    return Question(name, outcome, title or Words(), declared, dimensions, options, several)


def beside(terms: Sequence[str], driver: str) -> list[str]:
    """Return the terms that are held beside a driver: all but those of its own column.

    >>> beside(["urban_pct", "log(roads_km)"], "roads_km")
    ['urban_pct']
    """
    return [term for term in terms if parse(term)[1] != parse(driver)[1]]
