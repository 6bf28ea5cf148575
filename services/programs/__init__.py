"""Owns incubator sites, providers and programmes as records; calls, applications and their checks,
rounds and reviews, support, the ledger of indicators, placements. Publishes sites, providers,
programs, cohorts. Listens to startups (whose company one is) and access (claims); asks matching
what the rules say.
"""
