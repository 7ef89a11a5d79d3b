"""Which column of somebody's table holds what: places, years, indicators, figures; long, with a column each, or wide."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from povertystats.packages.headers import (
    ORDER,
    PlaceKind,
    dated,
    is_month,
    kind_of,
    likely_rate,
    measured,
    says,
    surely_poverty,
)
from povertystats.packages.questions import Questions
from povertystats.packages.reading import all_years, holding, lies_over, one_each
from povertystats.tables.columns import ORDER as COUNTED
from povertystats.tables.reading import ReadTable
from povertystats.words.names import did_you_mean, plain

ASKED_FISCAL = "say which of them counts with --fiscal first or --fiscal last"
ROLES = ("outcome", "driver", "control", "lever")


@dataclass(frozen=True)
class Wanted:
    """What was said of the columns: names as they were given; ``roles``: {role: names of columns or indicators}."""

    place: str = ""
    parent: str = ""
    year: str = ""
    indicator: str = ""
    fiscal: str = ""
    roles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    targets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measure:
    """The figures of one indicator.

    ``name``: as the table says it, "" where it does not; ``cells``: {column: its year, None where another column tells
    it}; ``rows``: what stands in the column of indicators, "" without one; ``role``: one of ``ROLES``.
    """

    name: str
    cells: dict[str, int | None]
    rows: str = ""
    role: str = "outcome"


@dataclass(frozen=True)
class Columns:
    """What each column holds; "" where none does.

    ``year`` may be a year itself; ``only``: the one place of a table without a column of places; ``chosen``: a place
    that was named where a column may be; ``unused``: what else the table measures.
    """

    place: str
    parent: str
    code: str
    year: str
    indicator: str
    unit: str
    kind: PlaceKind
    parent_kind: PlaceKind
    measures: tuple[Measure, ...]
    only: str = ""
    chosen: str = ""
    unused: tuple[str, ...] = ()


def columns_of(read: ReadTable, wanted: Wanted, questions: Questions) -> Columns:
    """Return what each column of a table holds: as was said, else by its name and its cells, else as is answered.

    Parameters
    ----------
    read : ReadTable
        The table.
    wanted : Wanted
        What was said.
    questions : Questions
        Where the rest is asked; what stays open is among its problems.

    Returns
    -------
    Columns
        Of use only where ``questions`` has no problems.
    """
    return _Choice(read, wanted, questions).columns()


class _Choice:
    def __init__(self, read: ReadTable, wanted: Wanted, questions: Questions) -> None:
        self.read, self.wanted, self.questions = read, wanted, questions
        self.kinds = dict(zip(read.columns["column"], read.columns["kind"], strict=True))
        self.spelled = {plain(name): name for name in self.kinds}
        self.faulty = {problem.field for problem in read.findings.errors}

    def columns(self) -> Columns:
        wide = self._wide()
        year = self._year(wide)
        taken = {year, *([] if year else wide)}
        indicator = self.spelled.get(plain(self.wanted.indicator or " "), "") or self._first(
            "indicator", taken
        )
        unit = self._first("unit", {*taken, indicator})
        taken |= {indicator, unit}
        place, only, chosen = self._place(taken)
        codes = (n for n in self.kinds if says(n, "code") and n not in (*taken, place))
        code = next((n for n in codes if place and kind_of(place) and one_each(self.read, place, n)), "")
        parent = self._parent(place, {*taken, place, code})
        every = self._measures({} if year else wide, indicator, {*taken, place, code, parent})
        measures = self._chosen(every)
        kind, above = kind_of(place) or PlaceKind(), kind_of(parent) or PlaceKind()
        if parent and ORDER.index(above.kind) >= ORDER.index(kind.kind):
            # Nothing lies in what is of its own kind: what is parted is one step below.
            kind = PlaceKind("district", kind.one, kind.many, kind.vi)
            above = PlaceKind("province", above.one, above.many, above.vi)
        used = {column for measure in measures for column in ([measure.rows] if indicator else measure.cells)}
        unused = tuple(
            name for name, of in every.items() if not {of.rows, *([] if indicator else of.cells)} & used
        )
        return Columns(
            place, parent, code, year, indicator, unit, kind, above, measures, only, chosen, unused
        )

    def _texts(self, taken: set[str]) -> list[str]:
        texts = [name for name, kind in self.kinds.items() if kind == "text" and name not in taken]
        return [name for name in texts if not COUNTED.fullmatch(name) and name not in self.faulty]

    def _first(self, what: str, taken: set[str]) -> str:
        return next((name for name in self._texts(taken) if says(name, what)), "")

    def _wide(self) -> dict[str, tuple[str, int]]:
        """Return {column: (what it measures, year)} of the columns of figures whose names hold a year."""
        found: dict[str, tuple[str, int]] = {}
        for name, kind in self.kinds.items():
            told = dated(name)
            figures = (
                kind in ("number", "integer") or name in self.faulty or self.read.table[name].isna().all()
            )
            if not told or not figures:
                continue
            rest, year, second = told
            if (
                second
                and not self.wanted.fiscal
                and not any("--fiscal" in said for said in self.questions.problems)
            ):
                self.questions.wrong(f"{name!r} is of two calendar years; {ASKED_FISCAL}")
            found[name] = rest, int(year) + (second != "" and self.wanted.fiscal == "last")
        return found

    def _year(self, wide: dict[str, tuple[str, int]]) -> str:
        """Return the column of years, or a year that all figures are of, or "" where names of columns hold them."""
        if given := self.wanted.year:
            if column := self.spelled.get(plain(given)):
                return column
            if re.fullmatch(r"(19|20)\d\d", given):
                return given
            self.questions.wrong(f"--year: there is no column {given!r}{did_you_mean(given, self.spelled)}")
            return ""
        years = [name for name, kind in self.kinds.items() if kind == "year"]
        years = years or [name for name in self.kinds if says(name, "year") and name not in wide]
        if len(years) == 1 and not (wide and self.kinds[years[0]] != "year"):
            return years[0]
        if wide and not years:
            return ""
        if months := [
            name for name in self._texts(set()) if self.read.table[name].dropna().map(is_month).all()
        ]:
            said = f"{months[0]!r} holds months or quarters, and a package one figure a year"
            self.questions.wrong(f"{said}: keep one of each year, or their mean, with a column of years")
            return ""
        years += [name for name in self.kinds if self.kinds[name] == "date" or all_years(self.read, name)]
        option, question = (
            "--year COLUMN or --year 2019",
            "Which column holds the years?",
        )
        return self.questions.answer(option, question, [*self.kinds], next(iter(years), ""))

    def _place(self, taken: set[str]) -> tuple[str, str, str]:
        """Return the column of places, or the name of the only one, and a place that was named instead of a column."""
        given, texts = self.wanted.place, self._texts(taken)
        if column := self.spelled.get(plain(given)) if given else None:
            return column, "", ""
        called = [name for name in texts if kind_of(name)]
        if given:
            if found := holding(self.read, texts, given):
                return found[-1], "", given
            if called:
                rows = self.read.table[called[-1]].dropna().astype(str).unique()
                near = did_you_mean(given, self.spelled | {plain(text): text for text in rows})
                self.questions.wrong(
                    f"--place: no column and no place of the table is called {given!r}{near}"
                )
            return "", given, ""
        names = called or [name for name in texts if not says(name, "code")] or texts
        if not names:
            question = "The table has no column of places: of which place are the figures?"
            return "", self.questions.answer("--place NAME", question), ""
        rank = {name: ORDER.index((kind_of(name) or PlaceKind()).kind) for name in names}
        lowest = [name for name in names if rank[name] == max(rank.values())]
        named = [name for name in lowest if (kind_of(name) or PlaceKind()).one != "place"]
        if len(lowest) == 1 or (len(named) == 1 and called):
            return (named or lowest)[0], "", ""
        likely = max(lowest, key=lambda name: self.read.table[name].nunique())
        return (
            self.questions.answer("--place COLUMN", "Which column names the places?", lowest, likely),
            "",
            "",
        )

    def _parent(self, place: str, taken: set[str]) -> str:
        """Return the column of what the places lie in: of a larger kind, each place in one where it does not say so."""
        if given := self.wanted.parent:
            if column := self.spelled.get(plain(given)):
                return column
            self.questions.wrong(f"--parent: there is no column {given!r}{did_you_mean(given, self.spelled)}")
        kind = kind_of(place) if place else None
        found = {name: kind_of(name) for name in self._texts(taken)}
        above = [
            name
            for name, of in found.items()
            if kind
            and of
            and of.one not in ("place", "country", kind.one)
            and (ORDER.index(of.kind) < ORDER.index(kind.kind) or lies_over(self.read, name, place))
        ]
        return above[-1] if above else ""

    def _measures(
        self, wide: dict[str, tuple[str, int]], indicator: str, taken: set[str]
    ) -> dict[str, Measure]:
        """Return every indicator of the table by its name."""
        found: dict[str, Measure] = {}
        for column, (name, year) in wide.items():
            same = next((one for one in found if plain(one) == plain(name)), name)
            before = found[same].cells if same in found else {}
            found[same] = Measure(measured(name), {**before, column: year})
        if not wide:
            numbers = ("number", "integer", "boolean")
            of = [name for name, kind in self.kinds.items() if kind in numbers or name in self.faulty]
            of = [name for name in of if name not in taken]
            # Beside others, "value" is a name.
            found = {name: Measure(measured(name) if len(of) == 1 else name, {name: None}) for name in of}
        if not indicator:
            return found
        values = [self.spelled.get(plain(name), "") for name in self.wanted.roles.get("outcome", ())]
        values = [name for name in values if name in found][:1] or [*found]
        if len(values) > 1:
            values = [
                self.questions.answer("--value COLUMN", "Which column holds the figures?", values, values[0])
            ]
        cells = {c: year for name in values if name in found for c, year in found[name].cells.items()}
        names = self.read.table[indicator].dropna().astype(str).unique()
        return {name: Measure(name, cells, name) for name in names}

    def _chosen(self, every: dict[str, Measure]) -> tuple[Measure, ...]:
        """Return the measures that were named, each with its role; the only one; else the one that is answered."""
        if homes := [name for name in self.kinds if says(name, "household")]:
            said = f"{homes[0]!r} tells households apart, and a package holds figures of places"
            self.questions.wrong(f"{said}: povertystats register counts households by place and year")
            return ()
        if not every:
            self.questions.wrong("the table has no column of figures that is not taken for something else")
            return ()
        spelled = {plain(name): name for name in every}
        chosen: dict[str, str] = {}
        nameless = len(every) == 1 and not measured(next(iter(every)))
        for role in reversed(ROLES):  # what is a driver by name is no outcome
            for name in self.wanted.roles.get(role, ()):
                if plain(name) in spelled:
                    chosen.setdefault(spelled[plain(name)], role)
                elif not (role == "outcome" and (plain(name) in self.spelled or nameless)):
                    option = "--value" if role == "outcome" else f"--{role}"
                    near = did_you_mean(name, spelled)
                    self.questions.wrong(f"{option}: there is no column or indicator {name!r}{near}")
        for name in (self.wanted.indicator, *self.wanted.targets):
            if name and plain(name) in spelled:
                chosen.setdefault(spelled[plain(name)], "outcome")
        left = [name for name in every if name not in chosen]
        if "outcome" not in chosen.values() and left:
            question = "Which figures are the rate that is to be looked at?"
            sure = [name for name in left if surely_poverty(name)]
            left = sure if len(sure) == 1 else left
            ask = len(left) > 1
            answer = (
                self.questions.answer("--value NAME", question, left, likely_rate(left)) if ask else left[0]
            )
            chosen |= {answer: "outcome"} if answer in left else {}
        order = sorted(chosen, key=lambda name: (ROLES.index(chosen[name]), [*every].index(name)))
        return tuple(Measure(**{**vars(every[name]), "role": chosen[name]}) for name in order)
