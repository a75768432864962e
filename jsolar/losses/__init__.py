"""Losses, by what is learned: one number per example, the caller reduces (`jsolar.types.Loss`)."""
