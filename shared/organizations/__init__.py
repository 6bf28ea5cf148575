"""Organisations: names in every script, legal entities, and the profile records that services
share.
"""
