"""Forecasts of events: tables, scores, thresholds, calibration, a scorecard with intervals."""
