"""What every page wears: nothing that is fetched."""

import base64
import hashlib
import re

import pytest

from povertystats.pages import dress
from povertystats.words.wording import LANGUAGES, say


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_wears_its_words_its_typeface_and_a_policy_that_fetches_nothing(lang):
    worn = dress.dress(lang)
    assert worn["words"]["skip"] == say("page.skip", lang) and worn["forms"]["csv"] == say(
        "page.file.csv", lang
    )
    assert set(re.findall(r"url\((.{15})", worn["css"])) == {"data:font/otf;b"}
    assert worn["policy"].startswith("default-src 'none';") and "script-src 'none';" in worn["policy"]


def test_a_script_is_named_by_its_hash():
    text = "let x = 'đ';"
    named = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode()
    assert dress.digest(text) == f"'sha256-{named}'"
    assert f"script-src {dress.digest(text)};" in dress.dress("en", dress.digest(text))["policy"]
