"""Illustrative registers to try everything on: households drawn by chance with the margins that were published.

Never here: a real household, a figure that could be taken for a published one, what reads or reviews a register.
"""
