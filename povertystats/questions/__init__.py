"""Questions about drivers: those that a package declares, the usual grid of specifications, a panel read once for all of
them, and the estimate of each.

Never here: a test, a picture, a sentence on what was found.
"""
