"""Pages and the session cookie only; owns no data. Speaks HTTP to the others through
nakodo_client.
"""
