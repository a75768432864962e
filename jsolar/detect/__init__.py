"""Finding active regions in pictures of the whole disk, and forecasting the flares of each."""
