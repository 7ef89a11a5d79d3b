"""What rests on facts is worked out once and kept with them, and nobody changes it for others."""

import datetime
import gc
import weakref
from dataclasses import replace

import pandas as pd
import pytest
from helpers.packages import own as own_rows

import povertystats as ps
from povertystats.drivers import declared
from povertystats.facts.memory import remembered
from povertystats.records import backtest


@pytest.fixture
def own(facts):
    """Facts of this test alone."""
    return replace(facts)


def test_a_package_and_a_day_are_one_object(facts):
    assert ps.load_facts() is facts and facts.as_of("2020-05-07") is facts.as_of(datetime.date(2020, 5, 7))
    assert facts.as_of("2020-05-07") is not facts.as_of("2019-05-07")
    known = facts.as_of("2020-05-07")
    assert known.as_of("2020-05-07").table.equals(known.table)


def test_reading_again_reads_again():
    assert ps.load_facts(again=True) is not ps.load_facts()


def test_another_package_is_read_again_when_its_files_change(tmp_path):
    (tmp_path / "datapackage.json").write_text('{"resources": [{"name": "mine", "path": "mine.csv"}]}')
    text = "place,indicator,year,value,unit,status,standard,source_id,available_from\n"
    text += "Hà Giang,poor_household_pct,2018,30,pct,estimate,multidim_2016_2020,gso-bieu10,2019-02-01\n"
    (tmp_path / "mine.csv").write_text(text, encoding="utf-8")
    first = ps.load_facts(tmp_path)
    assert ps.load_facts(str(tmp_path)) is first
    (tmp_path / "mine.csv").write_text(text.replace(",30,", ",31,"), encoding="utf-8")
    assert (own_rows(first)["value"].item(), own_rows(ps.load_facts(tmp_path))["value"].item()) == (30, 31)
    (tmp_path / "mine.csv").unlink()
    with pytest.raises(ps.DataError, match="mine.csv"):
        ps.load_facts(tmp_path)


def test_what_rests_on_facts_is_worked_out_once(facts):
    known = facts.as_of("2009-01-01")
    assert ps.scorecard(known) is ps.scorecard(known, place="bac kan")
    assert declared.driver_fits(known) == declared.driver_fits(known)
    assert backtest.past_record(known, "bac kan") is backtest.past_record(known, "Bắc Kạn")


def test_once_for_each_facts_and_each_argument_by_value_and_kind(own):
    calls = []

    @remembered
    def work(known, months=6, *, level=0.95):
        calls.append((months, level))
        return {"level": level}

    made = work(own)
    assert work(own, 6, level=0.95) == work(own, months=6) == made and len(calls) == 1
    made["level"] = 0  # a dict of the caller's own
    assert work(own) == {"level": 0.95}
    assert work(own, 1) == work(own, True) == work(replace(own)) and len(calls) == 4
    assert work(own, [6]) == work(own, [6]) and len(calls) == 6


def test_it_is_forgotten_with_the_facts(facts):
    known = replace(facts, cutoff=None)
    kept = weakref.ref(known.as_of("2009-01-01"))
    assert kept() is not None
    del known
    gc.collect()
    assert kept() is None


def test_changing_a_table_changes_it_for_nobody(own):
    before = own.table
    mine = own.table
    mine.loc[:, "value"] = 0.0
    mine["note"] = "x"
    del mine["place"]
    pd.testing.assert_frame_equal(own.table, before)
    places = own.places.table
    places["place"] = "x"
    assert own.places.find("bac kan") == "Bắc Kạn" and "x" not in set(own.places.table["place"])
    card = ps.scorecard(own)
    table = card.table
    table["probability"] = 1.0
    assert ps.scorecard(own) is card and not card.table["probability"].eq(1).any()


@pytest.mark.filterwarnings("error")
def test_who_changes_the_table_of_facts_themselves_is_warned(own):
    with pytest.raises(pd.errors.ChainedAssignmentError):
        own.table["value"] = 0.0
