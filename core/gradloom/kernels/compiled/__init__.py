"""The kernels that numba compiles, under the names of their references one folder up.

Nothing here is imported unless numba is installed. Compiled code is kept on disk, beside the source or in the
user's cache, so that it is made once.
"""
