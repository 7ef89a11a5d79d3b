"""From a panel to estimates: what each estimator makes of its rows (changes, means of places), formulas read into columns,
and the errors that stand beside each estimate.

Never here: anything about poverty, a sentence for readers, how a result is told.
"""
