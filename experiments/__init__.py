"""One file a question: a frozen config, its presets, and a ``main`` that reads top to bottom."""
