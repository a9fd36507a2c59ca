from __future__ import annotations


def numbers():
    return [1]


def double(number):
    return number
