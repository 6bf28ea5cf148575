"""What a person or program may be; apart from `shared/auth.py`, so that whoever only names them
loads no cryptography.
"""

ROLES = ("startup", "reviewer", "officer", "site-manager", "staff", "administrator", "service")
