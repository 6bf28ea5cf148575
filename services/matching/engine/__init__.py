"""PURE: profiles in, gates, scores and explanations out. No session, no clock, no environment;
`as_of` is passed in.
"""
