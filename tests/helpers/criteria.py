"""The smallest file of a standard that is right, one of another country (illustrative), and households to class."""

import numpy as np
import pandas as pd

GOOD = """
[source.law]
title = "A law"
url = "https://example.org/law"

[standard.mine]
decision = "1/2020"
issued = 2020-01-01
first_year = 2020
last_year = 2021
vi = "Chuẩn"
en = "Standard"
needed = { value = 1, source = "law", checked = true }
line.low = { rural = 10, urban = 20.5, checked = false }
class.poor = { poor = true, up_to = "low", vi = "nghèo", en = "poor", checked = false }
class.rest = { poor = false, over = "low", vi = "khác", en = "rest", checked = false }

[standard.mine.indicator.dep_water]
service = "water"
vi = "nước"
en = "water"
checked = false
rule_vi = "Không có nước."
rule_en = "No water."
rule_source = "law"
rule_checked = true
"""

# Illustrative: classes of other names, by income a year alone, lines by region, prices by region and year.
ABROAD = """
[source.law]
title = "A handbook, made up"
url = "https://example.org/handbook"

[standard.abroad]
decision = "A handbook"
issued = 1991-01-01
first_year = 1991
last_year = 2000
en = "Cost of basic needs"
income = { column = "income_tk", unit = "tk", period = "year", en = "taka" }

[standard.abroad.line]
lower = { place = "region", everywhere = 4000, amounts = { Dhaka = { rural = 4400, urban = 5200 } }, en = "lower line", source = "law", checked = true }
upper = { place = "region", everywhere = 6000, amounts = { Dhaka = { rural = 6600.5, urban = 7800 } }, en = "upper line", source = "law", checked = true }

[standard.abroad.prices]
years = { 1991 = 1, 1998 = 1.15 }
place = "region"
indexes = { Dhaka = { 1991 = 1, 1998 = 1.2 }, Sylhet = 1.1, "Cox's Bazar" = 1 }
source = "law"
checked = true

[standard.abroad.class]
ultra_poor = { poor = true, up_to = "lower", en = "ultra poor", source = "law", checked = true }
moderate_poor = { poor = true, over = "lower", up_to = "upper", en = "moderately poor", source = "law", checked = true }
better_off = { poor = false, over = "upper", en = "better off", source = "law", checked = true }
"""


def homes(standard, income, urban, deprivations, index=None):
    """Return households, each deprived in its first so many indicators."""
    rows = pd.DataFrame({"income_vnd_k": income, "urban": urban}, index=index)
    for place, column in enumerate(standard.columns):
        rows[column] = np.asarray(deprivations) > place
    return rows
