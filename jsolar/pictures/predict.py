"""Tomorrow's region predicted by a trained run from SHARP files: FITS maps, JSON, a picture."""

import itertools
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from jsolar.forecast.predict import NOT_A_FORECAST
from jsolar.pictures import gallery
from jsolar.pictures.saved import Trained, load_predictor
from jsolar.pictures.series import Seen
from jsolar.run import FilesError
from jsolar.sun.files.radial_map import radial_map, write_radial_map
from jsolar.sun.files.sharp import SharpHeader, read_sharp, sharp_records
from jsolar.sun.files.sharp_patch import is_good, is_near
from jsolar.sun.files.sharp_series import Place, find_series, frame, middle_of, radial_pixels
from jsolar.sun.units import MM_PER_DEGREE
from jsolar.verify.images.flux import emerged, flux
from jsolar.writing import write_json

KNOWN = 0.9
"""Frames of which a smaller share of the pixels is known are warned of."""


class Predicted(NamedTuple):
    """A region, and what is said of it.

    Attributes:
      headers: of its frames.
      place: about which they are cut.
      frames: ``[p, h, w]``, gauss; NaN where no file shows anything.
      pictures: ``[l, h, w]``, at the leads of the run; NaN where the last frame is.
    """

    headers: Sequence[SharpHeader]
    place: Place
    frames: Float[np.ndarray, "p h w"]
    pictures: Float[np.ndarray, "l h w"]


def predict(folder: pathlib.Path, files: Sequence[pathlib.Path], output: pathlib.Path) -> None:
    """Predict every region from its last frames, and write maps, a JSON and a picture of each.

    Args:
      folder: of the model.
      files: SHARP CEA files of one or more regions at several times.
      output: where everything goes; made if need be.

    Raises:
      ValueError: no region has the frames that the run reads.
      FilesError: some files or regions could not be used; the others were.
    """
    model = load_predictor(folder)
    faults: list[str] = []
    segment = model.card["data"].get("segment", "magnetogram")
    records = sharp_records(files, segments=(segment,), faulty=faults)
    headers = [record[segment] for record in records]
    told = 0
    for _, harp in itertools.groupby(headers, lambda h: (h.near_real_time, h.harp)):
        try:
            region = predicted(model, list(harp))
        except ValueError as error:
            faults.append(str(error))
            continue
        output.mkdir(parents=True, exist_ok=True)
        print(_write(output, region, model))
        told += 1
    if not told:
        first = faults[0] if faults else f"no file is a SHARP {segment}, ….{segment}.fits"
        raise ValueError(first)
    if faults:
        raise FilesError(faults)


def predicted(model: Trained, headers: Sequence[SharpHeader]) -> Predicted:
    """Predict a region from its last frames.

    Args:
      model: the run's.
      headers: of its files, in order of time.

    Returns:
      Frames and predictions.

    Raises:
      ValueError: it has not the frames that the run reads.
    """
    good = [header for header in headers if is_good(header)]
    if not good:
        raise ValueError(f"HARP {headers[0].harp}: no file is of good quality")
    series, why = find_series(good, model.past_hours, every_hours=0.0)
    if not series:
        raise ValueError(why)
    chosen, data = series[-1], model.card["data"]
    fields = [radial_pixels(read_sharp(header.path)) for header in chosen]
    place = middle_of(fields[-1], chosen[-1])
    how = {"size": data["size"], "degrees_per_pixel": data["degrees_per_pixel"]}
    frames = np.stack([frame(f, h, place, **how) for f, h in zip(fields, chosen, strict=True)])
    seen = Seen(frames[None], np.array([place.latitude_deg]))
    pictures = np.stack([model.network(seen, lead)[0] for lead in model.lead_hours])
    pictures[:, ~np.isfinite(frames[-1])] = np.nan  # nothing is said of what nobody saw
    return Predicted(chosen, place, frames, pictures)


