"""jsolar: a functional JAX toolkit for learning from the Sun.

The rooms, from left to right as the data flow (each has its own docstring):

- ``jsolar.types``: the contract; what passes from room to room.
- ``jsolar.sun``: what is known about the Sun: flares, SHARPs, regions, a simulator.
- ``jsolar.datasets``: builders for ``tfds.load`` and ``tfds.data_source``.
- ``jsolar.data``: splits, leakage checks, normalisation, augmentation, batches.
- ``jsolar.models``, ``jsolar.losses.events``: what is learned.
- ``jsolar.train``: how it is learned: one pure step and its lifts.
- ``jsolar.verify``: how good it is: scores, calibration, intervals.
- ``jsolar.report``: tables, plots, a page.
- ``jsolar.predict``: a trained run applied to new files.

``import jsolar`` itself loads nothing heavy.
"""

__version__ = "0.1.0"
