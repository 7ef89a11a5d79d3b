import pandas as pd
from helpers.own_tables import read_with, written

from povertystats.packages.published import with_days

TABLE = [
    ["place", "year", "rate", "out", "no day"],
    ["A", 2019, 9, "2020-07-15", "soon"],
    ["A", 2020, 8, "2021-07-20", "soon"],
]


def days(tmp_path, said):
    read, questions = read_with(written(tmp_path / "a.csv", TABLE))
    rows, words = with_days(pd.DataFrame({"row": [3, 2], "year": [2020, 2019]}), read, said, questions)
    return rows["available_from"].dt.strftime("%Y-%m-%d").tolist(), words, questions.problems


def test_a_column_one_day_or_so_long_after_the_end_of_the_year(tmp_path):
    said = {
        "out": (["2021-07-20", "2020-07-15"], ""),
        "2021-05-01": (["2021-05-01", "2021-05-01"], ""),
        "": (["2020-12-31", "2019-12-31"], "0 days later"),
        "9 months later": (["2021-09-30", "2020-09-30"], "9 months later"),
        "07-15": (["2020-07-15", "2019-07-15"], "07-15"),
    }
    for text, expected in said.items():
        assert days(tmp_path, text) == (*expected, []), text


def test_what_says_no_day_is_noted(tmp_path):
    for text, why in {
        "soon": "a column of days",
        "2019-12-31": "before 2020",
        "no day": "holds no day (year-month-day) for 2 figures",
    }.items():
        _, _, (problem,) = days(tmp_path, text)
        assert problem.startswith("--published") and why in problem
