"""One figure stands for each place, year and standard, by an order of trust; a target never does."""

from dataclasses import replace

import pandas as pd
import pytest

from povertystats.facts import panels
from povertystats.questions.credit_figures import OUTSTANDING, credit_near


def test_a_target_never_stands_for_an_outcome(facts):
    for indicator in facts.table.loc[facts.table["status"] == "target", "indicator"].unique():
        for place in facts.table.loc[facts.table["indicator"] == indicator, "place"].unique():
            try:
                assert "target" not in set(facts.series(indicator, place=place).table["status"])
            except LookupError:
                continue
    assert 17.07 not in facts.series("poor_household_pct", place="Bắc Kạn").values


def test_the_order_of_trust(facts):
    row = facts.table[
        (facts.table["place"] == "Bắc Kạn") & (facts.table["indicator"] == "poor_household_pct")
    ].iloc[[-1]]
    order = [
        dict(status="estimate", value=5.0),
        dict(status="preliminary", value=4.0),
        dict(status="derived", value=3.0),
        dict(status="official", value=2.0, bound="lower"),
        dict(status="official", value=1.0, bound=""),
    ]
    for n in range(1, len(order) + 1):
        rows = pd.concat(
            [row.assign(year=2014, standard="multidim_2016_2020", **o) for o in order[:n]], ignore_index=True
        )
        some = replace(facts, table=rows)
        assert some.series("poor_household_pct", place="Bắc Kạn").values.tolist() == [order[n - 1]["value"]]


FIRST, LATER, LAST = "2020-02-01", "2021-02-01", "2022-02-01"


@pytest.fixture
def published(facts):
    """Return a function that gives facts with these figures of one rate, place and year alone."""
    row = facts.table[facts.table["indicator"] == "poor_household_pct"].iloc[[0]]
    row = row.assign(place="Hà Giang", year=2019, period="", bound="", status="official", tier="")

    def some(*figures):
        rows = [
            row.assign(
                **{"source_id": f"s{n}", "available_from": pd.Timestamp(FIRST)}
                | one
                | {"available_from": pd.Timestamp(one.get("available_from", FIRST))}
            )
            for n, one in enumerate(figures)
        ]
        return replace(facts, table=pd.concat(rows, ignore_index=True))

    return some


def taken(facts, day=None):
    known = facts if day is None else facts.as_of(day)
    return known.series("poor_household_pct", place="Hà Giang").latest.value.item()


@pytest.mark.parametrize(
    ("first", "later", "stands"),
    [
        (21.47, 20.5, 20.5),  # fewer digits, yet no rounding of the first
        (21.4, 20.53, 20.53),
        (21.47, 23, 23),
        (20.5, 21.47, 21.47),
        (21.47, 21.5, 21.47),  # roundings
        (21.47, 21, 21.47),
        (21.45, 21.4, 21.45),  # a half rounds either way
        (21.45, 21.5, 21.45),
        (21.47, 21.4, 21.4),  # cut off is not rounded
        (21.47, 22, 22),
        (21.5, 21.47, 21.47),
        (139_136, 139_000, 139_136),
        (139_136, 138_000, 138_000),
        (257, 260, 260),  # one zero at the end is no sign of a rounding
        (0.0, 0.4, 0.4),
        (0.4, 0.0, 0.4),
        (-2.31, -2.3, -2.31),
        (-2.31, -1.95, -1.95),
        (21.47, 21.47, 21.47),
    ],
)
def test_a_later_publication_replaces_the_earlier_one_unless_it_only_rounds_it(
    published, first, later, stands
):
    for rows in (
        [{"value": first}, {"value": later, "available_from": LATER}],
        [{"value": later, "available_from": LATER}, {"value": first}],
    ):
        for periods in (("", ""), ("", "2019-12"), ("2019-12-31", "2019"), ("2019-12", "")):
            found = published(*({**row, "period": p} for row, p in zip(rows, periods, strict=True)))
            assert (taken(found, "2020-12-31"), taken(found)) == (first, stands)


def test_of_three_vintages_each_stands_in_its_time(published):
    for values in ((21.47, 20.5, 22.1), (21.47, 20.5, 21.47), (20.0, 21.47, 20.5)):
        days = (FIRST, LATER, LAST)
        found = published(
            *({"value": v, "available_from": d} for v, d in zip(values, days, strict=True)),
        )
        assert tuple(taken(found, day) for day in days) == values
    # What rounds the last one rounds the first one no longer.
    found = published(
        {"value": 21.47},
        {"value": 21.5, "available_from": LATER},
        {"value": 21, "available_from": LAST},
    )
    assert taken(found) == 21.47


