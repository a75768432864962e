"""Methods from scikit-learn; one classifier for each event, fitted on rows where it is known."""

import copy
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float, Key
from scipy.special import expit
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC, LinearSVC

from jsolar.forecast.examples import Examples, Inputs
from jsolar.forecast.methods import Forecaster, Method

Features = Callable[[Inputs], Float[np.ndarray, "n f"]]


def sklearn_method(classifier: Any, features: Features) -> Method:
    """A method from any scikit-learn classifier.

    Args:
      classifier: with ``predict_proba`` or ``decision_function``, unfitted; a copy of it is
        fitted for each event, with a seed from the key where
        it, or a step of a pipeline, has a ``random_state``.
      features: of the inputs; what is missing (NaN) gets the median of the training rows, as it
        does for networks.

    Returns:
      A method. An event that never or always happens in training gets its constant probability.
    """
    filled = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), classifier)

    def fit(key: Key[Array, ""], train: Examples, validation: Examples) -> Forecaster:
        del validation
        x = features(train.inputs)
        models = [
            _fit_one(jax.random.fold_in(key, i), filled, x[known], happened[known])
            for i, (happened, known) in enumerate(
                zip(train.events.happened.T, train.events.known.T, strict=True)
            )
        ]

        def forecast(inputs: Inputs) -> Float[np.ndarray, "n k"]:
            x = features(inputs)
            return np.stack([model(x) for model in models], axis=1)

        return forecast

    return Method(fit)


def logistic_regression(
    features: Features, *, inverse_penalty: float = 1.0, balanced: bool = False
) -> Method:
    """Logistic regression on asinh-scaled, standardised features.

    Args:
      features: of the inputs.
      inverse_penalty: scikit-learn's ``C``.
      balanced: whether both classes weigh the same in training.
    """
    weight = "balanced" if balanced else None
    return sklearn_method(
        make_pipeline(
            StandardScaler(),
            FunctionTransformer(np.arcsinh),  # fluxes of regions span decades
            LogisticRegression(C=inverse_penalty, class_weight=weight, max_iter=1000),
        ),
        features,
    )


def random_forest(
    features: Features, *, trees: int = 300, leaf: int = 10, balanced: bool = False
) -> Method:
    """A random forest.

    Args:
      features: of the inputs.
      trees: number of trees.
      leaf: smallest number of examples in a leaf.
      balanced: whether both classes weigh the same in training.
    """
    weight = "balanced" if balanced else None
    forest = _InOrder(trees, min_samples_leaf=leaf, class_weight=weight, n_jobs=-1)
    return sklearn_method(forest, features)


def nearest_neighbours(features: Features, *, neighbours: int = 50) -> Method:
    """The share of events among the most alike examples, of standardised features.

    Args:
      features: of the inputs.
      neighbours: how many; all, if there are fewer examples.
    """
    alike = _AtMost(neighbours, n_jobs=-1)
    return sklearn_method(make_pipeline(StandardScaler(), alike), features)


def support_vectors(
    features: Features,
    *,
    inverse_penalty: float = 1.0,
    balanced: bool = False,
    landmarks: int | None = None,
) -> Method:
    """A support vector machine with Gaussian kernel on standardised features.

    It has no probabilities; σ of its decision function ranks, and wants calibration. Its time
    grows with the square of the examples and more: beyond some ten thousand, take landmarks.

    Args:
      features: of the inputs, f of them; the kernel is exp(−‖x − x′‖²/f).
      inverse_penalty: scikit-learn's ``C``.
      balanced: whether both classes weigh the same in training; where events are rare, a machine
        that counts every example once hardly ranks them.
      landmarks: examples, drawn at random, whose kernels stand for all (Nyström's approximation);
        the time then grows with the examples only. Not given: the exact machine.

    References:
      Bobra & Couvidat (2015), doi:10.1088/0004-637X/798/2/135;
      Williams & Seeger (2001), Advances in Neural Information Processing Systems 13, 682
    """
    weight = "balanced" if balanced else None
    if landmarks is None:
        machine = SVC(C=inverse_penalty, class_weight=weight, cache_size=500)
        return sklearn_method(make_pipeline(StandardScaler(), machine), features)
    linear = LinearSVC(C=inverse_penalty, class_weight=weight)
    steps = [StandardScaler(), Nystroem(n_components=landmarks), linear]
    return sklearn_method(make_pipeline(*steps), features)


class _InOrder(RandomForestClassifier):
    """Trees grow on all processors, but are added up in order: else the last digit is luck."""

    n_jobs: int | None

    def predict_proba(self, X: Float[np.ndarray, "n f"]) -> Float[np.ndarray, "n c"]:
        self.n_jobs = 1
        return super().predict_proba(X)


class _AtMost(KNeighborsClassifier):
    """As many neighbours as there are, at most."""

    n_neighbors: int

    def fit(self, x: Float[np.ndarray, "n f"], y: np.ndarray) -> Any:
        self.n_neighbors = min(self.n_neighbors, len(x))
        return super().fit(x, y)


def _fit_one(
    key: Key[Array, ""], classifier: Any, x: Float[np.ndarray, "n f"], y: np.ndarray
) -> Callable[[Float[np.ndarray, "m f"]], Float[np.ndarray, "m"]]:
    if len(y) == 0 or y.all() or not y.any():
        constant = float(y.mean()) if len(y) else np.nan
        return lambda x: np.full(len(x), constant)
    model = copy.deepcopy(classifier)
    seed = int(jax.random.randint(key, (), 0, 2**31 - 1))
    parameters = [name for name in model.get_params() if name.endswith("random_state")]
    model.set_params(**dict.fromkeys(parameters, seed))  # also of the steps of a pipeline
    model.fit(x, y)
    if hasattr(model, "predict_proba"):
        return lambda x: model.predict_proba(x)[:, 1]
    return lambda x: expit(model.decision_function(x))
