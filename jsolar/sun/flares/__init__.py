"""Flares: lists of them, the regions they belong to, and what happened in a window of time."""
