"""Thin Faust shells around pure code."""
