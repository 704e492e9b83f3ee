"""The record kinds, one module each; every module here that declares a KIND is found by itself."""
