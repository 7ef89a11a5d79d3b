"""The drivers that a data package declares: their fits and checks, what they are good for as levers of a forecast, and
studies that need more than one table (credit, censuses).

Never here: an estimator, Markdown, a plot, a claim of cause and effect.
"""
