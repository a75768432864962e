"""What `experiments.synthetic_sun` is made of: simulated and real Suns, measured and drawn."""
