"""From other people's tables to the first answer: a right one, or a refusal that says what to do."""

import numpy as np
import pandas as pd
import pytest
from helpers.own_tables import PLACES, RATES, YEARS, long, wide, written

import povertystats as ps

TARGET = "poor_pct <= 20 in 2024"


def independent(place="Arland", bound=20.0):
    """Return the chance by the forecast of one's own frame, without a package."""
    frame = pd.DataFrame(
        [(place, year, rate) for (place, year), rate in RATES.items()], columns=["place", "year", "rate"]
    )
    own = frame[frame["place"] == place].set_index("year")["rate"]
    return ps.forecast(own, peers=ps.fit_peers(frame, units="pct"), units="pct").probability(at_most=bound)


def start(tmp_path, path, **said):
    return ps.start_package(tmp_path / "mine", path, **{"for_place": "Arland", "targets": TARGET, **said})


def test_every_shape_of_one_table_has_the_same_answer(tmp_path):
    shares = [[c / 100 if isinstance(c, float) else c for c in row] for row in wide()]
    indicators = [["province", "indicator", "year", "value"]]
    indicators += [
        [*row[:1], name, row[1], rate]
        for row in long()[1:]
        for name, rate in (("poor_pct", row[2]), ("work", 7))
    ]
    long_frame = pd.DataFrame(long()[1:], columns=["province", "year", "poor_pct"])
    long_frame.to_stata(tmp_path / "f.dta", write_index=False, version=118)
    tables = {
        written(tmp_path / "d.csv", indicators): {},
        tmp_path / "f.dta": {},
        written(tmp_path / "g.csv", [*wide(), ["Indonesia", *[11.0] * 9]]): {},
        written(tmp_path / "h.csv", shares): {"units": {"poor_pct": "share"}},
    }
    for n, (path, said) in enumerate(tables.items()):
        made = ps.start_package(tmp_path / f"mine{n}", path, for_place="Arland", targets=TARGET, **said)
        rows = made.facts.table[made.facts.table["place"] != "Indonesia"]
        found = {(row.place, row.year): round(row.value, 6) for row in rows.itertuples()}
        assert found == RATES and made.facts.targets["bound"].tolist() == [20.0], path.name
        assert (made.as_of, made.place) == ("2023-12-31", "Arland")
    (chance,) = ps.scorecard(made.facts.as_of(made.as_of), place="Arland").table["probability"]
    assert np.isclose(chance, independent(), atol=2e-3)


def test_one_place_alone_and_lags_of_publication(tmp_path):
    rows = [["year", "rate"], *([year, RATES["Arland", year]] for year in YEARS)]
    said = {"place": "Arland", "indicator": "poor_pct", "for_place": (), "published": "9 months later"}
    made = start(tmp_path, written(tmp_path / "a.csv", rows), **said)
    assert (made.place, made.as_of) == ("Arland", "2024-09-30")
    known = made.facts.as_of("2024-06-30")
    assert known.series("poor_pct", place="Arland").years.tolist() == YEARS[:-1]


def test_roles_units_and_targets_of_several(tmp_path):
    header = ["province", "year", "poor_pct", "work_pct", "roads", "income (usd)"]
    rows = [
        header,
        *([place, year, rate, 50 + year % 7, year % 5, 300] for (place, year), rate in RATES.items()),
    ]
    said = {
        "drivers": "work_pct",
        "levers": "roads",
        "controls": "income (usd)",
        "units": {"roads": "km", "income (usd)": "usd"},
    }
    targets = ["poor_pct <= 20 in 2024", "work_pct >= 55 in 2024"]
    made = start(tmp_path, written(tmp_path / "a.csv", rows), for_place="all", targets=targets, **said)
    about = made.facts.indicators.set_index("indicator")
    assert about["unit"].to_dict() == {"poor_pct": "pct", "work_pct": "pct", "roads": "km", "income": "usd"}
    assert about["role"].to_dict() == {
        "poor_pct": "outcome",
        "work_pct": "driver",
        "roads": "lever",
        "income": "control",
    }
    assert len(ps.load_targets(made.facts)) == 2 * len(PLACES)


