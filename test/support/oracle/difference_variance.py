"""GLCM DifferenceVariance of the seeded phantom by plain double loops, slow and independent of src/.

Prints the JSON that is stored in test/fixtures/seeded-phantom.json. Python 3 and numpy:
    python3 test/support/oracle/difference_variance.py 20230517 > test/fixtures/seeded-phantom.json
"""

import json
import math
import sys

import numpy as np

SIZE = (37, 31, 19)
SPACING = (0.9, 0.8, 2.25)
ORIGIN = (-71.3, 12.6, -204.5)
NEW_SPACING = (0.702, 0.702, 0.0)
SIGMAS = (1.5, 3.0, 5.0)
PAD = 5
BINS = 50


def random_numbers(seed):
    state = seed
    mask = 0xFFFFFFFF
    while True:
        state = (state + 0x6D2B79F5) & mask
        t = state
        t = ((t ^ (t >> 15)) * (t | 1)) & mask
        t ^= (t + (((t ^ (t >> 7)) * (t | 61)) & mask)) & mask
        yield ((t ^ (t >> 14)) & mask) / 4294967296


def phantom(seed):
    numbers = random_numbers(seed)
    image = np.zeros(SIZE, dtype=np.int64)
    mask = np.zeros(SIZE, dtype=bool)
    for z in range(SIZE[2]):
        for y in range(SIZE[1]):
            for x in range(SIZE[0]):
                dx, dy, dz = (x - 21) / 8, (y - 13) / 7, (z - 10) / 4
                inside = dx * dx + dy * dy + dz * dz + (dx * dy) / 2 < 1
                noise = math.floor(next(numbers) * 121) - 60
                mask[x, y, z] = inside
                image[x, y, z] = (30 + 3 * (x - 21) - 2 * (z - 10) * (y - 13) if inside else -810 + 2 * y) + noise
    return image, mask


# Resampling ---------------------------------------------------------------------------------------


def grid_axis(first, length, old, new, n):
    """Size of the new axis and the continuous old index of each of its samples (plus one past the end)."""
    if new == 0 or length == 1:
        new = old
    r = old / new
    lower = max(0, math.floor((first - 0.5) * r - PAD))
    upper = min(math.ceil((first + length - 0.5) * r + PAD), math.ceil(n * r) - 1)
    return upper - lower + 1, new, 0.5 * (new - old) / old + lower / r


def coefficients(line):
    """Cubic B-spline coefficients of one line: the definition of the recursion, mirror ends."""
    z = math.sqrt(3) - 2
    n = len(line)
    if n == 1:
        return list(line)
    s = [v * ((1 - z) * (1 - 1 / z)) for v in line]
    c = [0.0] * n
    if n > 18:
        c[0] = sum((z**k) * s[k] for k in range(18))
    else:
        c[0] = s[0] + z ** (n - 1) * s[n - 1]
        c[0] += sum((z**k + z ** (2 * n - 2 - k)) * s[k] for k in range(1, n - 1))
        c[0] /= 1 - z ** (2 * n - 2)
    for k in range(1, n):
        c[k] = s[k] + z * c[k - 1]
    c[n - 1] = (z / (z * z - 1)) * (z * c[n - 2] + c[n - 1])
    for k in range(n - 2, -1, -1):
        c[k] = z * (c[k + 1] - c[k])
    return c


def reflect(k, n):
    while n > 1 and not 0 <= k < n:
        k = -k if k < 0 else 2 * (n - 1) - k
    return k if n > 1 else 0


def taps(c, n):
    first = math.floor(float(np.float32(c))) - 1
    w = c - (first + 1)
    w3 = 1 / 6 * w * w * w
    w0 = 1 / 6 + 0.5 * w * (w - 1) - w3
    w2 = w + w0 - 2 * w3
    return [reflect(first + t, n) for t in range(4)], [w0, 1 - w0 - w2 - w3, w2, w3]


def resampled(image, mask):
    where = np.argwhere(mask)
    first, last = where.min(axis=0), where.max(axis=0)
    axes = [grid_axis(int(first[a]), int(last[a] - first[a] + 1), SPACING[a], NEW_SPACING[a], SIZE[a]) for a in range(3)]
    size = tuple(a[0] for a in axes)
    spacing = tuple(a[1] for a in axes)
    positions = []
    for a in range(3):
        origin = axes[a][2] * SPACING[a] + ORIGIN[a]
        at = [(spacing[a] * i + origin - ORIGIN[a]) * (1 / SPACING[a]) for i in range(size[a] + 1)]
        if a == 0:
            at = [at[0] + (i / size[0]) * (at[size[0]] - at[0]) for i in range(size[0])]
        positions.append(at[: size[a]])
    c = image.astype(float)
    for a in range(3):
        c = np.apply_along_axis(coefficients, a, c)
    new_image = np.zeros(size, dtype=np.int64)
    new_mask = np.zeros(size, dtype=bool)
    for x in range(size[0]):
        for y in range(size[1]):
            for z in range(size[2]):
                at = [positions[0][x], positions[1][y], positions[2][z]]
                if not all(-0.5 <= p < n - 0.5 for p, n in zip(at, SIZE)):
                    continue
                new_mask[x, y, z] = mask[tuple(math.floor(p + 0.5) for p in at)]
                (ix, wx), (iy, wy), (iz, wz) = [taps(p, n) for p, n in zip(at, SIZE)]
                value = 0.0
                for k in range(4):
                    for j in range(4):
                        for i in range(4):
                            value += wx[i] * wy[j] * wz[k] * c[ix[i], iy[j], iz[k]]
                new_image[x, y, z] = int(value)
    return new_image, new_mask, spacing


# Laplacian of Gaussian ----------------------------------------------------------------------------


