"""Chooses the system under test: STN_TARGET=stanchion (default) or apache."""
import os

import pytest

from .apache import ApacheCluster
from .stanchion import StanchionCluster

TARGET = os.environ.get("STN_TARGET", "stanchion")


def make_cluster(directory, **options):
    if TARGET == "apache":
        for of_stanchion in ("layout", "store_settings"):
            options.pop(of_stanchion, None)
        return ApacheCluster(directory, **options)
    options.setdefault("layout", os.environ.get("STN_LAYOUT", "split"))
    return StanchionCluster(directory, **options)


stanchion_only = pytest.mark.skipif(TARGET != "stanchion", reason="says something about Stanchion alone")
