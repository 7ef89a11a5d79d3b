"""A file of a package is read as the fields of its role: nothing in it is passed over, and doubts are settled once."""

import json
import os

import pandas as pd
import pytest
from helpers.packages import own

import povertystats as ps

HEADER = "place,indicator,year,value,unit,status,standard,source_id,available_from"
RATE = "bac kan,poor_household_pct,{},{},pct,official,multidim_2016_2020,article-2020-05-07,2020-05-07"
COUNT = "bac kan,poor_households,{},{},households,official,multidim_2016_2020,article-2020-05-07,2020-05-07"


@pytest.fixture
def package(tmp_path):
    def write(text, resource=None, files=None, **more):
        (tmp_path / "mine.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
        resources = [{"name": "mine", "path": "mine.csv"} | (resource or {})]
        for name, content in (files or {}).items():
            (tmp_path / f"{name}.csv").write_bytes(
                content if isinstance(content, bytes) else content.encode()
            )
            resources.append({"name": name, "path": f"{name}.csv"})
        (tmp_path / "datapackage.json").write_text(
            json.dumps({"extends": "povertystats", "resources": resources} | more), "utf-8"
        )
        return tmp_path

    return write


def values(path, **options):
    return own(ps.load_facts(path, **options))["value"].tolist()


def refused(path, **options):
    with pytest.raises(ps.DataError) as error:
        ps.load_facts(path, **options)
    return [(p.row, p.field, f"{p.rule}; {p.suggestion}") for p in error.value.problems]


def rows(*lines, header=HEADER):
    return "\n".join([header, *lines]) + "\n"


@pytest.mark.parametrize(
    ("written", "options", "read"),
    [
        (("16.003", "15.200"), {"decimal": ","}, [16003, 15200]),
        (("16.003", "15.200"), {"thousands": "."}, [16003, 15200]),
        (("16,003", "15,200"), {"decimal": "."}, [16003, 15200]),
        (("16 003", "15 200"), {}, [16003, 15200]),
    ],
)
def test_thousands_are_asked_about_and_settled_by_an_option_or_the_descriptor(
    package, written, options, read
):
    lines = [COUNT.replace("{}", str(2018 + i), 1).format(f'"{text}"') for i, text in enumerate(written)]
    if options:
        asked = refused(package(rows(*lines)))
        assert {(row, field) for row, field, _ in asked} == {(2, "value"), (3, "value")}
        assert all('decimal=","' in said for *_, said in asked)
    assert values(package(rows(*lines)), **options) == read
    assert values(package(rows(*lines), options)) == read
    assert values(package(rows(*lines), **options)) == read


def test_a_mark_is_a_decimal_sign_where_the_figure_could_be_nothing_else(package):
    assert values(package(rows(RATE.format(2018, "21.875"), RATE.format(2019, "19.571")))) == [21.875, 19.571]
    found = refused(package(rows(RATE.format(2018, "21.875"), COUNT.format(2019, "16.003"))))
    assert [(row, field) for row, field, _ in found] == [
        (3, "value")
    ] and "a count is a whole number" in found[0][2]


def test_shares_are_asked_about_and_settled(package):
    path = package(rows(RATE.format(2018, 0.2188), RATE.format(2019, 0.07)))
    assert [row for row, *_ in refused(path)] == [2, 3]
    assert values(path, units={"poor_household_pct": "share"}) == [21.88, 7.0]
    assert values(path, units={"Poor_Household_PCT": "pct"}) == [0.2188, 0.07]
    assert values(package(rows(RATE.format(2018, 0.2188)), units={"poor_household_pct": "share"})) == [21.88]
    assert "no" in refused(path, units={"poor_household_pct": "vnd"})[0][2]
    assert "did you mean" in refused(path, units={"poor_houshold_pct": "share"})[0][2]


def test_a_unit_that_is_known_may_be_said(package):
    line = RATE.format(2019, 0.1957).replace(",pct,", ",share,")
    assert any("units=" in said for *_, said in refused(package(rows(line))))
    assert values(package(rows(line)), units={"poor_household_pct": "share"}) == [19.57]
    assert values(package(rows(RATE.format(2019, 19.57).replace(",pct,", ",%,")))) == [19.57]


def test_figures_ten_times_the_rest_are_asked_about(package):
    series = [29.4, 26.61, 24.53, 2.188, 19.57]
    path = package(rows(*(RATE.format(2015 + i, value) for i, value in enumerate(series))))
    ((row, field, said),) = refused(path)
    assert (row, field) == (5, "value") and "1/10 of the other figures" in said
    assert values(path, units={"poor_household_pct": "pct"}) == series
    # Our own figures of the place stand beside a single one.
    ((_, _, said),) = refused(package(rows(COUNT.format(2019, 160_030))))
    assert "10 times" in said


@pytest.mark.parametrize("name", ["Illustrative", "peroid", "tiers", "NOTE", "ilustrative", "bounds"])
def test_a_column_that_is_nearly_known_is_asked_about_even_where_the_schema_names_it(package, name):
    text = rows(RATE.format(2019, 19.57) + ",x", header=f"{HEADER},{name}")
    for schema in ({}, {"schema": {"fields": [{"name": n} for n in [*HEADER.split(","), name]]}}):
        ((row, field, said),) = refused(package(text, schema))
        assert (row, field) == (1, name) and "did you mean" in said


def test_a_column_of_ones_own_is_named_in_the_schema(package):
    text = rows(RATE.format(2019, 19.57) + ",x", header=f"{HEADER},interviewer")
    ((_, field, said),) = refused(package(text))
    assert field == "interviewer" and "name it in the schema" in said
    named = {"schema": {"fields": [{"name": name} for name in [*HEADER.split(","), "interviewer"]]}}
    assert values(package(text, named)) == [19.57]
    gone = {"schema": {"fields": [{"name": name} for name in [*HEADER.split(","), "gone"]]}}
    assert any(field == "gone" for _, field, _ in refused(package(rows(RATE.format(2019, 19.57)), gone)))


@pytest.mark.parametrize("written", ["07/05/2020", "05-07-2020", "2020-13-01", "43958", "7 May 2020"])
def test_a_date_that_is_not_year_month_day_is_refused(package, written):
    ((row, field, said),) = refused(
        package(
            rows(
                RATE.format(2019, 19.57)
                .replace("2020-05-07", written, 2)
                .replace(f"article-{written}", "article-2020-05-07")
            )
        )
    )
    assert (row, field) == (2, "available_from") and "year-month-day" in said


def test_names_of_indicators_sources_and_words_are_compared_as_names(package):
    line = (
        RATE.format(2019, 19.57)
        .replace("poor_household_pct", " Poor_household_pct")
        .replace("official", "Official")
    )
    table = own(
        ps.load_facts(package(rows(line.replace("article", "Article").replace("multidim", "MultiDim"))))
    )
    said = table[["place", "indicator", "status", "source_id", "standard"]].iloc[0].tolist()
    assert said == ["Bắc Kạn", "poor_household_pct", "official", "article-2020-05-07", "multidim_2016_2020"]


@pytest.mark.parametrize(
    ("role", "text", "key"),
    [
        ("sources", "source_id,title\na,One\nA,Two\n", "source_id"),
        (
            "standards",
            "standard,first_year,last_year,title_vi,title_en,decision\na,2000,2005,a,a,1\nA ,2000,2005,a,a,1\n",
            "standard",
        ),
        ("levers", "lever,title_vi,title_en,measure\na,a,a,list\na,b,b,list\n", "lever"),
        (
            "indicators",
            "indicator,unit,instrument,peers,title_vi,title_en\na,pct,survey,a,a,a\nA,vnd,survey,a,b,b\n",
            "indicator",
        ),
    ],
)
def test_what_stands_twice_in_a_package_is_told_with_both_rows(package, role, text, key):
    found = refused(package(rows(RATE.format(2019, 19.57)), files={role: text}))
    assert [(row, field) for row, field, _ in found] == [(3, key)] and f"first in {role}.csv, row 2" in found[
        0
    ][2]


def test_what_is_ours_may_be_told_anew(package):
    facts = ps.load_facts(
        package(
            rows(RATE.format(2019, 19.57)), files={"sources": "source_id,title\nARTICLE-2020-05-07,Mine\n"}
        )
    )
    assert facts.cite(["article-2020-05-07"])["title"].tolist() == ["Mine"]
    assert len(facts.sources) == len(ps.load_facts().sources)


ROLES = ["targets", "places", "indicators", "standards", "sources", "levers", "drivers"]
UNREADABLE = [b"nothing,known\n1,2\n", b"", b"\xff\xfe\x00", b"PK\x03\x04"]


@pytest.mark.parametrize(
    "files",
    [
        *({role: UNREADABLE[n % 4]} for n, role in enumerate(ROLES)),
        *({role: UNREADABLE[(n + turn) % 4] for n, role in enumerate(ROLES)} for turn in range(4)),
    ],
    ids=lambda files: "-".join(files),
)
def test_a_helper_file_that_cannot_be_read_is_named(package, files):
    """Each by itself, and all at once with each content in turn."""
    path = package(rows(RATE.format(2019, 19.57)), files=files)
    with pytest.raises(ps.DataError) as error:
        ps.load_facts(path)
    assert {f"{role}.csv" for role in files} <= {p.file for p in error.value.problems}


def test_pipes_folders_and_missing_files_are_told_and_never_opened(package):
    path = package(rows(RATE.format(2019, 19.57)))
    for make in (os.mkfifo, os.mkdir, None):
        (path / "mine.csv").unlink() if (path / "mine.csv").exists() else None
        if make:
            make(path / "mine.csv")
        with pytest.raises(ps.DataError, match=r"mine\.csv: .*: expected a readable file"):
            ps.load_facts(path)
        if make is os.mkdir:
            (path / "mine.csv").rmdir()


def test_a_package_without_facts_asks_ours(package, tmp_path):
    (tmp_path / "datapackage.json").write_text(
        json.dumps({"resources": [{"name": "sources", "path": "sources.csv"}]})
    )
    (tmp_path / "sources.csv").write_text("source_id,title\ns,Resolution\n")
    facts = ps.load_facts(tmp_path)
    assert not facts.table["own"].any()
    pd.testing.assert_frame_equal(facts.table, ps.load_facts().table.assign(own=False))
    assert "s" in set(facts.sources["source_id"])


def test_figures_of_one_file_may_be_illustrative(package):
    path = package(rows(RATE.format(2019, 19.57)), {"illustrative": True})
    assert own(ps.load_facts(path))["illustrative"].tolist() == [True]
    text = rows(
        RATE.format(2019, 19.57) + ",Có", RATE.format(2018, 21.88) + ",", header=f"{HEADER},illustrative"
    )
    assert own(ps.load_facts(package(text)))["illustrative"].tolist() == [True, False]
    text = rows(RATE.format(2019, 19.57) + ",perhaps", header=f"{HEADER},illustrative")
    assert [(row, field) for row, field, _ in refused(package(text))] == [(2, "illustrative")]


def test_a_foreign_key_is_told_without_stopping(package):
    facts = ps.load_facts(package(rows(RATE.format(2019, 19.57)), our_office="Bắc Kạn"))
    assert [warning.field for warning in facts.warnings][:1] == ["our_office"]
    assert "in .warnings" in repr(facts) and not ps.load_facts().warnings
    assert facts.as_of("2020-12-31").warnings == facts.warnings


FIELDS = HEADER.split(",")


def schema(**of):
    return {"fields": [{"name": name} | of.get(name, {}) for name in FIELDS]}


@pytest.mark.parametrize(
    ("text", "resource"),
    [
        (
            rows(RATE.format(2019, "19,57"))
            .replace(";", "")
            .replace("19,57", "19#57")
            .replace(",", ";")
            .replace("#", ","),
            {"dialect": {"csv": {"delimiter": ";"}}},
        ),
        (rows(RATE.format(2019, "19.57")).replace(",", "|"), {"dialect": {"delimiter": "|"}}),
        ("#a remark\n" + rows(RATE.format(2019, "19.57")), {"dialect": {"commentChar": "#"}}),
        ("office of Bắc Kạn\n" + rows(RATE.format(2019, "19.57")), {"dialect": {"headerRows": [2]}}),
        (
            rows(RATE.format(2019, '"19,570"')),
            {"schema": schema(value={"type": "number", "decimalChar": ","})},
        ),
        (
            rows(RATE.format(2019, "19.57").replace(",2020-05-07", ",07/05/2020")),
            {"schema": schema(available_from={"type": "date", "format": "%d/%m/%Y"})},
        ),
        (
            rows(RATE.format(2019, "19.57")).replace("bac kan", "Bắc Kạn").encode("utf-16"),
            {"encoding": "utf-16"},
        ),
        (
            rows(RATE.format(2019, "19.57%")),
            {"schema": schema(value={"type": "number", "bareNumber": False})},
        ),
    ],
)
def test_what_a_descriptor_says_of_its_files_is_done(package, text, resource):
    table = own(ps.load_facts(package(text, resource)))
    assert table["value"].tolist() == [19.57] and table["place"].tolist() == ["Bắc Kạn"]
    assert str(table["available_from"][0].date()) == "2020-05-07"


@pytest.mark.parametrize(
    "dialect", [{"delimiter": ";;"}, {"headerRows": 3}, {"commentRows": ["x"]}, {"lineTerminator": "x"}]
)
def test_a_dialect_that_cannot_be_is_told(package, dialect):
    found = refused(package(rows(RATE.format(2019, "19.57")), {"dialect": dialect}))
    assert [field for _, field, _ in found] == ["dialect"]


def test_facts_in_a_workbook_or_parquet_are_read_as_in_a_csv(package, tmp_path):
    path = package(rows(RATE.format(2018, 21.88), COUNT.format(2019, 16003)))
    expected = own(ps.load_facts(path)).drop(columns=["file", "row"])
    table = pd.read_csv(path / "mine.csv")
    table.to_excel(tmp_path / "mine.xlsx", index=False)
    table.to_parquet(tmp_path / "mine.parquet")
    for name in ("mine.xlsx", "mine.parquet"):
        (tmp_path / "datapackage.json").write_text(
            json.dumps({"resources": [{"name": "mine", "path": name}]})
        )
        pd.testing.assert_frame_equal(own(ps.load_facts(tmp_path)).drop(columns=["file", "row"]), expected)
