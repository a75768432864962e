"""Will a region flare? The table of examples, methods, their comparison, the report, a forecast."""
