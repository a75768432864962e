"""How good a forecast is: scores, calibration, intervals."""
