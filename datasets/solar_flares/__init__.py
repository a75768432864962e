"""Active regions and the flares that followed; see README.md."""
