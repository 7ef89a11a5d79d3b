"""The kinds by their names."""

from povertystats.kinds.registry import KINDS


def test_every_kind_has_its_name_and_the_unit_of_its_bound():
    assert list(KINDS) == ["level", "change", "count", "all_of"]
    assert all(name == kind.name for name, kind in KINDS.items())
    assert [kind.unit("pct") for kind in KINDS.values()] == ["pct", "pp", "pct", "pct"]
    assert {kind.unit("persons") for kind in KINDS.values()} == {"persons"}
