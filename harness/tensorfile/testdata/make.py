"""Writes the test files with NumPy itself. Element i of tensor t (q = 0, k = 1,
v = 2), counted in C order, is (i % 97) / 32 - 1 + t: exact in every type used.
The committed files are of NumPy 2.4.6 and safetensors 0.8.0.

    pip install numpy safetensors && python3 make.py
"""

import numpy as np
from safetensors import TensorSpec, serialize
from safetensors.numpy import save_file


def tensor(t, *shape):
    i = np.arange(np.prod(shape))
    return ((i % 97) / 32 - 1 + t).reshape(shape)


def qkv(*shape):
    return np.stack([tensor(t, *shape) for t in range(3)])


# .npy: [3, B, H, N, D]
types = [("f2", "<f2"), ("f4", "<f4"), ("f8", "<f8"), ("int", "<i4")]
types += [("big_endian", ">f4"), ("big_endian_f2", ">f2"), ("big_endian_f8", ">f8")]
for name, dtype in types:
    np.save(f"{name}.npy", qkv(2, 2, 7, 4).astype(dtype))
np.save("fortran.npy", np.asfortranarray(qkv(2, 2, 7, 4).astype("<f4")))
np.save("flat.npy", tensor(0, 3, 4, 5).astype("<f4"))
nan = qkv(1, 1, 2, 2).astype("<f4")
nan[1, 0, 0, 1, 0] = np.nan
np.save("nan.npy", nan)
np.save("overflow.npy", qkv(1, 1, 2, 2) * 1e300)

# .npz and .safetensors: q, k, v; grouped heads, Nq != Nk, Dv != D
arrays = {"q": tensor(0, 1, 4, 3, 6), "k": tensor(1, 1, 2, 9, 6), "v": tensor(2, 1, 2, 9, 5)}
f4 = {n: a.astype("<f4") for n, a in arrays.items()}
np.savez("grouped.npz", **f4)
np.savez_compressed("compressed.npz", **{n: a.astype("<f2") for n, a in arrays.items()})
np.savez("no_v.npz", q=f4["q"], k=f4["k"], weights=f4["v"])
save_file(f4, "f32.safetensors")
save_file({n: a.astype("<f2") for n, a in arrays.items()}, "f16.safetensors")
save_file(dict(arrays), "f64.safetensors")
# NumPy has no bfloat16: the upper halves of float32s.
upper = {n: (a.view("<u4") >> 16).astype("<u2") for n, a in f4.items()}
spec = {
    n: TensorSpec(dtype="bfloat16", shape=list(a.shape), data_ptr=a.ctypes.data, data_len=a.nbytes)
    for n, a in upper.items()
}
with open("bf16.safetensors", "wb") as f:
    f.write(serialize(spec))
save_file({"q": f4["q"], "k": f4["k"][:, :, :8].copy(), "v": f4["v"]}, "lengths.safetensors")
save_file({"q": f4["q"], "k": f4["k"], "v": f4["v"].reshape(2, 9, 5)}, "three_dims.safetensors")
