import datetime
from dataclasses import replace

import pytest
from helpers.assessed import more, of

from povertystats.kinds.kind import REASONS
from povertystats.targets import verdict
from povertystats.targets.sources import basis
from povertystats.words.languages import Words, placeholders, sentences
from povertystats.words.wording import Unit, number, odds, probability

LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


@pytest.fixture(scope="module")
def pairs(card):
    return {
        (found.target.target, found.target.reading): (found, row)
        for found, row in zip(card.details, card.table.itertuples(), strict=True)
    }


@LANGUAGES
def test_the_probability_comes_first_and_then_its_basis(pairs, lang):
    found, row = pairs["poverty", "by_2.0"]
    told = verdict.sentence(found, row, lang)
    start = {"vi": "xác suất", "en": "probability"}[lang]
    assert told.startswith(f"{found.target.wording[lang]}: {start} {odds(verdict.chance(row), lang)}. ")
    assert basis(found, lang) in told
    share = f"{100 * row.comparable:.0f}%"
    assert share in told.partition(basis(found, lang))[2] and str(row.comparable_n) in told


def test_the_scale_of_points_is_told_where_it_says_something_else(pairs):
    found, row = pairs["poverty", "by_2.0"]
    near = row._replace(probability=0.60, probability_points=0.62)
    far = row._replace(probability=0.60, probability_points=0.64)
    assert "62 trên" not in verdict.sentence(found, near, "vi") + verdict.reading(found, near, "vi")
    assert "Nếu tính theo điểm phần trăm: 64 trên 100." in verdict.sentence(found, far, "vi")
    assert verdict.reading(found, far, "vi").endswith(
        ": 60 trên 100. Nếu tính theo điểm phần trăm: 64 trên 100."
    )
    none = row._replace(probability_points=None)
    assert verdict.reading(found, none, "en") == verdict.reading(
        found, row._replace(probability_points=row.probability), "en"
    )


def test_several_places_are_told_apart_and_a_preliminary_base_is_named(pairs):
    found, row = pairs["poor_districts", "by_3.5"]
    told = verdict.sentence(found, row, "vi")
    ends = [[c.events[scale].probability for scale in ("log_odds", "points")] for c in found.chances]
    rows = [row._replace(probability=p, probability_points=q) for p, q in ends]
    each = ", ".join(
        f"{c.series.place} {odds(verdict.chance(one), 'vi')}"
        for c, one in zip(found.chances, rows, strict=True)
    )
    assert f"Riêng từng nơi: {each}." in told and told.endswith("Số liệu gần nhất là số sơ bộ.")
    figures = sum(len(c.series.years) for c in found.chances)
    assert f"Cơ sở: {figures} số liệu của Pác Nặm, Ngân Sơn và" in told
    final = replace(found.chances[0].series, table=found.chances[0].series.table.assign(status="official"))
    one_final = replace(found, chances=(replace(found.chances[0], series=final), found.chances[1]))
    assert verdict.sentence(one_final, row, "en").endswith("The latest figure is preliminary.")
    assert "sơ bộ" not in verdict.sentence(*pairs["poverty", "by_2.0"], "vi")


def test_a_reference_class_tells_where_its_places_started(pairs):
    found, row = pairs["trained_labour", "as_printed"]
    rests = found.weakest.rests
    told = verdict.sentence(found, row, "en")
    assert (
        f"{rests['n']} changes over 2 years in {rests['places']} places ({rests['origins']} start years) that "
        f"started between {rests['low']:.1f}% and {rests['high']:.1f}%, half of them below "
        f"{rests['middle']:.1f}%. {100 * row.comparable:.0f}% of these" in told
    )


def test_a_proxy_is_named_with_why_it_is_none_of_the_target(pairs):
    found, row = pairs["grid_electricity", "as_printed"]
    told = verdict.sentence(found, row, "vi")
    assert (
        "Tính theo chỉ tiêu sát nghĩa nhất hiện có, 97,28% (10/2019). Số liệu gần nhất là tỷ lệ hộ dùng điện"
        in told
    )
    assert told.endswith("Xác suất của chính mục tiêu vì thế có thể thấp hơn.")
    below = replace(found, target=replace(found.target, direction="at_most"))
    assert "có thể thấp hơn" not in verdict.sentence(below, row, "vi")


def test_all_of_tells_the_chance_that_each_would_need(known, pairs):
    found, row = pairs["merit_families", "as_printed"]
    for lang, settled in found.target.settled_by.items():
        told = verdict.sentence(found, row, lang)
        assert told.endswith(f"{settled}.") and "394" in told
        bare = replace(found, target=replace(found.target, settled_by=Words()))
        assert verdict.sentence(bare, row, lang) in told.removesuffix(f"{settled}.")
    counts = more(known, "merit_poor_households", {2016: 480, 2017: 436, 2018: 394}, unit="households")
    told = verdict.sentence(of(counts, "merit_families"), row._replace(probability=0.001), "en")
    assert "It takes 394 households to leave within 2 years" in told
    assert "a chance of 96% a year, while their number became smaller by about 9% a year" in told


