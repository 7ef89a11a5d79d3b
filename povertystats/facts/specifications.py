"""The declared grid of specifications: which choices a specification curve crosses, read and checked."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.files.descriptor import checked_sums, regular
from povertystats.files.problems import Problem
from povertystats.regression.terms import SCALES, parse
from povertystats.words.errors import InvalidValue, Refused, refuse
from povertystats.words.languages import LANGUAGES, Words, check
from povertystats.words.phrases import term_name
from povertystats.words.schemas import problems, read_toml

if TYPE_CHECKING:
    pass

DIMENSIONS = ("definition", "scale", "window", "controls", "estimator")


@dataclass(frozen=True)
class Question:
    """One driver and one outcome, with the options of each dimension in the order in which they were declared.

    ``title`` and ``declared``: {language: words}; ``dimensions``: {dimension: {language: title}}; ``options``:
    {dimension: {option: its titles, and its term, terms, first and last year, or ``without_largest``: all but the place in
    which the driver varies most}}. What has no titles is called by its terms. ``apart``: the definitions are drivers, each
    told by itself, not measures of one.
    """

    name: str
    outcome: str
    title: Mapping[str, str]
    declared: Mapping[str, str]
    dimensions: Mapping[str, Mapping[str, str]]
    options: dict[str, dict[str, dict[str, Any]]]
    apart: bool = False
    outcome_title: Mapping[str, str] = field(default_factory=Words)

    @property
    def terms(self) -> tuple[str, ...]:
        """Every term that a specification may use, the outcome aside, each once."""
        definitions = [option["term"] for option in self.options["definition"].values()]
        controls = [term for option in self.options["controls"].values() for term in option["terms"]]
        return tuple(dict.fromkeys([*definitions, *controls]))

    def specifications(self) -> Iterator[dict[str, str]]:
        """Yield every combination as {dimension: option}; without the scales that an estimator does not have."""
        from povertystats.estimators.estimators import ESTIMATORS

        for chosen in itertools.product(*(self.options[dimension] for dimension in DIMENSIONS)):
            specification = dict(zip(DIMENSIONS, chosen, strict=True))
            if specification["scale"] in ESTIMATORS[specification["estimator"]].scales:
                yield specification

    def called(self, lang: str, labels: Mapping[str, str] = MappingProxyType({})) -> str:
        """Return the name of the driver, or of all of them where several stand ``apart``."""
        drivers = self.options["definition"].values()
        return self.title[lang] or ", ".join(term_name(option["term"], lang, labels) for option in drivers)

    def outcome_name(self, lang: str, labels: Mapping[str, str] = MappingProxyType({})) -> str:
        """Return the name of the outcome inside a sentence; its column where it has none."""
        return self.outcome_title[lang] or term_name(self.outcome, lang, labels)

    def titles(
        self, lang: str, labels: Mapping[str, str] = MappingProxyType({})
    ) -> dict[str | tuple[str, str], str]:
        """Return the names for readers, of each dimension and of each (dimension, option).

        ``labels``: {column: name} of what has no titles of its own. Raises ValueError when the language is not known.
        """
        check(lang)
        names: dict[str | tuple[str, str], str] = {d: t[lang] for d, t in self.dimensions.items()}
        for dimension, options in self.options.items():
            for name, option in options.items():
                words = option["words"] if "words" in option else Words.of(option)
                terms = [option["term"]] if "term" in option else option.get("terms", ())
                listed = ", ".join(term_name(term, lang, labels) for term in terms)
                names[dimension, name] = words[lang] or listed
        return names


def read_grid(
    path: Path, indicators: Container[str], drivers: pd.DataFrame, *, trusted: bool = False
) -> dict[str, Question]:
    """Return the grid of a file as ``questions.own_grid.load_grid``; unchecked where it is ``trusted``."""
    what = f"cannot read the grid {path.name}"
    grid = read_toml(path, what)
    rows = drivers.set_index("driver").to_dict("index")
    known = {name: {"outcome": row["outcome"], **Words.of(row, "title_")} for name, row in rows.items()}
    if not trusted:
        refuse(what, dict.fromkeys(_problems(grid, indicators, known)))
    return {
        name: _question(name, known.get(name, {}) | asked, grid) for name, asked in grid["question"].items()
    }


def described_grid(
    folder: Path, resource: Mapping[str, Any], tables: Mapping[str, Any], *, trusted: bool = False
) -> tuple[dict[str, Question], list[Problem]]:
    """Return the questions of a package's file of specifications by name, and what is wrong with it.

    ``tables``: those of the package; ``trusted``: the file is not looked at where it has its checksum.
    """
    file = resource["path"]
    try:
        problems = list(checked_sums(resource, regular(folder / file)))
        same = trusted and "hash" in resource and not problems
        known = set(tables["indicators"]["indicator"])
        return read_grid(folder / file, known, tables["drivers"], trusted=same), problems
    except OSError as error:
        said = error.strerror or str(error)
        return {}, [Problem(file, None, "", said, "expected a readable TOML file in UTF-8")]
    except Refused as refused:
        return {}, problems + [Problem(file, None, "", "", problem) for problem in refused.problems]


def columns(term: str) -> list[str]:
    """Return the indicators behind a term: one, or the two of "a / b".

    >>> columns("log(target_transfer_vnd_m / population_persons_k)"), columns("trained_pct")
    (['target_transfer_vnd_m', 'population_persons_k'], ['trained_pct'])
    """
    return parse(term)[1].split(" / ")


def _question(name: str, asked: Mapping[str, Any], grid: Mapping[str, Any]) -> Question:
    taken = {d: {o: grid[d][o] for o in asked[f"{d}s"]} for d in ("scale", "estimator")}
    options = {d: taken.get(d) or asked[d] for d in DIMENSIONS}
    dimensions = {dimension: Words.of(titles) for dimension, titles in grid["dimension"].items()}
    return Question(name, asked["outcome"], Words.of(asked), Words.of(grid["declared"]), dimensions, options)


def _problems(grid: Mapping[str, Any], indicators: Container[str], known: Container[str]) -> Iterator[str]:
    """Yield what is wrong with a grid: its form by a JSON Schema, what it names by the formats of that schema."""

    from povertystats.estimators.estimators import ESTIMATORS

    def term(text: Any) -> bool:
        for column in columns(text) if isinstance(text, str) else ():
            if column not in indicators:
                raise InvalidValue(f"{column!r} is not an indicator")
        return True

    def window(option: Any) -> bool:
        given = option if isinstance(option, dict) else {}
        ends = [given[end] for end in ("first", "last") if isinstance(given.get(end), int)]
        if len(ends) == 2 and ends[0] > ends[1]:
            raise InvalidValue(f"first {ends[0]} is after last {ends[1]}")
        return True

    def titled(dimension: str) -> Callable[[Any], bool]:
        def listed(option: Any) -> bool:
            if isinstance(option, str) and option not in grid.get(dimension, ()):
                raise InvalidValue(f"{option!r} has no titles under [{dimension}]")
            return True

        return listed

    schema = json.loads(Path(__file__).with_name("specifications.schema.json").read_text(encoding="utf-8"))
    for dimension, names in (("scale", SCALES), ("estimator", ESTIMATORS)):
        schema["properties"][dimension]["propertyNames"] = {"enum": list(names)}
    formats = {"term": term, "window": window, "scale": titled("scale"), "estimator": titled("estimator")}
    yield from problems(dict(grid), schema, formats)
    questions = grid.get("question")
    for name, asked in questions.items() if isinstance(questions, dict) else ():
        missing = [key for key in ("outcome", *LANGUAGES) if name not in known and key not in asked]
        yield from (f"question.{name}: {key!r} is missing" for key in missing)
