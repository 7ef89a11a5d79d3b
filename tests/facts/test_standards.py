"""The national standards: lines and classes as the decisions have them, alike on pandas and ibis; Alkire and Foster."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from helpers.criteria import GOOD, homes
from hypothesis import given, settings
from hypothesis import strategies as st

from povertystats.facts.standards import adjusted_headcount, national_standard
from povertystats.words.errors import Refused

OLD, NEW = "multidim_2016_2020", "multidim_2022_2025"
STANDARDS = {name: national_standard(name) for name in (OLD, NEW)}


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
            Refused, match="there is no standard 'mine'; the file has income_2006_2010, .*, multidim_2022"
        ):
            national_standard("mine")


class TestOwnFile:
    def test_a_file_and_a_name_or_a_file_of_one_alone(self, tmp_path):
        path = tmp_path / "mine.toml"
        path.write_text(GOOD, encoding="utf-8")
        assert national_standard(f"{path}:mine").name == national_standard(str(path)).name == "mine"
        with pytest.raises(Refused, match="there is no standard 'other'; the file has mine"):
            national_standard(f"{path}:other")
        two = GOOD + GOOD[GOOD.index("[standard.mine]") :].replace("standard.mine", "standard.two")
        path.write_text(two, encoding="utf-8")
        with pytest.raises(
            Refused, match='it is not said which one; expected "FILE:NAME"; the file has mine, two'
        ):
            national_standard(str(path))
        with pytest.raises(FileNotFoundError):
            national_standard("nowhere.toml:mine")

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

    def test_a_share_of_the_weights_may_be_needed(self, own):
        weighed = GOOD.replace('service = "water"', 'service = "water"\nweight = 7')
        standard = own(GOOD, weighed.replace("value = 1", "value = 1, of = 3"))
        # A third of 7 is more than 2.
        assert (standard.total, standard.needed) == (7, 3)
        needed = standard.table.set_index("kind").loc["needed"]
        assert needed["value"] == pytest.approx(1 / 3) and needed["unit"] == "share"
        assert "Indicators have weights, 7 in all: water: 7." in standard.text("en").splitlines()
        with pytest.raises(Refused, match="8 deprivations are needed, of 7"):
            own(GOOD, weighed.replace("value = 1", "value = 8"))

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
