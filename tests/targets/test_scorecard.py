from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import povertystats as ps
from povertystats.forecasts.joint import Event, probability_of_all
from povertystats.targets.verdict import by_year, by_year_text, chance
from povertystats.words.wording import odds, probability


def row(card, target, reading="as_printed"):
    return card.table.set_index(["target", "reading"]).loc[(target, reading)]


def test_one_row_a_target_and_reading_and_nothing_left_out(known, card):
    assert len(card.table) == len(ps.load_targets(known)) == len(card.details) == 14
    assert set(card.table["verdict"]) == {"probable", "already_met", "not_assessable"}
    unknown = card.table[card.table["probability"].isna()]
    assert (unknown["reason"] != "").all() and (unknown["method"] == "").all()
    open_rows = card.table[card.table["verdict"] == "probable"]
    assert len(open_rows) == 9 and (open_rows["reason"] == "").all() and (open_rows["method"] != "").all()
    assert ((open_rows["probability"] > 0) & (open_rows["probability"] < 1)).all()


def test_the_table_holds_what_was_assessed(card):
    for found, told in zip(card.details, card.table.itertuples(), strict=True):
        assert (told.verdict, told.method, told.reason, told.grade) == (
            found.verdict,
            found.method,
            found.reason,
            found.grade,
        )
        if found.chances:
            assert told.probability == found.probability()
            assert told.level80 == found.weakest.level80 or told.method == "transition"
            assert told.latest_value == found.weakest.series.latest.value
    poverty = row(card, "poverty", "by_2.0")
    assert (poverty.comparable, poverty.comparable_n) == card.details[0].chances[0].comparable
    assert (
        poverty.label_eurostat == "on_track" and row(card, "poverty", "by_2.5").label_eurostat == "too_slow"
    )


def test_pooling_lies_between_the_answers_of_the_own_trend(card):
    for reading in ("by_2.0", "by_2.5"):
        found = row(card, "poverty", reading)
        assert found.own < found.probability < found.own_points
        # Two scales that hardly agreed on the own figures agree better with peers.
        assert abs(found.probability - found.probability_points) < found.own_points - found.own


def test_what_hangs_on_the_kind_of_year_stands_in_the_table(card):
    for found, told in zip(card.details, card.table.itertuples(), strict=True):
        if found.by_year is None:
            assert np.isnan([told.good_year, told.ordinary_year, told.bad_year, told.shared]).all()
            continue
        assert told.good_year >= told.ordinary_year >= told.bad_year
        assert found.by_year.probability == pytest.approx(told.probability, abs=1e-6)
        assert 0 < told.shared < 1 and found.by_year.years == (2020,)
    assert {found.method for found in card.details if found.by_year} == {"pooled", "proxy"}
    # What helps a share that is to rise is a year in which all rise.
    rising = next(found for found in card.details if found.target.target == "grid_electricity").by_year
    assert rising.table["shock"].iloc[0] == 1


def test_why_nothing_is_said_of_the_kind_of_year(card):
    told = " ".join(by_year_text(card.details, "trained_labour", "en"))
    assert "hold the shocks of years and those of single places together" in told
    assert by_year_text(card.details, "schools", "vi") == []


def test_what_was_known_of_the_year_stands_beside_and_enters_no_chance(facts, known, card):
    [growth, *_] = card.context
    assert (growth["indicator"], growth["value"], growth["year"]) == ("gdp_growth_pct", 3.82, 2020)
    for lang, value in (("vi", "3,82%"), ("en", "3.82%")):
        line = by_year(card, lang)[-1]
        assert value in line and "VietnamBiz" in line and {"vi": "Việt Nam", "en": "Viet Nam"}[lang] in line
        assert {"vi": "không dùng trong dự báo", "en": "not used in the forecast"}[lang] in line
    # What came out later was not known; without it nothing of the answer changes.
    assert all(row["available_from"] <= pd.Timestamp("2020-05-07") for row in card.context)
    indicators = known.indicators.assign(role=known.indicators["role"].replace("context", "control"))
    other = ps.scorecard(replace(known, indicators=indicators))
    assert other.context == () and by_year(other, "en") == by_year(card, "en")[:-1]
    pd.testing.assert_frame_equal(other.table, card.table)


