"""Tokens of the SAS token broker that never die in the middle of a transfer."""
from ._broker import SasBroker, Source
from ._problem import BrokerProblem

__all__ = ["BrokerProblem", "SasBroker", "Source"]
