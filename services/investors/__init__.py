"""Owns parents, CVCs and VCs, funds and mandates. Publishes investors, investors-private. Listens
to access (claims).
"""
