"""Owns read copies, the directory of names, evaluations, matches and feeds. Publishes matches.
Listens to startups, investors, sites, providers, programs.
"""
