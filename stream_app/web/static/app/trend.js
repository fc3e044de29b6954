// One sensor over time: value, the band of the expected, anomaly spans with their onset.
import { clock } from "./format.js";
import { onTheme, token } from "./theme.js";

const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
const AXIS_WIDTH = 56;
const COLOURS = { act: ["act-soft", "act"], attention: ["attention-soft", "attention-mark"] };
const DAY_S = 86_400;

export class Trend {
  /** `zoomed(from, to)` in seconds; `pointed(seconds | null, index | null)` as the shared cursor moves. */
  constructor(host, { other, zoomed, pointed }) {
    this.host = host;
    this.other = other;
    this.from = 0;
    this.to = 1;
    this.spans = [];
    this.plot = new uPlot(this.options(zoomed, pointed), [[], [], [], [], []], host);
    this.sized = new ResizeObserver(() => this.size());
    this.sized.observe(host);
    this.offTheme = onTheme(() => this.plot.redraw(false));
  }

  options(zoomed, pointed) {
    const line = (name, more) => ({ stroke: () => token(name), width: 1, points: { show: false }, ...more });
    const axis = { stroke: () => token("text-3"), font: FONT, ticks: { show: false }, grid: { stroke: () => token("grid"), width: 1 } };
    return {
      width: Math.max(this.host.clientWidth, 50),
      height: this.host.clientHeight,
      padding: [8, 20, this.other ? 4 : 0, 0],
      legend: { show: false },
      cursor: { y: false, sync: { key: "asset" }, drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
      scales: { x: { time: true, range: () => [this.from, this.to] }, y: { range: (_, low, high) => around(low, high) } },
      axes: [
        { ...axis, show: !this.other, size: 28, space: 80, values: times },
        { ...axis, size: AXIS_WIDTH, space: this.other ? 22 : 44, gap: 6, values: (_, splits) => splits.map(tick) },
      ],
      series: [
        {},
        line("band", { width: 0 }),
        line("band", { width: 0 }),
        line("expected", { dash: [4, 4] }),
        line("trace", { width: 1.5, points: { show: (plot, i, first, last) => last - first < plot.bbox.width / 16, size: 4, fill: () => token("trace") } }),
      ],
      bands: [{ series: [2, 1], fill: () => token("band") }],
      hooks: {
        drawClear: [(plot) => this.drawSpans(plot)],
        draw: [(plot) => this.drawOnsets(plot)],
        setSelect: [(plot) => {
          if (plot.select.width < 4) return;
          const [from, to] = [plot.select.left, plot.select.left + plot.select.width].map((x) => plot.posToVal(x, "x"));
          plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
          zoomed(from, to);
        }],
        setCursor: [(plot) => {
          const left = plot.cursor.left;
          pointed(left == null || left < 0 ? null : plot.posToVal(left, "x"), plot.cursor.idx ?? null);
        }],
      },
    };
  }

  size() {
    const { clientWidth: width, clientHeight: height } = this.host;
    if (width && (width !== this.plot.width || height !== this.plot.height)) this.plot.setSize({ width, height });
  }

  /** Show columns between two times in seconds, with spans {from, to, state} in seconds. */
  show(columns, from, to, spans) {
    Object.assign(this, { from, to, spans });
    this.plot.setData(columns);
  }

  get width() {
    return Math.max(100, Math.round(this.plot.bbox.width / devicePixelRatio));
  }

  drawSpans({ ctx, bbox, valToPos }) {
    ctx.save();
    for (const span of this.spans) {
      const [left, right] = this.edges(span, bbox, valToPos);
      if (!(right > left)) continue;
      ctx.fillStyle = token(COLOURS[span.state][0]);
      ctx.fillRect(left, bbox.top, right - left, bbox.height);
    }
    ctx.restore();
  }

  drawOnsets({ ctx, bbox, valToPos }) {
    ctx.save();
    const ratio = devicePixelRatio;
    for (const span of this.spans) {
      const x = Math.round(valToPos(span.from, "x", true));
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      const colour = token(COLOURS[span.state][1]);
      ctx.strokeStyle = ctx.fillStyle = colour;
      ctx.lineWidth = ratio;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      if (this.other) continue;
      // The shape beside the colour.
      const size = 5 * ratio;
      ctx.beginPath();
      ctx.moveTo(x - size, bbox.top);
      ctx.lineTo(x + size, bbox.top);
      ctx.lineTo(x, bbox.top + 1.4 * size);
      ctx.fill();
    }
    ctx.restore();
  }

  /** Left and right of a span in canvas pixels, three wide at least; what is not in sight has no width. */
  edges(span, bbox, valToPos) {
    const left = valToPos(span.from, "x", true);
    const right = span.to == null ? Infinity : Math.max(valToPos(span.to, "x", true), left + 3 * devicePixelRatio);
    return [Math.max(bbox.left, left), Math.min(bbox.left + bbox.width, right)];
  }

  close() {
    this.offTheme();
    this.sized.disconnect();
    this.plot.destroy();
  }
}

function around(low, high) {
  if (low == null) return [0, 1];
  const margin = high > low ? 0.08 * (high - low) : Math.abs(high) * 0.05 || 1;
  return [low - margin, high + margin];
}

function times(_, splits, __, ___, step) {
  return splits.map((seconds, i) => {
    const at = new Date(seconds * 1000);
    const day = at.toLocaleDateString("en", { day: "numeric", month: "short" });
    if (step >= DAY_S) return day;
    const time = clock(seconds * 1000, step < 1);
    const short = step < 60 ? time : time.slice(0, 5);
    const before = i && new Date(splits[i - 1] * 1000);
    return before && before.getDate() !== at.getDate() ? `${short}\n${day}` : short;
  });
}

function tick(value) {
  const size = Math.abs(value);
  if (size >= 1e6 || (size > 0 && size < 1e-3)) return value.toExponential(1).replace("e+", "e").replace("-", "−");
  return value.toLocaleString("en", { maximumFractionDigits: 4 }).replace("-", "−");
}
