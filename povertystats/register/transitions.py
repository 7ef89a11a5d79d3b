"""Who left poverty and who fell into it, from one review of a register to the next."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from povertystats.register.published_counts import tally
from povertystats.register.records import COVERAGE
from povertystats.register.review import class_sums
from povertystats.words.errors import refuse
from povertystats.words.wording import check, say


@dataclass(frozen=True, eq=False)
class Transitions:
    """Households by what became of them from one year's review to the next, by place: no record, no cell of a few.

    ``table``: level, place, province, district, commune, year (the later one), counts of the households found in both
    reviews, and rates: ``escaped_of_poor_pct`` of those poor before, ``fell_of_not_poor_pct`` of those not poor before.
    ``fell_back_households`` of those who fell had been poor in an earlier review, ``newly_poor_households`` in none; both are
    missing in the first year of the table, before which there is no earlier review. ``hidden`` and ``illustrative`` as in ``Review``.
    """

    table: pd.DataFrame
    hidden: pd.DataFrame
    minimum: int
    illustrative: bool

    def text(self, lang):
        """Return what the latest year brought to each province, in ``lang`` ("vi" or "en").

        Raises ValueError when the language is not known.
        """
        check(lang)
        lines = [say("review.illustrative", lang)] if self.illustrative else []
        provinces = self.table[self.table["level"] == "province"]
        for row in provinces[provinces["year"] == provinces["year"].max()].to_dict("records"):
            if pd.isna(row["escaped_of_poor_pct"]) or pd.isna(row["fell_of_not_poor_pct"]):
                lines.append(say("transitions.hidden_rates", lang, **row))
                continue
            lines.append(say("transitions.rates", lang, before=row["year"] - 1, **row))
            if not pd.isna(row["fell_back_households"]):
                lines.append(say("transitions.fell_back", lang, **row))
        if len(self.hidden):
            lines.append(say("review.hidden", lang, n=len(self.hidden), minimum=self.minimum))
        return "\n".join(lines)


def transitions(register, *, by="commune", group=None, minimum=10):
    """Count who escaped poverty, stayed in it, fell into it or fell back, between the reviews of successive years.

    ``by``, ``group`` and ``minimum`` as in ``review``. A household counts where it lives in the later year. A place tells
    all four of these counts or none, and none where its review of either year does not tell who is poor: the two tables
    are read side by side, and what one hides must not stand in the other.

    Raises ValueError as ``review`` does, and where no household of one year is found in the next.

    >>> from povertystats.register.reader import open_register
    >>> from povertystats.facts.standards import national_standard
    >>> homes = pd.DataFrame({"household": [*map(str, range(60))] * 2, "year": [2018] * 60 + [2019] * 60})
    >>> homes = homes.assign(province="P", district="D", commune="C", urban=False)
    >>> homes["income_vnd_k"] = [650.0] * 30 + [1500.0] * 42 + [650.0] * 48
    >>> register = open_register(homes.assign(**dict.fromkeys(national_standard().columns, False)))
    >>> print(transitions(register, by="province").text("en"))
    P: of the 30 households poor at the end of 2018 and found in both reviews, 12 (40.0%) had left poverty by the end of 2019; 30 that had not been poor became so (100.0% of those not poor).
    """
    rows = histories(register)
    before, now, back = rows["poor_before"], rows["poor"], rows["fell_back"]
    sums = {
        "followed_households": rows.count(),
        "escaped_households": (before & ~now).sum(),
        "stayed_poor_households": (before & now).sum(),
        "fell_households": (~before & now).sum(),
        "stayed_out_households": (~before & ~now).sum(),
        "newly_poor_households": (~before & now & ~back).sum(),
        "fell_back_households": back.sum(),
    }
    whole, *split, newly, again = sums
    parts = {whole: [split], "fell_households": [[newly, again]]}
    how = {"by": by, "group": group, "minimum": minimum, "files": register.files}
    counts, secret = tally(register.records, *class_sums(register), **how)
    years = sorted(set(counts["year"]))
    if not any(year + 1 in years for year in years):
        found = f"the register has {', '.join(map(str, years))}; expected two years that follow each other"
        refuse("cannot count transitions", [found])
    secret = secret[secret["column"].isin(["households", "poor_households"])]
    secret = secret.replace({"column": {"households": whole, "poor_households": split[0]}})
    secret = pd.concat([secret, secret.assign(year=secret["year"] + 1)])
    table, hidden = tally(rows, sums, parts, **how, also=secret, together=split)
    poor_before = table["escaped_households"] + table["stayed_poor_households"]
    # Without a third review before them, nobody knows who had been poor earlier.
    first = table["year"].min()
    table[[newly, again]] = table[[newly, again]].where(table["year"] > first)
    hidden = hidden[(hidden["year"] > first) | ~hidden["column"].isin([newly, again])].reset_index(drop=True)
    table["poor_before_households"] = poor_before
    fell = table["fell_households"]
    rates = {
        "escaped_of_poor_pct": table["escaped_households"] / poor_before,
        "fell_of_not_poor_pct": fell / (fell + table["stayed_out_households"]),
    }
    for name, rate in rates.items():
        table[name] = 100 * rate.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    if register.illustrative:
        table["illustrative"] = True
    return Transitions(table, hidden, minimum, register.illustrative)


def histories(register):
    """Return every usable record that has one of the year before, as an ibis table to sum up or to fit.

    Beside the columns of ``Register.records``: ``poor_before`` and ``borrower_before`` and the like (a year earlier),
    ``escaped_pct`` (of those poor before: 100 when not poor now, 0 when still so; missing for the others), ``fell_pct`` (of
    those not poor before: 100 when poor now, else 0), ``fell_back`` (poor now, not a year before, but earlier in the register).

    >>> from povertystats.register.reader import open_register
    >>> from povertystats.facts.standards import national_standard
    >>> rows = pd.DataFrame({"household": "1", "year": [2016, 2017, 2018], "income_vnd_k": [600.0, 1600.0, 650.0]})
    >>> rows = rows.assign(province="P", district="D", commune="C", urban=False)
    >>> rows = rows.assign(**dict.fromkeys(national_standard().columns, False))
    >>> found = histories(open_register(rows)).to_pandas().sort_values("year")
    >>> found[["year", "poor_before", "escaped_pct", "fell_pct", "fell_back"]].values.tolist()
    [[2017, True, 100.0, nan, False], [2018, False, nan, 100.0, True]]
    """
    import ibis

    rows = register.records
    before = ibis.window(group_by="household", order_by="year")
    earlier = ibis.window(group_by="household", order_by="year", preceding=(None, 2))
    covered = [column for column in COVERAGE if column in rows.columns]
    rows = rows.mutate(
        year_before=rows["year"].lag().over(before),
        poor_before=rows["poor"].lag().over(before),
        once_poor=rows["poor"].cast("int8").max().over(earlier),
        **{f"{column}_before": rows[column].lag().over(before) for column in covered},
    )
    rows = rows.filter(rows["year_before"] == rows["year"] - 1)
    fell = rows["poor"] & ~rows["poor_before"]
    return rows.mutate(
        escaped_pct=rows["poor_before"].ifelse(rows["poor"].ifelse(0, 100), None).cast("float64"),
        fell_pct=rows["poor_before"].ifelse(None, rows["poor"].ifelse(100, 0)).cast("float64"),
        fell_back=fell & (rows["once_poor"] == 1).fill_null(False),
    )
