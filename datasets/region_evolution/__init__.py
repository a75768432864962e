"""Active regions and what they looked like hours later; see README.md."""
