"""Owns mail that goes out, subscriptions and their webhook messages. The only service that calls
outside addresses. Publishes nothing. Listens to profiles, matches and `access`.
"""
