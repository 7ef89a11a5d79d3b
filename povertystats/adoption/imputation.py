"""What treated places would have had, imputed from all figures that are not treated (Borusyak, Jaravel & Spiess 2024)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from povertystats.adoption.sums import Design, solved


@dataclass(frozen=True, eq=False)
class Imputation(Design):
    """``y_it = place_i + year_t + x_it'b`` fitted to the figures that are not treated; what treated ones exceed it by.

    Placebos: the same figures with a term for each of the years before adoption, against those still earlier. With the
    effects of years (and b) as θ, within places: ``A θ = c``, an estimate is ``(S − q'θ)/n`` with the sums S, q and n over
    the figures that it averages. All of these add up over places.

    Source: Borusyak, Jaravel & Spiess 2024, doi:10.1093/restud/rdae007; the same as Gardner 2022, doi:10.48550/arXiv.2207.05943.
    """

    def comparable(self, first: np.ndarray) -> np.ndarray:
        """Return where a place has figures before its adoption, and the year has two clusters that are not treated."""
        return (self.others > 1) & (self.observed & ~self.after(first)).any(axis=1)[:, None]

    @cached_property
    def leads(self) -> tuple[int, ...]:
        """The years before adoption of which there is a placebo estimate, negative: as many as can be told apart."""
        untreated, elapsed = self.observed & ~self.after(self.data.first), self.elapsed(self.data.first)
        leads = np.unique(elapsed[untreated & (elapsed >= -self.before)]).astype(int).tolist()
        while leads:
            _, z, _ = self._columns(self.data.first, leads)
            z = z * untreated[..., None]
            one_each = np.eye(z.shape[2])[:, -len(leads) :]
            if np.isfinite(solved(np.einsum("gtk,gtl->kl", z, z), one_each)).all():
                break
            leads = leads[1:]
        return tuple(leads)

    def _columns(self, first: np.ndarray, leads: Sequence[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return what is not treated (G, T), and years, controls and leads (G, T, K) and y (G, T) about its place means."""
        untreated = self.observed & ~self.after(first)
        years = np.broadcast_to(np.eye(len(self.data.years)), (*untreated.shape, len(self.data.years)))
        before = (self.elapsed(first)[..., None] == np.array(leads)) & untreated[..., None]
        z = np.concatenate([years, np.moveaxis(self._scaled, 0, -1), before], axis=2)
        size = np.maximum(untreated.sum(axis=1), 1)
        z = z - (np.einsum("gt,gtk->gk", untreated, z) / size[:, None])[:, None]
        return untreated, z, self._filled - ((untreated * self._filled).sum(axis=1) / size)[:, None]

    @cached_property
    def _filled(self) -> np.ndarray:
        return np.where(self.observed, self.data.y, 0.0)

    @cached_property
    def _scaled(self) -> np.ndarray:
        """Controls in units of their own spread, 0 where there is no figure."""
        x = np.where(self.observed, self.data.x, 0.0)
        spread = np.array([some[self.observed].std() or 1.0 for some in x]).reshape(-1, 1, 1)
        return x / spread

    def parts(self, first: np.ndarray) -> np.ndarray:
        """Return A, c, and n, S, q of each estimate, in one row a place: (G, P)."""
        untreated, z, y = self._columns(first, self.leads)
        chosen = self.members(first).astype(float)
        z0 = z * untreated[..., None]
        a, c = np.einsum("gtk,gtl->gkl", z0, z), np.einsum("gtk,gt->gk", z0, y)
        n, s = chosen.sum(axis=2).T, np.einsum("egt,gt->ge", chosen, y)
        q = np.einsum("egt,gtk->gke", chosen, z)
        return np.concatenate([part.reshape(len(first), -1) for part in (a, c, n, s, q)], axis=1)

    def _parted(self, sums):
        k, e = len(self.data.years) + len(self.data.x) + len(self.leads), len(self.rows) - len(self.leads)
        at = np.cumsum([k * k, k, e, e])
        a, c, n, s, q = np.split(sums, at, axis=-1)
        lead = sums.shape[:-1]
        return a.reshape(*lead, k, k), c, n, s, q.reshape(*lead, k, e)

    def _solved(self, sums):
        """Return what the coefficients of each estimate solve, (..., K, E), the placebos last, and c, n, S."""
        a, c, n, s, q = self._parted(sums)
        k, p = a.shape[-1], len(self.leads)
        imputed = solved(a[..., : k - p, : k - p], q[..., : k - p, :])
        placebos = solved(a, np.broadcast_to(np.eye(k)[:, k - p :], (*a.shape[:-1], p)))
        return imputed, placebos, c, n, s

    def finish(self, sums: np.ndarray) -> np.ndarray:
        """Return the estimates of sums of parts, (..., P) to (..., E); NaN where the places left cannot tell one."""
        imputed, placebos, c, n, s = self._solved(sums)
        used = c[..., : imputed.shape[-2]]
        made = (s - np.einsum("...ke,...k->...e", imputed, used)) / np.where(n > 0, n, np.nan)
        return np.concatenate([made, np.einsum("...ke,...k->...e", placebos, c)], axis=-1)

    def weights(self) -> np.ndarray:
        """Return the weight of each figure in each estimate, (E, G, T)."""
        first = self.data.first
        imputed, placebos, _, n, _ = self._solved(self.parts(first).sum(axis=0))
        untreated, z, _ = self._columns(first, self.leads)
        chosen = self.members(first).astype(float)
        own = chosen.sum(axis=2)[..., None] * untreated / np.maximum(untreated.sum(axis=1), 1)[:, None]
        fitted = np.einsum("gtk,ke->egt", z[..., : len(imputed)] * untreated[..., None], imputed)
        made = (chosen - own - fitted) / n[:, None, None]
        return np.concatenate([made, np.einsum("gtk,ke->egt", z * untreated[..., None], placebos)])
