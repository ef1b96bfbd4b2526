"""What a card holds, as data: applications, files, fields, keys, access rules, code tables.

Terminal and emulator read the same description; so that it can't agree with itself on a
mistake, every structure carries vectors from outside beside it.
"""
