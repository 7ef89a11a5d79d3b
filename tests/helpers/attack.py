"""What somebody who reads every table can work out of them, by linear programmes over all that is told at once."""

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack, vstack

_AT_ONCE = 300


class Attack:
    """All counts of the lowest places and groups of a cube as unknowns, and all that is told as equations.

    Known besides: no count is negative; a part is no more than its whole; what is hidden is 1 or more where zeros are shown.
    """

    def __init__(self, cube, splits, minimum=10):
        self.cube, self.minimum, self.found = cube, minimum, []
        self.number, self.equal, self.most = {}, [], []
        wholes = {split.part: split.of for split in splits}
        self.groups = range(max(len(cube.groups) - 1, 1))
        for column, hidden in cube.hidden.items():
            for place, group in np.ndindex(hidden.shape):
                cell = self.cell(column, place, group)
                if not hidden[place, group]:
                    self.equal.append((cell, float(cube.values[column][place, group])))
                elif column in wholes and self._no_zero(column, wholes[column], place, group):
                    self.most.append(([(-w, key) for w, key in cell], -1.0))
        for split in splits:
            for place, group in self.lowest():
                for whole in filter(None, (split.of, split.also)):
                    self.at_most([(1, split.part), (-1, whole)], place, group)
                if split.rest:
                    terms = [(1, split.part), (1, split.rest), (-1, split.of)]
                    self.equal.append(([(w, (c, place, group)) for w, c in terms], 0.0))
                if split.also:
                    whole = wholes[split.of]
                    terms = [(1, split.of), (1, split.also), (-1, split.part), (-1, whole)]
                    self.at_most(terms, place, group)

    def lowest(self):
        return [(int(place), group) for place in self.cube.grid.leaves for group in self.groups]

    def cell(self, column, place, group):
        """Return a count as a sum of those of the lowest places and groups."""
        every = len(self.cube.groups) > 1 and group == len(self.cube.groups) - 1
        groups = self.groups if every else [group]
        return [(1, (column, int(low), g)) for low in self.cube.grid.within(place) for g in groups]

    def at_most(self, terms, place, group, most=0.0):
        self.most.append(([(w, (column, place, group)) for w, column in terms], most))

    def _no_zero(self, column, whole, place, group):
        cube = self.cube
        if cube.values[column][place, group] == 0:
            return False
        beside = cube.grid.children[int(cube.grid.parent[place])]
        last = len(cube.groups) - 1
        if group < last and len(beside) > 1 and cube.hidden[column][beside, group].all():
            return False
        return not whole or not (
            cube.hidden[whole][place, group] or cube.values[whole][place, group] <= self.minimum
        )

    def bounds(self):
        """Return every small count of which a reader can tell that it is below the minimum, and how many were tried."""
        for of in (self.equal, self.most, self.found):
            for *_, terms in ((0, one[0]) if of is not self.found else one for one in of):
                for _, key in terms:
                    self.number.setdefault(key, len(self.number))
        (a, b), (c, d) = (self._matrix(of) for of in (self.equal, self.most))
        goals, _ = self._matrix([(terms, 0) for *_, terms in self.found])
        n, left, alone = len(self.number), np.random.default_rng(0).permutation(len(self.found)), []
        # Some hundred at once: others that one programme takes high enough need none of their own.
        while len(left):
            own, t = goals[left[:_AT_ONCE]], len(left[:_AT_ONCE])
            upper = vstack([hstack([c, csr_array((len(d), t))]), hstack([-own, eye_array(t)])])
            ends = [(0, None)] * n + [(None, self.minimum)] * t
            cost, most = np.append(np.zeros(n), -np.ones(t)), np.append(d, np.zeros(t))
            done = linprog(cost, upper, most, hstack([a, csr_array((len(b), t))]), b, ends)
            assert done.status == 0, done.message
            met = goals[left] @ done.x[:n] >= self.minimum - 1e-6
            if not met[:t].any():
                alone += left[:t].tolist()
                met[:t] = True
            left = left[~met]
        wrong = []
        for name, place, group, count, terms in (self.found[i] for i in sorted(alone)):
            goal = np.zeros(n)
            for weight, key in terms:
                goal[self.number[key]] -= weight
            done = linprog(goal, A_eq=a, b_eq=b, A_ub=c, b_ub=d, bounds=(0, None))
            assert done.status in (0, 3), (done.message, name)
            if done.status == 0 and -done.fun < self.minimum - 1e-6:
                wrong.append((name, place, group, int(count), round(-done.fun, 3)))
        return wrong, len(self.found)

    def beside(self, other):
        """Read what another attack reads of the same households by another column of groups as well."""

        def renamed(terms):
            return [(weight, (*key, "beside")) for weight, key in terms]

        self.equal += [(renamed(terms), value) for terms, value in other.equal]
        self.most += [(renamed(terms), value) for terms, value in other.most]
        self.found += [(*asked, renamed(terms)) for *asked, terms in other.found]
        for column in self.cube.hidden:
            for place in self.cube.grid.leaves:
                own, theirs = ([(1, (column, int(place), g)) for g in of.groups] for of in (self, other))
                opposite = [(-weight, key) for weight, key in renamed(theirs)]
                self.equal.append(([*own, *opposite], 0.0))

    def _matrix(self, relations):
        rows = [(i, self.number[key], w) for i, (terms, _) in enumerate(relations) for w, key in terms]
        i, k, w = zip(*rows, strict=True)
        matrix = csr_array((np.array(w, float), (i, k)), shape=(len(relations), len(self.number)))
        return matrix, np.array([value for _, value in relations])

    def try_small(self, splits):
        """Look at every small part and rest, and at places where all are in a part of which that tells."""
        values = self.cube.values
        for split in splits:
            for place, group in np.ndindex(values[split.part].shape):
                part = values[split.part][place, group]
                cell = self.cell(split.part, place, group)
                self.look(split.part, place, group, part, cell)
                for whole in filter(None, (split.of, split.also)):
                    of = self.cell(whole, place, group)
                    terms = [*of, *((-w, key) for w, key in cell)]
                    rest = values[whole][place, group] - part
                    everybody = split.all_tells and rest == 0 and part > 0
                    self.look(f"{whole} - {split.part}", place, group, rest, terms, everybody)

    def look(self, name, place, group, count, terms, always=False):
        if 0 < count < self.minimum or always:
            self.found.append((name, place, group, count, terms))
