"""Operations: one operation, one place. A family of them is a file, which is loaded when first asked for."""
