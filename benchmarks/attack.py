"""Attack everything that the verbs publish of made registers, all tables at once, by linear programmes.

    python benchmarks/attack.py [--registers N] [--first SEED] [--groupings ethnic,head]

N registers of one province, its districts and communes, of one to four years, by either national standard, seeded. Whoever
attacks knows every table that ``review`` (counts, indicators, cut-offs) and ``transitions`` give by commune, by district and
by province, without groups and by each grouping in calls of their own; that a count is never negative; and that what is hidden
is 1 or more where a 0 would have been told. Unknown are the households of each commune, year and group (of all groupings at
once: ethnic group and head) by class of income and by what they lack, and the ways that they took through the years. Attacked
is every number of 1 to 9 households of these, of all and of each group: each count, what two of them have in common and what
one leaves of the other, who is in neither, and each way through two and three years; besides that all households of a place,
or group of it, are poor, or deprived. A number is *bounded* when the tables tell that it is below 10, and *pinned* when they
tell it.
"""

import argparse
import itertools
import pickle
import sys
import time
import types
import warnings
from collections import Counter
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
from made_registers import FLAGS, LACKS, made_register

import povertystats as ps
from povertystats.disclosure.cube import Cube

review, transitions = (import_module(f"povertystats.register.{name}") for name in ("review", "transitions"))
sys.path.append(str(Path(__file__).parents[1] / "tests"))
from helpers.attack import Attack  # noqa: E402

PLACES, WAYS = ["province", "district", "commune"], ["N", "P", "A", "AN", "AP", "NP", "ANP"]
# What counts of a place are parts of: a hidden one is no 0 where that is told, and is more than the minimum.
WHOLES = dict.fromkeys(["poor", "deprived", *FLAGS], "households") | {
    "near_poor": "not yet poor",
    "not_poor": "not yet poor",
    "income_poor": "poor",
    "deprivation_poor": "poor",
}
# Told of no group, be there any such households in it or none: what is hidden of them by group is no number of 1 or more.
NOT_BY_GROUP = {"income_poor", "deprivation_poor"}


