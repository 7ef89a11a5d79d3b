"""Which drivers go with faster poverty reduction: the drivers that a data package declares, their fits by every
estimator, and every check of an estimate (timing, omitted variables, all specifications, chance, places left out).

Never here: Markdown, a plot, a claim of cause and effect.
"""
