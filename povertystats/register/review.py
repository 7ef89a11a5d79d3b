"""The review of a register: households, poverty, its causes and programme coverage by place and year."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from povertystats.facts.standards import adjusted_headcount
from povertystats.register.published_counts import tally
from povertystats.register.reader import checks_text
from povertystats.register.records import COVERAGE, PLACES
from povertystats.words.wording import check, say


@dataclass(frozen=True, eq=False)
class Review:
    """Counts and rates by place and year, down to a level of places: no record, and no cell of a few households.

    ``table``: level, place, province, district, commune, year, counts (``…households``) and rates in per cent. A count
    that would tell of fewer than ``minimum`` households, or from which one could be worked out, is missing, and so are
    its rates; ``hidden`` lists them: the place, year, column and reason, for whoever keeps the register. ``checks``:
    those of the register. ``illustrative``: made from generated records, as the column of that name says in every row.
    """

    table: pd.DataFrame
    hidden: pd.DataFrame
    checks: pd.DataFrame
    standard: object
    minimum: int
    illustrative: bool

    def panel(self, level=None):
        """Return one row a place and year of a level, as ``fit_drivers`` takes it: place, year and every rate in per cent.

        ``level``: the lowest one when left out. Raises ValueError for a level that the review does not have.
        """
        levels = [name for name in PLACES if name in set(self.table["level"])]
        level = levels[-1] if level is None else level
        if level not in levels:
            raise ValueError(f"{level!r} is no level of this review; expected one of {', '.join(levels)}")
        rows = self.table[self.table["level"] == level]
        rates = [column for column in rows if column.endswith("_pct")]
        return rows[["place", "year", *rates]].reset_index(drop=True)

    def text(self, lang):
        """Return what the review finds, in ``lang`` ("vi" or "en"): generated or not, the provinces' latest year, records left out.

        Raises ValueError when the language is not known.
        """
        check(lang)
        lines = [say("review.illustrative", lang)] if self.illustrative else []
        provinces = self.table[self.table["level"] == "province"]
        for row in provinces[provinces["year"] == provinces["year"].max()].to_dict("records"):
            told = {key: value for key, value in row.items() if not pd.isna(value)}
            lines.append(
                say("review.rates", lang, **told)
                if {"poor_household_pct", "near_poor_household_pct"} <= told.keys()
                else say("review.no_rates", lang, **told)
            )
            if "deprivation_poor_of_poor_pct" in told:
                lines.append(say("review.causes", lang, **told))
        lines.append(checks_text(self.checks, lang))
        if len(self.hidden):
            lines.append(say("review.hidden", lang, n=len(self.hidden), minimum=self.minimum))
        return "\n".join(lines)


def review(register, *, by="commune", group=None, minimum=10):
    """Count households, poverty by class and cause, deprivations and programme coverage by place and year, in one scan.

    ``by``: the lowest level of places ("commune", "district", "province"); those above come along. ``group``: a column such as
    ``ethnic`` by which each lowest place is told apart once more. ``minimum``: the fewest households that a published count
    may tell of (``disclosure.protect``), 0 to hide nothing, inside the office that keeps the register.

    Rates in per cent: of all households (``poor_household_pct``, ``borrower_household_pct``, …), of the poor
    (``…_of_poor_pct``), and after Alkire & Foster, whatever the income, ``deprived_household_pct`` (H), ``intensity_pct`` (A) and
    ``adjusted_headcount_pct`` (M0) of ``standards.adjusted_headcount``.

    Raises ValueError, all problems at once, on an unknown level or group or a bad minimum, and where records cannot be
    read or none can be counted.

    >>> from povertystats.register.reader import open_register
    >>> from povertystats.facts.standards import national_standard
    >>> homes = pd.DataFrame({"household": map(str, range(50)), "commune": ["C"] * 30 + ["E"] * 20, "year": 2019})
    >>> homes = homes.assign(province="P", district="D", urban=False, income_vnd_k=[650.0, 1500.0] * 25)
    >>> register = open_register(homes.assign(**dict.fromkeys(national_standard().columns, False)))
    >>> found = review(register)
    >>> found.table[["level", "place", "poor_households", "poor_household_pct"]].values.tolist()
    [['province', 'P', 25, 50.0], ['district', 'D', 25, 50.0], ['commune', 'C', 15, 50.0], ['commune', 'E', 10, 50.0]]
    >>> print(found.text("en").splitlines()[0])
    P, end of 2019: 25 poor households of 50 (50.00%); near-poor households 0.00%.
    """
    rows, standard, poor = register.records, register.standard, register.standard.poor
    deprived = rows["deprivations"] >= standard.needed
    covered = [name for name in COVERAGE if name in rows.columns]
    sums, parts = class_sums(register)
    sums |= {"deprived_households": deprived.sum()}
    sums |= {f"{name}_households": rows[name].sum() for name in covered}
    sums |= {"deprivations": deprived.ifelse(rows["deprivations"], 0).sum()}
    parts["households"] += [[f"{name}_households"] for name in ("deprived", *covered)]
    if len(poor) > 1:
        sums |= {f"{name}_households": standard.conditions(rows)[name].sum() for name in poor}
        parts["poor_households"] = [[f"{name}_households" for name in poor]]
    table, hidden = tally(rows, sums, parts, by=by, group=group, minimum=minimum, files=register.files)
    table = _with_rates(table, standard)
    if register.illustrative:
        table["illustrative"] = True
    return Review(table, hidden, register.checks, standard, minimum, register.illustrative)


def class_sums(register):
    """Return what to sum up for the households that are poor, and each other class, and how these add up (``tally``)."""
    rows, standard = register.records, register.standard
    # By the conditions: comparing the names of classes takes longer.
    classes = standard.conditions(rows)
    sums = {"households": rows.count(), "poor_households": rows["poor"].sum()}
    sums |= {f"{name}_households": met.sum() for name, met in classes.items() if name not in standard.poor}
    return sums, {"households": [list(sums)[1:]]}


def _with_rates(table, standard):
    """Return the table with every rate, missing where one of its counts is."""
    told, deprived = table["households"].notna(), table["deprived_households"].notna()
    # The sum of deprivations tells of the deprived households, and stays with them.
    table["deprivations"] = table["deprivations"].astype("Int64").where(told & deprived)
    of_poor = [f"{name}_households" for name in standard.poor if len(standard.poor) > 1]
    of_all = [c for c in table if c.endswith("_households")]
    rates = {f"{column.removesuffix('s')}_pct": (column, "households") for column in of_all}
    rates |= {
        f"{column.removesuffix('_households')}_of_poor_pct": (column, "poor_households") for column in of_poor
    }
    for rate, (part, whole) in rates.items():
        table[rate] = (
            (100 * table[part] / table[whole]).astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        )
    known = table[deprived & told]
    counts = known["households"], known["deprived_households"], known["deprivations"]
    foster = 100 * adjusted_headcount(*counts, len(standard.indicators))
    table["intensity_pct"] = foster["intensity_ratio"]
    table["adjusted_headcount_pct"] = foster["adjusted_headcount_ratio"]
    return table
