"""The national standards: lines and classes as the decisions have them, alike on pandas and ibis; Alkire and Foster."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from helpers.criteria import GOOD
from hypothesis import given, settings
from hypothesis import strategies as st

from povertystats.facts.standards import adjusted_headcount, national_standard
from povertystats.words.errors import Refused
from povertystats.words.wording import LANGUAGES

OLD, NEW = "multidim_2016_2020", "multidim_2022_2025"
STANDARDS = {name: national_standard(name) for name in (OLD, NEW)}


def homes(standard, income, urban, deprivations, index=None):
    """Return households, each deprived in its first so many indicators."""
    rows = pd.DataFrame({"income_vnd_k": income, "urban": urban}, index=index)
    for place, column in enumerate(standard.columns):
        rows[column] = np.asarray(deprivations) > place
    return rows


def by_hand(name, income, urban, deprivations):
    """Return the class by the words of the decisions, as plain branches."""
    if name == OLD:
        poor, near = (900, 1300) if urban else (700, 1000)
        if income <= poor:
            return "income_poor"
        if income <= near:
            return "deprivation_poor" if deprivations >= 3 else "near_poor"
        return "not_poor"
    if income <= (2000 if urban else 1500):
        return "poor_multidim" if deprivations >= 3 else "near_poor"
    return "not_poor"


class TestStandards:
    def test_2016_2020_is_decision_59(self):
        standard = STANDARDS[OLD]
        assert (standard.decision, standard.first_year, standard.last_year) == ("59/2015/QĐ-TTg", 2015, 2021)
        assert standard.lines == {
            "poverty_line": {"rural": 700, "urban": 900},
            "near_poor_line": {"rural": 1000, "urban": 1300},
        }
        assert (standard.needed, standard.poor) == (3, ("income_poor", "deprivation_poor"))
        assert [i.service for i in standard.indicators] == [
            service
            for service in ("health", "education", "housing", "water_sanitation", "information")
            for _ in range(2)
        ]

    def test_2022_2025_is_decree_7(self):
        standard = STANDARDS[NEW]
        assert (standard.decision, standard.first_year, standard.last_year) == ("07/2021/NĐ-CP", 2021, 2025)
        assert standard.lines == {"income_line": {"rural": 1500, "urban": 2000}}
        assert (standard.needed, standard.poor) == (3, ("poor_multidim",))
        assert len(standard.columns) == 12 and len({i.service for i in standard.indicators}) == 6

    def test_the_flags_that_both_name_alike_mean_the_same_indicator(self):
        old, new = ({i.column: i for i in STANDARDS[name].indicators} for name in (OLD, NEW))
        assert set(old) - set(new) == {"dep_health_care"}
        assert set(new) - set(old) == {"dep_employment", "dep_dependent_person", "dep_nutrition"}
        assert all(old[column].service == new[column].service for column in set(old) & set(new))

    @pytest.mark.parametrize("standard", STANDARDS.values(), ids=STANDARDS)
    def test_the_table_tells_every_statement_once(self, standard):
        table = standard.table
        assert not table.duplicated(["kind", "what", "area"]).any()
        lines = table[table["kind"] == "line"].set_index(["what", "area"])["value"]
        assert lines.to_dict() == {(k, a): v for k, line in standard.lines.items() for a, v in line.items()}
        assert table.loc[table["kind"] == "needed", "value"].tolist() == [standard.needed]
        for kind, names in {
            "class": standard.classes,
            "indicator": standard.columns,
            "rule": standard.columns,
        }.items():
            assert table.loc[table["kind"] == kind, "what"].tolist() == list(names)
        assert (table["checked"] <= table["source"].str.startswith("https://")).all()

    def test_another_standard_is_told_with_those_that_are_there(self):
        with pytest.raises(
            Refused, match="there is no standard 'mine'; the file has multidim_2016_2020, multidim_2022"
        ):
            national_standard("mine")


class TestClasses:
    @pytest.mark.parametrize("urban", [False, True])
    @pytest.mark.parametrize("name", STANDARDS)
    def test_every_line_belongs_to_the_class_below_it(self, name, urban):
        standard = STANDARDS[name]
        ends = [line["urban" if urban else "rural"] for line in standard.lines.values()]
        incomes = [0, 1, *(x for end in ends for x in (end - 0.001, end, np.nextafter(end, np.inf), end + 1))]
        rows = list(itertools.product(incomes, range(len(standard.columns) + 1)))
        income, deprivations = zip(*rows, strict=True)
        found = standard.classify(homes(standard, income, urban, deprivations))
        assert found["class"].tolist() == [by_hand(name, x, urban, c) for x, c in rows]
        assert found["deprivations"].tolist() == list(deprivations)
        assert set(found["class"]) == set(standard.classes)

    @settings(max_examples=50, deadline=None)
    @given(
        st.sampled_from(list(STANDARDS)),
        st.lists(st.tuples(st.floats(0, 5000), st.booleans(), st.integers(0, 10)), min_size=1, max_size=20),
    )
    def test_every_household_is_in_exactly_one_class(self, name, rows):
        standard = STANDARDS[name]
        frame = pd.DataFrame(rows, columns=["income_vnd_k", "urban", "deprivations"])
        met = pd.DataFrame(standard.conditions(frame))
        assert (met.sum(axis="columns") == 1).all()
        assert met.idxmax(axis="columns").tolist() == [by_hand(name, *row) for row in rows]

    @pytest.mark.parametrize("name", STANDARDS)
    def test_ibis_and_pandas_agree(self, name):
        ibis = pytest.importorskip("ibis")
        standard, random = STANDARDS[name], np.random.default_rng(7)
        income = random.choice([0, 699.5, 700, 900, 1000, 1300, 1500, 2000, 2000.5], 500)
        frame = standard.classify(
            homes(standard, income, random.random(500) < 0.5, random.integers(0, 11, 500))
        )
        table = ibis.memtable(frame.reset_index(names="row"))
        met = table.select("row", **standard.conditions(table)).to_pandas().sort_values("row")
        met = met[list(standard.classes)]
        assert (met.sum(axis="columns") == 1).all()
        assert met.idxmax(axis="columns").tolist() == frame["class"].tolist()

    def test_a_missing_income_is_in_no_class(self):
        frame = pd.DataFrame({"income_vnd_k": [np.nan], "urban": [True], "deprivations": [5]})
        assert not any(met.any() for met in STANDARDS[OLD].conditions(frame).values())

    def test_classify_adds_columns_and_changes_nothing(self):
        standard = STANDARDS[OLD]
        frame = homes(standard, [650, 950], [False, True], [0, 4], index=["a", "b"]).assign(commune="x")
        before = frame.copy()
        found = standard.classify(frame)
        pd.testing.assert_frame_equal(frame, before)
        pd.testing.assert_frame_equal(found[before.columns], before)
        assert found["class"].to_dict() == {"a": "income_poor", "b": "deprivation_poor"}

    def test_flags_may_be_of_any_type_that_holds_true_and_false(self):
        standard = STANDARDS[NEW]
        frame = homes(standard, [1200, 1200], [False, True], [2, 3])
        flags = [*standard.columns, "urban"]
        expected = standard.classify(frame)["class"].tolist()
        for kind in ("object", "boolean"):
            assert standard.classify(frame.astype(dict.fromkeys(flags, kind)))["class"].tolist() == expected

    def test_no_household_is_no_error(self):
        assert STANDARDS[OLD].classify(homes(STANDARDS[OLD], [], [], []).astype({"urban": bool})).empty

    def test_all_that_is_wrong_with_households_is_told_at_once(self):
        standard = STANDARDS[OLD]
        frame = homes(standard, [700.0, -1, np.nan], [False] * 3, [0] * 3, index=[5, 6, 7])
        frame = frame.astype({"urban": object, "dep_toilet": int}).drop(columns="dep_water")
        frame.loc[7, "urban"] = "yes"
        frame.insert(0, "dep_telecom", False, allow_duplicates=True)
        with pytest.raises(Refused, match="cannot classify households by multidim_2016_2020") as told:
            standard.classify(frame.assign(**{"class": "poor"}))
        assert told.value.problems == [
            "income_vnd_k: 1 value(s) missing or infinite, first nan in row 7",
            "urban: 1 value(s) neither True nor False, first yes in row 7",
            "dep_water: there is no such column",
            "dep_toilet: 3 value(s) neither True nor False, first 0 in row 5",
            "dep_telecom: there are 2 such columns",
            "class: it is there already",
        ]

    def test_an_income_of_text_or_a_missing_flag_is_refused(self):
        standard = STANDARDS[OLD]
        frame = homes(standard, ["700"], [True], [0])
        frame["dep_water"] = pd.array([None], dtype="boolean")
        with pytest.raises(Refused) as told:
            standard.classify(frame)
        income, water = told.value.problems
        assert income.startswith("income_vnd_k: expected numbers (thousand dong a person a month), is ")
        assert water == "dep_water: 1 value(s) neither True nor False, first <NA> in row 0"

    def test_only_a_frame_can_be_classified(self):
        with pytest.raises(TypeError, match="frame must be a pandas DataFrame, not list"):
            STANDARDS[OLD].classify([1])


class TestOwnFile:
    @pytest.fixture
    def own(self, tmp_path):
        def own(old="", new=""):
            path = tmp_path / "criteria.toml"
            path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
            return national_standard("mine", path)

        return own

    def test_a_standard_of_ones_own_classifies(self, own):
        standard = own()
        frame = homes(standard, [10, 10.5, 20.5, 21], [False, False, True, True], [0, 1, 0, 1])
        assert standard.classify(frame)["class"].tolist() == ["poor", "rest", "poor", "rest"]
        assert standard.text("en").splitlines()[-3:] == [
            "Not verified against any source: income lines (2).",
            "Not verified against any source: classes of households (2).",
            "Not verified against any source: names of indicators (1).",
        ]

    def test_what_is_verified_throughout_says_so(self, own):
        standard = own()
        told = replace(standard, table=standard.table.assign(checked=True)).text("en")
        assert told.endswith("Every line and indicator here was verified against a source.")

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            ('over = "low"', 'up_to = "low"', "rural, 0 thousand dong, deprived in 0: in poor and rest; expected one class"),
            ('up_to = "low"', 'up_to = "low", deprived = true', "rural, 0 thousand dong, deprived in 0: in no class; expected one class"),
            ('over = "low"', 'over = "low", deprived = false', "urban, 30.75 thousand dong, deprived in 1: in no class; expected one class"),
            ("value = 1", "value = 2", "2 deprivations are needed, of 1 indicators"),
        ],
    )  # fmt: skip
    def test_classes_that_overlap_or_leave_someone_out_are_refused(self, own, old, new, told):
        with pytest.raises(Refused, match="cannot use the standard mine") as wrong:
            own(old, new)
        assert told in wrong.value.problems


class TestText:
    @pytest.mark.parametrize("lang", LANGUAGES)
    @pytest.mark.parametrize("name", STANDARDS)
    def test_the_bad_news_is_told(self, name, lang):
        standard = STANDARDS[name]
        lines = standard.text(lang).splitlines()
        assert len(lines) == 1 + len(standard.classes) + 1
        assert str(len(standard.columns)) in lines[-1]
        assert lines[-1].startswith({"vi": "Chưa đối chiếu", "en": "Not verified"}[lang])

    def test_vietnamese(self):
        assert STANDARDS[NEW].text("vi").splitlines()[1] == (
            "Hộ nghèo: thu nhập từ 1.500.000 đồng trở xuống ở nông thôn, từ 2.000.000 đồng trở xuống ở thành thị, "
            "và thiếu hụt từ 3 chỉ số trở lên."
        )

    def test_english(self):
        assert STANDARDS[OLD].text("en").splitlines()[2] == (
            "Poor by deprivation: income over 700,000 and up to 1,000,000 dong in rural areas, over 900,000 and up to "
            "1,300,000 dong in urban areas, and deprived in 3 indicators or more."
        )

    def test_another_language_is_refused(self):
        with pytest.raises(ValueError, match="language 'fr' is not known"):
            STANDARDS[OLD].text("fr")


class TestAdjustedHeadcount:
    def test_the_example_of_alkire_and_foster(self):
        """Four persons, four dimensions, two deprivations needed: H = 1/2, A = 3/4, M0 = 3/8 (section 5 of their paper)."""
        achieved = np.array([[13.1, 14, 4, 1], [15.2, 7, 5, 0], [12.5, 10, 1, 0], [20, 11, 3, 1]])
        deprivations = (achieved < [13, 12, 3, 1]).sum(axis=1)
        poor = deprivations >= 2
        found = adjusted_headcount(len(poor), poor.sum(), deprivations[poor].sum(), 4)
        assert found.values.tolist() == [[1 / 2, 3 / 4, 3 / 8]]

    @settings(max_examples=50, deadline=None)
    @given(st.lists(st.integers(0, 10), min_size=1, max_size=30), st.integers(1, 10))
    def test_it_is_the_mean_of_the_censored_shares(self, counts, needed):
        counts = np.array(counts)
        poor = counts >= needed
        (found,) = adjusted_headcount(len(counts), poor.sum(), counts[poor].sum(), 10).itertuples()
        censored = np.where(poor, counts / 10, 0)
        assert found.adjusted_headcount_ratio == pytest.approx(censored.mean(), abs=1e-12)
        assert found.headcount_ratio == poor.mean()
        if poor.any():
            assert found.intensity_ratio == pytest.approx(censored[poor].mean(), abs=1e-12)
            assert found.headcount_ratio * found.intensity_ratio == pytest.approx(censored.mean(), abs=1e-12)

    def test_groups_without_deprived_and_without_households(self):
        found = adjusted_headcount(np.array([5, 0]), np.array([0, 0]), np.array([0, 0]), 10)
        expected = {
            "headcount_ratio": [0, np.nan],
            "intensity_ratio": [np.nan] * 2,
            "adjusted_headcount_ratio": [0, np.nan],
        }
        pd.testing.assert_frame_equal(found, pd.DataFrame(expected))

    def test_series_keep_their_places(self):
        counts = pd.DataFrame({"n": [4, 10], "q": [2, 5], "c": [6, 20]}, index=["Ba Bể", "Pác Nặm"])
        found = adjusted_headcount(counts["n"], counts["q"], counts["c"], 10)
        assert found.loc["Pác Nặm"].tolist() == [0.5, 0.4, 0.2]
        assert found.index.equals(counts.index)

    def test_places_add_up(self):
        """The adjusted headcount of all is the mean of those of the places, weighted by households."""
        n, q, c = np.array([4, 10, 7]), np.array([2, 5, 0]), np.array([6, 20, 0])
        parts = adjusted_headcount(n, q, c, 10)["adjusted_headcount_ratio"]
        whole = adjusted_headcount(n.sum(), q.sum(), c.sum(), 10)["adjusted_headcount_ratio"][0]
        assert np.average(parts, weights=n) == pytest.approx(whole, rel=1e-12)

    def test_all_that_is_wrong_with_counts_is_told_at_once(self):
        index = ["a", "b", "c"]
        n, q, c = (pd.Series(x, index=index) for x in ([4, -1, 5], [5, 0, np.nan], [51, 0, 0]))
        with pytest.raises(Refused, match="cannot measure multidimensional poverty") as told:
            adjusted_headcount(n, q, c, 10)
        assert told.value.problems == [
            "households: 1 value(s) missing, negative or infinite, first -1.0 in row b",
            "deprived: 1 value(s) missing, negative or infinite, first nan in row c",
            "deprived: 2 value(s) more than the households, first 5.0 in row a",
            "deprivations: 1 value(s) more than 10 a deprived household, first 51.0 in row a",
        ]

    @pytest.mark.parametrize("indicators", [0, -3, "ten", None, np.nan])
    def test_a_number_of_indicators_is_needed(self, indicators):
        with pytest.raises(Refused, match="indicators: .*; expected a number of 1 or more"):
            adjusted_headcount(4, 2, 6, indicators)
