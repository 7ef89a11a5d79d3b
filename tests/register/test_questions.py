"""What a register is asked before it is counted, and what it is not asked."""

import pandas as pd
import pytest
from helpers.criteria import GOOD
from helpers.reviews import register_rows

from povertystats.files.problems import DataError
from povertystats.register.columns import COVERAGE
from povertystats.register.questions import FEWER, TIMES
from povertystats.register.reader import open_register
from povertystats.register.review import review
from povertystats.words.errors import Refused

pytest.importorskip("ibis")


@pytest.fixture(scope="module")
def rows():
    return register_rows(households=120, years=(2018, 2019))


def asked(source, **options):
    register = open_register(source, **options)
    with pytest.raises(DataError) as told:
        review(register, by="province")
    assert told.value.problems == list(register.findings.errors)
    return told.value.problems


def poor(source, **options):
    table = review(open_register(source, **options), by="province", minimum=0).table
    return table.loc[table["level"] == "province", "poor_households"].sum()


def test_clean_registers_are_asked_nothing(rows):
    """0 of 3 registers of other seeds, standards and years."""
    for seed, standard, years in (
        (0, "multidim_2016_2020", (2016, 2017)),
        (1, "multidim_2016_2020", (2018, 2019)),
        (2, "multidim_2022_2025", (2022, 2023)),
    ):
        clean = register_rows(seed, 200, years, standard)
        found = open_register(clean, standard=standard).findings
        assert found.errors == () and not [w for w in found.warnings if "below zero" in w.rule]


def test_incomes_in_which_a_point_may_part_thousands_are_asked_and_an_option_answers(rows, tmp_path):
    path = tmp_path / "a.csv"
    # Columns that need not be there take their time: each is a text in the file.
    whole = rows.drop(columns=[*COVERAGE, "ethnic", "head_age", "persons"])
    whole = whole.assign(income_vnd_k=rows["income_vnd_k"].round())
    expected = poor(whole)
    income = whole["income_vnd_k"].astype(int)
    pointed = whole.assign(income_vnd_k=income.map(lambda x: f"{x:,}".replace(",", ".")))
    pointed.to_csv(path, index=False)
    problem, *_ = asked(path)
    assert (problem.file, problem.field) == (str(path), "income_vnd_k") and problem.row > 1
    assert "decimal" in problem.suggestion and problem.value == pointed["income_vnd_k"].iloc[problem.row - 2]
    doubtful = (pointed["income_vnd_k"].str.contains(".", regex=False)).sum()
    assert open_register(path).checks.set_index("problem").at["doubtful", "records"] == doubtful
    assert poor(path, thousands=".") == poor(path, decimal=",") == expected
    pointed.assign(income_vnd_k=pointed["income_vnd_k"] + ",0").to_csv(path, sep=";", index=False)
    assert poor(path) == expected


@pytest.mark.parametrize(("unit", "times"), [("vnd", 1000), ("vnd_m", 0.001)])
@pytest.mark.parametrize("part", ["all", "year", "commune"])
def test_incomes_in_another_unit_are_asked_be_it_one_year_or_one_commune(rows, unit, times, part):
    first = rows.iloc[0]
    at = {
        "all": rows["year"] > 0,
        "year": rows["year"] == 2019,
        "commune": rows["commune"] == first["commune"],
    }[part]
    rows = pd.concat([rows.assign(household=rows["household"] + suffix) for suffix in "abcd"])
    at = pd.concat([at] * 4)
    other = rows.assign(income_vnd_k=rows["income_vnd_k"].where(~at, rows["income_vnd_k"] * times))
    wide = {"limits": {"income_vnd_k": (-1e9, 1e9)}}
    problems = asked(other, **wide)
    assert all(f"{TIMES} times" in p.rule and unit in p.suggestion for p in problems)
    assert [p.value for p in problems][0] == {"all": "all records", "year": "2019"}.get(
        part, problems[0].value
    )
    if part == "all":
        assert poor(other, units={"income_vnd_k": unit}) == poor(rows)
        assert poor(other, units={"income_vnd_k": "vnd_k"}, **wide) is not None


