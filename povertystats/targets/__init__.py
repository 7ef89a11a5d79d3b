"""What was announced and how it stands: kinds of target, the chance of each or why there is none, the scorecard,
what came of it, and what would follow if a lever moved.

Never here: the reading of files, a plot, a page.
"""
