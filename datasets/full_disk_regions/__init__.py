"""Pictures of the whole disk with the regions in them: boxes, masks, flares."""
