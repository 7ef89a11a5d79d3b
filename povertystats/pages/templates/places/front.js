(() => {
  "use strict";
  const body = document.querySelector("tbody");
  const heads = [...document.querySelectorAll("thead th")];
  const compare = new Intl.Collator(document.documentElement.lang, { numeric: true }).compare;

  // What is missing stands last, whichever way a column is sorted.
  function sort(index, ascending) {
    const words = heads[index].dataset.sort === "text";
    const value = (row) => row.cells[index].dataset.value;
    const order = (a, b) => {
      const [x, y] = [value(a), value(b)];
      if (!x || !y) return !x - !y;
      const way = words ? compare(x, y) : x - y;
      return ascending ? way : -way;
    };
    body.append(...[...body.rows].sort(order));
    heads.forEach((head, i) => (i === index ? head.setAttribute("aria-sort", ascending ? "ascending" : "descending") : head.removeAttribute("aria-sort")));
  }

  heads.forEach((head, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => sort(index, head.getAttribute("aria-sort") !== "ascending"));
  });
})();
