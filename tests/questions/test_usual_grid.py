"""The usual grid: what it crosses, what it leaves out of short panels, its names in both languages."""

import pytest

from povertystats.facts.specifications import DIMENSIONS
from povertystats.questions.usual_grid import usual_grid


@pytest.mark.parametrize(
    ("years", "halves"), [(5, []), (6, [(2001, 2003), (2004, 2006)]), (9, [(2001, 2005), (2006, 2009)])]
)
def test_halves_of_the_years_are_windows_where_they_are_long_enough(years, halves):
    grid = usual_grid("y_pct", {"x": "x"}, years=range(2001, 2001 + years))
    ends = [(w["first"], w["last"]) for w in grid.options["window"].values() if "first" in w]
    assert ends == halves


def test_few_places_have_none_to_spare():
    assert list(usual_grid("y_pct", {"x": "x"}, places=4).options["window"]) == ["all"]


def test_only_what_is_given_is_held():
    for controls, others, held in (
        ((), (), ["none"]),
        (("z",), (), ["none", "given"]),
        ((), ("w",), ["none", "others"]),
        (("z",), ("w",), ["none", "given", "others"]),
        (("z",), ("z",), ["none", "given"]),
    ):
        grid = usual_grid("y_pct", {"x": "x"}, controls=controls, others=others)
        assert list(grid.options["controls"]) == held


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_dimension_and_option_has_a_name(lang):
    drivers = {"roads": "log(roads_km)", "clinics": "clinics"}
    grid = usual_grid("y_pct", drivers, controls=["z"], others=["w"], years=range(2001, 2010))
    titles = grid.titles(lang, {"roads_km": "ROADS", "z": "ZED"})
    assert {*DIMENSIONS} <= set(titles) and all(titles.values())
    assert {(d, option) for d in DIMENSIONS for option in grid.options[d]} <= set(titles)
    assert "ROADS" in titles["definition", "roads"] and titles["controls", "given"] == "ZED"
    assert grid.called(lang, {"roads_km": "ROADS"}).endswith(", clinics")


def test_thousands_of_places_are_spared_the_slow_estimator_unless_it_is_asked_for():
    assert "fractional_logit" in usual_grid("y_pct", {"x": "x"}, places=500).options["estimator"]
    assert "fractional_logit" not in usual_grid("y_pct", {"x": "x"}, places=501).options["estimator"]
    asked = usual_grid("y_pct", {"x": "x"}, places=501, estimators=["fractional_logit"])
    assert list(asked.options["estimator"]) == ["fractional_logit"]
