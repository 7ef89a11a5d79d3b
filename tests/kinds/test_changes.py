"""Changes between two years."""

import pytest
from helpers.assessed import more, of


@pytest.mark.parametrize(
    ("before", "now", "met"),
    [
        (3.01, 1.01, True),  # 1.01 - 3.01 is -1.9999999999999998
        (19.57, 17.57, True),
        (19.57, 17.5699, True),
        (19.57, 17.5701, False),
        (19.57, 17.574, False),  # printed, a change of -2.0
        (19.57, 17.61, False),  # -1.96, in one decimal -2.0
        (19.57, 18.0, False),
        (19.57, 17.0, True),
    ],
)
def test_a_change_meets_its_bound_as_the_printed_figures_differ(known, before, now, met):
    for sign, direction in ((1, "at_most"), (-1, "at_least")):
        figures = {2018: before, 2019: now} if sign == 1 else {2018: 100 - before, 2019: 100 - now}
        some = more(known, "poor_household_pct", figures)
        found = of(some, "poverty", year=2019, bound=-2.0 * sign, direction=direction)
        assert found.verdict == ("met" if met else "missed")
