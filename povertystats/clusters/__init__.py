"""Inference by clusters, from moments: jackknife, wild bootstrap, randomisation, how many clusters carry an estimate and
whether any test of it exists, how far residuals of places go together, clusters of two kinds.

Never here: a user's frame, what a driver is, a sentence for readers.
"""
