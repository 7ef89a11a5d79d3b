(() => {
  "use strict";
  // No global names and no ids: several of these may stand on one page.
  const root = document.currentScript.closest(".sliders");
  const { spec, words, separators } = JSON.parse(root.querySelector("script[type='application/json']").textContent);
  const inputs = [...root.querySelectorAll("input")];

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
    const parts = spec.levers.map((lever, j) => ({ size: steps[j], ...lever.effects[way] })).filter(({ size }) => size !== 0);
    const estimate = sum(parts.map(({ size, estimate }) => size * estimate));
    const squares = parts.map(({ size, se }) => (size * se) ** 2);
    const variance = sum(parts.map(({ dof }, j) => (squares[j] * dof) / (dof - 2)));
    const ratio = Math.abs(estimate) / Math.sqrt(sum(squares));
    return { estimate, variance, clear: ratio > 0 && studentCdf(-ratio, Math.min(...parts.map(({ dof }) => dof))) < 0.025 };
  }

  // Every component moves by the shift; its variance grows by that of the shift, its df stay.
  function moved({ estimate, variance }, { weights, df, location, scale }) {
    return weights.map((weight, k) => ({
      weight,
      df: df[k],
      location: location[k] + estimate,
      scale: Math.sqrt(scale[k] ** 2 + (variance * (df[k] - 2)) / df[k]),
    }));
  }

  function whatIf(values) {
    const steps = spec.levers.map(({ kind }, j) => (kind === "times" ? Math.log(values[j]) : values[j]));
    return spec.ways.map(({ scale }, way) => {
      const shift = shiftOf(way, steps);
      const mixture = moved(shift, spec.baselines[scale]);
      const [rate, low, high] = [0.5, 0.1, 0.9].map((p) => toPercent(quantile(mixture, p), scale));
      const probabilities = spec.readings.map(({ bound }) => cdf(mixture, toScale(bound, scale)));
      return { rate, low, high, probabilities, shift };
    });
  }

  // Numbers and sentences, by the rules of wording.py.

  function number(value, decimals) {
    const [whole, part] = Math.abs(value).toFixed(decimals).split(".");
    const sign = value < 0 && Number(value.toFixed(decimals)) !== 0 ? "−" : "";
    return sign + whole.replace(/\B(?=(\d{3})+$)/g, separators.group) + (part ? separators.decimal + part : "");
  }

  // What wording.odds may say: in 2 to 10 parts, of which 6 to 9 only for one or for all but one.
  const divisor = (a, b) => (b ? divisor(b, a % b) : a);
  const allowed = (n, d) => (d < 6 || d === 10 ? divisor(n, d) === 1 : n === 1 || n === d - 1);
  const digits = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const SIMPLE = digits.flatMap((n) => [...digits, 10].filter((d) => d > n && allowed(n, d)).map((d) => ({ n, d })));

  function odds(p) {
    if (p < 0.01 || p > 0.99) return words[p < 0.5 ? "odds.under" : "odds.over"];
    p = Number(p.toFixed(2));
    const rare = [15, 20, 30, 50, 100].map((d) => ({ n: p < 0.5 ? 1 : d - 1, d }));
    const miss = ({ n, d }) => Math.abs(n / d - p);
    const nearer = (a, b) => (miss(b) < miss(a) || (miss(b) === miss(a) && b.d < a.d) ? b : a);
    return say("odds.about", (p >= 0.075 && p <= 0.925 ? SIMPLE : rare).reduce(nearer));
  }

  function probability(p) {
    if (p < 0.01) return words["probability.under"];
    return p > 0.99 ? words["probability.over"] : `${number(100 * p, 0)}%`;
  }

  const FORMATS = { prob: probability, odds, n: number, pct: (value, decimals) => `${number(value, decimals)}%` };

  function say(key, values) {
    const placeholder = /\{(\w+)(?::([a-z]+)(\d*))?\}/g;
    const fill = (_, name, format, decimals) => (format ? FORMATS[format](values[name], Number(decimals)) : values[name]);
    return words[key].replace(placeholder, fill);
  }

  // What stands on the page.

  const now = () => inputs.map((input) => Number(input.value));
  const without = whatIf(spec.levers.map((lever) => lever.start));

  // How far from what has been seen: beyond the figures of all places, or beyond the usual departures.
  function warning({ kind, start, usual, levels, latest }, value) {
    const slack = 1e-9 * Math.max(1, Math.abs(value));
    const outside = (x, [low, high]) => x < low - slack || x > high + slack;
    const reached = kind === "times" ? latest * value : latest + value;
    if (value !== start && latest !== null && outside(reached, levels)) return words["sliders.unseen"];
    return outside(value, usual) ? words["sliders.rare"] : "";
  }

  function setLever(lever, input, value) {
    const { kind, unit, step, start } = lever;
    const decimals = (String(step).split(".")[1] || "").length;
    const size = (x) => (kind === "add" && x > 0 ? "+" : "") + number(x, decimals);
    const text = value === start ? words["sliders.value.usual"] : say(`sliders.value.${kind}`, { size: size(value), unit });
    const [least, most] = [Number(input.min), Number(input.max)];
    const [low, high] = [least, most].map((end) => say("sliders.value.add", { size: size(end), unit }));
    const told = { value: text, warning: warning(lever, value), least: low, most: high };
    const block = input.closest(".lever");
    block.style.setProperty("--start", (start - least) / (most - least));
    Object.entries(told).forEach(([name, words]) => (block.querySelector(`.${name}`).textContent = words));
    input.setAttribute("aria-valuetext", [text, warning(lever, value)].filter(Boolean).join(", "));
  }

  // A cell says what it would be without any change where that reads differently.
  function tell(cell, key, values, [was, now]) {
    cell.textContent = say(was === now ? key : `${key}_moved`, values);
  }

  function setRow(row, found, before) {
    const [rate, ...cells] = row.querySelectorAll("td");
    Object.assign(rate.dataset, { rate: found.rate, low: found.low, high: found.high });
    tell(rate, "sliders.rate", { ...found, was: before.rate }, [before.rate, found.rate].map((x) => number(x, 1)));
    cells.forEach((cell, i) => {
      const [was, p] = [before, found].map(({ probabilities }) => probabilities[i]);
      cell.dataset.probability = p;
      tell(cell, "sliders.probability", { p, was }, [was, p].map(probability));
    });
  }

  // First whether the ways agree, then what stays in sight: the probabilities.
  function answers(found, touched) {
    const lower = found.filter(({ shift }) => shift.estimate < 0).length;
    const higher = found.filter(({ shift }) => shift.estimate > 0).length;
    const ways = found.length;
    const agreed = lower === ways ? "lower" : higher === ways ? "higher" : "disagree";
    const readings = spec.readings.map(({ label }, i) => {
      const all = found.map((one) => one.probabilities[i]);
      const [low, high] = [Math.min(...all), Math.max(...all)];
      return say(`sliders.reading.${probability(low) === probability(high) ? "one" : "range"}`, { label, low, high });
    });
    const clear = found.filter(({ shift }) => shift.clear).length;
    const certain = clear === 0 ? "none" : clear === ways ? "all" : "some";
    const direction = touched
      ? `${say(`sliders.answer.${agreed}`, { lower, higher, ways })} ${say(`sliders.clear.${certain}`, { clear, ways })}`
      : words["sliders.answer.usual"];
    return [direction, say("sliders.readings", { year: spec.year, readings: readings.join("; ") })];
  }

  // The figure: each way's interval and median, with the levels that the targets require.

  const drawing = root.querySelector("figure");
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
    const ends = [...without, ...found].flatMap(({ low, high }) => [low, high]);
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

  function picture(found) {
    const { from, to } = view(found);
    const [near, far] = [true, false].map((inside) => spec.readings.filter(({ bound }) => (bound >= from && bound <= to) === inside));
    const levels = near.map(({ bound }) => bound).sort((a, b) => a - b);
    const width = Math.max(drawing.clientWidth, 260);
    const names = spec.ways.map(({ label }) => broken(label, width));
    const head = 36;
    const foot = head + sum(names.map((lines) => 16 * lines.length + 28));
    const margin = 24;
    const x = (percent) => margin + ((percent - from) / (to - from)) * (width - 2 * margin);
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${width} ${foot + 24}`);
    spread(levels.map(x), 50, margin, width - margin).forEach((at, i) => {
      draw("path", { class: "goal", d: `M ${at} 18 L ${x(levels[i])} ${head - 6} V ${head}` });
      draw("text", { class: "goal", x: at, y: 14, "text-anchor": "middle" }, `${number(levels[i], 2)}%`);
    });
    let y = head;
    found.forEach((one, way) => {
      names[way].forEach((name) => draw("text", { x: 0, y: (y += 16) }, name));
      // Beside the bars only: a line through a name would make it hard to read.
      levels.map(x).forEach((at) => draw("path", { class: "goal", d: `M ${at} ${y + 3} V ${y + 27}` }));
      [["before", without[way]], ["after", one]].forEach(([kind, { low, rate, high }]) => {
        y += 10;
        draw("line", { class: kind, x1: x(low), x2: x(high), y1: y, y2: y });
        draw("circle", { class: kind, cx: x(rate), cy: y, r: 5 });
      });
      y += 8;
    });
    draw("line", { class: "axis", x1: margin, x2: width - margin, y1: foot, y2: foot });
    ticks(from, to, width / 70).forEach(({ at, decimals }) => {
      draw("line", { class: "axis", x1: x(at), x2: x(at), y1: foot, y2: foot + 4 });
      draw("text", { x: x(at), y: foot + 18, "text-anchor": "middle" }, `${number(at, decimals)}%`);
    });
    const rows = found.map((one, way) => say("sliders.figure.row", { way: spec.ways[way].label, ...one }));
    const listed = (readings) => readings.map(({ label }) => label).join("; ");
    svg.setAttribute("aria-label", [...rows, say("sliders.figure.goals", { goals: listed(spec.readings) })].join(" "));
    const told = { goals: near, outside: far };
    const sentences = Object.entries(told).map(([key, readings]) => readings.length && say(`sliders.figure.${key}`, { goals: listed(readings) }));
    drawing.querySelector(".levels").textContent = sentences.filter(Boolean).join(" ");
  }

  function update() {
    const values = now();
    const found = whatIf(values);
    const touched = values.some((value, j) => value !== spec.levers[j].start);
    values.forEach((value, j) => setLever(spec.levers[j], inputs[j], value));
    root.querySelectorAll("tbody tr").forEach((row, way) => setRow(row, found[way], without[way]));
    const told = answers(found, touched);
    root.querySelectorAll(".answer").forEach((line, i) => (line.textContent = told[i]));
    root.querySelector(".legend").hidden = !touched;
    picture(found);
  }

  inputs.forEach((input) => input.addEventListener("input", update));
  root.querySelector("button").addEventListener("click", () => {
    inputs.forEach((input, j) => (input.value = spec.levers[j].start));
    update();
  });
  new ResizeObserver(() => picture(whatIf(now()))).observe(drawing);
  root.querySelector(".levers").hidden = false;
  update();
})();
