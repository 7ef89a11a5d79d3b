"""The kinds by their names."""

from povertystats.kinds.registry import KINDS


def test_every_kind_has_its_name_and_the_unit_of_its_bound():
    changes = ["change", "change_since", "per_year", "relative"]
    assert list(KINDS) == ["level", *changes, "rank", "count", "all_of"]
    assert all(name == kind.name for name, kind in KINDS.items())
    assert {name: kind.unit("pct") for name, kind in KINDS.items() if kind.unit("pct") != "pct"} == {
        **dict.fromkeys(changes[:3], "pp"),
        "rank": "rank",
    }
    others = {name: kind.unit("persons") for name, kind in KINDS.items() if kind.unit("persons") != "persons"}
    assert others == {"relative": "pct", "rank": "rank"}
