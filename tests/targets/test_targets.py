from dataclasses import replace

import pandas as pd
import pytest
from helpers.small import rates, small

import povertystats as ps


@pytest.fixture(scope="module")
def targets(known):
    return {(t.target, t.reading): t for t in ps.load_targets(known, place="bac kan")}


def test_all_nine_targets_in_every_reading(targets):
    assert len({t for t, _ in targets}) == 9 and len(targets) == 14
    assert {r for t, r in targets if t == "poverty"} == {"by_2.0", "by_2.5", "to_2.5"}
    assert {r for t, r in targets if t == "poor_districts"} == {"by_3.5", "by_4.0", "mean_3.5", "mean_4.0"}
    for target in targets.values():
        assert all(target.wording[lang] and target.evidence[lang] for lang in ("vi", "en"))


@pytest.mark.parametrize(
    ("key", "change", "baseline", "baseline_year", "years"),
    [
        (("poverty", "by_2.0"), -2.0, 19.57, 2019, 1),
        (("poverty", "by_2.5"), -2.5, 19.57, 2019, 1),
        (("poverty", "to_2.5"), -17.07, 19.57, 2019, 1),
        (("trained_labour", "as_printed"), 5.0, 40.0, 2018, 2),
        (("new_jobs", "as_printed"), 5000.0, None, None, None),
        (("health_insurance", "as_printed"), -2.0, 98.0, 2018, 2),
        (("grid_electricity", "as_printed"), None, None, None, None),
        (("rural_water", "as_printed"), 18.5, 80.0, 2010, 10),
        (("merit_families", "as_printed"), -394.0, 394.0, 2018, 2),
        (("schools", "as_printed"), 8.0, None, None, None),
    ],
)
def test_required_change(known, targets, key, change, baseline, baseline_year, years):
    (required,) = ps.required_change(targets[key], known)
    assert required.change == (pytest.approx(change) if change is not None else None)
    assert (required.baseline, required.baseline_year, required.years) == (baseline, baseline_year, years)
    assert required.per_year == (pytest.approx(change / years) if years else None)


def test_each_poor_district_has_its_own_requirement(known, targets):
    districts = ps.required_change(targets["poor_districts", "by_3.5"], known)
    assert [(r.place, r.change, r.baseline) for r in districts] == [
        ("Pác Nặm", -3.5, 35.22),
        ("Ngân Sơn", -3.5, 34.29),
    ]


def test_a_target_is_unknown_before_its_day(facts):
    assert ps.load_targets(facts.as_of("2020-05-06")) == []
    assert ps.load_targets(facts.as_of("2020-05-07"), place="Hà Giang") == []
    with pytest.raises(LookupError, match="no place"):
        ps.load_targets(facts, place="Atlantis")


def test_what_counts_as_met(targets):
    by, insurance = targets["poverty", "by_2.0"], targets["health_insurance", "as_printed"]
    assert by.met_by(-2.0) and by.met_by(-2.3) and not by.met_by(-1.07)
    assert insurance.met_by(96.0) and not insurance.met_by(95.9)


def test_targets_of_no_kind_or_in_another_unit_are_told_together_with_file_and_row(facts):
    rows = facts.targets.copy()
    rows.loc[0, "kind"], rows.loc[1, "unit"] = "gap", "pct"
    with pytest.raises(ps.DataError) as error:
        ps.load_targets(replace(facts, targets=rows))
    kind, unit = error.value.problems
    assert (kind.file, kind.row, kind.field) == (
        "targets.csv",
        2,
        "kind",
    ) and "level, change" in kind.rule
    assert (unit.row, unit.field) == (3, "unit") and unit.rule.endswith("poor_household_pct is in pp")


@pytest.mark.parametrize(
    ("row", "changes", "field", "said"),
    [
        (2, {"bound": -2.5}, "bound", "expected 0 or more"),  # a change, called a level
        (2, {"bound": 250}, "bound", "expected 100 or less"),
        (0, {"bound": -200.0}, "bound", "expected -100 or more"),
        (8, {"bound": -1}, "bound", "expected 0 or more"),
        (12, {"bound": 5}, "bound", "none may remain: expected 0, at_most"),
        (12, {"direction": "at_least"}, "bound", "none may remain: expected 0, at_most"),
        (10, {"proxy_indicator": "poor_households"}, "proxy_indicator", "is in households, grid_electricity_pct in pct"),
        (0, {"available_from": pd.Timestamp("2021-01-01")}, "available_from", "after 2020, the year by whose end"),
        (0, {"year": 2019}, "available_from", "after 2019, the year by whose end"),
    ],
)  # fmt: skip
def test_a_target_that_its_indicator_or_its_day_contradicts_is_refused(facts, row, changes, field, said):
    rows = facts.targets.copy()
    for name, value in changes.items():
        rows.loc[row, name] = value
    with pytest.raises(ps.DataError) as error:
        ps.load_targets(replace(facts, targets=rows))
    (problem,) = error.value.problems
    assert (problem.file, problem.row, problem.field) == ("targets.csv", row + 2, field)
    assert problem.rule.startswith(said)


