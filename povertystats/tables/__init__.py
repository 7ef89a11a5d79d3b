"""The one door for tables: a file of any kind (delimited text, Excel, Stata, Parquet) as the cells that stand in it, with
their rows, and its columns as what they are said to be; what is broken in it named, what may mean two things asked.

Never here: what a column means, a place, a statistic.
"""
