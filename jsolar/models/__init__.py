"""What is learned: one model, one file; each is a pair of pure functions (`jsolar.types.Model`)."""
