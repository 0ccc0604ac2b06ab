"""Linear algebra, under the names of `torch.linalg`."""

from __future__ import annotations

from gradloom.page import page

__getattr__, __dir__, __all__ = page(
    __name__,
    {
        "gradloom.kernels.factorization": "LinAlgError",
        "gradloom.ops.matrix.cholesky": "cholesky=linalg_cholesky cholesky_ex=linalg_cholesky_ex",
        "gradloom.ops.matrix.lu": """
            lu=linalg_lu lu_factor=linalg_lu_factor lu_factor_ex=linalg_lu_factor_ex
            lu_solve=linalg_lu_solve
        """,
        "gradloom.ops.matrix.orthogonal": "householder_product=linalg_householder_product qr=linalg_qr",
        "gradloom.ops.matrix.spectral": """
            eig=linalg_eig eigh=linalg_eigh eigvals=linalg_eigvals eigvalsh=linalg_eigvalsh svd=linalg_svd
            svdvals=linalg_svdvals
        """,
        "gradloom.ops.matrix.matmul": "matmul",
        "gradloom.ops.matrix.matrix_functions": """
            cond=linalg_cond lstsq=linalg_lstsq matrix_exp matrix_power matrix_rank=linalg_matrix_rank
            pinv=linalg_pinv tensorinv=linalg_tensorinv tensorsolve=linalg_tensorsolve
        """,
        "gradloom.ops.matrix.matrix_norms": """
            matrix_norm=linalg_matrix_norm norm=linalg_norm vector_norm=linalg_vector_norm
        """,
        "gradloom.ops.matrix.products": """
            cross=linalg_cross diagonal=linalg_diagonal multi_dot=linalg_multi_dot vander=linalg_vander
            vecdot=linalg_vecdot
        """,
        "gradloom.ops.matrix.solving": """
            det=linalg_det inv=linalg_inv inv_ex=linalg_inv_ex slogdet=linalg_slogdet solve=linalg_solve
            solve_ex=linalg_solve_ex solve_triangular=linalg_solve_triangular
        """,
    },
)
