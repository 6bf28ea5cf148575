"""Owns introductions (double opt-in), request budgets, meetings. Publishes introductions, meetings. Listens to startups and investors (withdrawals)."""
