"""What is learned: one model, one file; each is a pair of pure functions (`jsolar.types.Model`)."""

from collections.abc import Callable, Mapping
from typing import Any

from jsolar.models.cnn import CNNConfig, cnn
from jsolar.models.convgru import ConvGRUConfig, convgru
from jsolar.models.convnet import ConvNetConfig, convnet
from jsolar.models.defn import DeFNConfig, defn
from jsolar.models.lstm import LSTMConfig, lstm
from jsolar.models.mlp import MLPConfig, mlp
from jsolar.models.patchgan import PatchGANConfig, patchgan
from jsolar.models.unet import UNetConfig, unet
from jsolar.types import Model
from jsolar.writing import configured

MODELS: dict[str, tuple[type, Callable[..., Model]]] = {
    "cnn": (CNNConfig, cnn),
    "convgru": (ConvGRUConfig, convgru),
    "convnet": (ConvNetConfig, convnet),
    "defn": (DeFNConfig, defn),
    "lstm": (LSTMConfig, lstm),
    "mlp": (MLPConfig, mlp),
    "patchgan": (PatchGANConfig, patchgan),
    "unet": (UNetConfig, unet),
}
"""From the name in a model's card to its config and its factory."""


def make(config: Any, *, outputs: int) -> Model:
    """The model that a config describes.

    Args:
      config: of one of the classes in `MODELS`.
      outputs: k, width of what comes out.

    Returns:
      A model.

    Raises:
      KeyError: nobody knows such configs: add a line to `MODELS`.

    Example:
      >>> import jax
      >>> model = make(MLPConfig(hidden=()), outputs=3)
      >>> params = model.init(jax.random.key(0), jax.numpy.ones((1, 2)))
      >>> params["Dense_0"]["kernel"].shape
      (2, 3)
    """
    _, factory = MODELS[name_of(config)]
    return factory(config, outputs=outputs)


def name_of(config: Any) -> str:
    """The name in `MODELS` of what a config describes.

    Example:
      >>> name_of(MLPConfig())
      'mlp'
    """
    names = {kind: name for name, (kind, _) in MODELS.items()}
    return names[type(config)]


def config_from(name: str, options: Mapping[str, Any]) -> Any:
    """The config with these options, as they come from a JSON file.

    Raises:
      KeyError: there is no such model.
      TypeError: it has no such option.

    Example:
      >>> config_from("mlp", {"hidden": [8]})
      MLPConfig(hidden=(8,), dropout=0.1, dtype='float32')
    """
    kind, _ = MODELS[name]
    return configured(kind, options)
