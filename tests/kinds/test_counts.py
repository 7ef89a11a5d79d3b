"""Totals of a year, and units of which none may remain."""

from povertystats.kinds.registry import KINDS


def test_a_total_is_no_less_than_nothing_and_all_of_them_leave_none():
    assert KINDS["count"].fault(-1, "at_least", 0, float("nan")) == "expected 0 or more"
    rule = "none may remain: expected 0, at_most"
    every = KINDS["all_of"]
    assert every.fault(1, "at_most", 0, 9) == every.fault(0, "at_least", 0, 9) == rule
    assert every.fault(0, "at_most", 0, 9) == ""
