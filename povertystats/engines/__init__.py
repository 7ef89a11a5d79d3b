"""Rows of any number: DuckDB in this process or Spark, the files that they read, columns of texts cast by all their rows.

Never here: what must fit in memory, a type guessed from the first rows, a statistic.
"""
