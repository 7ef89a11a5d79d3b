"""The declared grid of specifications: which choices a specification curve crosses, read and checked."""

import csv
import itertools
import tomllib
from dataclasses import dataclass
from pathlib import Path

from povertystats.facts.package import DATA
from povertystats.regression.estimators import ESTIMATORS
from povertystats.regression.terms import SCALES, parse
from povertystats.words.errors import refuse
from povertystats.words.languages import LANGUAGES, Words, check

# What an option of each dimension holds beside its titles.
_HOLDS = {"definition": {"term"}, "scale": set(), "window": set(), "controls": {"terms"}, "estimator": set()}
_MAY_HOLD = {"window": {"first", "last"}}
DIMENSIONS = tuple(_HOLDS)
_KNOWN = {"scale": SCALES, "estimator": ESTIMATORS}
_ASKED = {"outcome", "scales", "estimators", "definition", "window", "controls", *LANGUAGES}


@dataclass(frozen=True)
class Question:
    """One driver and one outcome, with the options of each dimension in the order in which they were declared.

    ``title`` and ``declared``: {language: words}; ``dimensions``: {dimension: {language: title}}; ``options``:
    {dimension: {option: its titles, and its term, terms, or first and last year}}.
    """

    name: str
    outcome: str
    title: dict
    declared: dict
    dimensions: dict
    options: dict

    @property
    def terms(self):
        """Every term that a specification may use, the outcome aside, each once."""
        definitions = [option["term"] for option in self.options["definition"].values()]
        controls = [term for option in self.options["controls"].values() for term in option["terms"]]
        return tuple(dict.fromkeys([*definitions, *controls]))

    def specifications(self):
        """Yield every combination as {dimension: option}; without the scales that an estimator does not have."""
        for chosen in itertools.product(*(self.options[dimension] for dimension in DIMENSIONS)):
            specification = dict(zip(DIMENSIONS, chosen, strict=True))
            if specification["scale"] in ESTIMATORS[specification["estimator"]].scales:
                yield specification

    def titles(self, lang):
        """Return the names for readers, of each dimension and of each (dimension, option).

        Raises ValueError when the language is not known.
        """
        check(lang)
        names = {dimension: Words.of(title)[lang] for dimension, title in self.dimensions.items()}
        for dimension, options in self.options.items():
            names |= {(dimension, name): Words.of(option)[lang] for name, option in options.items()}
        return names


def load_grid(path=None):
    """Read and check a grid of specifications (ours, ``data/specifications.toml``, when ``path`` is left out).

    Returns {name: Question}. Terms are indicators of ``indicators.csv``, "a / b" of two, or log(), log1p() or
    log_odds() of one of these. Raises FileNotFoundError without the file; ValueError, all problems at once: a file
    that is no TOML, unknown and missing keys, missing titles, unknown indicators, scales and estimators.

    >>> grid = load_grid()
    >>> list(grid), grid["training"].outcome
    (['training', 'programmes'], 'poor_income_pct')
    """
    path = DATA / "specifications.toml" if path is None else Path(path)
    what = f"cannot read the grid {path}"
    try:
        grid = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as wrong:
        refuse(what, [f"it is no TOML: {wrong}"])
    refuse(what, _problems(grid, _indicators()))
    return {name: _question(name, asked, grid) for name, asked in grid["question"].items()}


def columns(term):
    """Return the indicators behind a term: one, or the two of "a / b".

    >>> columns("log(target_transfer_vnd_m / population_persons_k)"), columns("trained_pct")
    (['target_transfer_vnd_m', 'population_persons_k'], ['trained_pct'])
    """
    return parse(term)[1].split(" / ")


def _question(name, asked, grid):
    taken = {d: {o: grid[d][o] for o in asked[f"{d}s"]} for d in _KNOWN}
    options = {d: taken.get(d) or asked[d] for d in DIMENSIONS}
    title = Words.of(asked)
    return Question(name, asked["outcome"], title, grid["declared"], grid["dimension"], options)


