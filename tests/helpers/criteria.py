"""The smallest file of a standard that is right."""

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
