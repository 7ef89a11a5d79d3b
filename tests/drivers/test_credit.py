"""Policy credit: the cross-sections of the data log reproduced, what they can show, and a complete series."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from helpers.packages import own
from scipy import stats

import povertystats as ps
from povertystats.drivers.credit import credit_need, credit_study
from povertystats.facts.package import DATA
from povertystats.questions.credit_figures import credit_near

END_2018, END_2019 = "2018-12-31", "2019-12-31"


@pytest.fixture(scope="module")
def near(facts):
    return {2018: credit_near(facts, END_2018), 2019: credit_near(facts, END_2019)}


@pytest.fixture(scope="module")
def study(facts):
    return credit_study(facts)


def with_rows(facts, *rows):
    """The facts with further figures of An Giang, each a change to a plain one."""
    plain = facts.table[
        (facts.table.place == "An Giang") & (facts.table.indicator == "vbsp_outstanding_vnd_bn")
    ]
    more = [plain.iloc[[0]].assign(**{"bound": "", **row}) for row in rows]
    others = facts.table.drop(index=plain.index)
    return replace(facts, table=pd.concat([others, *more], ignore_index=True))


def chosen(facts, *rows):
    table = credit_near(with_rows(facts, *rows), END_2018).set_index("place")
    return table.loc["An Giang", "credit_vnd_bn"] if "An Giang" in table.index else None


def test_the_counts_of_the_compilation_are_reproduced(near):
    # shared/facts: 21 and 25 places, correlation .80 and .87. It counts proxies, and figures of a year alone as
    # of its end. It says 12 in both: 14 are, of which Cần Thơ twice with one figure of June 2019, and Bắc Kạn
    # with outstanding credit in June 2018 and total capital in June 2019.
    assert [len(near[year]) for year in near] == [21, 25]
    both = near[2018].merge(near[2019], on="place", suffixes=("", "_later"))
    assert len(both) == 14
    assert both.place[both.period == both.period_later].tolist() == ["Cần Thơ"]
    mixed = both[both.measure != both.measure_later]
    assert sorted(mixed.place) == ["Bắc Kạn", "Hà Tĩnh", "Đắk Nông"]
    for year, r in ((2018, 0.80), (2019, 0.87)):
        table = near[year]
        assert stats.pearsonr(table.credit_vnd_m_pc, table.poor_multidim_pct)[0] == pytest.approx(
            r, abs=0.005
        )


def test_bac_kan_has_the_most_a_head_by_outstanding_credit_not_capital(near):
    row = near[2018].iloc[0]
    assert (row.place, row["rank"], row.measure, row.period, row.days) == (
        "Bắc Kạn", 1, "vbsp_outstanding_vnd_bn", "2018-06-30", -184,
    )  # fmt: skip
    assert row.credit_vnd_bn == pytest.approx(1818.804)
    assert (
        row.credit_vnd_m_pc
        == pytest.approx(1818.804 / row.population_persons_k)
        == pytest.approx(5.83, abs=0.005)
    )
    assert near[2018]["rank"].tolist() == sorted(near[2018]["rank"])
    assert near[2018].days.abs().max() <= 184


def test_the_nearest_month_then_the_better_tier_then_the_exact_figure_wins(facts):
    september, may = {"period": "2018-09-30", "value": 3.0}, {"period": "2018-07-31", "value": 2.0}
    assert chosen(facts, september, may) == 3
    # A day nearer within the same number of months decides nothing.
    before, after = (
        {"period": p, "value": v, "tier": t}
        for p, v, t in (("2018-11-30", 4.0, "A"), ("2019-01-31", 5.0, "B"))
    )
    assert chosen(facts, before, after) == 4 == chosen(facts, after, before)
    proxy = {"period": END_2018, "value": 6.0, "tier": "P-A", "indicator": "vbsp_capital_vnd_bn"}
    assert (
        chosen(facts, proxy, {**proxy, "value": 7.0, "tier": "B", "indicator": "vbsp_outstanding_vnd_bn"})
        == 7
    )
    assert (
        chosen(facts, proxy, {**proxy, "value": 8.0, "tier": "C", "indicator": "vbsp_outstanding_vnd_bn"})
        == 6
    )
    bound = {"period": END_2018, "value": 9.0, "bound": "lower", "source_id": "a"}
    assert chosen(facts, bound, {**bound, "value": 10.0, "bound": "", "source_id": "z"}) == 10


def test_months_and_years_count_as_of_their_last_day(facts):
    table = credit_near(
        with_rows(facts, {"period": "", "year": 2018, "tier": "", "status": "official"}), END_2018
    )
    row = table.set_index("place").loc["An Giang"]
    assert (row.period, row.days, row.tier) == ("2018", 0, "A")
    assert chosen(facts, {"period": "2018-06", "value": 1.0}) == 1
    assert chosen(facts, {"period": "2018-05", "value": 1.0}) is None
    assert chosen(facts, {"period": "2019-06-30", "value": 1.0}) == 1
    assert chosen(facts, {"period": "2019-07-01", "value": 1.0}) is None


def test_targets_generated_figures_and_the_country_stay_out(facts):
    dated = {"period": END_2018, "value": 1.0}
    assert chosen(facts, {**dated, "status": "target"}) is None
    assert chosen(facts, {**dated, "illustrative": True}) is None
    assert "Cả nước" not in set(credit_near(facts, "2016-12-31").place)


def test_correlation_and_interval_agree_with_scipy(facts, near):
    need = credit_need(facts, [END_2018, END_2019], level=0.9).set_index(["day", "figures"])
    for year, table in near.items():
        row = need.loc[(f"{year}-12-31", "all")]
        theirs = stats.pearsonr(table.credit_vnd_m_pc, table.poor_multidim_pct)
        assert row.correlation == pytest.approx(theirs.statistic)
        assert (row.low, row.high) == pytest.approx(tuple(theirs.confidence_interval(0.9)))
        rest = table[table.place != row.without]
        assert row.weakest == pytest.approx(rest.credit_vnd_m_pc.corr(rest.poor_multidim_pct))
        assert row.without == "Bắc Kạn" and row.level == 0.9
    assert need.n.tolist() == [21, 15, 25, 10]
    assert need.correlation.round(3).tolist() == [0.799, 0.802, 0.874, 0.905]


def test_too_few_provinces_have_no_correlation(facts, known):
    assert np.isnan(credit_need(facts, ["2021-12-31"]).correlation[1])
    later = credit_need(known, [END_2019]).iloc[0]
    assert later.n == 0 and np.isnan(later.correlation) and later.without == ""


def test_long_difference_as_measured(study):
    rows = study.table.set_index(["driver", "scale", "controls"])
    level, change = "credit_vnd_m_pc", "credit_change_vnd_m_pc_year"
    held, alone = (rows.loc[(level, "points", c)] for c in ("poor_multidim_pct", ""))
    assert set(rows.evidence) == {"cross_section"} and set(rows.years) == {"2018–2021"}
    # Alone, poverty fell by more where more was lent; among provinces that began alike nothing of it is left.
    assert (alone.estimate, alone.high < 0) == (pytest.approx(-1.137, abs=5e-4), True)
    assert (held.estimate, held.low, held.high) == pytest.approx((0.351, -0.770, 1.473), abs=5e-4)
    assert (held.n, held.detectable) == (21, pytest.approx(1.584, abs=5e-4))
    assert (held.without, held.estimate_without) == ("Bắc Kạn", pytest.approx(-0.116, abs=5e-4))
    log_odds = rows.loc[(level, "log_odds", "poor_multidim_pct")]
    assert (log_odds.estimate, log_odds.low, log_odds.high) == pytest.approx((0.042, -0.043, 0.127), abs=5e-4)
    growth = rows.loc[(change, "points", "poor_multidim_pct")]
    assert (growth.n, growth.estimate, growth.detectable) == (
        10,
        pytest.approx(1.645, abs=5e-4),
        pytest.approx(5.035, abs=5e-4),
    )
    assert growth.driver_times == "2018–2019"


def test_changes_are_by_year_and_of_one_measure(study, near):
    places = study.differences.places
    changes = places[places.driver == "credit_change_vnd_m_pc_year"].set_index("place").value
    assert not {"Cần Thơ", "Bắc Kạn", "Hà Tĩnh", "Đắk Nông"} & set(changes.index)
    first, last = (near[year].set_index("place").loc["Phú Thọ"] for year in (2018, 2019))
    assert (first.period, last.period) == ("2018-12-31", "2019-07-31")
    assert changes["Phú Thọ"] == pytest.approx(
        (last.credit_vnd_m_pc - first.credit_vnd_m_pc) / (212 / 365.25)
    )


def test_text_says_first_that_credit_follows_need_and_where_the_place_stands(study):
    en, vi = (study.text(lang, place="bac kan").splitlines() for lang in ("en", "vi"))
    assert en[0] == "Poorer places have more policy credit per head."
    assert vi[0] == "Tỉnh nghèo hơn có dư nợ tín dụng chính sách bình quân đầu người cao hơn."
    assert en[1] == (
        "Near 31 December 2018 (21 places with figures): the correlation of credit per head with the multidimensional "
        "poverty rate is 0.80 (95% confidence interval 0.56 to 0.92), and 0.72 without Bắc Kạn, the lowest; with credit of "
        "a stated day only (15 places) it is 0.80."
    )
    assert vi[1].startswith("Quanh ngày 31/12/2018 (21 địa phương có số liệu): tương quan giữa tín dụng")
    assert "là 0,80 (khoảng tin cậy 95%: từ 0,56 đến 0,92)" in vi[1]
    assert vi[4] == (
        "Bắc Kạn: dư nợ tín dụng chính sách 1.818,8 tỷ đồng (30/6/2018), bình quân đầu người 5,83 triệu đồng, "
        "đứng thứ 1 trong 21 địa phương có số liệu quanh ngày 31/12/2018 (thứ nhất là cao nhất)."
    )
    assert en[4].startswith(
        "Bắc Kạn: policy credit of 1,818.8 billion dong (30 June 2018), 5.83 million dong per"
    )
    # Neither scale finds the other sign: nothing is said of one that turns.
    assert en[5] == (
        "With 21 places a difference under 1.58 percentage points in the multidimensional poverty rate of 2021 for one "
        "million dong per head more of policy credit at the end of 2018 would often be missed (less than 80% power)."
    )
    assert vi[5] == (
        "Với 21 địa phương, số liệu dễ bỏ sót chênh lệch nhỏ hơn 1,58 điểm phần trăm của tỷ lệ nghèo đa chiều năm 2021 ứng với "
        "mức tín dụng chính sách cuối năm 2018 cao hơn một triệu đồng bình quân đầu người (khả năng phát hiện dưới 80%)."
    )
    assert en[7] == (
        "It depends most on Bắc Kạn: without it the difference above is: lower by 0.12 percentage points."
    )
    assert any("greater by one million dong per head and year" in line for line in en)
    assert any("cao hơn một triệu đồng bình quân đầu người mỗi năm" in line for line in vi)
    for cause in ("effect", "impact", "because", "leads", "reduces", "tác động", "làm giảm", "nhờ"):
        assert cause not in "\n".join(en + vi).lower()
    assert "No figure of policy credit was found for Yên Bái" in study.text("en", place="Yên Bái")
    assert "more than 4,124.0 billion" in study.text("en", place="Gia Lai")
    assert "Bắc Kạn: policy credit" not in study.text("en")
    need = study.need.assign(low=-0.1)
    unclear = replace(study, need=need)
    assert unclear.text("en").startswith(
        "It is not clear that poorer places have more policy credit per head."
    )
    assert unclear.text("vi").startswith("Chưa thấy rõ nơi nghèo hơn có dư nợ tín dụng chính sách cao hơn.")


def test_before_the_outcome_was_known_only_the_cross_section_exists(known):
    study = credit_study(known)
    assert study.differences is None and study.table.empty
    for lang, said in (
        ("vi", "năm 2021 tính đến ngày 07/5/2020: chỉ so sánh"),
        ("en", "of 2021 known on 7 May 2020"),
    ):
        assert said in study.text(lang, place="Bắc Kạn")
    assert len(study.levels[study.levels.day == END_2018]) == 19
    assert (
        "Near 31 December 2019: 15 places have a figure of credit, but population and the multidimensional poverty rate "
        "of 2019 are known for 0 of them, too few for a correlation."
    ) in study.text("en").splitlines()
    assert (
        "Quanh ngày 31/12/2019: 15 địa phương có số liệu tín dụng, nhưng mới biết dân số và tỷ lệ nghèo đa chiều năm 2019 của 0 "
        "nơi, chưa đủ để tính tương quan."
    ) in study.text("vi").splitlines()
    nothing = credit_study(known.as_of("2010-01-01"))
    assert (
        nothing.levels.empty
        and "No figure of policy credit is known near 31 December 2018."
        in nothing.text("en", place="Bắc Kạn")
    )


def test_bad_input_is_refused_with_every_problem(facts, study):
    with pytest.raises(ValueError, match="cannot look for policy credit") as caught:
        credit_near(facts, "end of 2018", months=-1, tiers=["A", "Z"])
    assert [line.split(";")[0] for line in str(caught.value).splitlines()[1:]] == [
        "- 'end of 2018' is not a date", "- months are -1", "- tier 'Z' is not known",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="level is 95"):
        credit_need(facts, [END_2018], level=95)
    with pytest.raises(ValueError, match="level is 95.*\n- start is 2021 and end 2018"):
        credit_study(facts, start=2021, end=2018, level=95)
    with pytest.raises(LookupError, match="no place 'Bac Kam'"):
        study.text("en", place="Bac Kam")
    with pytest.raises(ValueError, match="language 'fr'"):
        study.text("fr")


SLOPE = -0.8


@pytest.fixture(scope="module")
def complete(tmp_path_factory):
    """A package with generated credit of every province, 2016 to 2021, going with a generated rate by ``SLOPE``.

    Credit goes where poverty is high and grows everywhere, so that neither levels nor years alone would do.
    """
    folder = tmp_path_factory.mktemp("complete")
    facts = pd.read_csv(DATA / "provinces.csv", dtype=str, keep_default_na=False)
    people = facts[
        (facts.indicator == "population_persons_k")
        & facts.year.between("2016", "2021")
        & (facts.place != "Cả nước")
    ]
    rng = np.random.default_rng(20200507)
    places = {place: rng.uniform(5, 35) for place in people.place.unique()}
    need = people.place.map(places)
    years = people.year.astype(int) - 2016
    a_head = need / 8 + years * 0.3 + 0.3 * rng.normal(size=len(people))
    poor = 20 + need - years + SLOPE * a_head + 0.5 * rng.normal(size=len(people))
    made = people.assign(illustrative="true", note="generated for a test")
    credit = made.assign(
        indicator="vbsp_outstanding_vnd_bn", unit="vnd_bn", value=a_head * people.value.astype(float)
    )
    rate = made.assign(indicator="made_poor_pct", unit="pct", value=poor)
    people.to_csv(folder / "people.csv", index=False)
    pd.concat([credit, rate]).to_csv(folder / "complete.csv", index=False)
    ours = pd.read_csv(DATA / "indicators.csv", dtype=str, keep_default_na=False).set_index("indicator")
    mine = pd.DataFrame({
        "made_poor_pct": ours.loc["poor_multidim_pct"],
        "credit_pc_vnd_m": {**ours.loc["vbsp_outstanding_vnd_bn"], "unit": "vnd_m", "derived_from": "vbsp_outstanding_vnd_bn / population_persons_k"},
    }).T.rename_axis("indicator").assign(peers="")  # fmt: skip
    mine.to_csv(folder / "indicators.csv")
    files = [{"name": name, "path": f"{name}.csv"} for name in ("indicators", "people", "complete")]
    (folder / "datapackage.json").write_text(
        json.dumps({"name": "complete", "extends": "povertystats", "resources": files})
    )
    found = ps.load_facts(folder)
    return replace(found, table=own(found))


def test_a_complete_series_recovers_its_known_association(complete):
    panel = complete.panel(["made_poor_pct", "credit_pc_vnd_m"], illustrative=True)
    assert len(panel.dropna()) == 63 * 6
    (row,) = ps.fit_drivers(panel, "made_poor_pct", ["credit_pc_vnd_m"], scales=["points"]).table.itertuples()
    assert row.low < SLOPE < row.high < 0
    assert row.high - row.low < 0.5
    # Between provinces credit follows need, so that its sign there is the other one.
    assert panel.groupby("place")[["made_poor_pct", "credit_pc_vnd_m"]].mean().corr().iloc[0, 1] > 0.9


def test_without_asking_nothing_generated_reaches_a_panel_or_a_finding(complete):
    assert complete.table.illustrative.sum() == 2 * 63 * 6
    assert complete.panel(["made_poor_pct", "credit_pc_vnd_m"]).empty
    assert complete.panel(["vbsp_outstanding_vnd_bn"]).empty
    assert credit_near(complete, END_2018).empty
    assert credit_study(complete).differences is None


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("vi", "Chưa có số liệu tín dụng chính sách quanh ngày 31/12/2018."),
        ("en", "No figure of policy credit is known near 31 December 2018."),
    ],
)
def test_without_any_figure_nothing_is_counted(facts, lang, said):
    assert credit_study(facts.as_of("2012-01-01")).text(lang).splitlines()[0] == said
