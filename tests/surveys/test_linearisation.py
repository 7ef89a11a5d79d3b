"""Errors by Taylor linearisation against svy, a kept package, and against the formula as it stands."""

import numpy as np
import pandas as pd
import pytest
from helpers.samples import linearised_error, sample

from povertystats.surveys.estimates import survey_estimates
from povertystats.words.errors import Refused

pytest.importorskip("ibis")
ASKED = {"rates": ["poor"], "means": ["income"], "totals": ["poor"], "ratios": [("poor_persons", "persons")]}
DESIGN = {"stratum": "stratum", "psu": "psu"}
POPULATION = {f"S{h}": 12 + 3 * h for h in range(5)}
# svy 0.35.0 on sample(): estimate, error, interval and design effect (``deff="wr"``) of a rate, mean, total and ratio,
# for all and for one domain, without and with the correction for a finite population.
SVY = {
    (None, "all"): {
        "rate": (0.38200677528027455, 0.06927051040548107, 0.25170105884725913, 0.5318274436098751, 3.760224062976635),
        "mean": (1340.4400375348694, 139.20565122806005, 1051.7451865529547, 1629.134888516784, 5.542220469777102),
        "total": (4269.616, 868.670024132217, 2468.1046320566556, 6071.127367943344, 4.733595203097438),
        "ratio": (0.3960515125575679, 0.07599964856242812, 0.23843788823377732, 0.5536651368813584, 3.5822044743805197),
    },
    (None, "Dao"): {
        "rate": (0.28067982377201617, 0.06539260687538566, 0.16534311919334035, 0.4345806725580589, 1.2284340847131148),
        "mean": (1486.3779220074452, 147.00771667019998, 1178.6872348330753, 1794.0686091818152, 2.268738600906091),
        "total": (1029.272, 233.80508391478574, 539.9123353234002, 1518.6316646765997, 1.167789404051356),
        "ratio": (0.32140515323991453, 0.08682847948076325, 0.13967105707897878, 0.5031392494008503, 1.5356770911929871),
    },
    ("fpc", "Dao"): {
        "rate": (0.28067982377201617, 0.05563783027460436, 0.1797749455620055, 0.40991641229574266, 0.8892726325099288),
        "mean": (1486.3779220074452, 128.61530144622856, 1217.183002315513, 1755.5728416993775, 1.7365587311176662),
        "total": (1029.272, 198.17202413644372, 614.4931865716393, 1444.0508134283605, 0.8389601261418967),
        "ratio": (0.32140515323991453, 0.07474477162379858, 0.1649625482900485, 0.47784775818978054, 1.137986611371944),
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def rows():
    return sample()


@pytest.mark.parametrize("population, domain", SVY)
def test_estimates_errors_intervals_and_design_effects_equal_svy(rows, population, domain):
    by = [] if domain == "all" else ["ethnic"]
    population_of = POPULATION if population else None
    table = survey_estimates(rows, by=by, population=population_of, **ASKED, **DESIGN).table
    table = table if domain == "all" else table[table["ethnic"] == domain]
    for row in table.to_dict("records"):
        told = [row[name] for name in ("estimate", "se", "low", "high")]
        told = [value / (100 if row["kind"] == "rate" else 1) for value in told]
        assert [*told, row["deff"]] == pytest.approx(SVY[population, domain][row["kind"]], rel=1e-9)
        assert row["n_effective"] == pytest.approx(row["n"] / row["deff"])


def test_a_stratum_of_one_unit_is_named_or_centred_as_svy_does(rows):
    alone = rows[(rows["stratum"] != "S1") | (rows["psu"] == "0")].reset_index(drop=True)
    asked = {"means": ["income"], "totals": ["poor"], **DESIGN}
    with pytest.raises(Refused, match='alone in the strata S1: .*single_psu="centre"'):
        survey_estimates(alone, **asked)
    table = survey_estimates(alone, single_psu="centre", **asked).table
    assert table["se"].tolist() == pytest.approx([169.61901786530436, 833.4060552660627], rel=1e-9)


def test_domains_keep_the_units_in_which_they_have_no_household(rows):
    rows = rows.assign(rare=(rows["psu"] == "1") & (rows["stratum"] != "S4"))
    table = survey_estimates(rows, by="rare", population=POPULATION, **ASKED, **DESIGN).table
    table = table[table["rare"]].set_index("kind")
    for kind, y, x in (("mean", "income", 1), ("total", "poor", None), ("ratio", "poor_persons", "persons")):
        expected = linearised_error(rows, y, x, rows["rare"], POPULATION)
        assert table.loc[kind, ["estimate", "se"]].tolist() == pytest.approx(expected, rel=1e-10)
    # Units and strata with such a household, one each: nothing is left to tell the spread by.
    assert table["df"].eq(0).all() and table["uncertain"].eq("no degrees of freedom").all()


def test_simple_random_samples_have_the_errors_of_textbooks():
    # Lohr 2010, Sampling: Design and Analysis, section 5.2: 5 of 100 suites with 4 students each, grade points.
    grades = [3.08, 2.60, 3.44, 3.04, 2.36, 3.04, 3.28, 2.68, 2.00, 2.56]
    grades += [2.52, 1.88, 3.00, 2.88, 3.44, 3.64, 2.68, 1.92, 3.28, 3.20]
    rows = pd.DataFrame({"suite": np.repeat(range(5), 4), "gpa": grades, "weight": 20.0})
    mean, total = survey_estimates(
        rows, means=["gpa"], totals=["gpa"], psu="suite", population=100
    ).table.itertuples()
    assert (round(total.estimate, 1), round(total.se, 2)) == (1130.4, 65.47)
    assert (round(mean.estimate, 3), round(mean.se, 3)) == (2.826, 0.164)
    # A stratified sample of households drawn themselves: V = Σ (N_h/N)² s_h²/n_h.
    rows = pd.DataFrame(
        {"h": [0] * 6 + [1] * 9, "y": np.arange(15.0) ** 1.5, "weight": [10.0] * 6 + [40.0] * 9}
    )
    by_hand = sum(rows.groupby("h")["y"].var() / [6, 9] * np.array([60 / 420, 360 / 420]) ** 2)
    found = survey_estimates(rows, means=["y"], stratum="h").table
    assert found["se"][0] == pytest.approx(np.sqrt(by_hand), rel=1e-12) and found["df"][0] == 13


def test_wrong_populations_are_told_at_once(rows):
    asked = {"means": ["income"], **DESIGN}
    with pytest.raises(Refused, match="no number of sampling units for the strata S1, S2, S3, S4"):
        survey_estimates(rows, population={"S0": 20}, **asked)
    with pytest.raises(Refused, match="no number of sampling units for the strata the sample"):
        survey_estimates(rows, means=["income"], population={"S0": 20})
    with pytest.raises(Refused, match=r"more sampling units than there are in S0 \(\d of 2\)"):
        survey_estimates(rows, population=2, **asked)
    with pytest.raises(Refused, match="population: -1; expected") as error:
        survey_estimates(rows, population=-1, single_psu="skip", level=95, **asked)
    assert len(error.value.problems) == 3
