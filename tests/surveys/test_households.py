"""Poverty and transitions of a survey of households against the formula as it stands; registers of everybody refused."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.reviews import classified, register_rows
from helpers.samples import linearised_error

from povertystats.facts.standards import national_standard
from povertystats.register.reader import open_register
from povertystats.surveys.households import survey_rates, survey_transitions
from povertystats.words.errors import Refused, WrongType

pytest.importorskip("ibis")
OWN = {"weight": "wt", "stratum": "province", "psu": ["district", "commune"]}


@pytest.fixture(scope="module")
def rows():
    """Illustrative records of two rounds; each household stands for 20 to 300."""
    rows = register_rows(households=500, years=(2016, 2018))
    return rows.assign(wt=np.random.default_rng(3).uniform(20, 300, len(rows)).round(2))


@pytest.fixture(scope="module")
def register(rows):
    return open_register(rows, **OWN)


def by_hand(rows, y, x=None, inside=True):
    """Estimate and error with the strata and units of the survey; a year is a survey of its own."""
    own = rows.assign(
        weight=rows["wt"], stratum=rows["province"], psu=rows["district"] + "/" + rows["commune"]
    )
    return linearised_error(own, y, x, inside)


def test_rates_totals_and_measures_of_alkire_and_foster_are_those_by_hand(rows, register):
    found = survey_rates(register, by="district", group="ethnic").table
    rows = classified(rows)
    deprived = rows["deprivations"] >= 3
    rows = rows.assign(deprived=deprived, censored=deprived * rows["deprivations"] / 10)
    rows = rows.assign(one=1.0, poor_persons=rows["poor"] * rows["persons"])
    measures = {
        "poor_households": ("poor", None),
        "poor_household_pct": ("poor", "one"),
        "deprived_household_pct": ("deprived", "one"),
        "intensity_pct": ("censored", "deprived"),
        "adjusted_headcount_pct": ("censored", "one"),
        "poor_persons": ("poor_persons", None),
        "poor_person_pct": ("poor_persons", "persons"),
        "borrower_household_pct": ("borrower", "one"),
    }
    places = found[["level", "place", "province", "district", "ethnic", "year"]].drop_duplicates()
    assert set(places["level"]) == {"country", "province", "district", "ethnic"}
    for level, of in places.groupby("level"):
        for row in of.sample(2, random_state=1).to_dict("records"):
            inside = rows["year"] == row["year"]
            year = rows[inside].reset_index(drop=True)
            inside = np.ones(len(year), bool)
            for name in ("province", "district", "ethnic"):
                inside &= (year[name] == row[name]).to_numpy() | (row[name] == "")
            told = found.merge(places[places.eq(row).all(axis=1)]).set_index("measure")
            for measure, (y, x) in measures.items():
                percent = 100 if measure.endswith("_pct") else 1
                expected = [percent * value for value in by_hand(year, y, x, inside)]
                assert told.loc[measure, ["estimate", "se"]].tolist() == pytest.approx(expected, rel=1e-9), (
                    level,
                    measure,
                )


def test_transitions_are_those_of_households_interviewed_twice(rows, register):
    found = survey_transitions(register, by="country", group="ethnic").table
    both = classified(rows).set_index("household")
    before, after = (both[both["year"] == year] for year in (2016, 2018))
    panel = after[after.index.isin(before.index)].reset_index()
    panel["poor_before"] = before.loc[panel["household"], "poor"].to_numpy()
    panel = panel.assign(
        escaped=panel["poor_before"] & ~panel["poor"],
        fell=panel["poor"] & ~panel["poor_before"],
        not_before=~panel["poor_before"],
    )
    for ethnic in ("", "Tày"):
        told = found[found["ethnic"] == ethnic].set_index("measure")
        inside = panel["ethnic"].eq(ethnic) | (ethnic == "")
        for measure, y, x in (
            ("escaped_of_poor_pct", "escaped", "poor_before"),
            ("fell_of_not_poor_pct", "fell", "not_before"),
            ("escaped_households", "escaped", None),
        ):
            percent = 100 if x else 1
            expected = [percent * value for value in by_hand(panel, y, x, inside)]
            assert told.loc[measure, ["estimate", "se"]].tolist() == pytest.approx(expected, rel=1e-9)
        assert told.loc["escaped_of_poor_pct", "n"] == (inside & panel["poor_before"]).sum()


def test_what_is_no_survey_is_refused(rows, register):
    with pytest.raises(Refused, match="no weights; name their column"):
        survey_rates(open_register(rows))
    with pytest.raises(Refused, match="count it by review"):
        survey_rates(open_register(rows.assign(wt=1), weight="wt"))
    with pytest.raises(Refused, match="2016; expected two rounds"):
        survey_transitions(open_register(rows[rows["year"] == 2016], **OWN))
    with pytest.raises(WrongType, match="survey_estimates"):
        survey_rates(rows)
    with pytest.raises(Refused, match=r"no record to be counted: of \d+ read, \d+ impossible \(weight\)"):
        survey_rates(open_register(rows.assign(wt=-1.0), weight="wt"))
    anew = rows.assign(household=rows["year"].astype(str) + "/" + rows["household"].astype(str))
    with pytest.raises(Refused, match="no household of 2016 .* is found in 2018"):
        survey_transitions(open_register(anew, **OWN))
    with pytest.raises(Refused) as error:
        survey_rates(register, by="village", group="class", level=2, population="many")
    assert [problem.split(":")[0].split(" ")[0] for problem in error.value.problems] == [
        "level",
        "population",
        "by",
        "group",
    ]


def test_persons_that_nobody_counted_leave_rates_and_no_totals_and_rows_say_where_they_are(rows):
    some = rows.assign(persons=rows["persons"].astype(float).where(rows.index % 7 > 0), illustrative=True)
    made = survey_rates(open_register(some, **OWN), by="province")
    assert made.illustrative and made.text("en").startswith("Illustrative data")
    country, province = (made.table[made.table["level"] == level] for level in ("country", "province"))
    assert country["place"].eq("").all() and set(country["year"]) == {2016, 2018}
    assert province["place"].ne("").all()
    found = country.set_index(["measure", "year"])
    assert not {"persons", "poor_persons"} & {*found.index.get_level_values("measure")}
    known = classified(rows)[some["persons"].notna() & (rows["year"] == 2018)].reset_index(drop=True)
    known = known.assign(poor_persons=known["poor"] * known["persons"])
    told = found.loc[("poor_person_pct", 2018)]
    assert told["estimate"] == pytest.approx(100 * by_hand(known, "poor_persons", "persons")[0])
    assert told["n"] == len(known)


def test_a_standard_by_income_alone_and_weights_of_indicators_are_taken(rows):
    old = rows.assign(year=rows["year"] - 4)
    found = survey_rates(open_register(old, standard="income_2011_2015", **OWN), by="country").table
    assert "poor_household_pct" in {*found["measure"]} and "intensity_pct" not in {*found["measure"]}
    standard = national_standard("multidim_2016_2020")
    heavy = replace(standard.indicators[0], weight=3)
    weighted = replace(standard, indicators=(heavy, *standard.indicators[1:]))
    found = survey_rates(open_register(rows, standard=weighted, **OWN), by="country").table
    expected = rows.assign(
        score=rows[[*standard.columns]].sum(axis=1) + 2 * rows[standard.columns[0]], one=1.0
    )
    expected["censored"] = expected["score"].where(expected["score"] >= 3, 0) / 12
    year = expected[expected["year"] == 2018].reset_index(drop=True)
    told = found[(found["measure"] == "adjusted_headcount_pct") & (found["year"] == 2018)].iloc[0]
    by_formula = [100 * value for value in by_hand(year, "censored", "one")]
    assert [told["estimate"], told["se"]] == pytest.approx(by_formula, rel=1e-9)
