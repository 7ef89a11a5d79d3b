import pandas as pd
import pytest

from povertystats.packages.published import published
from povertystats.words.errors import InvalidValue

YEARS = pd.Series([2019, 2020], index=[7, 9])


def test_when_figures_were_published_as_people_say_it():
    said = {
        "": ["2019-12-31", "2020-12-31"],
        "9 months later": ["2020-09-30", "2021-09-30"],
        "2 months later": ["2020-02-29", "2021-02-28"],
        "9 tháng sau": ["2020-09-30", "2021-09-30"],
        "1 year after": ["2020-12-31", "2021-12-31"],
        "15 days after the end of the year": ["2020-01-15", "2021-01-15"],
        "2 weeks later": ["2020-01-14", "2021-01-14"],
        "07-15": ["2019-07-15", "2020-07-15"],
        "03-31 next year": ["2020-03-31", "2021-03-31"],
        "2021-05-01": ["2021-05-01", "2021-05-01"],
    }
    for text, days in said.items():
        found = published(YEARS, text)
        assert found.dt.strftime("%Y-%m-%d").tolist() == days and found.index.tolist() == [7, 9], text


@pytest.mark.parametrize("text", ["soon", "13-40", "nine months later", "1/5/2021"])
def test_other_words_are_refused_with_what_is_understood(text):
    with pytest.raises(InvalidValue, match="9 months later"):
        published(YEARS, text)
    with pytest.raises(InvalidValue, match="is before 2020"):
        published(YEARS, "2019-12-31")
