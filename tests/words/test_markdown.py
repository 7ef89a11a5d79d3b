"""Whatever the data hold stays text: no markup comes out of a figure, a name or a note."""

import html
import re

import mistune
import pytest
from hypothesis import given
from hypothesis import strategies as st

from povertystats.words.markdown import bullets, escape


def shown(markdown):
    """Return what a reader sees of a Markdown text, and the tags that it turned into."""
    page = mistune.html(markdown)
    return html.unescape(re.sub(r"<[^>]*>", "", page)).strip(), set(re.findall(r"<(\w+)", page))


@pytest.mark.parametrize(
    "line",
    [
        "# no heading",
        "1. no list",
        "- no list",
        "a *b* _c_ `d`",
        "[a](b)",
        "~~gone~~",
        "<b>&lt;",
        "$x$",
        "a\\*b",
    ],
)
def test_what_looks_like_markup_is_text(line):
    assert shown(escape(line)) == (line, {"p"})


@given(st.text(st.sampled_from(list("ab1 .#+-)*_`[]()<>&$~\\|!")), min_size=1, max_size=20))
def test_any_text_shows_as_itself(line):
    seen, tags = shown("x" + escape(line))
    assert seen.split() == ("x" + line).split() and tags <= {"p"}


def test_every_line_is_an_item():
    assert bullets("one\n# two") == "- one\n- \\# two"
    assert bullets("") == ""
