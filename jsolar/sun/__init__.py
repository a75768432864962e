"""What is known about the Sun: no learning, no plotting."""
