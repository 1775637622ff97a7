"""The Bicep file as the ARM template that it deploys, and Azure's schemas of its resources."""

from tests.azure.arm.schemas import problems
from tests.azure.arm.template import Parsed, template

__all__ = ["Parsed", "problems", "template"]
