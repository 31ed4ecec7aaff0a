// Rows by days, one policy: drawn once, with a line for the day and a frame for a row over it.
import { fitting, make, pointable, sized } from "./elements.js";
import { mixOf, mostlyFailed } from "./run_view_data.js";
import { FONT, INK, drawNode, hatch } from "./run_view_shapes.js";
import { dateOf, dateWords, heatLabel } from "./run_view_words.js";

const LEAST_BAND = 17; // pixels, so that a kind's name fits
const AXIS = 22;
const LONGEST_GUTTER = 128;

// Where each row stands: stretches of rows of the same kind, each high enough for its name if that
// can be had.
export function bandsOf(run, order, height) {
  const bands = [];
  order.forEach((row, k) => {
    const kind = run.kind[row];
    if (!bands.length || bands.at(-1).kind !== kind) bands.push({ kind, from: k, count: 0 });
    bands.at(-1).count += 1;
  });
  let free = bands;
  let room = height;
  let unit = height / order.length;
  if (bands.length * LEAST_BAND <= height) {
    for (;;) {
      unit = room / free.reduce((sum, band) => sum + band.count, 0);
      const low = free.filter((band) => band.count * unit < LEAST_BAND);
      if (!low.length) break;
      low.forEach((band) => (band.height = LEAST_BAND));
      room -= LEAST_BAND * low.length;
      free = free.filter((band) => !low.includes(band));
      if (!free.length) break;
    }
  }
  free.forEach((band) => (band.height = band.count * unit));
  let top = 0;
  for (const band of bands) {
    band.top = top;
    top += band.height;
  }
  return bands;
}

export function makeHeat(policy, hooks) {
  const canvas = make("canvas", { className: "ca-run-layer" });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "Heat map of organisations by day");
  const line = make("div", { className: "ca-run-day" });
  const frames = ["ca-run-row ca-run-chosen", "ca-run-row"].map((look) =>
    make("div", { className: look, hidden: true }));
  const holder = pointable("ca-run-heat", { ...hooks, at: (x, y) => heat.at(x, y) });
  holder.append(canvas, line, ...frames);
  const heat = {
    holder,
    left: 0,
    width: 1,
    height: 1,
    bands: [],

    draw(run, order) {
      this.run = run;
      this.order = order;
      this.rank = new Int32Array(run.rows);
      order.forEach((row, k) => (this.rank[row] = k));
      const [context, scale] = sized(canvas, holder.clientWidth, holder.clientHeight);
      context.font = FONT;
      const widest = Math.max(...run.kinds.map((name) => context.measureText(name).width));
      const most = Math.min(LONGEST_GUTTER, 0.3 * holder.clientWidth);
      this.left = Math.round(Math.min(widest + 26, most));
      this.width = Math.max(1, holder.clientWidth - this.left - 1);
      this.height = Math.max(1, holder.clientHeight - AXIS);
      this.bands = bandsOf(run, order, this.height);
      this.paint(context, scale);
      this.names(context);
      this.days(context);
      canvas.setAttribute("aria-label", heatLabel(run, policy));
      holder.setAttribute("aria-label", `${run.policies[policy]}: ${hooks.about}`);
    },

    // Each line of the screen shows the mean colour of the rows that fall on it.
    paint(context, scale) {
      const { run, order } = this;
      const looks = run.looks[policy];
      const columns = Math.min(run.steps, Math.ceil(this.width * scale));
      const lines = Math.max(1, Math.round(this.height * scale));
      const image = new ImageData(columns, lines);
      const failed = new Path2D();
      const step = this.width / columns;
      let before = "";
      for (let y = 0; y < lines; y++) {
        const [from, to] = this.rowsAt(y / scale, (y + 1) / scale);
        const same = `${from} ${to}`;
        if (same === before) {
          image.data.copyWithin(4 * columns * y, 4 * columns * (y - 1), 4 * columns * y);
        } else {
          paintLine(image.data, 4 * columns * y, columns, run, looks, order.subarray(from, to));
        }
        before = same;
      }
      for (const [top, height, rows] of this.stripes(1 / scale)) {
        eachFailure(run, looks, rows, columns, (x, count) =>
          failed.rect(this.left + x * step, top, count * step, height));
      }
      const small = make("canvas", { width: columns, height: lines });
      small.getContext("2d").putImageData(image, 0, 0);
      context.imageSmoothingEnabled = false;
      context.drawImage(small, this.left, 0, this.width, this.height);
      const crosses = hatch(context, scale);
      crosses.setTransform(new DOMMatrix().scale(1 / scale));
      context.fillStyle = crosses;
      context.fill(failed);
      context.strokeStyle = "#767676";
      context.lineWidth = 1;
      context.strokeRect(this.left + 0.5, 0.5, this.width - 1, this.height - 1);
    },

    // The rows, as places in the order, between two heights: one at least.
    rowsAt(top, bottom) {
      const band = this.bandAt((top + bottom) / 2);
      const each = band.height / band.count;
      const from = Math.min(band.count - 1, Math.max(0, Math.floor((top - band.top) / each + 1e-6)));
      const to = Math.min(band.count, Math.max(from + 1, Math.floor((bottom - band.top) / each)));
      return [band.from + from, band.from + to];
    },

    bandAt(y) {
      return this.bands.find((band) => y < band.top + band.height) || this.bands.at(-1);
    },

    // What the hatch follows: rows, or as many of them as share one line of the screen.
    *stripes(least) {
      for (const band of this.bands) {
        const each = band.height / band.count;
        const together = Math.max(1, Math.round(least / each));
        for (let k = 0; k < band.count; k += together) {
          const count = Math.min(together, band.count - k);
          const rows = this.order.subarray(band.from + k, band.from + k + count);
          yield [band.top + k * each, count * each, rows];
        }
      }
    },

    names(context) {
      context.textBaseline = "middle";
      context.textAlign = "left";
      for (const band of this.bands) {
        const middle = band.top + band.height / 2;
        if (band.top > 0 && band.height > 4) {
          context.fillStyle = "#fff";
          context.fillRect(this.left, band.top - 0.5, this.width, 1);
          context.fillStyle = "#999";
          context.fillRect(0, band.top - 0.5, this.left, 1);
        }
        if (band.height < LEAST_BAND - 1) continue;
        drawNode(context, band.kind, 0, 8, middle, 6);
        context.fillStyle = INK;
        context.fillText(fitting(context, this.run.kinds[band.kind], this.left - 24), 19, middle);
      }
    },

    days(context) {
      const { run } = this;
      context.textBaseline = "top";
      context.fillStyle = "#444";
      let free = -Infinity;
      for (const [day, words] of axisDays(run, this.width)) {
        const x = this.left + ((day + 0.5) * this.width) / run.steps;
        const width = context.measureText(words).width;
        const at = Math.min(Math.max(x - width / 2, this.left), this.left + this.width - width);
        if (at < free) continue;
        context.fillRect(x - 0.5, this.height, 1, 4);
        context.fillText(words, at, this.height + 6);
        free = at + width + 12;
      }
    },

    at(x, y) {
      if (!this.run) return null;
      const inside = Math.min(Math.max((x - this.left) / this.width, 0), 1 - 1e-9);
      const [from] = this.rowsAt(y, y);
      const row = this.order[from];
      return { row, day: x < this.left - 4 ? null : Math.floor(inside * this.run.steps) };
    },

    show(day, row, chosen) {
      const width = this.width / this.run.steps;
      line.style.width = `${Math.max(2, width)}px`;
      line.style.transform = `translateX(${this.left + day * width}px)`;
      [chosen, row].forEach((one, k) => this.frame(frames[k], one));
    },

    frame(element, row) {
      element.hidden = row === null;
      if (row === null) return;
      const k = this.rank[row];
      const band = this.bands.find((one) => k < one.from + one.count);
      const each = band.height / band.count;
      element.style.left = `${this.left}px`;
      element.style.width = `${this.width}px`;
      element.style.height = `${Math.max(each, 3)}px`;
      element.style.transform = `translateY(${band.top + (k - band.from) * each}px)`;
    },
  };
  return heat;
}

