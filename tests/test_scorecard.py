import pytest

import povertystats as ps
from povertystats.scorecard import grade


def row(card, target, reading="as_printed"):
    return card.table.set_index(["target", "reading"]).loc[(target, reading)]


def test_one_row_a_target_and_reading_and_nothing_left_out(known, card):
    assert len(card.table) == len(ps.load_targets(known)) == 12
    assert set(card.table["verdict"]) == {"probable", "already_met", "not_assessable"}
    unknown = card.table[card.table["verdict"] == "not_assessable"]
    assert (unknown["reason"] != "").all() and unknown["probability"].isna().all()


def test_probabilities_are_those_of_the_forecast(known, card):
    series = known.series("poor_household_pct", place="Bắc Kạn")
    for reading, event in [
        ("by_2.0", {"change_at_most": -2.0}),
        ("by_2.5", {"change_at_most": -2.5}),
        ("to_2.5", {"at_most": 2.5}),
    ]:
        found = row(card, "poverty", reading)
        assert found.probability == ps.forecast(series).probability(**event)
        assert found.probability_points == ps.forecast(series, scale="points").probability(**event)
    assert row(card, "poverty", "by_2.0").probability == pytest.approx(0.54, abs=0.005)
    assert row(card, "poverty", "by_2.5").probability == pytest.approx(0.09, abs=0.005)
    assert row(card, "poverty", "to_2.5").probability < 0.01


@pytest.mark.parametrize(
    ("target", "reading", "verdict", "reason", "evidence"),
    [
        ("poverty", "by_2.0", "probable", "", "A"),
        ("poor_districts", "by_3.5", "not_assessable", "few", "C"),
        ("trained_labour", "as_printed", "not_assessable", "few", "C"),
        ("new_jobs", "as_printed", "not_assessable", "count", "C"),
        ("health_insurance", "as_printed", "already_met", "", "C"),
        ("grid_electricity", "as_printed", "not_assessable", "proxy", "D"),
        ("rural_water", "as_printed", "not_assessable", "few", "C"),
        ("merit_families", "as_printed", "not_assessable", "few", "C"),
        ("schools", "as_printed", "not_assessable", "no_base", "C"),
    ],
)
def test_verdicts(card, target, reading, verdict, reason, evidence):
    found = row(card, target, reading)
    assert (found.verdict, found.reason, found.grade) == (verdict, reason, evidence)


def test_the_usual_pace_stands_beside_the_required_change(card):
    found = row(card, "poverty", "by_2.0")
    assert found.usual_pace == pytest.approx((19.57 - 29.40) / 4)
    assert (found.required_change, found.required_unit) == (-2.0, "pp")


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


def test_texts_in_both_languages_have_every_target(card):
    for lang, met in (
        ("vi", "đã đạt ở lần đo gần nhất: 98% (6/2018)"),
        ("en", "already met at the last figure"),
    ):
        lines = card.text(lang).splitlines()
        assert len(lines) == 13
        for target, line in zip(card.targets, lines[1:], strict=True):
            assert line.startswith(target.wording[lang])
        assert met in card.text(lang)
    assert "97,28%" in card.text("vi") and "97.28%" in card.text("en")
    with pytest.raises(ValueError, match="language 'fr'"):
        card.text("fr")


def test_headline_tells_every_reading_on_both_scales(card):
    by_2, by_25, literal, scales = card.headline("vi").splitlines()
    assert by_2.endswith(": 54% (khoảng 1 trên 2) hoặc 85% (khoảng 9 trên 10).")
    assert by_25.endswith(": 9% (khoảng 1 trên 10) hoặc 46% (khoảng 1 trên 2).")
    assert literal.endswith(": dưới 1% (chưa đến 1 trên 100).") and "log-odds" in scales


def test_headline_tells_the_outcome_once_it_is_known(facts):
    lines = ps.scorecard(facts.as_of("2021-03-01")).headline("en").splitlines()
    assert len(lines) == 3 and all("missed; outcome: 18.5%" in line for line in lines)


def test_display_is_for_readers(card):
    table = card.display("vi")
    assert table.columns[0] == "Mục tiêu" and len(table) == 12
    assert table.iloc[0].tolist() == [
        "Tỷ lệ hộ nghèo giảm ít nhất 2 điểm phần trăm trong năm",
        "54%",
        "85%",
        "19,57% (12/2019)",
        "−2 điểm phần trăm",
        "−2,46 điểm phần trăm",
        "A",
    ]


def test_a_place_without_targets_is_told_so(known):
    card = ps.scorecard(known, place="ha giang")
    assert card.table.empty and card.display("en").empty
    assert (
        card.text("vi")
        == card.headline("vi")
        == "Tính đến ngày 7/5/2020, dữ liệu không có mục tiêu nào của Hà Giang."
    )
    with pytest.raises(LookupError, match="no place"):
        ps.scorecard(known, place="Atlantis")


def test_grades(known):
    series = known.series("poor_household_pct", place="Bắc Kạn")
    assert [grade(series, 2020), grade(series, 2022), grade(None, 2020)] == ["A", "B", "D"]
    assert grade(known.series("poor_household_pct", place="Pác Nặm"), 2020) == "B"
    assert grade(known.series("poor_household_pct", place="Ngân Sơn"), 2020) == "C"
