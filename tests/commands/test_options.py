import pytest
import typer

from povertystats.commands.options import spoken, spoken_or_both, units_of
from povertystats.words.errors import Refused


def test_a_language_is_one_of_ours_or_a_file():
    assert [spoken("vi"), spoken("mine/fr.toml"), spoken_or_both("both")] == ["vi", "mine/fr.toml", "both"]
    for asked in (spoken, spoken_or_both):
        with pytest.raises(typer.BadParameter, match="'xx' is not one of vi, en"):
            asked("xx")


def test_units_are_pairs_and_all_that_are_none_are_told():
    assert units_of(["Tỷ lệ = x=share", "n=persons"]) == {"Tỷ lệ = x": "share", "n": "persons"}
    assert units_of(None) is None
    with pytest.raises(Refused) as refused:
        units_of(["share", "=pct", "rate="])
    assert len(refused.value.problems) == 3