export function paintLine(data, start, columns, run, looks, rows) {
  for (let x = 0; x < columns; x++) {
    const from = Math.floor((x * run.steps) / columns);
    const to = Math.max(from + 1, Math.floor(((x + 1) * run.steps) / columns));
    let red = 0, green = 0, blue = 0;
    for (let day = from; day < to; day++) {
      for (const row of rows) {
        const mix = mixOf(looks[day * run.rows + row]);
        red += mix[0];
        green += mix[1];
        blue += mix[2];
      }
    }
    const count = (to - from) * rows.length;
    data.set([red / count, green / count, blue / count, 255], start + 4 * x);
  }
}

// Stretches of days on which most of some rows had failed.
export function eachFailure(run, looks, rows, columns, found) {
  let since = -1;
  for (let x = 0; x <= columns; x++) {
    const day = Math.floor((x * run.steps) / columns);
    let count = 0;
    if (x < columns) for (const row of rows) count += mostlyFailed(looks[day * run.rows + row]);
    const most = count > 0 && 2 * count >= rows.length;
    if (most && since < 0) since = x;
    if (!most && since >= 0) {
      found(since, x - since);
      since = -1;
    }
  }
}

// Days worth a label: the first of each month where there are dates, else round numbers.
export function axisDays(run, width) {
  const most = Math.max(2, Math.floor(width / 64));
  const found = [];
  if (run.start) {
    for (let day = 0; day < run.steps; day++) {
      const date = dateOf(run, day);
      if (date.getUTCDate() <= run.length) found.push([day, dateWords(date, true)]);
    }
    if (found.length > 1) return found.filter((_, k) => k % Math.ceil(found.length / most) === 0);
    found.length = 0;
  }
  const rough = run.steps / most;
  const size = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  const step = [1, 2, 5, 10].map((k) => k * size).find((one) => one >= rough);
  for (let day = 0; day < run.steps; day += step) {
    const date = dateOf(run, day);
    found.push([day, date ? dateWords(date, true) : day ? String(day) : `${run.unit} 0`]);
  }
  return found;
}
