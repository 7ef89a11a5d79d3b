"""A review as a data package: what it publishes, under which names, read by everything that takes facts."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from helpers.packages import own
from helpers.reviews import PLACES, register_rows

import povertystats as ps
from povertystats.register.data_package import write_package
from povertystats.register.reader import open_register
from povertystats.register.review import review

pytest.importorskip("ibis")
DAYS = {year: f"{year + 1}-02-01" for year in range(2016, 2020)}


@pytest.fixture(scope="module")
def found():
    rows = register_rows(households=900)
    return review(open_register(rows), minimum=4)


@pytest.fixture(scope="module")
def read(found, tmp_path_factory):
    folder = tmp_path_factory.mktemp("package") / "mine"
    write_package(found, folder, source="mine-2016-2019", title="Review of mine", available_from=DAYS)
    return ps.load_facts(folder)


def renamed(found, **names):
    """The review with other names of places."""
    table = found.table.replace({column: names for column in [*PLACES, "place"]})
    return replace(found, table=table)


# What it holds


def test_every_cell_that_is_told_is_a_fact_and_no_other(found, read):
    # All provinces together are no place of the package.
    rows = found.table[found.table["level"] != "country"].set_index([*PLACES, "year"])
    facts = own(read)
    assert facts["status"].unique().tolist() == ["official"] and not facts["illustrative"].any()
    assert facts["source_id"].unique().tolist() == ["mine-2016-2019"]
    assert facts["available_from"].dt.strftime("%Y-%m-%d").tolist() == facts["year"].map(DAYS).tolist()
    known = [c for c in rows if c in set(read.indicators["indicator"])]
    assert {"poor_household_pct", "poor_households", "income_poor_of_poor_pct", "borrower_household_pct"} <= {
        *known
    }
    assert len(facts) == rows[known].notna().sum().sum() < rows[known].size
    told = facts.pivot(index=["place", "year"], columns="indicator", values="value")
    of_commune = rows.xs(("Bắc Kạn", "Ba Bể", "Hà Hiệu"), level=PLACES)[known].astype(float)
    pd.testing.assert_frame_equal(
        told.loc["Hà Hiệu, Ba Bể"].reindex(columns=known), of_commune, check_names=False, check_like=True
    )


def test_places_stand_in_those_they_lie_in(read):
    places = read.places.table.set_index("place")
    assert places.loc["Hà Hiệu, Ba Bể", ["kind", "parent"]].tolist() == ["commune", "Ba Bể"]
    assert places.loc["Trung Hòa, Na Rì", "parent"] == "Na Rì"
    # Ours are ours; a district of its province's name is another place.
    assert places.loc["Ba Bể", "code"] == "06-ba-be" and places.loc["Hà Giang", "kind"] == "province"
    assert places.loc["Hà Giang, Hà Giang", ["kind", "parent"]].tolist() == ["district", "Hà Giang"]
    assert read.sources.set_index("source_id").loc["mine-2016-2019", "title"] == "Review of mine"


def test_places_spelled_like_ours_are_other_places(found, tmp_path):
    # A commune like a province of ours, a district like one that lies in Bắc Kạn, a province of no name of ours.
    mine = renamed(found, **{"Hà Hiệu, Ba Bể": "hoa binh", "Hà Giang": "Mới", "Hà Hiệu": "hoa binh"})
    mine = replace(mine, table=mine.table.replace({"Bắc Kạn": "Bắc Kạn (made)"}))
    write_package(mine, tmp_path / "mine", source="mine", available_from="2020-02-01")
    read = ps.load_facts(tmp_path / "mine")
    places = read.places.table.set_index("place")
    # None of them is ours: it stands alone.
    assert read.alone and not {"Hòa Bình", "Ba Bể", "Cả nước"} & {*places.index}
    assert places.loc["hoa binh, Ba Bể, Bắc Kạn (made)", "parent"] == "Ba Bể, Bắc Kạn (made)"
    assert places.loc["Ba Bể, Bắc Kạn (made)", ["kind", "parent"]].tolist() == ["district", "Bắc Kạn (made)"]
    assert places.loc["Mới", ["kind", "parent"]].tolist() == ["province", ""]
    assert not {"Hòa Bình", "Ba Bể", "Bắc Kạn"} & set(own(read)["place"])


def test_counts_of_groups_are_not_written(tmp_path):
    by_group = review(open_register(register_rows(households=300)), by="province", group="ethnic")
    write_package(
        by_group, tmp_path / "mine", source="mine", available_from=date(2020, 2, 1), status="preliminary"
    )
    read = ps.load_facts(tmp_path / "mine")
    read = own(read)
    assert set(read["place"]) == {"Bắc Kạn", "Hà Giang"}
    assert set(read["status"]) == {"preliminary"} and set(read["available_from"]) == {
        pd.Timestamp(2020, 2, 1)
    }


# Who reads it


def test_facts_panel_series_forecast_and_drivers_take_it(found, read):
    communes = found.panel("commune").dropna(subset=["poor_household_pct", "trained_household_pct"])
    assert len(communes) > 8
    read = replace(read, table=own(read))
    panel = read.panel(
        ["poor_household_pct", "trained_household_pct"],
        places=[*communes["place"].unique()],
        years=(2016, 2019),
    )
    both = panel.dropna().merge(communes, on=["place", "year"])
    assert len(both) == len(communes)
    assert both["poor_household_pct_x"].tolist() == both["poor_household_pct_y"].tolist()
    fit = ps.fit_drivers(panel, "poor_household_pct", ["trained_household_pct"], scales=["points"], draws=0)
    kept = panel.dropna()
    while (
        alone := kept[["place", "year"]].apply(lambda key: key.map(key.value_counts()) == 1).any(axis=1)
    ).any():
        kept = kept[~alone]
    assert fit.table["n"].tolist() == [len(kept)]
    series = read.as_of("2019-06-01").series("poor_household_pct", place="bac kan")
    province = found.panel("province").query("place == 'Bắc Kạn'")["poor_household_pct"]
    assert series.years.tolist() == [2016, 2017, 2018] and series.values.tolist() == province.tolist()[:3]
    assert series.standard == "multidim_2016_2020"
    ahead = ps.forecast(series, horizon=2)
    assert ahead.table["year"].tolist() == [2019, 2020] and ahead.table["median"].between(0, 100).all()


def test_generated_households_reach_no_series_unless_asked_for(tmp_path):
    generated = register_rows(households=300).assign(illustrative=True)
    found = review(open_register(generated), by="province")
    write_package(found, tmp_path / "mine", source="mine", available_from=DAYS)
    read = ps.load_facts(tmp_path / "mine")
    assert own(read)["illustrative"].all()
    told, asked = (
        read.series("poor_household_pct", place="Hà Giang", illustrative=also) for also in (False, True)
    )
    published = ps.load_facts().series("poor_household_pct", place="Hà Giang")
    assert told.values.tolist() == published.values.tolist()
    # Where nothing is published, the generated figures stand; elsewhere they do not take its place.
    made = found.panel().query("place == 'Hà Giang'").set_index("year")["poor_household_pct"].dropna()
    expected = made.to_dict() | dict(zip(published.years, published.values, strict=True))
    assert dict(zip(asked.years, asked.values, strict=True)) == expected
    assert {*made.index} - {*published.years}


# What is refused


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_written(found, tmp_path):
    days = {2016: "2016-12-31", 2017: "2016-12-31", 2018: "soon"}
    with pytest.raises(ValueError, match="^cannot write the package:\n") as error:
        write_package(replace(found, minimum=0), tmp_path, source="mine", available_from=days, status="true")
    assert error.value.problems == [
        "the review hides no small cells (minimum=0); expected a protected one",
        f"{tmp_path} is there already; expected a new folder",
        "available_from: 2016-12-31 is before 2017, the year that it speaks of",
        "available_from: 'soon' is not a date; expected year-month-day, such as 2020-05-07",
        "available_from has no day for 2019",
        "status: 'true'; expected one of official, derived, preliminary, estimate, plan",
    ]
    assert os.listdir(tmp_path) == []
    with pytest.raises(OSError, match="none"):
        write_package(found, tmp_path / "none" / "mine", source="mine", available_from=DAYS)


def test_nothing_remains_when_the_facts_contradict_each_other(found, tmp_path):
    wrong = replace(found, table=found.table.assign(poor_household_pct=120.0))
    with pytest.raises(ps.DataError, match="poor_household_pct lies in 0 to 100"):
        write_package(wrong, tmp_path / "mine", source="mine", available_from=DAYS)
    assert os.listdir(tmp_path) == []


KILLED = """
import pickle, sys, time
from povertystats.register import data_package
def slow(folder=None, whole=data_package.load_facts):
    if folder:
        print("written", flush=True)
        time.sleep(60)
    return whole(folder)
