"""Owns people, memberships, credentials, API clients, invitations, claims. Publishes `access`
(opaque ids and roles only). Listens to itself, as everybody does.
"""
