from copy import copy

import pandas as pd
import pytest

from povertystats.facts.checks import (
    check_drivers,
    check_estimators,
    check_facts,
    check_indicators,
    check_targets,
    doubtful_bounds,
)
from povertystats.facts.package import read_package
from povertystats.facts.places import check_places
from povertystats.files.identity import Identity
from povertystats.files.problems import Problem

KEY = ["place", "indicator", "year", "period", "standard", "status", "bound", "source_id"]


@pytest.fixture
def tables():
    return {role: copy(table) for role, table in read_package().items()}


def told(problems):
    return [(p.row, p.field, p.value) for p in problems]


def test_our_own_package_has_no_problem(tables):
    assert not [
        *check_places(tables["places"]),
        *check_indicators(tables["indicators"]),
        *check_facts(tables, KEY),
        *check_targets(tables, Identity()),
        *check_drivers(tables),
    ]


def test_a_problem_says_where_what_and_what_was_expected():
    assert str(Problem("a.csv", 7, "unit", "households", "x is in pct")) == (
        "a.csv, row 7, field unit: 'households': x is in pct"
    )
    assert str(Problem("a.csv", None, "", "", "there is no such file")) == "a.csv: there is no such file"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("place", "Atlantis"),
        ("indicator", "happiness_pct"),
        ("unit", "apples"),
        ("value", -1.0),
        ("value", 101.0),
        ("source_id", "nobody"),
        ("standard", ""),
        ("standard", "income_2006_2010"),
        ("period", "2019-02-30"),
        ("period", "2018-12"),
        ("available_from", pd.Timestamp("2018-12-31")),
    ],
)
def test_each_contradiction_is_told_at_its_row(tables, field, value):
    facts = tables["facts"]
    (i,) = facts.index[
        (facts["place"] == "Bắc Kạn")
        & (facts["indicator"] == "poor_household_pct")
        & (facts["source_id"] == "article-2020-05-07")
        & (facts["year"] == 2019)
    ]
    facts.at[i, field] = value
    assert told(check_facts(tables, KEY)) == [(facts.at[i, "row"], field, str(value))]


def test_a_target_may_be_set_under_the_standard_before(tables):
    facts = tables["facts"]
    early = facts["status"].eq("target") & facts["standard"].eq("income_2006_2010") & facts["year"].gt(2010)
    assert early.any()
    assert not list(check_facts(tables, KEY))
    facts.loc[early, "status"] = "official"
    assert {field for _, field, _ in told(check_facts(tables, KEY))} >= {"standard"}


def test_one_place_sets_a_target(tables):
    targets = tables["targets"]
    (row,) = targets.index[targets["reading"] == "by_3.5"]
    targets.loc[row, ["place", "where"]] = ["Bắc Kạn", "Pác Nặm;Ngân Sơn"]
    assert told(check_targets(tables, Identity())) == [(targets.at[row, "row"], "where", "Pác Nặm;Ngân Sơn")]


def test_a_target_speaks_of_what_there_is(tables):
    targets = tables["targets"]
    targets.loc[0, ["place", "indicator", "source_id"]] = ["Bắc Kạn;Nowhere", "poor", "nobody"]
    assert {(row, field) for row, field, _ in told(check_targets(tables, Identity()))} == {
        (2, "place"),
        (2, "indicator"),
        (2, "source_id"),
    }


@pytest.mark.parametrize(
    ("indicator", "peers", "told_of"),
    [
        ("poor_household_pct", "poor_incom_pct", "not in indicators.csv; did you mean poor_income_pct"),
        ("poor_household_pct", "poor_income_pct;households", "must be in pct"),
        ("new_jobs_persons", "poor_income_pct", "must be in pct"),
    ],
)
def test_peers_are_indicators_in_percent(tables, indicator, peers, told_of):
    indicators = tables["indicators"]
    (i,) = indicators.index[indicators["indicator"] == indicator]
    indicators.at[i, "peers"] = peers
    (problem,) = check_indicators(indicators)
    assert (problem.file, problem.row, problem.field) == ("indicators.csv", indicators.at[i, "row"], "peers")
    assert problem.value == peers.split(";")[-1] and told_of in f"{problem.rule}; {problem.suggestion}"