def test_required_changes_and_the_usual_pace(card):
    found = row(card, "poverty", "by_2.0")
    assert found.usual_pace == pytest.approx((19.57 - 29.40) / 4)
    assert (found.required_change, found.required_unit) == (-2.0, "pp")
    nearest = row(card, "grid_electricity")
    assert (nearest.latest_value, nearest.required_change) == (97.28, pytest.approx(98 - 97.28))
    districts = row(card, "poor_districts", "by_3.5")
    assert (districts.latest_value, districts.latest_status) == (35.22, "preliminary")


def test_the_joint_probability_takes_the_easiest_meant_reading(card):
    p = card.table.set_index(["target", "reading"])["probability"]
    by_key = {(f.target.target, f.target.reading): f for f in card.details}
    easiest = max(
        (found for found in card.details if found.target.target == "poor_districts"),
        key=lambda found: found.probability(),
    )
    poverty = [by_key["poverty", "by_2.0"], easiest]
    shared = probability_of_all(
        [
            Event(c.events["log_odds"].probability, c.events["log_odds"].shared, shock="poverty")
            for found in poverty
            for c in found.chances
        ]
    )
    others = p["trained_labour", "as_printed"] * p["grid_electricity", "as_printed"]
    assert card.joint == pytest.approx(shared * others, rel=1e-6)
    last = card.text("en").splitlines()[-1]
    assert "all 4 targets" in last and last.endswith(
        f"without it the probability is {probability(card.joint / card._easiest[0].probability(), 'en')}."
    )
    # A common fall helps province and districts together.
    assert shared > p["poverty", "by_2.0"] * easiest.probability()


def test_an_easier_reading_that_was_not_meant_does_not_count(card):
    literal = next(found for found in card.details if found.target.reading == "to_2.5")
    chance = replace(literal.chances[0], events={"log_odds": Event(0.99)})
    details = tuple(replace(f, chances=(chance,)) if f is literal else f for f in card.details)
    assert replace(card, details=details).joint == card.joint


def test_what_became_known_is_told_as_an_outcome(facts):
    later = ps.scorecard(facts.as_of("2021-12-31"))
    assert row(later, "poverty", "by_2.0").verdict == "missed"
    assert row(later, "new_jobs").verdict == "met"
    # The district's figure of 2019 is preliminary: no base for an outcome.
    assert row(later, "poor_districts", "by_3.5").reason == "no_outcome"
    # 87 schools in 2018 and 96 in 2020 do not tell the change on 2019.
    assert row(later, "schools").reason == "no_outcome"
    # The insurance figure of 2020 speaks of April: it is not the outcome of the year.
    assert row(later, "health_insurance").reason == "no_outcome"
    assert row(later, "health_insurance").latest_value == 97.0
    assert later.table["probability"].dtype == float and later.table["probability"].isna().all()
    assert later.joint is None and len(later.text("vi").splitlines()) == 15


def test_texts_in_both_languages_have_every_target(card):
    for lang, met in (
        ("vi", "đã đạt theo số liệu gần nhất: 98% (6/2018)"),
        ("en", "already met at the last figure: 98% (June 2018)"),
    ):
        lines = card.text(lang).splitlines()
        peers = [line for line in lines if line.startswith(("Nhóm so sánh", "Peers, the places"))]
        assert lines[-1 - len(peers) : -1] == peers and len(peers) == 4
        # Of the main target alone, in the readings that were meant, stands how it hangs on the year.
        hangs = lines[15 : -1 - len(peers)]
        assert [line.startswith(card.targets[i].wording[lang]) for i, line in ((0, hangs[0]), (1, hangs[1]))]
        assert card.targets[2].wording[lang] not in "".join(hangs)
        for found in card.details[:2]:
            assert probability(found.by_year.chance("ordinary"), lang) in "".join(hangs)
        for target, line in zip(card.targets, lines[1:15], strict=True):
            assert line.startswith(target.wording[lang])
        assert met in card.text(lang)
    assert "97,28%" in card.text("vi") and "97.28%" in card.text("en")
    with pytest.raises(ValueError, match="language 'fr'"):
        card.text("fr")


def test_headline_tells_every_reading_what_it_rests_on_and_the_own_trend(card):
    by_2, by_25, literal, rests, own = card.headline("vi").splitlines()
    for line, reading in ((by_2, "by_2.0"), (by_25, "by_2.5")):
        assert f": {odds(chance(row(card, 'poverty', reading)), 'vi')}." in line
    assert literal.endswith(": dưới 1 trên 100.")
    peers = card.details[0].chances[0].rests["peers"]
    assert rests.startswith(f"Cơ sở: 5 số liệu của Bắc Kạn và {peers} chuỗi số liệu tương tự")
    assert "lần lượt là: từ 54% đến 85%; từ 9% đến 46%; dưới 1%" in own