def test_bounds_at_the_ends_of_what_can_be_are_no_fault(facts):
    rows = facts.targets.copy()
    rows.loc[0, "bound"], rows.loc[2, "bound"], rows.loc[9, "bound"] = -100.0, 0.0, 100.0
    rows.loc[8, "bound"] = 0
    rows["available_from"] = pd.Timestamp("2020-12-31")
    assert len(ps.load_targets(replace(facts, targets=rows))) == 14


def test_a_package_and_a_table_are_validated_by_the_same_call(tmp_path):
    assert not ps.validate().errors and not ps.validate().warnings
    assert [p.rule for p in ps.validate(tmp_path / "gone").errors] == ["there is no such file"]
    (tmp_path / "a.csv").write_text("place;poor_pct\nHà Giang;1.500\nCao Bằng;12.345\n")
    found = ps.validate(tmp_path / "a.csv")
    assert {p.field for p in found.errors} == {"poor_pct"}
    assert not ps.validate(tmp_path / "a.csv", decimal=".").errors


def test_a_target_for_those_on_a_list_means_the_list_of_its_day(facts, targets):
    assert targets["poor_districts", "by_3.5"].places == ("Pác Nặm", "Ngân Sơn")
    rows = facts.table
    on = rows[(rows["indicator"] == "poor_district") & (rows["place"] == "Pác Nặm")]

    def told(day):
        later = on.assign(year=int(day[:4]), period=day, value=0.0, available_from=pd.Timestamp(day))
        changed = replace(facts, table=pd.concat([rows, later], ignore_index=True))
        return next(
            t.places for t in ps.load_targets(changed, place="Bắc Kạn") if t.target == "poor_districts"
        )

    assert told("2019-12-01") == ("Ngân Sơn",) and told("2020-12-01") == ("Pác Nặm", "Ngân Sơn")


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"year": 2036}, "year", "more than 15 years after"),
        ({"year": 2035}, None, ""),
        ({"year": 2050, "wording_en": "No poor household by 2050"}, None, ""),
        ({"target": "new_jobs"}, "target", "are these two targets"),
        ({"target": "trained_labour"}, None, ""),
    ],
)
def test_a_year_far_ahead_and_two_targets_of_one_name_are_asked_about(facts, changes, field, rule):
    targets = facts.targets.copy()
    (i,) = targets.index[targets["target"] == "health_insurance"]
    targets = targets.astype({name: object for name in changes})
    targets.loc[i, [*changes]] = [*changes.values()]
    wrong = replace(facts, targets=targets.astype({"year": float}))
    if field is None:
        assert ps.load_targets(wrong)
        return
    with pytest.raises(ps.DataError, match=rule) as found:
        ps.load_targets(wrong)
    assert {(problem.row, problem.field) for problem in found.value.problems} <= {
        (row, field) for row in targets.loc[targets["target"].eq("new_jobs") | (targets.index == i), "row"]
    }


def merged(*targets):
    """Small facts in which P00 joined P03 on 1 July 2025 and P01 ended, with targets of 2025 and later."""
    known = small(rates(first=2014, years=11), targets, late=3)
    table, changes = known.places.table.copy(), known.places.changes
    table["last_day"] = pd.to_datetime(
        table["place"].map(dict.fromkeys(["P00", "P01"], "2025-06-30")).astype(object)
    )
    row = dict.fromkeys(changes.columns, "") | {"place": "P00", "into": "P03", "part": "whole"}
    row |= {"day": pd.Timestamp("2025-07-01"), "decision": "202/2025/QH15"}
    return replace(known, places=replace(known.places, table=table, changes=pd.DataFrame([row])))


ANNOUNCED = {"available_from": pd.Timestamp("2024-01-01"), "year": 2026.0, "bound": 10.0}


@pytest.mark.parametrize("goal", [{}, {"of": "mean", "place": "P00;P02"}, {"year": 2025.0}], ids=str)
def test_a_target_beyond_the_end_of_its_place_has_no_chance_once_that_is_known(goal):
    known = merged(ANNOUNCED | {"where": "P00"} | goal)
    assert ps.scorecard(known.as_of("2025-06-30"), place="P00").table["verdict"].tolist() == ["probable"]
    card = ps.scorecard(known.as_of("2025-07-01"), place="P00")
    assert card.table["verdict"].tolist() == ["not_assessable"]
    assert "because P00 has been part of P03 since 1 July 2025" in card.text("en")
    assert "vì P00 đã nhập vào P03 từ ngày 01/7/2025" in card.text("vi")


def test_what_is_likely_of_a_place_that_ended_is_not_told():
    known = merged()
    assert "will be about" in ps.scorecard(known.as_of("2025-06-30"), place="P00").text("en")
    for place, said in (
        ("P00", "P00 has been part of P03 since"),
        ("P01", "a territory that is no more since"),
    ):
        told = ps.scorecard(known.as_of("2025-07-01"), place=place).text("en")
        assert said in told and "will be" not in told


def test_a_target_that_was_announced_after_the_end_of_its_place_is_a_fault():
    known = merged(ANNOUNCED | {"available_from": pd.Timestamp("2025-09-01")})
    with pytest.raises(ps.DataError, match=r"the place ended on 2025-06-30, part of P03 since 2025-07-01"):
        ps.load_targets(known)