def test_every_kind_of_target_is_written_and_answered(tmp_path):
    rows = [["state", "county", "year", "poor_pct"]]
    rows += [
        ["East" if PLACES.index(place) % 2 else "West", place, year, rate]
        for (place, year), rate in RATES.items()
    ]
    targets = [
        "<= 20 in 2024",
        "falls by 1 points in 2024",
        "giảm 3 điểm từ 2020 đến 2025",
        "rank <= 3 in 2024",
        "falls by 0.5 points a year from 2021 to 2025",
        "giảm 1/10 từ 2021 đến 2024",
    ]
    made = start(tmp_path, written(tmp_path / "a.csv", rows), targets=targets)
    kinds = ["level", "change", "change_since", "rank", "per_year", "relative"]
    table = ps.scorecard(made.facts.as_of(made.as_of), place="Arland").table
    assert table["kind"].tolist() == kinds and table["probability"].between(0, 1).all()
    assert len(made.answer("en").splitlines()) >= len(kinds)
    each = ps.start_package(
        tmp_path / "each", tmp_path / "a.csv", for_place="East", targets="<= 21 in 2024 in every district"
    )
    (target,) = ps.load_targets(each.facts)
    assert {*target.places} == {*PLACES[1::2]}


def test_other_shapes_are_refused_with_what_to_do_and_nothing_is_written(tmp_path):
    no = {
        "--country": (
            [["state", "year", "poor_pct"], *[[s, 2020, 9] for s in ("Alabama", "Georgia", "Idaho")]],
            {},
        ),
        "--unit": ([["province", "year", "poor"], ["Arland", 2020, 9]], {"targets": ()}),
        "--indicator": ([["province", 2019, 2020], ["Arland", 9.5, 9]], {"targets": ()}),
        "--for": (long(), {"for_place": ()}),
        "--fiscal": ([["province", "2019/20"], ["Arland", 9.5]], {}),
        "--place": ([["year", "poor_pct"], [2020, 9.5]], {}),
        "--year": ([["province", "poor_pct"], ["Arland", 9.5]], {}),
        "--value": ([["province", "year", "a (%)", "b (%)"], ["Arland", 2020, 9, 8]], {"targets": ()}),
        "povertystats register": ([["household", "province", "year", "poor"], [1, "Arland", 2020, 1]], {}),
        "shares may be meant": (
            [["province", "year", "poor_pct"], ["Arland", 2020, 0.095], ["Borland", 2020, 0.1]],
            {},
        ),
        "may part thousands": ([["province", "year", "poor_pct"], ["Arland", 2020, "1.234"]], {}),
        "status: 'sure'": (long(), {"status": "sure"}),
        "--as-of": (long(), {"as_of": "soon"}),
        "--published": (long(), {"published": "soon"}),
        "did you mean poor_pct": (long(), {"targets": "pore_pct <= 20 in 2024"}),
        "did you mean Arland": (long(), {"for_place": "Arlan"}),
        "expected 100 or less": (long(), {"targets": "poor_pct <= 120 in 2024"}),
        "holds no table": ([[]], {}),
    }
    for n, (why, (rows, said)) in enumerate(no.items()):
        with pytest.raises(ps.PovertyStatsError) as refused:
            start(tmp_path, written(tmp_path / "a.csv", rows), **said)
        assert why in str(refused.value), (why, str(refused.value))
        assert [path.name for path in tmp_path.iterdir()] == ["a.csv"], n


def test_a_package_that_is_there_stays(tmp_path):
    path = written(tmp_path / "a.csv", long())
    made = start(tmp_path, path)
    before = {file: file.read_bytes() for file in made.folder.iterdir()}
    with pytest.raises(ValueError, match="is there already: give another name, or add to its files"):
        start(tmp_path, path)
    assert {file: file.read_bytes() for file in made.folder.iterdir()} == before


