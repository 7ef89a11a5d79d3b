"""Sums of squares and products by cluster ("moments") from frames, files and engines, the estimators that need
nothing else, and inference that holds with few clusters: jackknife, wild bootstrap, logit of counted cells.

Never here: anything about poverty, what a driver is, a plot, a page.
"""
