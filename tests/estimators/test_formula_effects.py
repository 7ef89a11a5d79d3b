"""Effects of a formula as options: places, years, years of each region, others."""

import pandas as pd
import pytest

from povertystats.estimators.formula import read_formula
from povertystats.estimators.formula_effects import effects_of


def found(effects, panel=None, **options):
    panel = (
        pd.DataFrame(columns=["place", "region", "sector", "year", "t", "y", "x"]) if panel is None else panel
    )
    return effects_of(read_formula(f"y ~ x{effects}"), panel, options)


@pytest.mark.parametrize(
    ("effects", "options", "expected"),
    [
        (" | place + year", {}, (True, True, None, ())),
        (" | place", {}, (True, None, None, ())),
        (" | year", {}, (None, True, None, ())),
        ("", {}, (None, None, None, ())),
        (" | 0", {}, (None, None, None, ())),
        (" | place + region^year", {}, (True, True, "region", ())),
        (" | place + year^region + sector", {}, (True, True, "region", ("sector",))),
        (" | place + sector^region", {}, (True, None, None, ("sector^region",))),
        (" | place + t", {"time": "t"}, (True, "t", None, ())),
        (" | place + region^sector^year", {}, (True, True, ["region", "sector"], ())),
        (" | place + year", {"cluster": "place + year"}, (True, True, None, ())),
    ],
)
def test_effects_become_what_absorbs_them(effects, options, expected):
    got, problems = found(effects, **options)
    assert not problems
    assert (got["entity"], got["time"], got["years_by"], got["effects"]) == expected


def test_the_only_effect_is_the_place_where_no_column_is_called_so():
    panel = pd.DataFrame(columns=["firm", "sector", "year", "y", "x"])
    got, problems = found(" | firm + year", panel)
    assert not problems and (got["place"], got["entity"]) == ("firm", True)
    assert "which of firm, sector are the places?" in found(" | firm + sector", panel)[1][0]
    assert found(" | firm + sector", panel, place="firm")[0]["effects"] == ("sector",)


def test_an_effect_within_the_clusters_is_the_entity_and_any_other_a_further_one():
    panel = pd.DataFrame({"commune": list("aabb"), "house": list("pqrs"), "year": [1, 1, 2, 2]})
    assert found(" | house + year", panel, cluster="commune")[0]["entity"] == "house"
    got = found(" | year", panel, cluster="commune")[0]
    assert got["entity"] is None
    across = panel.assign(house=list("pqpq"))
    got = found(" | house", across, cluster="commune")[0]
    assert (got["entity"], got["effects"]) == (None, ("house",))
    assert found(" | house", "register.parquet", cluster="commune")[0]["entity"] == "house"


def test_what_a_formula_says_is_not_said_beside_it():
    said = {"entity": "house", "time": None, "years_by": "region", "effects": ["sector"]}
    problems = effects_of(read_formula("y ~ x | place"), pd.DataFrame(columns=["place", "y", "x"]), said)[1]
    assert [problem.split()[0] for problem in problems] == ["entity", "years_by", "effects", "time"]
