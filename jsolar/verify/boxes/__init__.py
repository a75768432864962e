"""How good is what was found in pictures: average precision, panoptic quality, regional skill.

Everything starts from a list of `pictures.Picture`: what is there, what was found, and what counts.
`precision` has the numbers of COCO, `panoptic` the panoptic quality and what was merged or split,
and `regions` what a forecaster asks: is each region's event forecast, and what of regions that do
not exist?
"""
