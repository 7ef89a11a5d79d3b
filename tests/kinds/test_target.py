"""A target in one reading."""

from dataclasses import replace

import povertystats as ps


def test_a_bound_is_met_from_its_side(known):
    by = ps.load_targets(known, place="Bắc Kạn")[0]
    assert by.met_by(-2.0) and by.met_by(-2.3) and not by.met_by(-1.07)
    least = replace(by, direction="at_least", kind="level", bound=96.0, unit="pct")
    assert least.met_by(96.0) and not least.met_by(95.9) and least.rules.name == "level"
