"""What the pages on drivers say and show: for readers in a few hundred words, for researchers every estimate and check.

Never here: an estimate that is made here, how a page looks.
"""
