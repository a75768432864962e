"""How it is learned: one pure step, its lifts, a loop, checkpoints, a log."""