def _write(output: pathlib.Path, region: Predicted, model: Trained) -> str:
    """Write what is predicted of a region; returns it in a line."""
    now = region.headers[-1]
    stamp = str(now.time).replace("-", "").replace(":", "").replace("T", "_")
    name = f"harp{now.harp}_{stamp}"
    warnings = _warnings(region, model)
    files = [f"{name}_{lead:g}h.fits" for lead in model.lead_hours]
    for file, lead, picture in zip(files, model.lead_hours, region.pictures, strict=True):
        hdu = radial_map(
            picture,
            place=region.place,
            degrees_per_pixel=model.card["data"]["degrees_per_pixel"],
            time=now.time + _hours(lead),
            told=_told(now, lead, model.card),
        )
        write_radial_map(output / file, hdu)
    record = _record(region, model, files, warnings)
    write_json(output / f"{name}.json", record)
    note = "; ".join(warnings)
    hours = (f"{hour:g} h" for hour in model.past_hours)
    leads = (f"+{lead:g} h, predicted" for lead in model.lead_hours)
    gallery.prediction(
        output / f"{name}.png",
        dict(zip((*hours, *leads), (*region.frames, *region.pictures), strict=True)),
        pixel_mm=_pixel_mm(model.card),
        title=f"HARP {now.harp}, {now.time} UTC",
        note=note,
    )
    flows = ", ".join(
        f"{one['unsigned_flux_mx']:.2e} Mx at +{one['lead_hours']:g} h"
        for one in record["predicted"]
    )
    line = f"{name}: {record['unsigned_flux_mx']:.2e} Mx now, {flows}"
    return f"{line} ({note})" if note else line


def _told(now: SharpHeader, lead: float, card: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "CONTENT": ("PREDICTED RADIAL FIELD", "not an observation"),
        "HARPNUM": (now.harp, "HARP number"),
        "NOAA_ARS": (",".join(map(str, now.noaa_regions)), "NOAA regions"),
        "ISSUED": (str(now.time), "time of the last frame seen, UTC"),
        "LEAD": (lead, "hours from then to DATE-OBS"),
        "METHOD": (card["method"], "of the prediction"),
        "SIMTRAIN": (bool(card["data"]["synthetic"]), "trained on simulated data"),
    }


def _record(
    region: Predicted, model: Trained, files: Sequence[str], warnings: Sequence[str]
) -> dict[str, Any]:
    now, pixel_mm = region.headers[-1], _pixel_mm(model.card)
    present = flux(jnp.nan_to_num(region.frames[-1]), pixel_mm=pixel_mm)
    each = zip(model.lead_hours, files, region.pictures, strict=True)
    said = [(lead, file, flux(jnp.nan_to_num(x), pixel_mm=pixel_mm)) for lead, file, x in each]
    return {
        "files": [header.path.name for header in region.headers],
        "harp": now.harp,
        "noaa_regions": now.noaa_regions,
        "issue_time": str(now.time),
        "latitude_deg": region.place.latitude_deg,
        "carrington_longitude_deg": region.place.carrington_longitude_deg,
        "unsigned_flux_mx": float(present.unsigned),
        "net_flux_mx": float(present.net),
        "predicted": [
            {
                "lead_hours": lead,
                "time": str(now.time + _hours(lead)),
                "file": file,
                "unsigned_flux_mx": float(then.unsigned),
                "net_flux_mx": float(then.net),
                "emergence": bool(emerged(present.unsigned, then.unsigned)),
            }
            for lead, file, then in said
        ],
        "model": {key: model.card[key] for key in ("experiment", "method", "data")},
        "warnings": list(warnings),
    }


def _warnings(region: Predicted, model: Trained) -> list[str]:
    """Why not to trust the prediction."""
    warnings = [NOT_A_FORECAST] if model.card["data"]["synthetic"] else []
    if not all(map(is_near, region.headers)):
        warnings.append("farther from the central meridian than anything it was trained on")
    known = float(np.isfinite(region.frames).mean())
    if known < KNOWN:
        warnings.append(f"only {known:.0%} of the frames is known; the rest was taken as 0")
    return warnings


def _hours(lead: float) -> np.timedelta64:
    return np.timedelta64(round(3600 * lead), "s")


def _pixel_mm(card: Mapping[str, Any]) -> float:
    return float(card["data"]["degrees_per_pixel"]) * MM_PER_DEGREE
