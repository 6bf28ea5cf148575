"""Owns startups: organisation, assets, funding ledger, needs, wishes. Publishes startups,
startups-private. Listens to nothing yet.
"""
