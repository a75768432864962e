"""Parts of `experiments.label_noise`."""
