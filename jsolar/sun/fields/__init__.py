"""Magnetic fields as pictures: projections, patches, inversion lines, keywords."""
