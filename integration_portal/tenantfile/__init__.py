"""A tenant's configuration as a file: read, checked, compared with what stands, applied, and written again.

`form` says what such a file holds; docs/reference/tenant-file.md describes it for people.
"""