class Reader(Attack):
    """Whoever reads all tables of a register: unknown are households by commune, year, group and kind (``atoms``)."""

    def __init__(self, rows, standard, groupings):
        self.minimum, self.number, self.equal, self.most, self.found = 10, {}, [], [], []
        self.standard, self.groupings = standard, groupings
        self.lacks, self.years = [*standard.columns][:LACKS], sorted(rows["year"].unique().tolist())
        values = [sorted(rows[g].unique()) for g in groupings]
        self.parts = [(g, v) for g, of in zip(groupings, values, strict=True) for v in of]
        self.labels = [*itertools.product(*values)]
        self.within = {}
        for path in sorted(set(rows[PLACES].itertuples(index=False, name=None))):
            for depth in range(4):
                self.within.setdefault((*path[:depth], *[""] * (3 - depth)), []).append(path)
        ends = sorted(of["rural"] for of in standard.lines.values())
        self.atoms = [*itertools.product(range(len(ends) + 1), *[(False, True)] * LACKS)]
        self.kinds = self._kinds(np.array(self.atoms))
        ways = itertools.product("ANP", repeat=len(self.years))
        self.ways = [way for way in ways if set(way) != {"A"}] if len(self.years) > 1 else []
        self.truth = self._counted(rows, np.searchsorted(ends, rows["income_vnd_k"]))
        self._structure()
        for grouping in [None, *groupings]:
            own = rows.assign(ethnic=rows[grouping or "ethnic"]).drop(columns="head")
            opened, group = ps.open_register(own, standard=standard.name), grouping and "ethnic"
            for by in PLACES[::-1]:
                told = ps.review(opened, by=by, group=group, indicators=not grouping)
                self._read(told, by, grouping)
                if self.ways:
                    self._read_moves(ps.transitions(opened, by=by, group=group).table, grouping)

    def _kinds(self, atoms):
        """Return which atoms are of a kind {count: weights of the atoms}; of deprivations how many they have."""
        income, lacks = atoms[:, 0], atoms[:, 1:].astype(bool)
        self.deprivations = lacks.sum(axis=1)
        low, deprived = income == 0, self.deprivations >= self.standard.needed
        if self.standard.name == "multidim_2016_2020":
            by_lacks = (income == 1) & deprived
            poor, near = low | by_lacks, (income == 1) & ~deprived
            kinds = {"poor": poor, "income_poor": low, "deprivation_poor": by_lacks, "near_poor": near}
        else:
            poor = low & deprived
            kinds = {"poor": poor, "near_poor": low & ~deprived}
        kinds |= {"not_poor": income == income.max(), "households": income >= 0, "deprived": deprived}
        for name, lack in zip(self.lacks, lacks.T, strict=True):
            kinds |= {name: lack, f"poor, {name}": lack & poor, f"deprived, {name}": lack & deprived}
        return kinds

    def _counted(self, rows, income):
        """Return the true numbers of all unknowns."""
        truth, poor = Counter(), dict(zip(self.atoms, self.kinds["poor"], strict=True))
        atoms = [*zip(income.tolist(), *(rows[name].tolist() for name in self.lacks), strict=True)]
        rows = rows.assign(atom=atoms, status=["P" if poor[atom] else "N" for atom in atoms])
        for label in self.labels:
            own = rows[(rows[self.groupings] == label).all(axis=1)]
            for path, of in own.groupby(PLACES):
                truth.update(("home", path, label, *key) for key in zip(of["year"], of["atom"], strict=True))
                for flag in FLAGS:
                    truth.update(("flag", path, label, year, flag) for year in of.loc[of[flag], "year"])
                if self.ways:
                    seen = of.pivot(index="household", columns="year", values="status")
                    seen = seen.reindex(columns=self.years).fillna("A").itertuples(index=False, name=None)
                    truth.update(("way", path, label, way) for way in seen)
        return truth

    def cells(self, place, part):
        """Return the communes and groups that a row of a table is a sum of: ``part`` a group, None: all."""
        at = self.groupings.index(part[0]) if part else 0
        labels = [label for label in self.labels if not part or label[at] == part[1]]
        return itertools.product(self.within[place], labels)

    def homes(self, place, year, part, weights):
        atoms = [(float(weights[i]), self.atoms[i]) for i in np.flatnonzero(weights)]
        return [(w, ("home", *cell, year, atom)) for cell in self.cells(place, part) for w, atom in atoms]

    def flagged(self, place, year, part, flag):
        return [(1.0, ("flag", *cell, year, flag)) for cell in self.cells(place, part)]

    def moved(self, place, part, met):
        ways = [way for way in self.ways if met(way)]
        return [(1.0, ("way", *cell, way)) for cell in self.cells(place, part) for way in ways]

    def counted(self, terms):
        return sum(weight * self.truth[key] for weight, key in terms)

    def _structure(self):
        """Know that a flag is one of households, and that each household goes its way."""
        for path, year, label in itertools.product(self.within[("", "", "")], self.years, self.labels):
            homes = {atom: ("home", path, label, year, atom) for atom in self.atoms}
            for flag in FLAGS:
                terms = [(1.0, ("flag", path, label, year, flag)), *((-1.0, key) for key in homes.values())]
                self.most.append((terms, 0.0))
            at = self.years.index(year)
            for status, of in (("P", self.kinds["poor"]), ("N", ~self.kinds["poor"])) if self.ways else ():
                ways = [(-1.0, ("way", path, label, way)) for way in self.ways if way[at] == status]
                own = [(1.0, homes[self.atoms[i]]) for i in np.flatnonzero(of)]
                self.equal.append(([*own, *ways], 0.0))

    def _tell(self, terms, value, what):
        if abs(self.counted(terms) - value) > 1e-6:
            raise ValueError(f"{what}: told is {value}, counted are {self.counted(terms)}")
        self.equal.append((terms, float(value)))

    def _rows(self, table, grouping):
        """Yield the rows of a table: place, year, group (None: all), and the row."""
        for row in table.to_dict("records"):
            part = (grouping, row["ethnic"]) if grouping and row["level"] == "ethnic" else None
            yield tuple(row[level] for level in PLACES), row.get("year"), part, row

    def _read(self, review, by, grouping):
        """Take in the counts, the indicators and the cut-offs of a review."""
        seen, hidden = set(), {}
        names = {name: f"{name}_households" for name in [*self.kinds, *FLAGS]}
        names["households"] = "households"
        for place, year, part, row in self._rows(review.table, grouping):
            seen.add((place, year, part))
            told = {n: self.homes(place, year, part, of) for n, of in self.kinds.items() if names[n] in row}
            told |= {flag: self.flagged(place, year, part, flag) for flag in FLAGS}
            values = {name: row[names[name]] for name in told if not pd.isna(row[names[name]])}
            if "poor" in values:
                values["not yet poor"] = row["households"] - row["poor_households"]
            self._take(told, values, (place, year, part), hidden)
            if not pd.isna(row.get("deprivations")):
                weights = np.where(self.kinds["deprived"], self.deprivations, 0)
                self._tell(self.homes(place, year, part, weights), row["deprivations"], "deprivations")
        # A group without a row has no households.
        for place, year, part in [*seen] if grouping else ():
            for group in self.parts if part is None and place[PLACES.index(by)] else ():
                if group[0] == grouping and (place, year, group) not in seen:
                    terms = self.homes(place, year, group, self.kinds["households"])
                    self._tell(terms, 0, (place, year, group))
        self._no_zeros(hidden, [place for place in self.within if place[PLACES.index(by)]])
        if review.indicators is None:
            return
        columns = {"lacking": "", "poor_lacking": "poor, ", "censored": "deprived, "}
        for place, year, part, row in self._rows(review.indicators, grouping):
            for column, of in columns.items() if row["indicator"] in self.lacks else ():
                if not pd.isna(value := row[f"{column}_households"]):
                    terms = self.homes(place, year, part, self.kinds[of + row["indicator"]])
                    self._tell(terms, value, (column, place, year))
        for place, year, part, row in self._rows(review.cutoffs, grouping):
            if (needed := row["needed"]) <= LACKS:
                of, households = self.deprivations >= needed, row["deprived_households"]
                self._tell(self.homes(place, year, part, of), households, ("cut-off", place, year))
                if not pd.isna(row["intensity_pct"]):
                    terms = self.homes(place, year, part, np.where(of, self.deprivations, 0))
                    value = round(row["intensity_pct"] / 100 * households * self.standard.total, 6)
                    self._tell(terms, value, ("cut-off", place, year))

    def _take(self, told, values, where, hidden):
        """Take in the counts of a row, and note down what is hidden, with whether a 0 of it would be told."""
        place, year, part = where
        for name, terms in told.items():
            if name in values:
                self._tell(terms, values[name], (name, *where))
            else:
                shown = name == "households" or values.get(WHOLES.get(name), 0) > self.minimum
                shown &= not (part and name in NOT_BY_GROUP)
                hidden.setdefault((name, year, part), {})[place] = (terms, shown)

    def _no_zeros(self, hidden, lowest):
        """Know which hidden counts are 1 or more: zeros of groups are hidden where all places side by side are."""
        for (_, _, part), of in hidden.items():
            for place, (terms, shown) in of.items():
                depth = sum(map(bool, place))
                beside = [
                    p for p in lowest if sum(map(bool, p)) == depth and p[: depth - 1] == place[: depth - 1]
                ]
                all_hidden = part and len(beside) > 1 and all(p in of for p in beside)
                if shown and not all_hidden and self.counted(terms):
                    self.most.append(([(-w, key) for w, key in terms], -1.0))

    def _moves(self, at):
        """Return how those go through the years that a column of the transitions into a year counts."""

        def of(then, now, before=None):
            def met(way):
                fits = way[at - 1] in then and way[at] in now
                return fits and (before is None or before == ("P" in way[: at - 1]))

            return met

        names = {"followed": of("NP", "NP"), "escaped": of("P", "N"), "fell": of("N", "P")}
        names |= {"stayed_poor": of("P", "P"), "stayed_out": of("N", "N")}
        return names | {"newly_poor": of("N", "P", False), "fell_back": of("N", "P", True)}

    def _read_moves(self, table, grouping):
        for place, year, part, row in self._rows(table, grouping):
            at = self.years.index(year)
            for name, met in self._moves(at).items():
                terms = self.moved(place, part, met)
                if not pd.isna(value := row.get(f"{name}_households")):
                    self._tell(terms, value, (name, place, year))
                elif name == "newly_poor" and at > 1 and self.counted(terms):
                    fell = row["fell_households"]
                    if part is None and not pd.isna(fell) and fell > self.minimum:
                        self.most.append(([(-w, key) for w, key in terms], -1.0))

    def ask(self):
        """Look at every small number of households that counts, two counts or two or three years tell apart."""
        of = dict(self.kinds)
        for (a, one), (b, other) in itertools.combinations(self.kinds.items(), 2):
            of |= {f"{a} and {b}": one & other, f"{a} but {b}": one & ~other, f"{b} but {a}": other & ~one}
            of[f"neither {a} nor {b}"] = ~(one | other)
        of = {w.tobytes(): (name, w) for name, w in reversed(of.items()) if w.any()}
        for place, part in itertools.product(self.within, [None, *self.parts]):
            for year in self.years:
                where, every = (year, place), self.homes(place, year, part, self.kinds["households"])
                asked = [(name, self.homes(place, year, part, w)) for name, w in of.values()]
                for flag in FLAGS:
                    terms = self.flagged(place, year, part, flag)
                    asked += [(flag, terms), (f"not {flag}", [*every, *((-w, key) for w, key in terms)])]
                for name, terms in asked:
                    self.look(name, where, part, self.counted(terms), terms)
                for name in ("poor", "deprived"):
                    others = self.homes(place, year, part, ~self.kinds[name])
                    everybody = self.counted(every) > 0 and not self.counted(others)
                    self.look(f"all {name}", where, part, 0, others, everybody)
            self._ask_moves(place, part)

    def _ask_moves(self, place, part):
        for at in range(1, len(self.years)) if self.ways else ():
            asked = dict(self._moves(at))
            for length in range(2, min(at + 1, 3) + 1):
                for fits in itertools.product(WAYS, repeat=length):
                    if fits.count("ANP") < 2 and set(fits) != {"A"}:
                        asked["/".join(fits)] = lambda way, fits=fits, at=at: all(
                            map(str.__contains__, fits, way[at + 1 - len(fits) :])
                        )
            for name, met in asked.items():
                terms = self.moved(place, part, met)
                self.look(name, (self.years[at], place), part, self.counted(terms), terms)