def test_headline_tells_the_outcome_once_it_is_known(facts):
    lines = ps.scorecard(facts.as_of("2021-03-01")).headline("en").splitlines()
    assert len(lines) == 3 and all("missed; outcome: 18.5%" in line for line in lines)


def test_headline_of_another_target_and_of_none(card):
    training = card.headline("en", target="trained_labour").splitlines()
    assert len(training) == 2 and training[1].startswith("Basis: the latest figure of Bắc Kạn and")
    assert card.headline("en", target="new_jobs") == card.text("en").splitlines()[0]


def test_display_is_for_readers(card):
    table, first = card.display("vi"), row(card, "poverty", "by_2.0")
    assert table.columns[0] == "Mục tiêu" and len(table) == 14
    assert table.iloc[0].tolist() == [
        "Tỷ lệ hộ nghèo giảm ít nhất 2 điểm phần trăm trong năm",
        probability(chance(first), "vi"),
        probability(first.probability_points, "vi"),
        "19,57% (12/2019)",
        "−2 điểm phần trăm",
        f"{100 * first.comparable:.0f}% ({first.comparable_n})",
        f"{first.level80:.1f}".removesuffix(".0").replace(".", ",") + "%",
        "A",
    ]
    insurance = table[table["Mục tiêu"].str.contains("bảo hiểm")].iloc[0].tolist()
    assert insurance[1:] == ["đạt theo số liệu gần nhất", "–", "98% (6/2018)", "–", "–", "–", "C"]


def test_comparisons_stand_beside_every_open_row(card):
    table = card.comparisons("en")
    assert len(table) == 9
    assert table.iloc[0, 2:].tolist() == ["54%", "85%", "−2.46 points", "on track"]
    assert table.iloc[3, 2:].tolist() == ["–"] * 4


def test_a_place_without_targets_is_told_so(known):
    card = ps.scorecard(known, place="ha giang")
    assert card.table.empty and card.display("en").empty and card.comparisons("vi").empty
    assert card.joint is None
    none, said, *_ = card.text("vi").splitlines()
    assert none == "Tính đến ngày 07/5/2020, dữ liệu không có mục tiêu nào của Hà Giang."
    assert said == card.likely.sentence("vi") and card.headline("vi") == f"{none}\n{said}" and card.main == ""
    with pytest.raises(LookupError, match="no place"):
        ps.scorecard(known, place="Atlantis")
    for tell in (card.display, card.comparisons):
        with pytest.raises(ValueError, match="language 'fr'"):
            tell("fr")


def test_the_main_target_is_poverty_or_the_first(card):
    assert card.main == "poverty" and card.likely is None
    assert replace(card, targets=card.targets[7:]).main == card.targets[7].target


def test_every_grade_is_explained():
    assert [line[:2] for line in ps.grades("vi").splitlines()] == ["A:", "B:", "C:", "D:"]


def test_a_scorecard_is_shown_short(card, known):
    head, *lines = repr(card).splitlines()
    assert head == "<Scorecard> Bắc Kạn on 2020-05-07: 9 targets, 14 readings"
    assert (
        len(lines) == 14  # 13 and how many more
        and lines[0]
        == f"poverty by_2.0: probable, {probability(chance(row(card, 'poverty', 'by_2.0')), 'en')}"
    )
    assert "merit_families as_printed: not_assessable" in lines and lines[-1] == "... 1 more"
    districts = row(card, "poor_districts", "by_3.5")
    ends = sorted([districts.probability, districts.probability_points])
    far = round(100 * ends[1]) - round(100 * ends[0]) >= 10
    assert (f"poor_districts by_3.5: probable, {probability(tuple(ends), 'en')}" in lines) == far
    many = replace(card, table=pd.concat([card.table] * 3))
    assert len(repr(many).splitlines()) == 15 and repr(many).endswith("... 29 more")
    assert card._repr_html_().count("<tr") == 15
    assert (
        repr(ps.scorecard(known, place="ha giang"))
        == "<Scorecard> Hà Giang on 2020-05-07: 0 targets, 0 readings"
    )


def test_an_outcome_is_shown_short(card, facts):
    came = ps.outcomes(card, facts)
    counts = came.table["outcome"].value_counts()
    head, *lines = repr(came).splitlines()
    assert head.startswith("<Outcomes> Bắc Kạn, as forecast on 2020-05-07: ") and len(lines) <= 14
    assert all(f"{n} {outcome}" in head for outcome, n in counts.items())
