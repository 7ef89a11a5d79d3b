"""Rows of a 0/1 outcome counted by their pattern of regressors, and the exact logit of these counts.

Never here: what is particular to households or poverty, a row that leaves its engine, a plot.
"""
