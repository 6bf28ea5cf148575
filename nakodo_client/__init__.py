"""A small typed client for Nakodo's API: over HTTP, or into apps mounted in this process."""

from nakodo_client.client import Client, Refused, Unreachable, pinned

__all__ = ["Client", "Refused", "Unreachable", "pinned"]