def remembered(work):
    """Return work on a register, or on its records, that is done once for all levels: they are counted alike for each."""
    known = {}

    def once(first, *args, **how):
        key = id(first), repr(args[1:]), how.get("group")
        if key not in known:
            known[key] = first, pickle.dumps(work(first, *args, **how))
        return pickle.loads(known[key][1])

    return once


def hidden_once(hide):
    """Return ``Cube.hide`` that looks once at the same counts: what is hidden does not depend on the level asked for."""
    known = {}

    def hide_once(cube, splits, minimum, rides=types.MappingProxyType({})):
        splits = [*splits]
        key = pickle.dumps((cube.groups, cube.__dict__, splits, minimum, dict(rides)))
        if key not in known:
            hide(cube, splits, minimum, rides)
            known[key] = pickle.dumps(cube.__dict__)
        cube.__dict__ = pickle.loads(known[key])

    return hide_once


def main():
    """Print what is told of small numbers, a line a register and in all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--registers", type=int, default=40)
    parser.add_argument("--first", type=int, default=500, help="seed of the first register")
    parser.add_argument("--groupings", default="", help="told besides by ethnic, head or ethnic,head")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    Cube.hide = hidden_once(Cube.hide)
    of = {"tally": (review, transitions), "_followed": (transitions,), "household_years": (review,)}
    for module, name in ((module, name) for name, modules in of.items() for module in modules):
        setattr(module, name, remembered(getattr(module, name)))
    print("| register | standard | years | communes | told | attacked | bounded | pinned | seconds |")
    print("|---|---|---|---|---|---|---|---|---|")
    all_, leaking = np.zeros(3, int), 0
    for seed in range(asked.first, asked.first + asked.registers):
        start = time.process_time()
        rows, standard = made_register(seed)
        reader = Reader(rows, standard, [name for name in asked.groupings.split(",") if name])
        reader.ask()
        bounded, attacked = reader.bounds()
        pinned = sum(most < count + 1e-3 for *_, count, most in bounded)
        all_ += [attacked, len(bounded), pinned]
        leaking += bool(bounded)
        cells = [seed, standard.name, len(reader.years), len(reader.within[("", "", "")]), len(reader.equal)]
        cells += [attacked, len(bounded), pinned, round(time.process_time() - start, 1)]
        print(f"| {' | '.join(map(str, cells))} |", flush=True)
        for one in sorted(bounded, key=lambda one: one[-1])[:5]:
            print("   ", *one)
    of = f"{asked.registers} registers, {all_[0]:,} numbers attacked"
    print(f"\n{of}: {all_[1]} bounded, {all_[2]} of them pinned, in {leaking} registers")


if __name__ == "__main__":
    main()