def test_every_unknown_peer_is_told(tables):
    tables["indicators"].loc[[0, 3], "peers"] = ["nobody_pct;poor_income_pct;nothing_pct", "nobody_pct"]
    assert [found for _, _, found in told(check_indicators(tables["indicators"]))] == [
        "nobody_pct",
        "nothing_pct",
        "nobody_pct",
    ]


def test_what_a_driver_cannot_be_is_told_all_at_once(tables):
    drivers = tables["drivers"]
    training = drivers.index[drivers["driver"] == "training_before"][0]
    wrong = {"indicator": "trained_pc", "outcome": "population_persons", "benchmark": "urban", "step": 1.0}
    wrong |= {
        "second_look_of": "school",
        "first_year": 2015.0,
        "term": "log1p({})",
        "estimators": "within;twice",
    }
    for field, value in wrong.items():
        drivers.loc[training, field] = value
    found = {p.field: str(p) for p in [*check_drivers(tables), *check_estimators(drivers)]}
    assert set(found) == {*wrong} - {"term"} and all(
        p.startswith("drivers.csv, row 3, ") for p in found.values()
    )
    for field, part in {
        "indicator": "did you mean trained_pct",
        "outcome": "expected an indicator in pct",
        "second_look_of": "expected one of credit, programmes, training",
        "first_year": "'2015': after last_year",
        "estimators": "'twice': expected of within, ",
        "step": "ln(1 + x) has no steps",
    }.items():
        assert part in found[field]


def test_a_list_of_places_is_an_indicator(tables):
    targets = tables["targets"]
    targets.loc[targets["reading"] == "by_3.5", "place"] = "every district on poor_distric"
    ((problem),) = check_targets(tables, Identity())
    assert problem.field == "place" and "poor_district" in problem.suggestion


@pytest.mark.parametrize(
    ("indicator", "field", "parts", "wrong"),
    [
        ("poor_household_pct", "derived_from", "poor_households / households", True),
        ("poor_household_pct", "derived_from", "vbsp_outstanding_vnd_bn / population_persons_k", False),
        ("credit_pc_vnd_m", "counts", "poor_households / households", True),
        ("trained_pct", "counts", "population_persons_k / population_persons_k", False),
    ],
)
def test_a_rate_is_of_counts_and_what_is_derived_is_no_rate_of_them(tables, indicator, field, parts, wrong):
    indicators = tables["indicators"]
    (i,) = indicators.index[indicators["indicator"] == indicator]
    indicators.at[i, field] = parts
    assert [problem.field for problem in check_indicators(indicators)] == [field] * wrong


def test_places_named_twice_and_sources_of_nobody_in_targets_are_told_and_a_share_is_doubted():
    tables = read_package()
    targets = tables["targets"].head(3).assign(place=["Bắc Kạn", "Bắc Kạn;bac kan", "Bắc Kạn"])
    targets["evidence_sources"] = ["", "", "molisa-01;nobody"]
    targets["indicator"] = ["poor_household_pc", *targets["indicator"].tolist()[1:]]
    found = [*check_targets(tables | {"targets": targets}, tables["identity"])]
    assert [(p.field, p.value) for p in found] == [
        ("indicator", "poor_household_pc"),
        ("place", "bac kan"),
        ("evidence_sources", "nobody"),
    ]
    assert "poor_household_pct" in found[0].suggestion
    facts = pd.DataFrame({"indicator": "rate", "value": [25.0, 21.0]})
    asked = pd.DataFrame(
        {"kind": ["level", "level", "change", "level"], "unit": ["pct", "pct", "pp", "households"]}
    )
    asked = asked.assign(file="targets.csv", row=range(2, 6), indicator="rate", bound=[0.2, 2.0, -0.02, 0.2])
    asked["direction"] = "at_most"
    assert [(p.row, p.suggestion) for p in doubtful_bounds(asked, facts)] == [
        (2, "write 20 if a share was meant"),
        (4, "write -2 if a share was meant"),
    ]
    rise = asked.assign(kind="change", unit="pp", bound=[2.0, -2.0, -2.0, 0.0])[:2]
    assert [(p.row, p.rule) for p in doubtful_bounds(rise, facts)] == [(2, "allows a rise")]
    assert not [*doubtful_bounds(tables["targets"], tables["facts"])]
