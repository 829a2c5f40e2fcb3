"""Fault rates of the simulation."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class FaultRates:
    """Probabilities of each kind of fault."""

    submit: float = 0.0  # all failures of a paid request together
    reject: float = 0.0
    reject_resend: float = 0.0  # a second request for the same job
    poll: float = 0.0
    download: float = 0.0
    post: float = 0.0
    respond: float = 0.0
    render: float = 0.0
    stall: float = 0.0
    missing_access: float = 0.0


NO_FAULTS = FaultRates()
FREQUENT_FAULTS = FaultRates(
    submit=0.15, reject=0.02, reject_resend=0.4, poll=0.08, download=0.1, post=0.15, respond=0.1, render=0.03,
    stall=0.02, missing_access=0.01,
)  # fmt: skip