@pytest.mark.parametrize(
    ("first", "later", "stands"),
    [
        (dict(status="preliminary", value=19.93), dict(status="official", value=19.5), 19.5),
        (dict(status="preliminary", value=19.93), dict(status="preliminary", value=19.8), 19.8),
        (dict(status="official", value=19.57), dict(status="preliminary", value=18.2), 19.57),
        (dict(status="official", value=19.57), dict(status="plan", value=17.07), 19.57),
        (dict(status="plan", value=17.07), dict(status="estimate", value=18.0), 18.0),
        (dict(value=21.47), dict(value=21, bound="lower"), 21.47),
        (dict(value=21.47), dict(value=22, bound="upper"), 21.47),
        (dict(value=21.47), dict(value=23, bound="lower"), 23),  # it says that the first is wrong
        (dict(value=21.47), dict(value=20, bound="upper"), 20),
        (dict(value=23, bound="lower"), dict(value=21.47), 21.47),
        (dict(value=20, bound="lower"), dict(value=21, bound="lower"), 21),
        (dict(value=21.5), dict(value=21, bound="from"), 21.5),
        (dict(value=21.5), dict(value=22, bound="to"), 21.5),
        (dict(value=21.5), dict(value=22, bound="from"), 22),
        (dict(value=21.47, illustrative=False), dict(value=30.0, illustrative=True), 21.47),
        (dict(value=21.47, tier="A"), dict(value=22.9, tier="C"), 21.47),
    ],
)
def test_statuses_bounds_and_guesses(published, first, later, stands):
    found = published(first, {**later, "available_from": LATER})
    assert panels.trusted(found.table)["value"].tolist() == [stands]


@pytest.mark.parametrize(
    ("one", "other"),
    [  # the period that stands, and one that does not, whichever was published last
        ("", "2019-11"),
        ("2019", "2019-11-30"),
        ("2019-12", "2019-11"),
        ("2019-12-31", "2019-12-30"),
        ("2019-11", "2019-10"),
        ("2019-10", "2019-09-30"),
        ("2019-06", "2019-06-29"),
        ("2019-10", "2019-02"),
    ],
)
def test_the_later_period_stands_and_a_year_is_of_its_last_day(published, one, other):
    for days in ((FIRST, LATER), (LATER, FIRST)):
        for status in ("official", "preliminary"):
            found = published(
                dict(value=20.0, period=one, available_from=days[0], status=status),
                dict(value=21.47, period=other, available_from=days[1], status=status),
            )
            assert taken(found) == 20.0
    early_but_exact = published(
        dict(value=20.0, period="2019-02"), dict(value=19, period="2019-10", bound="lower")
    )
    assert taken(early_but_exact) == 20.0


def test_the_years_end_stands_before_a_part_of_the_year_of_higher_status(published):
    for end in ("", "2019-11", "2019-12-31"):
        found = published(dict(value=97, period="2019-04"), dict(value=95, period=end, status="derived"))
        assert taken(found) == 95
    for status in ("preliminary", "estimate"):  # which is not final itself
        found = published(dict(value=97, period="2019-04"), dict(value=95, status=status))
        assert taken(found) == 97


def test_of_one_day_the_more_exact_stands_then_the_first_source_by_name(published):
    assert taken(published(dict(value=21.5), dict(value=21.47))) == 21.47
    assert taken(published(dict(value=21.6), dict(value=21.47))) == 21.47
    assert taken(published(dict(value=21.47), dict(value=22.5, bound="lower"))) == 21.47
    assert taken(published(dict(value=21.4), dict(value=21.3))) == 21.4
    # The two ends of a range stand together, and a later figure replaces both.
    ends = [dict(value=20, bound="from", source_id="a"), dict(value=22, bound="to", source_id="a")]
    assert len(panels.current(published(*ends).table)) == 2
    assert panels.current(published(*ends, dict(value=25, available_from=LATER)).table)["value"].tolist() == [
        25
    ]
    assert taken(published(dict(value=21.4, source_id="z"), dict(value=21.3))) == 21.3


def test_policy_credit_is_that_of_the_later_publication_too(facts):
    row = facts.table[facts.table["source_id"] == "infonet-01"]
    row = row[(row["indicator"] == OUTSTANDING) & (row["period"] == "2018-06-30")]
    first = row["available_from"].item()
    for value, source in ((1900.5, "a"), (1900.5, "z")):
        revised = row.assign(value=value, source_id=source, available_from=first + pd.Timedelta(days=99))
        both = replace(facts, table=pd.concat([facts.table, revised], ignore_index=True))
        near = {day: credit_near(known, "2018-12-31").set_index("place")
                for day, known in (("then", both.as_of(first.date())), ("now", both))}  # fmt: skip
        assert near["then"].at["Bắc Kạn", "credit_vnd_bn"] == row["value"].item()
        assert near["now"].at["Bắc Kạn", "credit_vnd_bn"] == value
