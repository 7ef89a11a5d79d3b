"""A job that can be sent to another process, and ends as its name says."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    place: str

    def done(self):
        if self.place == "dies":
            os._exit(3)
        if self.place == "fails":
            raise ValueError("no figure")
        return f"page of {self.place}"
