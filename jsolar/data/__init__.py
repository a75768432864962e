"""Between a data set and a model: splits, leakage checks, normalisation, augmentation, batches."""