def test_incomes_of_a_year_of_a_household_or_in_dollars_are_asked(rows):
    """Beyond the line by 6 where nearly nobody is poor, or below it where everybody is; clean ones are asked nothing."""
    plain = rows["income_vnd_k"].clip(lower=300)
    late = rows["year"] == 2019
    for times, where in ((12, late | True), (12, late), (1 / 23, late | True)):
        (problem,) = open_register(
            rows.assign(income_vnd_k=plain.where(~where, plain * times))
        ).findings.errors
        assert (
            f"{FEWER} times" in problem.rule
            and "nearly" in problem.rule
            and "of a year" in problem.suggestion
        )
        assert problem.value == ("all records" if where.all() else "2019")
    dollars = rows.assign(income_vnd_k=plain / 23)
    assert not open_register(dollars, units={"income_vnd_k": "vnd_k"}).findings.errors


def test_years_of_two_digits_are_asked(rows):
    for year in (
        rows["year"] % 100,
        (rows["year"] % 100).astype(str),
        rows["year"].where(rows.index % 2 > 0, 19),
    ):
        (problem,) = open_register(rows.assign(year=year)).findings.errors
        assert problem.field == "year" and "two digits" in problem.rule and "19" in problem.value


def test_columns_that_are_written_in_another_way_are_asked_and_words_answer(rows):
    rows = rows.drop(columns=[*COVERAGE, "ethnic", "head_age", "persons"])
    flags = [name for name in rows if name.startswith("dep_")][:2]
    other = rows.assign(**{name: rows[name].map({True: "x", False: None}) for name in flags})
    other = other.assign(
        urban=rows["urban"].map({True: 1, False: 2}), year=rows["year"].map("31/12/{}".format)
    )
    found = {p.field: p for p in asked(other)}
    assert {*found} == {*flags, "urban", "year"} and found[flags[0]].suggestion.endswith('no=[""]')
    assert found["urban"].value == "2" and "yes=" in found["urban"].suggestion
    assert found["year"].value == "31/12/2018, 31/12/2019" and "such as the year 2019" in found["year"].rule
    assert poor(other.assign(year=rows["year"]), no=["", "0", "2", "false"]) == poor(rows)


def test_a_total_is_no_household_and_a_column_of_nearly_the_name_is_named(rows):
    total = pd.concat([rows, rows.tail(1).assign(household="Tổng cộng")])
    assert open_register(total).checks.set_index("problem").at["missing", "records"] == 1
    for name, near in (("Illustrative", "illustrative"), (" income_vnd_k", "income_vnd_k")):
        with pytest.raises(Refused, match=f"column '{name}' may be '{near}'"):
            open_register(rows.assign(**{name: 1}))
        assert open_register(
            rows.assign(**{name: 1}), columns={near: None if near == "illustrative" else near}
        )


def test_incomes_of_nought_and_very_large_ones_are_told(rows):
    for value, where in ((0.0, "twentieth of the lowest"), (999_999.0, "20 times the highest")):
        some = rows.assign(income_vnd_k=rows["income_vnd_k"].where(rows.index % 20 > 0, value))
        told = [w for w in open_register(some).findings.warnings if where in w.rule]
        assert len(told) == 1 and told[0].value == f"{(rows.index % 20 == 0).sum()} records"


def test_communes_whose_district_changes_with_the_years_are_told(rows):
    moved = rows.assign(district=(rows["year"] == 2019).map({False: "Ba Bể", True: "Chợ Mới"}))
    told = [w for w in open_register(moved).findings.warnings if "no two in one year" in w.rule]
    assert {w.value for w in told} == {*rows["commune"]} and "Ba Bể, Chợ Mới" in told[0].rule


