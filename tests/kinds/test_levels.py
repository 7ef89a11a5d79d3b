"""A value of the year."""

from povertystats.kinds.registry import KINDS


def test_a_level_lies_where_the_indicator_can():
    level = KINDS["level"]
    assert level.fault(101, "at_most", 0, 100) == "expected 100 or less"
    assert level.fault(-1, "at_most", 0, 100) == "expected 0 or more"
    assert level.fault(1e6, "at_least", 0, float("nan")) == "" == level.fault(50, "at_most", 0, 100)
