"""What a comparison compares: ways to turn examples into a forecaster (`jsolar.types.Method`)."""