def _problems(grid, indicators):
    yield from _keys("the grid", grid, {"declared", "dimension", "scale", "estimator", "question"})
    yield from _titled("declared", grid.get("declared", {}))
    yield from _keys("dimension", grid.get("dimension", {}), set(DIMENSIONS))
    for name in ("dimension", *_KNOWN):
        for option, titles in _table(grid, name).items():
            yield from _titled(f"{name}.{option}", titles)
            if option not in _KNOWN.get(name, (option,)):
                yield f"{name} {option!r} is not known; choose from {', '.join(_KNOWN[name])}"
    for name, asked in _table(grid, "question").items():
        where = f"question.{name}"
        yield from _keys(where, asked, _ASKED)
        if isinstance(asked, dict):
            yield from _question_problems(where, asked, grid, indicators)


def _question_problems(where, asked, grid, indicators):
    yield from _titles(where, asked)
    terms = [(f"{where}.outcome", asked["outcome"])] if "outcome" in asked else []
    for dimension in ("definition", "window", "controls"):
        for name, option in _table(asked, dimension).items():
            place = f"{where}.{dimension}.{name}"
            yield from _titled(place, option, _HOLDS[dimension], _MAY_HOLD.get(dimension, set()))
            option = option if isinstance(option, dict) else {}
            yield from _window(place, option)
            terms += [(f"{place}.term", option["term"])] if "term" in option else []
            listed = option.get("terms", [])
            yield from _listed(f"{place}.terms", listed)
            terms += [(f"{place}.terms", term) for term in (listed if isinstance(listed, list) else [])]
        if dimension in asked and not asked[dimension]:
            yield f"{where}.{dimension} has no option"
    for dimension in _KNOWN:
        listed = asked.get(f"{dimension}s", [""])
        yield from _listed(f"{where}.{dimension}s", listed)
        if not listed:
            yield f"{where}.{dimension}s has no option"
        for name in listed if isinstance(listed, list) else []:
            if name and name not in _table(grid, dimension):
                yield f"{where}.{dimension}s: {name!r} has no titles under [{dimension}]"
    for place, term in terms:
        if not isinstance(term, str):
            yield f"{place}: expected a name, not {term!r}"
            continue
        for column in columns(term):
            if column not in indicators:
                yield f"{place}: {column!r} is no indicator"


def _table(found, name):
    """Return a table of the file, empty where it is none: that is told by ``_keys``."""
    return found[name] if isinstance(found.get(name), dict) else {}


def _window(where, option):
    ends = {end: option[end] for end in ("first", "last") if end in option}
    wrong = {end: year for end, year in ends.items() if not isinstance(year, int)}
    for end, year in wrong.items():
        yield f"{where}.{end}: expected a year, not {year!r}"
    if len(ends) == 2 and not wrong and ends["first"] > ends["last"]:
        yield f"{where}: first {ends['first']} is after last {ends['last']}"


def _listed(where, found):
    if not isinstance(found, list):
        yield f"{where}: expected a list of names, not {found!r}"


def _keys(where, found, expected, may=frozenset()):
    if not isinstance(found, dict):
        yield f"{where}: expected a table, not {found!r}"
        return
    for key in sorted(set(found) - expected - may):
        yield f"{where}: {key!r} is not known; expected {', '.join(sorted(expected | may))}"
    for key in sorted(expected - set(found)):
        yield f"{where}: {key!r} is missing"


def _titled(where, found, holds=frozenset(), may=frozenset()):
    yield from _keys(where, found, {*LANGUAGES, *holds}, may)
    if isinstance(found, dict):
        yield from _titles(where, found)


def _titles(where, found):
    for lang in LANGUAGES:
        if lang in found and not (isinstance(found[lang], str) and found[lang].strip()):
            yield f"{where}: the title {lang!r} is empty"


def _indicators():
    with (DATA / "indicators.csv").open(encoding="utf-8", newline="") as lines:
        return {row["indicator"] for row in csv.DictReader(lines)}
