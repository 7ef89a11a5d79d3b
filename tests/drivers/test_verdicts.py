"""What a test of a driver is worth on the pages: as the fit and the regions say, never stronger."""

from types import SimpleNamespace

import pytest

from povertystats.drivers.declared import driver_fits, regions
from povertystats.drivers.verdicts import in_short, lost, stands, verdict, warnings


def test_programme_money_is_clear_by_place_and_open_by_region(known):
    rows = lost(known, "programmes")["points"]
    assert rows.at["place", "p"] < 0.002 and rows.at["region", "p"] == pytest.approx(0.091, abs=0.001)
    assert not stands(known, "programmes")
    told = [*warnings(known, "programmes", "en")]
    assert told[-1] == (
        "Clear when places are taken as independent (p = 0.001), open when the 6 regions are (points; p = 0.091)."
    )
    assert told[0].startswith("The test is doubtful (points, relative change of the odds): its variation")
    assert in_short(known, "programmes", "en") == {"worth": "doubtful", "regions": "no: another answer"}


def test_training_keeps_its_answer_by_region(known):
    assert lost(known, "training") == {} and stands(known, "training")
    assert not regions(known, "training").changed
    assert in_short(known, "training", "vi") == {"worth": "tin cậy được", "regions": "có"}


def test_the_word_beside_an_interval_is_as_weak_as_its_test(known):
    clear = driver_fits(known)["programmes"].table.iloc[0]
    row = SimpleNamespace(**clear.to_dict())
    assert verdict(known, "programmes", row, (-3.4, -0.9), "en") == "clear by place, open by region"
    assert verdict(known, "programmes", row, (-3.4, 0.9), "en") == "open"
    other = SimpleNamespace(**clear.to_dict() | {"scale": "log_odds"})
    assert verdict(known, "programmes", other, (-3.4, -0.9), "en") == "clear, but the test is doubtful"
    other.low = other.high = float("nan")
    assert (
        verdict(known, "programmes", other, (float("nan"),) * 2, "en")
        == "no interval, and the test is doubtful"
    )
    other.verdict = "none"
    assert verdict(known, "programmes", other, (float("nan"),) * 2, "vi") == "không có kiểm định nào"


def test_a_package_without_regions_says_nothing_of_them(known, monkeypatch):
    monkeypatch.setattr("povertystats.drivers.verdicts.regions", lambda known, name: None)
    assert lost(known, "programmes") == {} and in_short(known, "programmes", "en")["regions"] == "–"
    assert in_short(known, "credit", "en") == {"worth": "–", "regions": "–"} and stands(known, "credit")
