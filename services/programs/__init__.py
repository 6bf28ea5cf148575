"""Owns incubator sites, providers and programmes as records; cohorts come later. Publishes sites, providers, programs. Listens to nothing yet."""
