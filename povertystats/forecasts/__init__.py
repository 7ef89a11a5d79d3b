"""Where a rate or a count is heading: predictive distributions, what comparable series teach, forecasts, the
reference class of a single figure, several events at once.

Never here: a regression on drivers, the words of a target, how such forecasts did at earlier dates, a plot.
"""
