"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const DASHES = ["", "7 4", "2 4", "9 3 2 3"];
  const COLORS = 8;
  const groups = JSON.parse(document.getElementById("charts").textContent);

  const element = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const shape = (parent, name, attributes, text) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    parent.appendChild(made);
    return made;
  };
  const color = (series) => `var(--series-${series.color % COLORS})`;

  const format = (value) => {
    const size = Math.abs(value);
    if (size >= 1000) return value.toLocaleString("en-US", { maximumFractionDigits: 0 });
    if (size === 0 || size >= 0.001) return String(Number(value.toPrecision(4)));
    return value.toPrecision(3);
  };
  const formatTick = (value) => {
    const size = Math.abs(value);
    for (const [unit, letter] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]]) {
      if (size >= unit) return String(Number((value / unit).toPrecision(4))) + letter;
    }
    return size === 0 || size >= 1e-4 ? String(Number(value.toPrecision(6))) : value.toExponential(0);
  };

  /* An exponential moving average without its bias towards the beginning. */
  const smoothed = (points, weight) => {
    if (!weight) return points;
    let last = 0, norm = 0;
    return points.map(([x, y]) => {
      if (y === null) return [x, y];
      last = last * weight + y * (1 - weight);
      norm = norm * weight + (1 - weight);
      return [x, last / norm];
    });
  };

  const ticks = (low, high, count) => {
    const rough = (high - low) / count;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].find((one) => one * power >= rough * 0.999) * power;
    const found = [];
    for (let at = Math.ceil(low / step - 1e-9) * step; at <= high + step * 1e-6; at += step) {
      found.push(Math.abs(at) < step * 1e-9 ? 0 : at);
    }
    return found;
  };
  const logTicks = (low, high) => {
    const from = Math.floor(Math.log10(low)), to = Math.ceil(Math.log10(high));
    const factors = to - from <= 1 ? [1, 2, 3, 5] : to - from <= 3 ? [1, 3] : [1];
    const found = [];
    for (let power = from; power <= to; power++) {
      for (const factor of factors) {
        const at = factor * 10 ** power;
        if (at >= low * 0.999 && at <= high * 1.001) found.push(at);
      }
    }
    const every = Math.ceil(found.length / 7);
    return found.filter((_, place) => place % every === 0);
  };
  const extent = (values) => {
    let low = Infinity, high = -Infinity;
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return [low, high];
  };

  class Chart {
    constructor(figure, data) {
      this.figure = figure;
      this.data = data;
      this.plot = figure.querySelector(".plot");
      this.hidden = new Set();
      this.smoothing = 0;
      this.log = false;
      this.at = null;
      this.readout = element("div", { class: "readout", role: "status" });
      this.readout.hidden = true;
      this.legend();
      this.width = 0;
      new ResizeObserver(() => {
        const width = this.plot.clientWidth;
        if (width && width !== this.width) this.draw();
      }).observe(this.plot);
    }

    legend() {
      const list = this.figure.querySelector(".legend");
      if (this.data.series.length < 2) return;
      this.data.series.forEach((series, place) => {
        const button = element("button", { type: "button", "aria-pressed": "true" });
        const sample = shape(button, "svg", { viewBox: "0 0 24 10", "aria-hidden": "true" });
        shape(sample, "path", { d: "M1 5H23", class: "curve", style: `stroke:${color(series)}`, "stroke-dasharray": DASHES[series.dash % DASHES.length] });
        button.append(series.name);
        button.addEventListener("click", () => {
          if (this.hidden.delete(place) === false) this.hidden.add(place);
          button.setAttribute("aria-pressed", String(!this.hidden.has(place)));
          this.draw();
        });
        list.append(element("li", {}, button));
      });
    }

    lines() {
      return this.data.series.map((series, place) => {
        const weight = this.data.smooth && series.points.length > 3 ? this.smoothing : 0;
        return { series, raw: series.points, points: smoothed(series.points, weight), weight, place };
      }).filter((line) => !this.hidden.has(line.place));
    }

    domains(lines) {
      const points = lines.flatMap((line) => [...line.raw, ...line.points]);
      let known = points.filter(([, y]) => y !== null);
      const log = this.log && this.data.log && known.some(([, y]) => y > 0);
      if (log) known = known.filter(([, y]) => y > 0);
      let [left, right] = this.data.xDomain || extent(known.map(([x]) => x));
      let [low, high] = this.data.yDomain || extent(known.map(([, y]) => y));
      if (!known.length && !this.data.xDomain) [left, right] = [0, 1];
      if (!known.length && !this.data.yDomain) [low, high] = [0, 1];
      if (left === right) [left, right] = [left - 1, right + 1];
      if (this.data.zero && !log) low = Math.min(0, low);
      if (low === high) {
        const around = Math.abs(low) * 0.1 || 1;
        [low, high] = log ? [low / 1.5, high * 1.5] : [low - around, high + around];
      } else if (!this.data.yDomain) {
        const room = (high - low) * 0.06;
        if (log) [low, high] = [low / 1.08, high * 1.08];
        else [low, high] = [this.data.zero && low === 0 ? 0 : low - room, high + room];
      }
      return { left, right, low, high, log };
    }

    draw() {
      this.width = this.plot.clientWidth;
      if (!this.width) return;
      const lines = this.lines(), scales = this.domains(lines);
      const wide = this.width > 560;
      const height = this.data.square ? Math.min(330, Math.max(250, this.width * 0.8)) : wide ? 290 : 210;
      const labels = (scales.log ? logTicks(scales.low, scales.high) : ticks(scales.low, scales.high, wide ? 6 : 5));
      const longest = Math.max(3, ...labels.map((one) => formatTick(one).length));
      const box = { left: 12 + 6.6 * longest + (this.data.y ? 16 : 0), top: 8, right: this.width - 14, bottom: height - 36 };
      const to = (value) => (scales.log ? Math.log(value) : value);
      const x = (value) => box.left + (value - scales.left) / (scales.right - scales.left) * (box.right - box.left);
      const y = (value) => box.bottom - (to(value) - to(scales.low)) / (to(scales.high) - to(scales.low)) * (box.bottom - box.top);
      Object.assign(this, { box, x, y, scales, drawn: lines });

      const focused = document.activeElement === this.svg;
      const svg = document.createElementNS(SVG, "svg");
      svg.setAttribute("viewBox", `0 0 ${this.width} ${height}`);
      svg.setAttribute("height", height);
      svg.setAttribute("role", "img");
      svg.setAttribute("tabindex", "0");
      svg.setAttribute("aria-label", this.describe());
      for (const at of labels) {
        shape(svg, "line", { class: "grid", x1: box.left, x2: box.right, y1: y(at), y2: y(at) });
        shape(svg, "text", { x: box.left - 7, y: y(at) + 4, "text-anchor": "end" }, formatTick(at));
      }
      for (const at of ticks(scales.left, scales.right, Math.max(2, Math.floor(this.width / 110)))) {
        shape(svg, "text", { x: x(at), y: box.bottom + 16, "text-anchor": "middle" }, formatTick(at));
      }
      shape(svg, "line", { class: "axis", x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom });
      shape(svg, "text", { x: (box.left + box.right) / 2, y: box.bottom + 32, "text-anchor": "middle" }, this.data.x);
      if (this.data.y) {
        const middle = (box.top + box.bottom) / 2;
        shape(svg, "text", { x: 11, y: middle, transform: `rotate(-90 11 ${middle})`, "text-anchor": "middle" }, this.data.y);
      }
      if (this.data.guide) {
        const [from, end] = this.data.guide.points;
        shape(svg, "line", { class: "guide", x1: x(from[0]), y1: y(from[1]), x2: x(end[0]), y2: y(end[1]) });
      }
      for (const line of lines) this.line(svg, line);
      this.cursor = shape(svg, "g", {});
      this.listen(svg);
      this.svg = svg;
      this.plot.replaceChildren(svg, this.readout);
      if (focused) svg.focus();
      this.show(null);
    }

    line(svg, line) {
      const stroke = `stroke:${color(line.series)}`;
      if (line.weight) shape(svg, "path", { class: "curve raw", d: this.path(line.raw), style: stroke });
      shape(svg, "path", { class: "curve", d: this.path(line.points), style: stroke, "stroke-dasharray": DASHES[line.series.dash % DASHES.length] });
      if (this.data.markers || line.points.length <= 12) {
        for (const point of line.points) {
          if (this.visible(point)) shape(svg, "circle", { cx: this.x(point[0]), cy: this.y(point[1]), r: 3.2, style: `fill:${color(line.series)}` });
        }
      }
    }

    visible([, y]) {
      return y !== null && (!this.scales.log || y > 0);
    }

    path(points) {
      let pen = "M", text = "";
      for (const point of points) {
        if (this.visible(point)) {
          text += `${pen}${this.x(point[0]).toFixed(1)} ${this.y(point[1]).toFixed(1)}`;
          pen = "L";
        } else pen = "M";
      }
      return text || "M0 0";
    }

    describe() {
      const last = this.data.series.map((series) => {
        const known = series.points.filter(([, y]) => y !== null);
        const end = known[known.length - 1];
        return end ? `${series.name} ends at ${format(end[1])}` : `${series.name} has no values`;
      });
      return `${this.data.title} by ${this.data.x}: ${last.join(", ")}. Left and right arrow keys read values.`;
    }

    positions() {
      return [...new Set(this.drawn.flatMap((line) => line.points.filter((p) => this.visible(p)).map(([x]) => x)))].sort((a, b) => a - b);
    }

    listen(svg) {
      svg.addEventListener("pointermove", (event) => {
        const place = svg.getBoundingClientRect();
        const share = ((event.clientX - place.left) - this.box.left) / (this.box.right - this.box.left);
        this.show(this.nearest(this.scales.left + share * (this.scales.right - this.scales.left)));
      });
      svg.addEventListener("pointerleave", () => this.show(null));
      svg.addEventListener("blur", () => this.show(null));
      svg.addEventListener("keydown", (event) => {
        const all = this.positions();
        const now = this.at === null ? -1 : all.indexOf(this.at);
        const page = Math.max(1, Math.round(all.length / 10));
        const moves = { ArrowLeft: now < 0 ? all.length - 1 : now - 1, ArrowRight: now + 1, Home: 0, End: all.length - 1, PageUp: now + page, PageDown: now - page };
        if (event.key === "Escape") this.show(null);
        if (!(event.key in moves) || !all.length) return;
        event.preventDefault();
        this.show(all[Math.min(all.length - 1, Math.max(0, moves[event.key]))]);
      });
    }

    nearest(value) {
      let best = null;
      for (const at of this.positions()) if (best === null || Math.abs(at - value) < Math.abs(best - value)) best = at;
      return best;
    }

    show(at) {
      this.at = at;
      this.cursor.replaceChildren();
      this.readout.hidden = at === null;
      if (at === null) return;
      const x = this.x(at);
      shape(this.cursor, "line", { class: "cursor", x1: x, x2: x, y1: this.box.top, y2: this.box.bottom });
      const rows = [element("b", {}, `${this.data.x} ${format(at)}`)];
      for (const line of this.drawn) {
        const known = line.points.map((point, place) => [point, place]).filter(([point]) => this.visible(point));
        if (!known.length) continue;
        const [point, place] = known.reduce((a, b) => (Math.abs(b[0][0] - at) < Math.abs(a[0][0] - at) ? b : a));
        if (Math.abs(this.x(point[0]) - x) > 24) continue;
        shape(this.cursor, "circle", { cx: this.x(point[0]), cy: this.y(point[1]), r: 4.5, style: `fill:${color(line.series)}` });
        const swatch = element("i");
        swatch.style.background = color(line.series);
        const note = line.series.notes ? ` (${line.series.notes[place]})` : "";
        const other = point[0] === at ? "" : ` at ${format(point[0])}`;
        rows.push(element("div", {}, swatch, `${line.series.name}: ${format(point[1])}${other}${note}`));
      }
      this.readout.replaceChildren(...rows);
      const room = this.width - this.readout.offsetWidth - 4;
      const beside = x > this.width / 2 ? x - this.readout.offsetWidth - 12 : x + 12;
      this.readout.style.left = `${Math.max(0, Math.min(room, beside))}px`;
      this.readout.style.top = `${this.box.top + 4}px`;
    }
  }

  const charts = {};
  for (const group of document.querySelectorAll("[data-group]")) {
    const name = group.dataset.group;
    charts[name] = [...group.querySelectorAll("[data-chart]")].map(
      (figure) => new Chart(figure, groups[name][Number(figure.dataset.chart)]));
    for (const chart of charts[name]) chart.draw();
  }

  for (const controls of document.querySelectorAll("[data-controls]")) {
    const own = [...(charts.curves || []), ...(charts.others || [])];
    const range = controls.querySelector("[data-smooth]"), log = controls.querySelector("[data-log]");
    const apply = () => {
      controls.querySelector("[data-shown]").textContent = Number(range.value).toFixed(2).replace(/\.?0+$/, "");
      for (const chart of own) {
        chart.smoothing = Number(range.value);
        chart.log = log.checked;
        chart.draw();
      }
    };
    range.addEventListener("input", apply);
    log.addEventListener("change", apply);
    apply();
  }

  for (const field of document.querySelectorAll("[data-filter]")) {
    field.addEventListener("input", () => {
      const wanted = field.value.trim().toLowerCase();
      const list = document.getElementById(field.dataset.filter);
      const items = list.querySelectorAll(".feature, .feature-row");
      let found = 0;
      for (const item of items) {
        item.hidden = !item.querySelector("h3, th").textContent.toLowerCase().includes(wanted);
        found += !item.hidden;
      }
      for (const more of list.querySelectorAll("details")) {
        const any = more.querySelector(".feature:not([hidden]), .feature-row:not([hidden])");
        if (wanted) more.open = Boolean(any);
        more.hidden = !any;
      }
      const said = field.closest("label").nextElementSibling;
      said.textContent = wanted ? `${found} of ${items.length}` : "";
    });
  }

  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      const code = button.closest("p").previousElementSibling;
      const said = button.parentElement.querySelector("[role=status]");
      try {
        await navigator.clipboard.writeText(code.textContent);
        said.textContent = "Copied.";
      } catch {
        getSelection().selectAllChildren(code);
        said.textContent = "Selected: press Ctrl+C.";
      }
    });
  }

  /* On paper nothing can be opened. */
  const opened = [];
  addEventListener("beforeprint", () => {
    for (const one of document.querySelectorAll("details:not([open])")) {
      one.open = true;
      opened.push(one);
    }
    for (const chart of Object.values(charts).flat()) chart.draw();
  });
  addEventListener("afterprint", () => {
    for (const one of opened.splice(0)) one.open = false;
  });
})();