def test_a_loss_is_poor_and_said_but_a_code_for_missing_is_asked(rows):
    loss = rows.assign(income_vnd_k=rows["income_vnd_k"].where(rows.index % 7 > 0, -20.5))
    before = poor(rows)
    assert poor(loss) > before
    (warned,) = [w for w in open_register(loss).findings.warnings if "below zero" in w.rule]
    assert warned.value == f"{(loss['income_vnd_k'] < 0).sum()} records"
    coded = rows.assign(income_vnd_k=rows["income_vnd_k"].where(rows.index % 7 > 0, -99.0))
    (problem,) = asked(coded)
    assert problem.value == "-99" and "missing" in problem.suggestion
    checks = open_register(coded, missing=["-99", ""]).checks.set_index("problem")["records"]
    assert checks["missing"] == (coded["income_vnd_k"] < 0).sum()
    assert poor(coded, limits={"income_vnd_k": (-100, 1e6)}) > before


def test_communes_that_may_be_one_are_told(rows):
    spelled = rows.assign(commune=rows["commune"].mask(rows.index % 2 == 0, rows["commune"].str.upper()))
    told = [w for w in open_register(spelled).findings.warnings if w.field == "commune"]
    assert len(told) >= 3 and all("may be one place" in w.rule for w in told)
    owned = spelled.rename(columns={"commune": "xa"})
    assert {w.field for w in open_register(owned, columns={"commune": "xa"}).findings.warnings} == {"xa"}


def test_a_place_that_is_called_otherwise_a_year_later_is_told(rows):
    """Huyện and Thành phố, a code that lost its noughts; not where both names stand in one year."""
    late = rows["year"] == 2019
    for level, was, now in (("district", "Huyện Ba Bể", "TX. Ba Bể"), ("commune", "021", "21")):
        one = rows.assign(**{level: was})
        found = open_register(one.assign(**{level: one[level].mask(late, now)})).findings
        told = [w for w in found.warnings if w.field == level]
        assert told and all("may be one place" in w.rule for w in told)
        assert {w.value for w in told} == {", ".join(sorted([was, now]))}
        both = open_register(one.assign(**{level: one[level].mask(rows.index % 2 == 0, now)})).findings
        assert not [w for w in both.warnings if w.field == level]
    for level, other in (("commune", "Xã Tân Lập"), ("province", "Bắc Cạn")):
        usual = other.removeprefix("Xã ").replace("Cạn", "Kạn")
        named = rows.assign(**{level: pd.Series(usual, rows.index).mask(rows.index % 2 == 0, other)})
        assert [w for w in open_register(named).findings.warnings if w.field == level]


@pytest.mark.parametrize("own", ["bac kan", "Tỉnh Bắc Kạn"])
@pytest.mark.parametrize("of", ["line", "prices"])
def test_a_place_that_the_standard_spells_otherwise_is_asked_about(rows, tmp_path, own, of):
    placed = {
        "line": f'line.low = {{ everywhere = 700, place = "province", amounts = {{ "{own}" = 900 }}, checked = false }}',
        "prices": f'line.low = {{ everywhere = 700, checked = false }}\nprices = {{ indexes = {{ "{own}" = 1.2 }}, checked = false }}',
    }
    text = GOOD.replace("line.low = { rural = 10, urban = 20.5, checked = false }", placed[of])
    standard = tmp_path / "s.toml"
    standard.write_text(text.replace("= 2020\n", "= 2018\n"), encoding="utf-8")
    named = rows.assign(dep_water=False, province="Bắc Kạn")
    (problem,) = asked(named, standard=f"{standard}:mine")
    assert (problem.field, problem.value) == ("province", "Bắc Kạn") and own in problem.rule
    standard.write_text(standard.read_text().replace(own, "Bắc Kạn"), encoding="utf-8")
    assert not open_register(named, standard=f"{standard}:mine").findings.errors
    standard.write_text(standard.read_text().replace("dep_water", "year"), encoding="utf-8")
    with pytest.raises(Refused, match="'year' of the standard is called as another column"):
        open_register(named, standard=f"{standard}:mine")
