"""Pure judgement: money, dated facts, fields and three-valued answers; no I/O beyond the
vocabularies.
"""
