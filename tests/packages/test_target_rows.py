import pandas as pd

from povertystats.packages.figures import Figures
from povertystats.packages.indicators import Indicator
from povertystats.packages.phrase import read_phrase
from povertystats.packages.questions import Questions
from povertystats.packages.target_rows import phrases_of, places_for, target_rows, wording

POOR = Indicator("poor_pct", "Share of poor people", "pct", "pct", "outcome")
JOBS = Indicator("new_jobs", "New jobs", "persons", "persons", "outcome")
WORK = Indicator("work_pct", "Work", "pct", "pct", "driver")


def rows(*texts, indicators=(POOR, JOBS, WORK), places=("A",)):
    questions = Questions()
    phrases = phrases_of(texts, questions)
    made = target_rows(
        [(phrase, places) for phrase in phrases], indicators, questions, source="s", as_of="2023-12-31"
    )
    return made, questions.problems


def test_a_phrase_is_a_row_for_each_place_with_units_by_kind_and_a_day_before_its_end():
    made, problems = rows(
        "poor_pct <= 14 in 2024",
        "Share of poor people falls by 2 points in 2022",
        "poor_pct rank <= 2 in 2024",
        "poor falls by a third from 2020 to 2025",
        "new jobs total >= 500 in 2024",
        places=("A", "B"),
    )
    assert not problems and [(r["target"], r["where"], r["unit"]) for r in made] == [
        (target, place, unit)
        for target, unit in (
            ("poor_pct_2024", "pct"),
            ("poor_pct_2022", "pp"),
            ("poor_pct_2024_2", "rank"),
            ("poor_pct_2025", "pct"),
            ("new_jobs_2024", "persons"),
        )
        for place in ("A", "B")
    ]
    assert [r["available_from"] for r in made[::2]] == [
        "2023-12-31",
        "2022-01-01",
        "2023-12-31",
        "2021-01-01",
        "2023-12-31",
    ]
    each, _ = rows("poor_pct <= 5 in 2024 in every district")
    assert (each[0]["place"], each[0]["of"]) == ("every district", "each")


def test_what_does_not_fit_is_refused_all_at_once():
    made, problems = rows(
        "poor_pct falls by 2 in 2024",
        "new_jobs falls by 2 points in 2024",
        "new_jobs <= 5% in 2024",
        "poor_pct none in 2024",
        "pore_pct <= 5 in 2024",
        "<= 5 in 2024",
        "poor_pct < 5 in 2024",
    )
    assert not made and len(problems) == 7
    expected = [
        "'<' leaves open",
        "write 2 points",
        "leave out points",
        "not in per cent",
        "is a rate",
        "did you mean poor_pct",
        "of what?",
    ]
    assert all(why in problem for why, problem in zip(expected, problems, strict=True)), problems
    assert not rows("giảm 2 điểm năm 2024", indicators=(POOR, WORK))[1]


def test_every_kind_has_its_words_in_both_languages():
    said = {
        "x >= 95 in 2025": ("at least 95% in 2025", "ít nhất 95% năm 2025"),
        "x falls by 2.5 points in 2024": (
            "down by at least 2.5 points over 2024",
            "giảm ít nhất 2,5 điểm phần trăm trong năm 2024",
        ),
        "x rises by 2 points from 2020 to 2025": (
            "up by at least 2 points from 2020 to 2025",
            "tăng ít nhất 2 điểm phần trăm từ 2020 đến 2025",
        ),
        "x falls by 0.5 points a year from 2021 to 2025": (
            *(
                "down by at least 0.5 points a year on average from 2021",
                "giảm bình quân ít nhất 0,5 điểm phần trăm mỗi năm",
            ),
        ),
        "x falls by a third from 2020 to 2025": (
            "by at least 1/3 of what it was",
            "giảm ít nhất 1/3 so với mức ban đầu",
        ),
        "x falls by 33.5% from 2020 to 2025": ("at least 33.5% of", "giảm ít nhất 33,5% so"),
        "x rank <= 5 in 2025": ("rank 5 or better in 2025", "xếp hạng 5 trở lên năm 2025"),
        "x total >= 5000 in 2025": ("at least 5,000% over", "ít nhất 5.000% trong"),
        "x none in 2025": ("none left at the end of 2025", "không còn trường hợp nào cuối năm 2025"),
        "x <= 5 in 2025 in every district": (
            "at most 5% in 2025, in each of",
            "không quá 5% năm 2025, ở từng huyện",
        ),
    }
    for text, words in said.items():
        for lang, expected in zip(("en", "vi"), words, strict=True):
            found = wording(read_phrase(text), POOR, lang)
            assert found.startswith("Share of poor people") and expected in found, (text, lang, found)


def test_targets_are_for_the_places_that_are_named_for_all_or_the_only_one():
    places = pd.DataFrame(
        {
            "place": ["Norland", "A", "B"],
            "kind": ["country", "province", "province"],
            "label": ["Norland", "A", "B"],
        }
    )
    figures = Figures(pd.DataFrame({"place": ["Norland", "A", "B"]}), places, {})
    questions = Questions()
    assert places_for(figures, ["b"], questions) == ["B"] and places_for(figures, ["all"], questions) == [
        "A",
        "B",
    ]
    assert places_for(figures, ["Norland"], questions) == ["Norland"] and not questions.problems
    assert places_for(Figures(figures.table, places[1:2], {}), [], questions) == ["A"]
    assert places_for(figures, [], questions) == [] and "--for PLACE" in questions.problems[0]
    places_for(figures, ["Norlend"], questions)
    assert "did you mean Norland" in questions.problems[1]