def test_at_most_three_answers_lead_from_any_table_to_a_package(tmp_path):
    asked = []

    def ask(question, choices, likely):
        asked.append(question)
        return likely

    rows = [["Area", "Subject", 2019, 2020, 2021], *[[place, "x", 9.5, 9, 8] for place in PLACES]]
    made = ps.start_package(tmp_path / "mine", written(tmp_path / "rates.csv", rows), ask=ask)
    assert len(asked) <= 3 and made.place == "Arland" and len(made.facts.table) == 21


def test_any_order_of_columns_and_rows_means_the_same(tmp_path):
    rng = np.random.default_rng(1)
    header, *body = long()
    order = rng.permutation(3)
    rows = [[row[at] for at in order] for row in [header, *(body[at] for at in rng.permutation(len(body)))]]
    made = start(tmp_path, written(tmp_path / "a.csv", rows))
    found = {(row.place, row.year): row.value for row in made.facts.table.itertuples()}
    assert found == RATES


def test_rows_are_chosen_and_tables_turned_round(tmp_path):
    rows = [["province", "sex", "year", "poor_pct"]]
    rows += [
        [place, sex, year, rate + more]
        for (place, year), rate in RATES.items()
        for sex, more in (("female", 1), ("total", 0))
    ]
    path = written(tmp_path / "a.csv", rows)
    with pytest.raises(ps.DataError, match="choose one with --only, such as --only sex='total'"):
        start(tmp_path, path)
    turned = [["year", *PLACES], *([year, *(RATES[place, year] for place in PLACES)] for year in YEARS)]
    more = [
        (path, {"only": {"sex": "Total"}}),
        (written(tmp_path / "b.csv", turned), {"place": "Arland", "for_place": ()}),
    ]
    for n, (path, said) in enumerate(more):
        made = ps.start_package(
            tmp_path / f"mine{n}", path, **{"for_place": "Arland", "targets": TARGET, **said}
        )
        assert {(row.place, row.year): row.value for row in made.facts.table.itertuples()} == RATES
    for only, why in (({"sx": "total"}, "did you mean sex"), ({"sex": "all"}, "holds no 'all'")):
        with pytest.raises(ValueError, match=why):
            ps.start_package(tmp_path / "more", tmp_path / "a.csv", for_place="Arland", only=only)


def test_published_tables(tmp_path):
    """Poverty and crime of the states of the USA in 2009, and investment of firms, as statsmodels holds them."""
    sm = pytest.importorskip("statsmodels.api")
    crime = sm.datasets.statecrime.load_pandas().data.reset_index()
    crime.to_csv(tmp_path / "crime.csv", index=False)
    said = {"year": 2009, "country": "United States", "value": "poverty", "drivers": ["single", "hs_grad"]}
    units = {"poverty": "pct", "single": "pct", "hs_grad": "pct"}
    made = ps.start_package(
        tmp_path / "crime", tmp_path / "crime.csv", for_place="Georgia", units=units, **said
    )
    rows = made.facts.table[made.facts.table["indicator"] == "poverty_pct"].set_index("place")["value"]
    assert rows["Georgia"] == crime.set_index("state")["poverty"]["Georgia"] and len(rows) == len(crime)
    assert "violent" in made.text("en") and made.facts.indicators["role"].tolist() == [
        "outcome",
        "driver",
        "driver",
    ]
    firms = sm.datasets.grunfeld.load_pandas().data.astype({"firm": str})
    firms.to_stata(tmp_path / "firms.dta", write_index=False, version=118)
    said = {
        "place": "firm",
        "value": "invest",
        "controls": ["value", "capital"],
        "units": {c: "usd_m" for c in ("invest", "value", "capital")},
    }
    made = ps.start_package(
        tmp_path / "firms", tmp_path / "firms.dta", for_place="US Steel", kind="firm", **said
    )
    assert (
        len(made.facts.table) == 3 * len(firms)
        and made.facts.places.word("province", "en", many=True) == "firms"
    )
    assert made.facts.series("invest", place="US Steel").years[0] == 1935
