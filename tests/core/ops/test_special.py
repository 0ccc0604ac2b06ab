"""torch.special beside 17 digits of multiple-precision arithmetic, at points that are hard on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradloom
from gradloom import special

POINTS: dict[str, dict[Any, float]] = {
    "erfc": {
        -2.5: 1.999593047982555,
        0.5: 0.47950012218695346,
        4.0: 1.5417257900280019e-8,
        26.0: 5.6631924088561428e-296,
    },
    "erfcx": {
        -3.0: 16205.988853999587,
        0.25: 0.77034654773099674,
        30.0: 0.018795888861416751,
        100000000.0: 5.6418958354775629e-9,
    },
    "erfinv": {
        -0.9999999: -3.7665625816384709,
        1e-12: 8.86226925452758e-13,
        0.7: 0.73286907795921678,
        0.9: 1.1630871536766742,
    },
    "ndtr": {-37.0: 5.7255712225245768e-300, -1.0: 0.15865525393145705, 2.5: 0.99379033467422386},
    "ndtri": {
        1e-300: -37.047096299361199,
        0.02: -2.053748910631823,
        0.6: 0.25334710313579974,
        0.9999: 3.7190164854557084,
    },
    "log_ndtr": {
        -100000.0: -5000000012.431864,
        -20.0: -203.91715537109726,
        1.0: -0.17275377902344989,
        8.0: -6.2209605742717861e-16,
    },
    "gammaln": {
        -20.5: -42.70719597482576,
        1e-300: 690.77552789821371,
        1.0001: -5.7713342220471268e-5,
        6.25: 5.2196039869902293,
        1e100: 2.2925850929940457e102,
    },
    "digamma": {
        -10.25: 5.5168584198862733,
        1e-05: -100000.57719921567,
        1.5: 0.036489973978576520559,
        100000000.0: 18.420680738952365,
    },
    "bessel_j0": {
        0.5: 0.9384698072408129,
        25.0: 0.096266783275958116,
    },
    "bessel_j1": {-3.0: -0.33905895852593646, 1e-08: 5.0e-9, 40.0: 0.126038318037585},
    "bessel_y0": {1e-10: -14.732516272697242, 3.0: 0.37685001001279038, 60.0: 0.047358952209449399},
    "bessel_y1": {1e-10: -6366197723.6758132, 3.0: 0.32467442479179998, 60.0: 0.091869609369866895},
    "i0": {0.0: 1.0, -5.0: 27.239871823604447, 700.0: 1.5295933476718737e302},
    "i0e": {1.0: 0.46575960759364044, 5000.0: 0.0056420368987445887},
    "i1": {-2.0: -1.5906368546373291, 30.0: 768532038938.957},
    "i1e": {-2.0: -0.21526928924893766, 5000.0: 0.0056414726668388859},
    "modified_bessel_k0": {1e-08: 18.536612259610778, 1.0: 0.42102443824070833, 50.0: 3.4101677497894955e-23},
    "modified_bessel_k1": {1e-08: 99999999.999999903, 1.0: 0.60190723019723457, 50.0: 3.4441022267175556e-23},
    "scaled_modified_bessel_k0": {0.5: 1.5241093857739095, 10000.0: 0.012532984717699285},
    "scaled_modified_bessel_k1": {0.5: 2.7310097082117857, 10000.0: 0.012533611351270506},
    "airy_ai": {
        -15.0: 0.27821749087082893,
        -1.0: 0.53556088329235212,
        0.0: 0.35502805388781724,
        2.5: 0.01572592338047049,
        30.0: 3.2082175915504956e-49,
    },
    "spherical_bessel_j0": {1e-09: 1.0, 0.3: 0.98506735553779858, 10.0: -0.054402111088936981},
    "sinc": {1e-09: 1.0, 2.5: 0.12732395447351627},
    "gammainc": {
        (0.5, 0.1): 0.34527915398142298,
        (10.0, 3.0): 0.0011024881301154797,
        (80.0, 95.0): 0.94728916182620258,
        (1000000.0, 1001000.0): 0.84134478636834029,
    },
    "gammaincc": {
        (0.5, 30.0): 9.4857375710738484e-15,
        (10.0, 40.0): 3.9259322262861882e-9,
        (80.0, 150.0): 1.3609335529311406e-10,
        (1000000.0, 1004000.0): 3.234544731347768e-5,
    },
    "zeta": {
        (1.5, 0.25): 10.213055360466601,
        (3.0, -2.5): 0.054102025820863702,
        (30.0, 2.0): 9.3132743241966818e-10,
    },
}
EXTREMES: dict[str, dict[Any, float]] = {
    "erfc": {np.inf: 0.0, -np.inf: 2.0},
    "erfcx": {np.inf: 0.0, -np.inf: np.inf},
    "erfinv": {1.0: np.inf, -1.0: -np.inf, 1.5: np.nan},
    "ndtri": {0.0: -np.inf, 1.0: np.inf, -0.5: np.nan},
    "gammaln": {0.0: np.inf, -3.0: np.inf, 1.0: 0.0, 2.0: 0.0, -np.inf: np.inf},
    "digamma": {0.0: -np.inf, -2.0: np.nan, np.inf: np.inf},
    "bessel_y0": {0.0: -np.inf, -1.0: np.nan},
    "modified_bessel_k1": {0.0: np.inf, -1.0: np.nan},
    "gammainc": {
        (0.0, 1.0): 1.0,
        (2.0, 0.0): 0.0,
        (2.0, np.inf): 1.0,
        (np.inf, 1.0): 0.0,
        (-1.0, 1.0): np.nan,
    },
    "zeta": {(1.0, 2.0): np.inf, (2.0, -1.0): np.inf, (2.5, -0.5): np.nan, (0.5, 1.0): np.nan},
    "entr": {0.0: 0.0, -1.0: -np.inf, 1.0: 0.0},
}


def values(name: str, at: Any, dtype: Any) -> Any:
    columns = np.array(list(at), np.float64).reshape(len(at), -1).T
    function = getattr(special, name)
    return function(*[gradloom.tensor(column, dtype=dtype) for column in columns])


@pytest.mark.parametrize("name", POINTS)
def test_values_are_right_to_the_last_digits(name: str) -> None:
    found = values(name, POINTS[name], gradloom.float64)
    np.testing.assert_allclose(found.numpy(), list(POINTS[name].values()), rtol=3e-13)


@pytest.mark.parametrize("name", EXTREMES)
def test_limits_and_poles_have_their_values(name: str) -> None:
    found = values(name, EXTREMES[name], gradloom.float64)
    np.testing.assert_array_equal(found.numpy(), list(EXTREMES[name].values()))


@pytest.mark.parametrize("name", ["erfc", "gammaln", "bessel_j0", "i0", "gammainc"])
def test_single_precision_stays_and_integers_become_floating_point(name: str) -> None:
    at = {(2.0, 1.0): 0.0} if name == "gammainc" else {2.0: 0.0}
    assert values(name, at, gradloom.float32).dtype is gradloom.float32
    assert values(name, at, gradloom.int64).dtype is gradloom.float32