data_package.load_facts = slow
found = pickle.load(open(sys.argv[1], "rb"))
data_package.write_package(found, sys.argv[2], source="mine", available_from="2020-02-01")
"""


def test_a_process_that_is_killed_leaves_no_package_and_the_next_one_writes_it(found, tmp_path):
    pd.to_pickle(found, tmp_path / "review.pkl")
    folder = tmp_path / "out" / "mine"
    folder.parent.mkdir()
    command = [sys.executable, "-c", KILLED, tmp_path / "review.pkl", folder]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"written\n"
        os.kill(process.pid, signal.SIGKILL)
    (left,) = os.listdir(folder.parent)
    assert left.startswith(".povertystats-")
    write_package(found, folder, source="mine", available_from="2020-02-01")
    assert os.listdir(folder.parent) == ["mine"] and len(ps.load_facts(folder).table) > 100


def test_a_register_of_another_country_stands_alone(tmp_path):
    rows = register_rows(households=300)
    names = {
        name: f"Nusa{i}"
        for i, name in enumerate(sorted({*rows["province"], *rows["district"], *rows["commune"]}))
    }
    rows = rows.replace({column: names for column in PLACES})
    write_package(review(open_register(rows)), tmp_path / "mine", source="mine", available_from=DAYS)
    read = ps.load_facts(tmp_path / "mine")
    assert read.alone and read.table["own"].all() and not read.warnings
    assert set(read.places.table["parent"]) <= {"", *read.places.table["place"]}
    assert read.outcome(read.places.provinces[0]) == "poor_household_pct" and len(read.standards) == 1
