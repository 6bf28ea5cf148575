"""Owns mail that goes out. The only service that calls outside addresses. Publishes nothing. Listens to `access`."""
