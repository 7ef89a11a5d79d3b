from html.parser import HTMLParser

import pandas as pd
import pytest

from povertystats.tables import Table

BAD = "<script>alert(1)</script> & \"quoted\" <img src=x onerror='alert(2)'>"


class Parsed(HTMLParser):
    """The tags of a table with their attributes, and the text of caption, headers and cells."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.text, self._open = [], {"caption": [], "th": [], "td": []}, None
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag in self.text:
            self._open = tag
            self.text[tag].append("")

    def handle_endtag(self, tag):
        self._open = None if tag == self._open else self._open

    def handle_data(self, data):
        if self._open:
            self.text[self._open][-1] += data


@pytest.fixture(scope="module")
def hostile():
    return Parsed(Table(pd.DataFrame({BAD: [BAD, "b"], "n": [1, 2]}), BAD)._repr_html_())


def test_markup_in_caption_header_and_cell_stays_text(hostile):
    assert hostile.text == {"caption": [BAD], "th": [BAD, "n"], "td": [BAD, "1", "b", "2"]}
    assert {tag for tag, _ in hostile.tags} == {"table", "caption", "thead", "tbody", "tr", "th", "td"}


def test_every_header_says_what_it_heads_and_the_caption_comes_first(hostile):
    assert [attrs for tag, attrs in hostile.tags if tag == "th"] == [{"scope": "col"}] * 2
    assert [tag for tag, _ in hostile.tags[:2]] == ["table", "caption"]
    assert all(not name.startswith("on") for _, attrs in hostile.tags for name in attrs)


def test_plain_text_is_the_caption_over_the_figures():
    table = Table(pd.DataFrame({"year": ["2019", "2020"], "rate": ["19,57%", "17,54%"]}), "Tỷ lệ")
    assert [line.split() for line in repr(table).splitlines()] == [
        ["Tỷ", "lệ"],
        ["year", "rate"],
        ["2019", "19,57%"],
        ["2020", "17,54%"],
    ]


def test_long_texts_and_long_tables_are_told_in_full():
    long = "một câu dài " * 30
    table = Table(pd.DataFrame({"a": [long] * 150}), "c")
    assert Parsed(table._repr_html_()).text["td"] == [long] * 150
    assert repr(table).count(long) == 150


def test_what_is_missing_is_a_dash_and_a_table_without_rows_keeps_its_headers():
    assert Parsed(Table(pd.DataFrame({"a": [None, "x"]}), "c")._repr_html_()).text["td"] == ["–", "x"]
    empty = Parsed(Table(pd.DataFrame(columns=["a", "b"]), "c")._repr_html_())
    assert empty.text == {"caption": ["c"], "th": ["a", "b"], "td": []}