def deriche(d, order):
    a1, b1, a2, b2 = [(1.3530, 1.8151, -0.3531, 0.0902), None, (-1.3563, 5.2318, 0.3446, -2.2355)][order]
    s1, s2 = math.sin(0.6681 / d), math.sin(2.0787 / d)
    c1, c2 = math.cos(0.6681 / d), math.cos(2.0787 / d)
    e1, e2 = math.exp(-1.3932 / d), math.exp(-1.3732 / d)
    n = [
        a1 + a2,
        e2 * (b2 * s2 - (a2 + 2 * a1) * c2) + e1 * (b1 * s1 - (a1 + 2 * a2) * c1),
        2 * e1 * e2 * ((a1 + a2) * c1 * c2 - b1 * c2 * s1 - b2 * c1 * s2) + a2 * e1**2 + a1 * e2**2,
        e2 * e1**2 * (b2 * s2 - a2 * c2) + e1 * e2**2 * (b1 * s1 - a1 * c1),
    ]
    den = [
        -2 * (e2 * c2 + e1 * c1),
        4 * c1 * c2 * e1 * e2 + e1**2 + e2**2,
        -2 * c1 * e1 * e2**2 - 2 * c2 * e2 * e1**2,
        e1**2 * e2**2,
    ]
    return n, den


def gaussian(sigma, spacing, order):
    d = sigma / spacing
    n0, den = deriche(d, 0)
    sd = 1 + sum(den)
    if order == 0:
        return [v / (2 * sum(n0) / sd - n0[0]) for v in n0], den
    n2, _ = deriche(d, 2)
    beta = -(2 * sum(n2) - sd * n2[0]) / (2 * sum(n0) - sd * n0[0])
    n = [u + beta * v for u, v in zip(n2, n0)]
    sn, dn, en = [sum(k**p * v for k, v in enumerate(n)) for p in range(3)]
    dd, ed = [sum(k**p * v for k, v in enumerate(den, 1)) for p in (1, 2)]
    alpha = (en * sd**2 - ed * sn * sd - 2 * dn * dd * sd + 2 * dd**2 * sn) / sd**3
    return [v * sigma**2 / alpha for v in n], den


def recursive(line, n, den):
    """Both recursions with their past taken literally: the edge sample for ever, and what the filter made of it."""
    m = [n[k] - den[k - 1] * n[0] for k in (1, 2, 3)] + [-den[3] * n[0]]
    sd = 1 + sum(den)
    x = [float(v) for v in line]
    length = len(x)
    before, after = x[0] * sum(n) / sd, x[-1] * sum(m) / sd
    plus, minus = [0.0] * length, [0.0] * length
    for i in range(length):
        plus[i] = sum(n[k] * (x[i - k] if i >= k else x[0]) for k in range(4))
        plus[i] -= sum(den[k - 1] * (plus[i - k] if i >= k else before) for k in range(1, 5))
    for i in range(length - 1, -1, -1):
        minus[i] = sum(m[k - 1] * (x[i + k] if i + k < length else x[-1]) for k in range(1, 5))
        minus[i] -= sum(den[k - 1] * (minus[i + k] if i + k < length else after) for k in range(1, 5))
    return [p + q for p, q in zip(plus, minus)]


def laplacian(image, spacing, sigma):
    total = np.zeros(image.shape, dtype=np.float32)
    for axis in range(3):
        part = image.astype(np.float32)
        for a, order in [(axis, 2)] + [(other, 0) for other in range(3) if other != axis]:
            n, den = gaussian(sigma, spacing[a], order)
            part = np.apply_along_axis(recursive, a, part, n, den).astype(np.float32)
        total = (total.astype(float) + part.astype(float) * (1 / spacing[axis] ** 2)).astype(np.float32)
    return total


# Texture ------------------------------------------------------------------------------------------


def difference_variance(image, mask, is_float):
    values = image[mask].astype(float)
    edges = np.linspace(values.min(), values.max(), BINS + 1)
    if is_float:
        edges = edges.astype(np.float32)
        edges[-1] = np.float32(edges[-1] + np.float32(1))
    else:
        edges[-1] += 1
    voxels = [tuple(int(v) for v in at) for at in np.argwhere(mask)]
    level = {at: int(sum(1 for e in edges if float(e) <= float(image[at]))) for at in voxels}
    steps = [(x, y, z) for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1) if (z, y, x) > (0, 0, 0)]
    variances = []
    for sx, sy, sz in steps:
        p = {}
        for (x, y, z), i in level.items():
            j = level.get((x + sx, y + sy, z + sz))
            if j is not None:
                p[i, j] = p.get((i, j), 0) + 1
                p[j, i] = p.get((j, i), 0) + 1
        n = sum(p.values())
        if n:
            mean = sum(abs(i - j) * count for (i, j), count in p.items()) / n
            variances.append(sum((abs(i - j) - mean) ** 2 * count for (i, j), count in p.items()) / n)
    return sum(variances) / len(variances)


def main(seed):
    image, mask = phantom(seed)
    new_image, new_mask, spacing = resampled(image, mask)
    features = {"original_glcm_DifferenceVariance": difference_variance(new_image, new_mask, False)}
    for sigma in SIGMAS:
        name = f"log-sigma-{str(sigma).replace('.', '-')}-mm-3D_glcm_DifferenceVariance"
        features[name] = difference_variance(laplacian(new_image, spacing, sigma), new_mask, True)
    facts = {
        "seed": seed,
        "voxelSum": int(image.sum()),
        "maskVoxels": int(mask.sum()),
        "size": list(new_image.shape),
        "roiVoxels": int(new_mask.sum()),
        "resampledSum": int(new_image.sum()),
        "features": features,
    }
    print(json.dumps(facts, indent=2))


main(int(sys.argv[1]))
