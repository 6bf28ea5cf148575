"""Owns introductions (double opt-in), request budgets, meetings, partnering days. Publishes
introductions, meetings. Listens to startups and investors (withdrawals).
"""
