"""Sums of squares and products by cluster ("moments") from frames, files and engines, what least squares makes of
them, and logits of shares and counted cells.

Never here: anything about poverty, what a driver is, inference that leaves a cluster out, a plot, a page.
"""
