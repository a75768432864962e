"""Data sets as TFDS builders; ``import jsolar.datasets`` registers them.

After that ``tfds.load("solar_flares")`` (TensorFlow) and ``tfds.data_source("solar_flares")``
(no TensorFlow) both work. ``python -m jsolar.datasets list`` shows what there is.
"""

if __name__ == "datasets":
    # Inside a clone of jsolar this folder shadows the package `datasets` of Hugging Face:
    # hand over to that one. Ours is imported as `jsolar.datasets` only.
    from importlib import machinery as _machinery
    from importlib import util as _util
    from pathlib import Path as _Path
    from sys import modules as _modules
    from sys import path as _path

    _clone = _Path(__file__).resolve().parent.parent
    _elsewhere = [_p for _p in _path if _Path(_p or ".").resolve() != _clone]
    _spec = _machinery.PathFinder.find_spec("datasets", _elsewhere)
    if _spec is None or _spec.loader is None:
        raise ModuleNotFoundError("No module named 'datasets' (jsolar's is jsolar.datasets)")
    _modules["datasets"] = _module = _util.module_from_spec(_spec)
    _spec.loader.exec_module(_module)
else:
    from jsolar.datasets.full_disk_regions import full_disk_regions_dataset_builder
    from jsolar.datasets.region_evolution import region_evolution_dataset_builder
    from jsolar.datasets.solar_flares import solar_flares_dataset_builder
    from jsolar.datasets.swan_sf import swan_sf_dataset_builder

    DATA_SETS = {
        "solar_flares": solar_flares_dataset_builder,
        "region_evolution": region_evolution_dataset_builder,
        "full_disk_regions": full_disk_regions_dataset_builder,
        "swan_sf": swan_sf_dataset_builder,
    }
    """By name the module of each, with `Builder`, `builder` and `CONFIGS`."""
