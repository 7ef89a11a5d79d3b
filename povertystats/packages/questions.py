"""What a table leaves open: asked where somebody answers, else told with the option that settles it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from povertystats.words.errors import refuse
from povertystats.words.names import did_you_mean, plain

MOST = 3
# A question, its possible answers (none: any), the likely one ("" where none is likelier): returns the answer.
Ask = Callable[[str, Sequence[str], str], str]


@dataclass
class Questions:
    """At most ``MOST`` questions; ``problems``: what could not be asked."""

    ask: Ask | None = None
    problems: list[str] = field(default_factory=list)
    asked: int = 0

    def answer(self, option: str, question: str, choices: Sequence[str] = (), likely: str = "") -> str:
        """Return the answer to a question, or "" where nobody is there to answer: then it is one of ``problems``.

        Parameters
        ----------
        option : str
            What settles it without being asked, such as "--year COLUMN".
        question : str
            The question.
        choices : sequence of str
            The answers that there are; any text is one where there are none.
        likely : str, optional
            The likely answer.

        Returns
        -------
        str
            One of ``choices``, or any text.

        Examples
        --------
        >>> told = Questions(lambda question, choices, likely: likely)
        >>> told.answer("--year COLUMN", "Which column holds the years?", ["year", "jahr"], "year")
        'year'
        """
        if self.ask is not None and self.asked < MOST:
            self.asked += 1
            given = self.ask(question, choices, likely).strip() or likely
            spelled = {plain(choice): choice for choice in choices}
            if given and (not choices or plain(given) in spelled):
                return spelled.get(plain(given), given)
            question += f" {given!r} is none of the answers{did_you_mean(given, spelled)}."
        hints = [f"answer with {option}"]
        if {*choices} == {"yes", "no"}:
            choices, likely = (), ""
        hints += [f"such as {likely!r}"] if likely else []
        hints += (
            [f"it may be {', '.join(map(repr, choices[:12]))}{', …' * (len(choices) > 12)}"]
            if choices
            else []
        )
        self.problems.append(f"{question} ({'; '.join(hints)})")
        return ""

    def wrong(self, problem: str) -> None:
        """Note what is wrong with what was given."""
        self.problems.append(problem)

    def settle(self, what: str) -> None:
        """Raise Refused with everything that is open or wrong by now, if anything is."""
        refuse(what, self.problems)
