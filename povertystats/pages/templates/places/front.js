(() => {
  "use strict";
  const body = document.querySelector("tbody");
  const heads = [...document.querySelectorAll("thead th")];
  const compare = new Intl.Collator(document.documentElement.lang, { numeric: true }).compare;

  // By the rules of words/names.py: no diacritics, no case, one blank for blanks, hyphens and dots.
  function plain(text) {
    const stroke = { "đ": "d", "ð": "d", "ɖ": "d" };
    return text.toLowerCase().replace(/[đðɖ]/g, (letter) => stroke[letter]).normalize("NFD").replace(/\p{M}|\p{Cf}/gu, "")
      .replace(/['’‘ʼ′`´]/g, "").replace(/[\p{Pd}\u2212]/gu, "-").replace(/(?<!\p{Nd})[.-]|[.-](?!\p{Nd})/gu, " ").split(/\s+/u).filter(Boolean).join(" ");
  }

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

  const find = document.getElementById("find");
  const status = document.querySelector("[data-found]");
  find.closest("p").hidden = false;
  const searched = [...document.querySelectorAll("[data-search]")];
  const rows = searched.filter((one) => one.matches("tr"));

  // Blanks may be missing: daklak.
  function matches(asked, one) {
    const bare = asked.replaceAll(" ", "");
    return one.dataset.search.split("|").some((name) => name.includes(asked) || name.replaceAll(" ", "").includes(bare));
  }

  function search() {
    const asked = plain(find.value);
    searched.forEach((one) => {
      const off = !matches(asked, one);
      if (one.matches("tr")) one.hidden = off;
      else one.classList.toggle("off", off);
    });
    const left = rows.filter((row) => !row.hidden).length;
    status.textContent = asked ? status.dataset.found.replace("#", left) : "";
  }

  find.addEventListener("input", search);
  find.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !find.value) return;
    const left = rows.filter((row) => !row.hidden);
    const link = left.length === 1 && left[0].querySelector("a");
    if (link) link.click();
  });
  if (find.value) search();
})();
