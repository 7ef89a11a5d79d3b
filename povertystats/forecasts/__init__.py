"""Where a rate or a count is heading: predictive distributions, what comparable series teach, forecasts, the
reference class of a single figure, several events at once, and the record of such forecasts at earlier dates.

Never here: a regression on drivers, the words of a target, a plot.
"""
