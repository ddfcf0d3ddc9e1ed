"use strict";
// Draws curves, and keeps pages of runs that are going on up to date. Values become text, never markup.
const EVERY = 2000;
const COLOURS = 6;
const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes, text) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function shape(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function short(value) {
  const size = Math.abs(value);
  if (size >= 1e6 || (size > 0 && size < 1e-3)) return value.toExponential(1);
  return size >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));
}

function drawing(series) {
  const width = 360, height = 190, left = 56, right = 10, top = 8, bottom = 22;
  const points = series.flatMap((one) => one.points.filter((point) => point[1] !== null));
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" });
  if (!points.length) return svg;
  const xs = points.map((point) => point[0]), ys = points.map((point) => point[1]);
  const least = (all) => all.reduce((a, b) => Math.min(a, b)), most = (all) => all.reduce((a, b) => Math.max(a, b));
  const [x0, x1, y0, y1] = [least(xs), most(xs), least(ys), most(ys)];
  const x = (step) => left + ((step - x0) / (x1 - x0 || 1)) * (width - left - right);
  const y = (value) => height - bottom - ((value - y0) / (y1 - y0 || 1)) * (height - top - bottom);
  for (const share of y1 > y0 ? [0, 0.5, 1] : [0]) {
    const value = y0 + share * (y1 - y0);
    svg.append(shape("line", { class: "grid", x1: left, x2: width - right, y1: y(value), y2: y(value) }));
    svg.append(shape("text", { x: left - 5, y: y(value) + 4, "text-anchor": "end" }, short(value)));
  }
  svg.append(shape("text", { x: left, y: height - 6 }, short(x0)));
  svg.append(shape("text", { x: width - right, y: height - 6, "text-anchor": "end" }, `step ${short(x1)}`));
  series.forEach((one, index) => {
    const kept = one.points.filter((point) => point[1] !== null);
    const colour = `s${index % COLOURS}`;
    if (kept.length > 1) {
      const path = kept.map((point, at) => `${at ? "L" : "M"}${x(point[0]).toFixed(1)} ${y(point[1]).toFixed(1)}`);
      svg.append(shape("path", { class: `line ${colour}`, d: path.join("") }));
    }
    const last = kept[kept.length - 1];
    if (last) {
      const dot = shape("circle", { class: colour, cx: x(last[0]), cy: y(last[1]), r: 3 });
      dot.append(shape("title", {}, `${one.label}: ${last[1]} at step ${last[0]}`));
      svg.append(dot);
    }
  });
  const ends = series.filter((one) => one.points.length).map((one) => `${one.label} ${one.points[one.points.length - 1][1]}`);
  svg.setAttribute("aria-label", ends.join(", "));
  return svg;
}

function figure(name, series) {
  const made = element("figure");
  const caption = element("figcaption", {}, `${name} `);
  const legend = element("span", { class: "legend" });
  series.forEach((one, index) => {
    const entry = element("span");
    entry.append(element("i", { class: `s${index % COLOURS}` }), one.label);
    legend.append(entry);
  });
  caption.append(legend);
  made.append(caption, drawing(series));
  return made;
}

function draw(place, answers) {
  const charts = new Map();
  for (const answer of answers) {
    for (const chart of answer.charts) {
      const series = charts.get(chart.name) || [];
      for (const one of chart.series) {
        const label = answers.length > 1 ? `run ${answer.run}, ${one.source}` : one.source;
        series.push({ label, points: one.points });
      }
      charts.set(chart.name, series);
    }
  }
  const figures = [...charts].map(([name, series]) => figure(name, series));
  place.replaceChildren(...(figures.length ? figures : [element("p", { class: "muted" }, "Nothing has been recorded.")]));
}

async function follow(place) {
  const runs = place.dataset.runs.split(" ");
  let last = "";
  for (;;) {
    try {
      const answers = await Promise.all(runs.map(async (run) => (await fetch(`/api/runs/${run}/curves`)).json()));
      const text = JSON.stringify(answers);
      if (text !== last) draw(place, answers);
      const ended = last && runs.length === 1 && document.getElementById("state").textContent !== answers[0].state;
      last = text;
      if (ended) return location.reload();
      if (!answers.some((answer) => answer.state === "RUNNING")) return undefined;
    } catch (error) {
      if (!last) place.replaceChildren(element("p", { class: "muted" }, "The curves could not be read."));
    }
    await new Promise((done) => setTimeout(done, EVERY));
  }
}

async function refresh(table) {
  while (table.dataset.running === "yes") {
    await new Promise((done) => setTimeout(done, 2 * EVERY));
    if (document.hidden || table.contains(document.activeElement)) continue;
    try {
      const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
      const fresh = page.getElementById("runs");
      const chosen = new Set([...table.querySelectorAll("input:checked")].map((box) => box.value));
      for (const box of fresh.querySelectorAll("input")) box.checked = chosen.has(box.value);
      table.tBodies[0].replaceWith(document.adoptNode(fresh.tBodies[0]));
      table.dataset.running = fresh.dataset.running;
    } catch (error) {
      continue;
    }
  }
}

const curves = document.getElementById("curves");
if (curves) follow(curves);
const table = document.getElementById("runs");
if (table) refresh(table);
