"""What people write, read once for every form, table, command and registry file: dates, amounts,
yes and no, phases, codes, lists. Whatever is not read is refused with what was typed.
"""
