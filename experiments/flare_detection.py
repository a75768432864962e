"""Which regions are on the Sun, and will they flare within 24 hours? Mask R-CNN on the whole disk.

Suns are simulated (some minutes); a Mask R-CNN finds every active region of a magnetogram of the
whole disk, with box, mask and probability of a flare. Beside it stand the two-step way (what it
finds is classified by the CNN of flare_cnn), and regions found by threshold and grouping. At last
the network is trained once more on a random split, to see by how much that flatters.
``--data full_disk_regions/…`` takes real disks (see ``python -m jsolar.datasets build --help``).
"""

import dataclasses
import pathlib
from typing import Annotated, Any

import jax
import tyro
from jaxtyping import Array, Key

from experiments.disk_data import Disks, load_disks
from jsolar.detect.compare import Comparison, Method, compare, summary
from jsolar.detect.examples import DiskData
from jsolar.detect.examples import Disks as DiskExamples
from jsolar.detect.findings import all_regions, best_score, oracle
from jsolar.detect.forecasts import forecast, tss_of
from jsolar.detect.network import Detector, train_detector
from jsolar.detect.random_split import RandomSplit, random_split
from jsolar.detect.report import write_regions, write_report
from jsolar.detect.rule import find_by_rule
from jsolar.detect.saved import save_detector
from jsolar.detect.two_step import PatchForecaster, train_patches
from jsolar.keys import named
from jsolar.models.cnn import CNNConfig
from jsolar.models.mask_rcnn.config import SOLAR, MaskRCNNConfig
from jsolar.run import Run, command
from jsolar.train.config import TrainConfig


@dataclasses.dataclass(frozen=True)
class Config:
    """What to compare on what.

    Attributes:
      disks: the data.
      network: the Mask R-CNN.
      training: how it is trained.
      patch: pixels on a side of the patches that the CNN sees.
      cnn: the second step of the two-step way.
      cnn_training: how it is trained.
      random_split: whether the Mask R-CNN is trained once more on a random split.
      seeds: how often both networks are trained, to tell luck from skill; the first is reported.
      seed: of everything.
      workdir: where everything goes; ``runs/flare_detection/<preset>`` if not given.
    """

    disks: Annotated[Disks, tyro.conf.arg(name="")] = Disks()
    network: MaskRCNNConfig = SOLAR["light"]
    training: TrainConfig = TrainConfig(
        epochs=14, batch_size=8, learning_rate=2e-3, clip=5.0, evaluations=7
    )
    patch: int = 48
    cnn: CNNConfig = CNNConfig(widths=(16, 32, 64), dropout=0.0)
    cnn_training: TrainConfig = TrainConfig(epochs=20, learning_rate=3e-3, evaluations=10)
    random_split: bool = True
    seeds: int = 1
    seed: int = 0
    workdir: pathlib.Path | None = None


END_TO_END, TWO_STEP = "Mask R-CNN", "Mask R-CNN, then CNN"
RULE, RULE_CNN = "rule, flux", "rule, then CNN"
ALL_CNN, ORACLE = "all regions, CNN", "all regions, path oracle"

PAIRS = [(END_TO_END, TWO_STEP), (END_TO_END, RULE), (TWO_STEP, RULE_CNN), (RULE_CNN, RULE)]
"""Methods whose difference is shown."""

TRAINED = (END_TO_END, TWO_STEP, RULE_CNN, ALL_CNN)
"""Methods that another seed changes."""

PRESETS = {
    "default": ("1,080 simulated disks of 256², light backbone; half an hour on 2 cores", Config()),
    "paper": (
        "6,480 simulated disks of 512², ResNet-50: a GPU, and room in memory for all of them",
        Config(
            Disks(rotations=240, size=512),
            network=dataclasses.replace(
                SOLAR["resnet50"],
                backbone=dataclasses.replace(SOLAR["resnet50"].backbone, dtype="bfloat16"),
            ),
            training=TrainConfig(
                epochs=12, batch_size=16, learning_rate=5e-4, clip=5.0, evaluations=12
            ),
            patch=96,
            cnn=CNNConfig(widths=(32, 32, 32, 32), dtype="bfloat16"),
        ),
    ),
    "smoke": (
        "48 disks of 64²; a minute, for the tests",
        Config(
            Disks(rotations=8, disks=6, size=64),
            network=dataclasses.replace(
                SOLAR["light"],
                backbone=dataclasses.replace(SOLAR["light"].backbone, blocks=(1, 1, 1), width=8),
                anchor_sizes=(8.0, 16.0, 32.0, 64.0),
                pyramid=16,
                hidden=16,
                candidates=(30, 30),
                proposals=(20, 20),
                regions=16,
                mask_size=7,
                mask_layers=1,
            ),
            training=TrainConfig(epochs=2, batch_size=4, evaluations=2),
            patch=16,
            cnn=CNNConfig(widths=(4, 8), hidden=8),
            cnn_training=TrainConfig(epochs=2, batch_size=8, evaluations=2),
        ),
    ),
}


