"""The record: what forecasts would have said at earlier dates against what came, ours beside simpler methods.

Never here: how a forecast is made, the words of a target, a plot.
"""