@LANGUAGES
def test_scales_that_lie_ten_points_apart_are_told_as_a_range_everywhere(pairs, lang):
    found, row = pairs["poverty", "by_2.0"]
    for p, points, wide in ((0.51, 0.23, True), (0.23, 0.51, True), (0.60, 0.502, True), (0.60, 0.51, False)):
        told = row._replace(probability=p, probability_points=points, settled=0)
        span = (min(p, points), max(p, points))
        texts = [verdict.sentence(found, told, lang), verdict.reading(found, told, lang)]
        texts += [verdict.shortened(found, told, lang)["chance"]]
        columns = [write(found, told, lang)["probability"] for write in (verdict.cells, verdict.compared)]
        assert [odds(span, lang) in text for text in texts] == [wide] * 3
        assert [probability(span, lang) in text for text in columns] == [wide] * 2
        # Whichever is shown, both scales can be told apart.
        both = [number(100 * one, lang, 0) for one in (p, points)]
        assert all(end in text for end in both for text in texts[:3])
        met = replace(found, verdict="already_met")
        assert (odds(span, lang) in verdict.sentence(met, told._replace(verdict="already_met"), lang)) == wide


@LANGUAGES
def test_a_scale_that_comparable_series_settle_is_told_alone_with_points_beside_it(pairs, lang):
    found, row = pairs["poverty", "by_2.0"]
    told = row._replace(probability=0.51, probability_points=0.23, settled=14)
    p, points = (odds(p, lang) for p in (0.51, 0.23))
    assert verdict.chance(told) == 0.51
    for text in (verdict.sentence(found, told, lang), verdict.reading(found, told, lang)):
        assert text.index(p) < text.index(points) < text.index("14") and odds((0.23, 0.51), lang) not in text
    assert verdict.cells(found, told, lang)["probability"] == probability(0.51, lang)
    short = verdict.shortened(found, told, lang)["chance"]
    assert short.startswith(p) and short.endswith(points)
    near = told._replace(probability_points=0.45)
    assert verdict.reading(found, near, lang) == verdict.reading(found, near._replace(settled=0), lang)


@LANGUAGES
def test_already_met_tells_whether_it_may_last(pairs, lang):
    found, row = pairs["health_insurance", "as_printed"]
    lasting = {"vi": "Chưa tính được khả năng giữ được mức này", "en": "How probable it is to last cannot"}
    assert lasting[lang] in verdict.sentence(found, row, lang)
    # The same with comparable series: an illustration from another row.
    other, like = pairs["trained_labour", "as_printed"]
    met = replace(other, verdict="already_met")
    told = like._replace(verdict="already_met", probability=0.9, probability_points=0.88)
    told = verdict.sentence(met, told, lang)
    assert odds(0.9, lang) in told and basis(other, lang) in told and lasting[lang] not in told
    told = like._replace(verdict="already_met", probability=0.9, probability_points=0.88)
    cells = verdict.cells(met, told, lang)
    assert (
        cells["probability"]
        == {
            "vi": "đạt theo số liệu gần nhất (90%, đo gián tiếp)",
            "en": "met by the latest figure (90%, by a proxy)",
        }[lang]
    )
    assert cells["required"] == "–"


@LANGUAGES
def test_what_cannot_be_assessed_tells_the_reason_and_the_latest_figure(pairs, lang):
    latest = {"vi": "; gần nhất: 6.200 người (12/2010).", "en": "; latest: 6,200 people (December 2010)."}[
        lang
    ]
    assert latest in verdict.sentence(*pairs["new_jobs", "as_printed"], lang)
    found, row = pairs["new_jobs", "as_printed"]
    bare = replace(found.target, settled_by=Words())
    told = verdict.sentence(replace(found, target=bare, series=(None,), reason="no_figure"), row, lang)
    assert told.endswith({"vi": "chưa có số liệu nào của chỉ tiêu này.", "en": "indicator was known."}[lang])


@LANGUAGES
def test_every_reason_has_words_that_its_values_fill(pairs, lang):
    found, row = pairs["new_jobs", "as_printed"]
    words = {
        key.rpartition(".")[2]: placeholders(sentence)
        for key, sentence in sentences(lang).items()
        if key.startswith("scorecard.reason.")
    }
    assert all(words[reason] <= set(names) for reason, names in REASONS.items()) and len(words) == len(
        REASONS
    )
    told = []
    for reason, names in REASONS.items():
        values = {
            name: {
                "n": 2,
                "place": "Bắc Kạn",
                "places": "Bắc Kạn",
                "year": 2020,
                "since": datetime.date(2025, 7, 1),
                "into": "Thái Nguyên",
            }[name]
            for name in names
        }
        told.append(verdict.sentence(replace(found, reason=reason, values=values), row, lang))
    assert len(set(told)) == len(REASONS) and not any("{" in line for line in told)


def test_ranges_of_the_own_trend(pairs):
    _, row = pairs["poverty", "by_2.0"]
    assert verdict.own_range(row, "vi") == "từ 54% đến 85%"
    assert verdict.own_range(row._replace(own=0.001, own_points=0.004), "en") == "under 1%"
    assert verdict.own_range(row._replace(own=0.7, own_points=0.2), "en") == "20% to 70%"


def test_cells_of_a_count(pairs):
    found, row = pairs["new_jobs", "as_printed"]
    cells = verdict.cells(found, row._replace(verdict="probable", probability=0.77, level80=4873.0), "vi")
    assert (cells["probability"], cells["required"], cells["level80"]) == (
        "77%",
        "5.000 người",
        "4.873 người",
    )


def test_changes_have_the_unit_in_the_words_of_the_package(pairs):
    found, row = pairs["new_jobs", "as_printed"]
    crowd = Unit(found.target.unit, {"en": ("soul", "souls")})
    found = replace(found, target=replace(found.target, unit=crowd, figure_unit=crowd))
    told = verdict.shortened(found, row._replace(required_per_year=45.0, usual_pace=10.0), "en")
    assert (told["required"], told["per_year"], told["pace"]) == ("5,000 souls", "45 souls", "+10 souls")
