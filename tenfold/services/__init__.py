"""The processes of the local profile: Prefect server, workers, page, and what keeps them alive."""

from tenfold.services.control import down, status, up
from tenfold.services.environment import environment
from tenfold.services.state import Links, ServicesState, ServiceState

__all__ = ["Links", "ServiceState", "ServicesState", "down", "environment", "status", "up"]
