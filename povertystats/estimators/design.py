"""The columns that a formula's terms are in a panel: numbers, levels of categories, products; those that effects absorb go."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from povertystats.estimators.formula import Factor, Formula
from povertystats.files.numbers import Notation, read_numbers
from povertystats.frames.model import answers
from povertystats.frames.reader import FrameReader
from povertystats.regression.elimination import independent
from povertystats.regression.terms import read_term
from povertystats.rows.absorption import ABSORBED, Absorption
from povertystats.words.names import parse

_TAKEN = "column {} is called as a term of the formula is; rename it"
# Every level is a coefficient to solve for; effects after | may have any number of levels.
MOST_LEVELS = 50
_PART = re.compile(r"f(\d+)(?:\[(T\.)?l(\d+)\])?")

# A factor of a column, the level in which it is one, if it is a category, and whether that is compared with a base.
Part: TypeAlias = tuple[Factor, int | None, bool]


@dataclass(frozen=True)
class Made:
    """A column that a formula made: the numbers that it multiplies, and the levels in which it is one.

    ``levels``: (category, level, base), the base "" where the level is not compared with any.
    """

    numbers: tuple[str, ...] = ()
    levels: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, eq=False)
class Design:
    """The terms of a formula as columns of a panel.

    ``panel``: with the columns made; ``drivers``: terms in their order; ``made``: what each is, those left out as well;
    ``left_out``: those that effects and other terms tell already; ``inside``: in place of a driver and its products with a
    category the driver in each level, ``beside``: the other terms; ``problems``.
    """

    panel: pd.DataFrame
    drivers: tuple[str, ...] = ()
    made: Mapping[str, Made] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    inside: Mapping[str, Made] = field(default_factory=dict)
    beside: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def design_of(formula: Formula, panel: pd.DataFrame, groups: Sequence[Sequence[str]]) -> Design:
    """Return the columns of a formula's terms, categories coded by treatment contrasts as formulaic does.

    ``groups``: the columns of each effect that is taken out; none: the intercept. The columns of the terms are there.

    >>> from povertystats.estimators.formula import read_formula
    >>> panel = pd.DataFrame({"place": list("aabbcc"), "region": list("NNNNSS"), "x": [1, 2, 4, 3, 5, 9.0]})
    >>> design = design_of(read_formula("y ~ x * region | place"), panel, [["place"]])
    >>> design.drivers, design.left_out, list(design.inside)
    (('x', 'x:region[S]'), ('region[S]',), ['x:region[N]', 'x:region[S]'])
    """
    values = _Values(panel)
    for factor in dict.fromkeys(factor for term in formula.terms for factor in term):
        values.read(factor)
    if values.problems:
        return Design(panel, problems=tuple(dict.fromkeys(values.problems)))
    coded = [(values.made(parts), parts) for parts in _coded(formula, values)]
    made = {values.name(m): m for m, _ in coded}
    if taken := [name for name, m in made.items() if _is_made(m) and name in panel]:
        return Design(panel, problems=tuple(_TAKEN.format(repr(name)) for name in taken))
    columns = {values.name(m): values.of(parts) for m, parts in coded}
    used = np.isfinite(np.stack(list(columns.values()))).all(axis=0)
    groups = [group for group in groups if set(group) <= set(panel.columns)]
    used &= panel[[column for group in groups for column in group]].notna().all(axis=1).to_numpy()
    if not used.any():
        return Design(panel, problems=(f"no row has all of {', '.join(formula.columns)}",))
    absorption = Absorption.of([_codes(panel, group, used) for group in groups], np.ones(used.sum()))
    # A number that stands alone is refused by the fit where effects tell it, as a driver of a list is.
    products = {number for m in made.values() if _is_made(m) for number in m.numbers}
    goes = {name for name, m in made.items() if m.levels or set(m.numbers) <= products}
    gone = [name for name in _told(columns, used, absorption) if name in goes]
    drivers = [name for name in columns if name not in gone]
    if not drivers:
        return Design(panel, problems=(f"nothing is left to fit: the effects tell {', '.join(gone)}",))
    inside, others = _inside(made, drivers, values)
    if inside:
        columns |= {name: values.of(parts) for name, (_, parts) in inside.items()}
        lost = _told({name: columns[name] for name in (*others, *inside)}, used, absorption)
        inside = {name: one for name, one in inside.items() if name not in lost}
        others = [name for name in others if name not in lost]
    added = {n: v for n, v in columns.items() if n not in gone and (n in inside or _is_made(made[n]))}
    within = {name: m for name, (m, _) in inside.items()}
    return Design(
        panel.assign(**added), tuple(drivers), made, tuple(gone), within, tuple(others) if inside else ()
    )


def read_numbers_of(
    formula: Formula,
    panel: pd.DataFrame,
    notation: Notation = Notation(),  # noqa: B008
) -> tuple[pd.DataFrame, list[str]]:
    """Return a panel whose columns of a formula are numbers where their texts are written so, or say yes and no.

    What else is text becomes a category, and so does what stands in ``C( )`` alone.

    >>> from povertystats.estimators.formula import read_formula
    >>> panel = pd.DataFrame({"x": ["1,5", "2"], "loan": ["Có", "Không"], "region": ["N", "S"]})
    >>> read, _ = read_numbers_of(read_formula("y ~ x * loan + region"), panel)
    >>> read["x"].tolist(), read["loan"].tolist(), read["region"].tolist()
    ([1.5, 2.0], [1.0, 0.0], ['N', 'S'])
    """
    reader, made = FrameReader(panel, "panel"), {}
    kinds = {
        column: {f.kind for term in formula.terms for f in term if f.column == column}
        for column in formula.columns
    }
    for column, kind in kinds.items():
        if not reader.has(column) or pd.api.types.is_numeric_dtype(panel[column]) or kind == {"C"}:
            continue
        cells = panel[column]
        if isinstance(cells.dtype, pd.CategoricalDtype):
            continue
        said = answers(cells, notation)
        if said is not None:
            made[column] = said
        elif kind & {"log", "log1p"} or not read_numbers(cells, notation).wrong.any():
            made[column] = reader.numbers(column, notation)
    return panel.assign(**{c: v.to_numpy() for c, v in made.items() if v is not None}), reader.lines


class _Values:
    """The values of factors: numbers, or the codes and levels of a category."""

    def __init__(self, panel: pd.DataFrame) -> None:
        self.panel = panel
        self.numbers = dict[Factor, np.ndarray]()
        self.levels = dict[Factor, tuple[np.ndarray, list[str]]]()
        self.problems = list[str]()

    def read(self, factor: Factor) -> None:
        """Read a factor: texts that are no numbers, and what stands in C( ), are categories."""
        cells = self.panel[factor.column]
        if isinstance(cells, pd.DataFrame):
            self.problems.append(f"there is more than one column {factor.column!r}")
        elif factor.kind == "C" or not factor.kind and self._is_category(cells):
            self._category(factor, cells)
        elif not factor.kind and parse(factor.column)[0]:
            self.problems.append(_TAKEN.format(repr(factor.column)))
        else:
            self._number(factor)

    def _is_category(self, cells: pd.Series) -> bool:
        return isinstance(cells.dtype, pd.CategoricalDtype) or not pd.api.types.is_numeric_dtype(cells)

    def _category(self, factor: Factor, cells: pd.Series) -> None:
        codes, levels = (
            pd.factorize(cells, sort=True)
            if not isinstance(cells.dtype, pd.CategoricalDtype)
            else _ordered(cells)
        )
        what = f"category {factor.column!r} has"
        if len(levels) < 2:
            self.problems.append(f"{what} {len(levels)} level; expected at least 2")
        elif len(levels) > MOST_LEVELS:
            self.problems.append(
                f"{what} {len(levels):,} levels; expected at most {MOST_LEVELS}: name it after |, as an effect"
            )
        self.levels[factor] = (
            codes,
            [f"{level:g}" if isinstance(level, float) else str(level) for level in levels],
        )

    def _number(self, factor: Factor) -> None:
        values, _, problems = read_term(
            self.panel[[factor.column]].set_axis(["x"], axis=1), f"{factor.kind}(x)" if factor.kind else "x"
        )
        self.problems += [problem.replace("'x'", repr(factor.column)) for problem in problems]
        self.numbers[factor] = values

    def of(self, parts: Iterable[Part]) -> np.ndarray:
        """Return the product of numbers and of indicators of levels; missing where any of them is."""
        product = np.ones(len(self.panel))
        for factor, level, _ in parts:
            if level is None:
                product = product * self.numbers[factor]
            else:
                codes = self.levels[factor][0]
                product = product * np.where(codes < 0, np.nan, codes == level)
        return product

    def made(self, parts: Sequence[Part]) -> Made:
        """Return what a product is."""
        levels = [
            (factor.column, self.levels[factor][1][level], self.levels[factor][1][0] if compared else "")
            for factor, level, compared in parts
            if level is not None
        ]
        return Made(tuple(factor.term for factor, level, _ in parts if level is None), tuple(levels))

    @staticmethod
    def name(made: Made) -> str:
        """Return the name of a made column: ``trained``, ``region[South]``, ``trained:region[South]``."""
        name = ":".join([*made.numbers, *(f"{column}[{level}]" for column, level, _ in made.levels)])
        # What looks like a logarithm and is none must not be taken for one.
        return f"({name})" if _is_made(made) and parse(name)[0] else name


def _is_made(made: Made) -> bool:
    return bool(made.levels) or len(made.numbers) > 1


def _ordered(cells: pd.Series) -> tuple[np.ndarray, list[Any]]:
    used = cells.cat.remove_unused_categories()
    return used.cat.codes.to_numpy(), list(used.cat.categories)


def _coded(formula: Formula, values: _Values) -> Iterable[list[Part]]:
    """Yield the columns of the terms as formulaic codes them: factors, each with its level, and whether that is compared.

    It is given names of our own and rows that stand for the levels, so that nothing of a user's is evaluated.
    """
    from formulaic import model_matrix

    factors = list(dict.fromkeys(factor for term in formula.terms for factor in term))
    size = max([2, *(len(levels) for _, levels in values.levels.values())])
    rows = {}
    for i, factor in enumerate(factors):
        if factor in values.levels:
            n = len(values.levels[factor][1])
            names = [f"l{level}" for level in range(n)]
            rows[f"f{i}"] = pd.Categorical([names[row % n] for row in range(size)], categories=names)
        else:
            rows[f"f{i}"] = np.arange(1.0, size + 1)
    written = " + ".join(":".join(f"f{factors.index(factor)}" for factor in term) for term in formula.terms)
    for name in model_matrix(f"1 + {written}", pd.DataFrame(rows), context={}).columns[1:]:
        parts = [_PART.fullmatch(part) for part in name.split(":")]
        yield [(factors[int(p[1])], None if p[3] is None else int(p[3]), bool(p[2])) for p in parts if p]


def _codes(panel: pd.DataFrame, group: Sequence[str], used: np.ndarray) -> np.ndarray:
    return panel.loc[used, list(group)].groupby(list(group), sort=False, observed=True).ngroup().to_numpy()


def _told(columns: Mapping[str, np.ndarray], used: np.ndarray, absorption: Absorption) -> list[str]:
    """Return the columns that effects, and the columns before them, tell."""
    x = np.stack([values[used] for values in columns.values()])
    x = x - x.mean(axis=1, keepdims=True)
    left = absorption.residuals(x)
    before, after = (x**2).sum(axis=1), (left**2).sum(axis=1)
    left[after <= ABSORBED * np.where(before > 0, before, 1)] = 0
    kept = set(independent(left @ left.T))
    return [name for i, name in enumerate(columns) if i not in kept]


def _inside(
    made: Mapping[str, Made], drivers: Sequence[str], values: _Values
) -> tuple[dict[str, tuple[Made, list[Part]]], list[str]]:
    """Return columns in which drivers stand in each level of a category, what they are and of what; and the other drivers.

    Only for a driver whose products are all with one category: what goes with it in a level is then one number.
    """
    inside, replaced = dict[str, tuple[Made, list[Part]]](), set[str]()
    for name in drivers:
        own = made[name]
        products = {n: m for n, m in made.items() if n != name and set(own.numbers) <= set(m.numbers)}
        categories = {column for m in products.values() for column, *_ in m.levels}
        simple = all(len(m.numbers) == len(m.levels) == 1 for m in products.values())
        if own.levels or len(own.numbers) != 1 or not simple or len(categories) != 1:
            continue
        factor = next(f for f in values.levels if f.column in categories)
        number = next(f for f in values.numbers if f.term == own.numbers[0])
        for level, label in enumerate(values.levels[factor][1]):
            one = Made(own.numbers, ((factor.column, label, ""),))
            inside[values.name(one)] = one, [(number, None, False), (factor, level, False)]
        replaced |= {name, *products}
    return inside, [name for name in drivers if name not in replaced]
