"""Which drivers go with an outcome: the fit of several drivers, scales and estimators, what it says in words, and what
lies behind it (places left out, residuals, points).

Never here: what a data package declares, a claim of cause and effect, a page.
"""
