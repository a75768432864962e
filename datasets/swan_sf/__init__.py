"""SWAN-SF: multivariate series of active regions and the flares of the 24 h after."""