def main(run: Run) -> dict[str, Any]:
    """Data, detector, the two-step way, comparison, random split, report."""
    config, key = run.config, jax.random.key(run.config.seed)
    data = load_disks(config.disks, seed=config.seed)
    detector, looks = fit_both(key, config, data, run.folder)
    methods = run_methods(data, detector, looks)
    comparison = compare(
        key,
        data,
        methods,
        finders=(END_TO_END, RULE),
        pairs=PAIRS,
        sliced=(END_TO_END, TWO_STEP),
    )
    seeds = seed_scores(key, config, comparison, run.folder)
    random = split_at_random(key, config, comparison, run.folder) if config.random_split else None
    save_detector(run, END_TO_END, detector, comparison)
    write_regions(run.folder, comparison, seed=config.seed)
    write_report(run.folder, run.title, comparison, method=END_TO_END, random=random, seeds=seeds)
    told = {"random_split": random.summary()} if random else {}
    return {"title": run.title, **summary(comparison), "seed_tss": seeds, **told}


def fit_both(
    key: Key[Array, ""], config: Config, data: DiskData, folder: pathlib.Path
) -> tuple[Detector, PatchForecaster]:
    """The Mask R-CNN, and the CNN of the two-step way."""
    detector = fit_detector(key, config, data, folder / "detector", data.train, data.validation)
    return detector, fit_patches(key, config, data, folder / "cnn")


def run_methods(data: DiskData, detector: Detector, looks: PatchForecaster) -> dict[str, Method]:
    """Let every method find and forecast."""
    validation, test, frame = data.validation, data.test, data.frame
    found = Method(detector(validation.inputs), detector(test.inputs))
    found = found._replace(score=best_score(validation, found.validation, frame))
    by_rule = Method(find_by_rule(validation.inputs, frame), find_by_rule(test.inputs, frame))

    def looked_at(of: Method) -> Method:
        return of._replace(
            validation=looks(validation.inputs, of.validation), test=looks(test.inputs, of.test)
        )

    methods = {
        END_TO_END: found,
        TWO_STEP: looked_at(found),
        RULE: by_rule,
        RULE_CNN: looked_at(by_rule),
        ALL_CNN: looked_at(Method(all_regions(validation), all_regions(test))),
    }
    return methods | ({ORACLE: Method(oracle(validation), oracle(test))} if data.synthetic else {})


def fit_detector(
    key: Key[Array, ""],
    config: Config,
    data: DiskData,
    folder: pathlib.Path,
    train: DiskExamples,
    held: DiskExamples,
) -> Detector:
    """The Mask R-CNN, trained in a folder."""
    return train_detector(
        key,
        train,
        held,
        frame=data.frame,
        network=config.network,
        config=config.training,
        folder=folder,
    )


def fit_patches(
    key: Key[Array, ""], config: Config, data: DiskData, folder: pathlib.Path
) -> PatchForecaster:
    """The CNN of the two-step way, trained in a folder."""
    return train_patches(
        named(key, "cnn"),
        data.train,
        data.validation,
        frame=data.frame,
        patch=config.patch,
        network=config.cnn,
        config=config.cnn_training,
        folder=folder,
    )


def seed_scores(
    key: Key[Array, ""], config: Config, comparison: Comparison, folder: pathlib.Path
) -> dict[str, list[float]] | None:
    """TSS of every method that is trained, with each seed; None with one."""
    if config.seeds < 2:
        return None
    data = comparison.data
    each = [comparison.forecasts]
    for i in range(1, config.seeds):
        trained = fit_both(named(key, f"seed_{i}"), config, data, folder / f"seed_{i}")
        methods = run_methods(data, *trained)
        each.append({name: forecast(data, *methods[name].reported) for name in TRAINED})
    return {name: [tss_of(one[name]) for one in each] for name in TRAINED}


def split_at_random(
    key: Key[Array, ""], config: Config, comparison: Comparison, folder: pathlib.Path
) -> RandomSplit:
    """The Mask R-CNN once more, with as many steps, on pictures that are split at random."""
    data = comparison.data

    def fit(train: DiskExamples, held: DiskExamples) -> Detector:
        share = len(data.train.rows.id) / len(train.rows.id)
        epochs = max(1, round(config.training.epochs * share))
        same = dataclasses.replace(
            config, training=dataclasses.replace(config.training, epochs=epochs)
        )
        return fit_detector(key, same, data, folder / "random_split", train, held)

    return random_split(key, data, comparison.methods[END_TO_END], fit)


if __name__ == "__main__":
    command("flare_detection", PRESETS, main)
