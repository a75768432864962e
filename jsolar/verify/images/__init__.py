"""How good is a picture of a field that was predicted?

``pixels`` compares pixel by pixel, ``flux`` by what is physical, ``spectrum`` by scale; ``sums``
puts all of them into numbers that add up over pictures, and makes scores of their sums.
"""
