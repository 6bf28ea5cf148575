"""`nakodo evaluate`: the engine's evidence, fitted and judged on historical deals beside what one
would use instead.
"""
