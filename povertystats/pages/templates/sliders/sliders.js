(() => {
  "use strict";
  // No global names and no ids: several of these may stand on one page.
  const root = document.currentScript.closest(".sliders");
  const { spec, words, separators } = JSON.parse(root.querySelector("script[type='application/json']").textContent);
  const one = (selector) => root.querySelector(selector);
  const inputs = [...root.querySelectorAll("input[type='range']")];
  const blocks = inputs.map((input) => input.closest(".lever"));
  const box = one(".later input");
  // Which of several on a page this is: those that follow are not there yet.
  const nth = document.querySelectorAll(".sliders").length;

  // The arithmetic of scenario.what_if.

  const sum = (terms) => terms.reduce((total, term) => total + term, 0);

  // Γ(a + ½) / Γ(a): by recurrence up to where the asymptotic series holds to the last digit.
  function gammaRatio(a) {
    let ratio = 1;
    for (; a < 25; a += 1) ratio *= a / (a + 0.5);
    const series = -1 / (8 * a) + 1 / (192 * a ** 3) - 1 / (640 * a ** 5) + 17 / (14336 * a ** 7);
    return ratio * Math.sqrt(a) * Math.exp(series);
  }

  // The continued fraction of the incomplete beta function, by Lentz's method.
  function betaFraction(a, b, x) {
    let c = 1;
    let d = 1 / (1 - ((a + b) * x) / (a + 1));
    let value = d;
    for (let m = 1; m < 10000; m += 1) {
      const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
      const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
      for (const step of [even, odd]) {
        d = 1 / (1 + step * d);
        c = 1 + step / c;
        value *= c * d;
      }
      if (Math.abs(c * d - 1) < 1e-15) break;
    }
    return value;
  }

  // Student's t: P(T ≤ −|t|) = ½ I_x(ν/2, ½) with x = ν / (ν + t²), I the regularised incomplete beta function.
  function studentCdf(t, df) {
    const odds = (t * t) / df;
    const a = df / 2;
    const x = 1 / (1 + odds);
    const y = odds / (1 + odds);
    let tail = 0;
    if (odds < Infinity) {
      const front = (gammaRatio(a) / Math.sqrt(Math.PI)) * Math.exp(-a * Math.log1p(odds)) * Math.sqrt(y);
      tail = x < (a + 1) / (a + 2.5)
        ? (front * betaFraction(a, 0.5, x)) / (2 * a)
        : 0.5 - front * betaFraction(0.5, a, y);
    }
    return t < 0 ? tail : 1 - tail;
  }

  const toScale = (percent, scale) => (scale === "points" ? percent : Math.log(percent / (100 - percent)));
  const toPercent = (z, scale) => (scale === "points" ? Math.min(Math.max(z, 0), 100) : 100 / (1 + Math.exp(-z)));

  const cdf = (mixture, z) => sum(mixture.map((k) => k.weight * studentCdf((z - k.location) / k.scale, k.df)));

  function quantile(mixture, p) {
    let low = Math.min(...mixture.map((k) => k.location));
    let high = Math.max(...mixture.map((k) => k.location));
    const enclosed = () => cdf(mixture, low) < p && cdf(mixture, high) > p;
    for (let reach = Math.max(...mixture.map((k) => k.scale)); !enclosed(); reach *= 2) {
      low -= reach;
      high += reach;
    }
    // Until no number lies between the two.
    for (let middle = (low + high) / 2; low < middle && middle < high; middle = (low + high) / 2) {
      if (cdf(mixture, middle) < p) low = middle;
      else high = middle;
    }
    return high;
  }

  // The shift of the levers that move, its variance, and whether its 95% interval lies on one side of zero.
  function shiftOf(way, steps) {
    const parts = moving(steps).map((j) => ({ size: steps[j], ...spec.levers[j].effects[way] }));
    const estimate = sum(parts.map(({ size, estimate }) => size * estimate));
    const squares = parts.map(({ size, se }) => (size * se) ** 2);
    const variance = sum(parts.map(({ dof }, j) => (squares[j] * dof) / (dof - 2)));
    const ratio = Math.abs(estimate) / Math.sqrt(sum(squares));
    return { estimate, variance, clear: ratio > 0 && studentCdf(-ratio, Math.min(...parts.map(({ dof }) => dof))) < 0.025 };
  }

  const moving = (steps) => [...steps.keys()].filter((j) => steps[j] !== 0);

  // Every component moves by the shift; its variance grows by that of the shift, its df stay.
  function moved({ estimate, variance }, { weights, df, location, scale }) {
    return weights.map((weight, k) => ({
      weight,
      df: df[k],
      location: location[k] + estimate,
      scale: Math.sqrt(scale[k] ** 2 + (variance * (df[k] - 2)) / df[k]),
    }));
  }

  const terms = (values) => spec.levers.map(({ kind }, j) => (kind === "times" ? Math.log(values[j]) : values[j]));

  // Which ways compute what the levers that move do, and which are left out as one of them has no such estimate.
  function waysOf(values) {
    const moved = moving(terms(values));
    const every = [...spec.ways.keys()];
    if (!moved.length) return { used: every.filter((way) => spec.ways[way].first), left: [] };
    const asked = every.filter((way) => spec.ways[way].of === null || moved.includes(spec.ways[way].of));
    const has = (way) => moved.every((j) => spec.levers[j].effects[way]);
    return { used: asked.filter(has), left: asked.filter((way) => !has(way)) };
  }

  function whatIf(values, used) {
    const steps = terms(values);
    return used.map((way) => {
      const { scale } = spec.ways[way];
      const shift = shiftOf(way, steps);
      const mixture = moved(shift, spec.baselines[scale]);
      const [rate, low, high] = [0.5, 0.1, 0.9].map((p) => toPercent(quantile(mixture, p), scale));
      const probabilities = spec.readings.map(({ bound }) => cdf(mixture, toScale(bound, scale)));
      return { way, rate, low, high, probabilities, shift };
    });
  }

  // What places have been seen to do: each row is how many steps one of them went in a year, with every lever.

  const stepsOf = (values) => spec.levers.map(({ start, step }, j) => Math.round((values[j] - start) / step));
  const reaches = (most, n) => n === 0 || (most * n > 0 && Math.abs(most) >= Math.abs(n));

  // From where to where one lever may go where the others stand, in values.
  function span(values, j) {
    const counts = stepsOf(values);
    const { start, step, within, min, max } = spec.levers[j];
    const rows = spec.together.filter((row) => counts.every((n, k) => k === j || reaches(row[k], n)));
    const ends = rows.map((row) => row[j]);
    const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)].map((n) => start + n * step);
    return [Math.max(low, within[0], min), Math.min(high, within[1], max)];
  }

  const outside = (x, [low, high]) => x < low - 1e-9 * Math.max(1, Math.abs(x)) || x > high + 1e-9 * Math.max(1, Math.abs(x));
  const beyond = (values) => spec.levers.filter(({ start, within }, j) => values[j] !== start && outside(values[j], within));

  // Why nothing is told of these values; "" where it is.
  function untold(values, { used }) {
    const far = beyond(values);
    if (far.length) return say("sliders.untold.beyond", { names: far.map(({ title }) => title).join("; ") });
    const counts = stepsOf(values);
    const together = counts.every((n) => n === 0) || spec.together.some((row) => counts.every((n, k) => reaches(row[k], n)));
    if (!together) return words["sliders.untold.together"];
    return used.length ? "" : words["sliders.untold.ways"];
  }

  // Numbers and sentences, by the rules of wording.py.

  function number(value, decimals) {
    const [whole, part] = Math.abs(value).toFixed(decimals).split(".");
    const sign = value < 0 && Number(value.toFixed(decimals)) !== 0 ? "−" : "";
    return sign + whole.replace(/\B(?=(\d{3})+$)/g, separators.group) + (part ? separators.decimal + part : "");
  }

  function hundredths(p) {
    if (p < 0.01) return words["odds.under"];
    return p > 0.99 ? words["odds.over"] : number(100 * p, 0);
  }

  function odds(p) {
    const [low, high] = [p].flat().map(hundredths);
    return say("odds.about", { n: high === undefined || low === high ? low : say("probability.range", { low, high }) });
  }

  const FORMATS = { odds, n: number, pct: (value, decimals) => `${number(value, decimals)}%` };

  function say(key, values) {
    const placeholder = /\{(\w+)(?::([a-z]+)(\d*))?\}/g;
    const fill = (_, name, format, decimals) => (format ? FORMATS[format](values[name], Number(decimals)) : values[name]);
    return words[key].replace(placeholder, fill);
  }

  // What stands on the page.

  const now = () => inputs.map((input, j) => (blocks[j].hidden ? spec.levers[j].start : Number(input.value)));
  const starts = spec.levers.map(({ start }) => start);
  const without = whatIf(starts, [...spec.ways.keys()]);

  function warning({ usual, within, start }, value) {
    if (value !== start && outside(value, within)) return words["sliders.unseen"];
    return outside(value, usual) ? words["sliders.rare"] : "";
  }

  function setLever(j, values) {
    const lever = spec.levers[j];
    const { kind, unit, step, start, min, max } = lever;
    const value = values[j];
    const decimals = (String(step).split(".")[1] || "").length;
    const size = (x) => (kind === "add" && x > 0 ? "+" : "") + number(x, decimals);
    const text = value === start ? words["sliders.value.usual"] : say(`sliders.value.${kind}`, { size: size(value), unit });
    const [low, high] = [min, max].map((end) => say("sliders.value.add", { size: size(end), unit }));
    const told = { value: text, warning: warning(lever, value), least: low, most: high };
    const marks = Object.entries({ start, from: span(values, j)[0], to: span(values, j)[1] });
    marks.forEach(([name, at]) => blocks[j].style.setProperty(`--${name}`, (at - min) / (max - min)));
    Object.entries(told).forEach(([name, words]) => (blocks[j].querySelector(`.${name}`).textContent = words));
    inputs[j].setAttribute("aria-valuetext", [text, told.warning].filter(Boolean).join(", "));
  }

  // A cell says what it would be without any change where that reads differently, and nothing where nothing is told.
  function tell(cell, key, values, [was, now]) {
    cell.textContent = say(was === now ? key : `${key}_moved`, values);
  }

  function setRow(row, way, found) {
    row.hidden = !found;
    if (!found) return;
    const before = without[way];
    const [rate, ...cells] = row.querySelectorAll("td");
    Object.assign(rate.dataset, { rate: found.rate, low: found.low, high: found.high });
    tell(rate, "sliders.rate", { ...found, was: before.rate }, [before.rate, found.rate].map((x) => number(x, 1)));
    cells.forEach((cell, i) => {
      const [was, p] = [before, found].map(({ probabilities }) => probabilities[i]);
      cell.dataset.probability = p;
      tell(cell, "sliders.probability", { p, was }, [was, p].map(odds));
    });
  }

  // Whether the ways agree, by rates as they are told.
  function direction(found) {
    const side = ({ way, rate, shift }) => (number(rate, 1) === number(without[way].rate, 1) ? "same" : shift.estimate < 0 ? "lower" : "higher");
    const counts = { lower: 0, higher: 0, same: 0 };
    found.forEach((one) => (counts[side(one)] += 1));
    const ways = found.length;
    const agreed = Object.keys(counts).find((name) => counts[name] === ways) || "disagree";
    const clear = found.filter(({ shift }) => shift.clear).length;
    const certain = clear === 0 ? "none" : clear === ways ? "all" : "some";
    const told = say(`sliders.answer.${agreed}`, { ways, ...counts });
    const one = agreed === "lower" || agreed === "higher";
    return { agreed, text: one ? `${told} ${say(`sliders.clear.${certain}`, { clear, ways })}` : told };
  }

  function chances(found) {
    const readings = spec.readings.map(({ label }, i) => {
      const all = found.map((one) => one.probabilities[i]);
      return say("sliders.reading", { label, p: [Math.min(...all), Math.max(...all)] });
    });
    return say("sliders.readings", { year: spec.year, readings: readings.join("; ") });
  }

  // The sentence, then the chances: none where the ways disagree, each of them is in the figure and the table.
  function answers(found, touched, why) {
    if (why) return [why, ""];
    if (!touched) return [words["sliders.answer.usual"], chances(found)];
    const { agreed, text } = direction(found);
    return [text, agreed === "disagree" ? "" : chances(found)];
  }

  // The figure: each way's interval and median, with the levels that the targets require.

  const drawing = one("figure");
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("role", "img");
  drawing.prepend(svg);

  function draw(tag, attributes, text = "") {
    const node = document.createElementNS(svg.namespaceURI, tag);
    Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
    node.textContent = text;
    svg.append(node);
  }

  // Wide enough for every interval and for the levels near them: a level far away would press the rest together.
  function view(found) {
    const ends = [...found.map(({ way }) => without[way]), ...found].flatMap(({ low, high }) => [low, high]);
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    const near = spec.readings.map(({ bound }) => bound).filter((x) => x > low - (high - low) && x < high + (high - low));
    const all = [low, high, ...near];
    const room = (Math.max(...all) - Math.min(...all)) / 20;
    return { from: Math.min(...all) - room, to: Math.max(...all) + room };
  }

  function ticks(from, to, most) {
    const size = 10 ** Math.floor(Math.log10((to - from) / most));
    const step = [1, 2, 5, 10].map((k) => k * size).find((k) => (to - from) / k <= most);
    const first = Math.ceil(from / step);
    const decimals = Math.max(0, -Math.floor(Math.log10(step)));
    return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, i) => ({ at: (first + i) * step, decimals }));
  }

  // A name over as many lines as it needs; a letter is about 6.8 wide.
  function broken(text, width) {
    return text.split(" ").reduce(([last, ...lines], word) => (last && `${last} ${word}`.length * 6.8 > width
      ? [word, last, ...lines] : [last ? `${last} ${word}` : word, ...lines]), [""]).reverse();
  }

  // Places for labels in a row, each as near to where it belongs as its neighbours and the two ends allow.
  function spread(wanted, apart, low, high) {
    const at = [];
    wanted.forEach((x, i) => at.push(Math.max(x, i ? at[i - 1] + apart : low)));
    for (let i = at.length - 1; i >= 0; i -= 1) at[i] = Math.min(at[i], i + 1 < at.length ? at[i + 1] - apart : high);
    return at;
  }

  function picture(found, told) {
    const { from, to } = view(found);
    const [near, far] = [true, false].map((inside) => spec.readings.filter(({ bound }) => (bound >= from && bound <= to) === inside));
    const levels = near.map(({ bound }) => bound).sort((a, b) => a - b);
    const width = Math.max(drawing.clientWidth, 260);
    const names = found.map(({ way }) => broken(spec.ways[way].label, width));
    const head = 34;
    const foot = head + sum(names.map((lines) => 15 * lines.length + 17));
    const margin = 24;
    const x = (percent) => margin + ((percent - from) / (to - from)) * (width - 2 * margin);
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${width} ${foot + 24}`);
    spread(levels.map(x), 50, margin, width - margin).forEach((at, i) => {
      draw("path", { class: "goal", d: `M ${at} 18 L ${x(levels[i])} ${head - 6} V ${head}` });
      draw("text", { class: "goal", x: at, y: 14, "text-anchor": "middle" }, `${number(levels[i], 2)}%`);
    });
    let y = head;
    found.forEach((one, i) => {
      names[i].forEach((name) => draw("text", { x: 0, y: (y += 15) }, name));
      // Beside the bars only: a line through a name would make it hard to read.
      levels.map(x).forEach((at) => draw("path", { class: "goal", d: `M ${at} ${y + 2} V ${y + 15}` }));
      const bars = [["after", one], ["before", without[one.way]]].slice(told ? 0 : 1);
      bars.forEach(([kind, { low, rate, high }], k) => {
        const at = y + (told ? 6 + 7 * k : 9);
        draw("line", { class: kind, x1: x(low), x2: x(high), y1: at, y2: at });
        draw("circle", { class: kind, cx: x(rate), cy: at, r: 4 });
      });
      y += 17;
    });
    draw("line", { class: "axis", x1: margin, x2: width - margin, y1: foot, y2: foot });
    ticks(from, to, width / 70).forEach(({ at, decimals }) => {
      draw("line", { class: "axis", x1: x(at), x2: x(at), y1: foot, y2: foot + 4 });
      draw("text", { x: x(at), y: foot + 18, "text-anchor": "middle" }, `${number(at, decimals)}%`);
    });
    const rows = found.map((one) => say("sliders.figure.row", { ...one, way: spec.ways[one.way].label }));
    const listed = (readings) => readings.map(({ label }) => label).join("; ");
    svg.setAttribute("aria-label", [...rows, say("sliders.figure.goals", { goals: listed(spec.readings) })].join(" "));
    const sentences = Object.entries({ goals: near, outside: far }).map(([key, readings]) => readings.length && say(`sliders.figure.${key}`, { goals: listed(readings) }));
    drawing.querySelector(".levels").textContent = sentences.filter(Boolean).join(" ");
  }

  function update() {
    const values = now();
    const ways = waysOf(values);
    const touched = values.some((value, j) => value !== starts[j]);
    const why = untold(values, ways);
    const found = why ? whatIf(starts, waysOf(starts).used) : whatIf(values, ways.used);
    spec.levers.forEach((_, j) => setLever(j, values));
    root.querySelectorAll("tbody tr").forEach((row, way) => setRow(row, way, why ? null : found.find((one) => one.way === way)));
    const told = answers(found, touched, why);
    [".told", ".chances"].forEach((name, i) => {
      one(name).textContent = told[i];
      one(name).hidden = !told[i];
    });
    one(".legend").hidden = !touched || Boolean(why);
    one(".left").hidden = !ways.left.length;
    one(".left").textContent = say("sliders.left_out", { ways: ways.left.map((way) => spec.ways[way].label).join("; ") });
    drawn = [found, touched && !why];
    picture(...drawn);
  }

  // A setting as the end of a link: "sliders", which of them on the page, then each lever that is moved, after "d." as it may have any name.

  function fragment() {
    const moved = now().map((value, j) => [spec.levers[j].name, value, value !== starts[j]]).filter(([, , is]) => is);
    const later = box && box.checked ? [["later", 1]] : [];
    return new URLSearchParams([["sliders", nth], ...later, ...moved.map(([name, value]) => [`d.${name}`, value])]).toString();
  }

  function read() {
    const given = new URLSearchParams(location.hash.slice(1));
    if (given.get("sliders") !== String(nth)) return;
    given.delete("sliders");
    if (box) show(given.get("later") === "1");
    if (given.get("later") === "1" && box) given.delete("later");
    spec.levers.forEach(({ name, start, step, min, max }, j) => {
      const key = `d.${name}`;
      const text = given.get(key) || "";
      const n = Math.round((Number(text) - start) / step);
      const fine = /^-?\d{1,9}(\.\d{1,9})?$/.test(text) && !blocks[j].hidden && !outside(Number(text), [min, max])
        && Math.abs(start + n * step - Number(text)) < 1e-6 * step;
      inputs[j].value = fine ? text : start;
      if (fine) given.delete(key);
    });
    const bad = [...given.keys()].length;
    one(".status").textContent = bad ? say("sliders.ignored", { n: String(bad) }) : "";
    update();
  }

  async function link() {
    const url = `${location.href.split("#")[0]}#${fragment()}`;
    history.replaceState(null, "", url);
    let key = "sliders.copied";
    try {
      await navigator.clipboard.writeText(url);
    } catch {
      key = "sliders.linked";
    }
    one(".status").textContent = words[key];
  }

  // What rests on later figures is there where its box is ticked, and back at the start where it is not.
  function show(ticked) {
    box.checked = ticked;
    spec.levers.forEach(({ later, start }, j) => {
      if (!later) return;
      blocks[j].hidden = !ticked;
      if (!ticked) inputs[j].value = start;
    });
  }

  let drawn = [];
  inputs.forEach((input) => input.addEventListener("input", update));
  if (box) box.addEventListener("change", () => { show(box.checked); update(); });
  one(".reset").addEventListener("click", () => {
    inputs.forEach((input, j) => (input.value = starts[j]));
    if (box) show(false);
    one(".status").textContent = "";
    update();
  });
  one(".link").addEventListener("click", link);
  window.addEventListener("hashchange", read);
  window.addEventListener("beforeprint", () => (one(".numbers").open = true));
  one(".levers").hidden = false;
  one(".numbers").open = false;
  update();
  read();
  new ResizeObserver(() => picture(...drawn)).observe(drawing);
})();
