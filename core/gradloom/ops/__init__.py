"""Operations: one operation, one place. A family of them is a file, which is loaded when first asked for.

The folders hold the families by kind; the files beside them say what an operation is and what all share.
"""
