"""Programmes that places adopt at different times: estimates by cohort and year since adoption that compare with places
not yet or never treated, and what two-way effects would mix into one.

Never here: an association without a date of adoption, a page, a claim of cause and effect.
"""
