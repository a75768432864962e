"""Files of observations, read with their faults and written."""
