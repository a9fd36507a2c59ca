"""The service model of MWAA as the installed botocore has it: shapes, without a session or credentials."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel

_CLASS = re.compile(r"\bmw\d+\.[a-z0-9]+")


@cache
def service() -> ServiceModel:
    """The model of `mwaa`; only files of botocore itself are read, no profile and no credentials."""
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    return ServiceModel(loader.load_service_model("mwaa", "service-2"), "mwaa")


def create() -> OperationModel:
    """CreateEnvironment."""
    return service().operation_model("CreateEnvironment")


def documented_classes() -> frozenset[str]:
    """The environment classes that the model names in prose; it has no list of them."""
    return frozenset(_CLASS.findall(create().input_shape.members["EnvironmentClass"].documentation))
